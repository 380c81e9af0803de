"""What is searched: how long, with which pauses around it, and between which instants (S-2, S-6)."""

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import date, datetime

from rdvdav.hours.interval import Interval
from rdvdav.hours.limit import Limit
from rdvdav.hours.wall import DAY, day_bounds, to_minutes_up


@dataclass(frozen=True, slots=True)
class Need:
    """The searched motif, as far as time goes; duration and pauses in minutes.

    Attributes:
        agents: How many agendas it takes at once that are no room's.
        rooms: How many agendas of rooms it takes besides (S16).
        collective: Only its appointments themselves are offered, no time of openings (S-7).
        leaders: The agendas one of which must lead, those asked for by name; None is any.
    """

    duration: int
    before: int = 0
    after: int = 0
    ignores_holidays: bool = False
    agents: int = 1
    rooms: int = 0
    collective: bool = False
    leaders: frozenset[int] | None = None

    def may_lead(self, agenda_id: int) -> bool:
        """Whether a slot may be named after this agenda."""
        return self.leaders is None or agenda_id in self.leaders

    @property
    def several(self) -> bool:
        """Whether it takes more than one agenda."""
        return self.agents + self.rooms > 1


@dataclass(frozen=True, slots=True)
class Bounds:
    """Epoch minutes between which slots may start: *earliest* included, *latest* not.

    Attributes:
        now: From which flow grids of running intervals count (S-3); a minute begun is over.
    """

    now: int
    earliest: int
    latest: int

    @classmethod
    def for_staff(cls, now: datetime, until: datetime) -> "Bounds":
        """Every future slot that starts before *until* (S-6)."""
        return cls(to_minutes_up(now), to_minutes_up(now), to_minutes_up(until))

    @classmethod
    def for_citizens(
        cls, now: datetime, notice: Limit, most: Limit, zone: str, holidays: Container[date] = ()
    ) -> "Bounds":
        """From now + *notice*, to the instant, through the whole local day of now + *most* (S-6)."""
        soonest = max(now, notice.after(now, zone, holidays))
        last_day = most.last_day(now, zone, holidays)
        return cls(to_minutes_up(now), to_minutes_up(soonest), day_bounds(last_day, zone).end)

    def during(self, first: date, last: date, zone: str) -> "Bounds":
        """Narrowed to the local days from *first* to *last*, both included."""
        start, end = day_bounds(first, zone).start, day_bounds(last, zone).end
        return replace(self, earliest=max(self.earliest, start), latest=min(self.latest, end))

    @property
    def window(self) -> Interval:
        """Where slots may start; empty or backwards when nothing can be found."""
        return Interval(self.earliest, self.latest)

    @property
    def touched(self) -> Interval:
        """The time whose busy entries must be known: two days more on each side, for openings begun earlier and pauses."""
        return Interval(self.earliest - 2 * DAY, self.latest + 2 * DAY)
