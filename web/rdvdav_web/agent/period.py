"""Which days a view of the agenda shows, and those before and after them (ux 6.2)."""

from dataclasses import dataclass
from datetime import date, timedelta

from rdvdav.i18n import date_range, long_date, month_and_year, week_number
from rdvdav.i18n import gettext as _
from rdvdav_web.agent.forms import FIRST_YEAR, LAST_YEAR

DAY, WEEK, MONTH, LIST = VIEWS = ("jour", "semaine", "mois", "liste")
"""Views by their name in the address."""


@dataclass(frozen=True)
class Period:
    """The days of *view* around *wanted*: that day, its week from Monday on, or its month."""

    view: str
    wanted: date

    @property
    def start(self) -> date:
        """Its first day."""
        if self.view == DAY:
            return self.wanted
        return self.wanted.replace(day=1) if self.view == MONTH else _monday(self.wanted)

    @property
    def end(self) -> date:
        """Its last day."""
        match self.view:
            case "jour":
                return self.wanted
            case "mois":
                return _next_month(self.wanted) - timedelta(days=1)
            case _:
                return self.start + timedelta(days=6)

    @property
    def drawn(self) -> tuple[date, date]:
        """The first and the last day that are drawn: those of a month fill its weeks."""
        return (
            (_monday(self.start), _monday(self.end) + timedelta(days=6))
            if self.view == MONTH
            else (self.start, self.end)
        )

    @property
    def previous(self) -> "Period | None":
        """The one before; none outside the years in sight."""
        return self._at(self.start - timedelta(days=1))

    @property
    def following(self) -> "Period | None":
        """The one after."""
        return self._at(self.end + timedelta(days=1))

    @property
    def words(self) -> str:
        """« mardi 24 novembre 2026 », « 23 – 29 novembre 2026 », « novembre 2026 »."""
        if self.view == DAY:
            return long_date(self.wanted)
        return month_and_year(self.start) if self.view == MONTH else date_range(self.start, self.end)

    @property
    def week(self) -> str:
        """« , semaine 48 », but of a month, which has several."""
        return "" if self.view == MONTH else _(", week %(number)s", number=week_number(self.start))

    def _at(self, day: date) -> "Period | None":
        start = Period(self.view, day).start
        return Period(self.view, start) if FIRST_YEAR <= start.year <= LAST_YEAR else None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
