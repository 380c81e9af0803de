"""How much of an appointment, absence or opening is shown in a calendar, by detail level (K-12, K-13). Levels are different texts, never
hiding.

`shown` makes of one thing what one collection stores of it; each kind of thing says here which collections show it, and in which words.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import singledispatch
from typing import NamedTuple

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.status import CANCELLED, HOLDS_TIME, Status
from rdvdav.directory.motif import Modality
from rdvdav.directory.organisation import DetailLevel
from rdvdav.feeds.object import FOREVER, CollectionKind
from rdvdav.hours.interval import Interval, Span
from rdvdav.hours.wall import day_bounds, from_minutes, local_day, to_minutes
from rdvdav.hours.wall_range import WallRange
from rdvdav.i18n import translations
from rdvdav.ical.event import Entry, EventStatus, Facts, render
from rdvdav.ical.series import SeriesEntry, render_series

DETAILS_PATH = "/agent/rendez-vous/"
"""Where the link in an event leads: the appointment's page, for those who may see it."""

MONTHS_AHEAD = 25
"""How far occurrences are written from the month of the change on: 24 whole months are always there (K-26)."""
KEPT_BEHIND = timedelta(days=850)
"""How long before that end the first occurrence written may be: 24 months, and what calendars show of the past."""

Thing = Appointment | Absence | OpeningRange
"""What is published. Each has a UID, a SEQUENCE and the time of its last published change."""


@dataclass(frozen=True)
class Showing:
    """One thing in one collection: its text, and what SQL must know of it without reading it."""

    text: str
    starts_at: datetime
    ends_at: datetime
    busy: bool
    occurs_until: datetime | None = None
    occurrences: tuple[tuple[datetime, datetime], ...] = ()


def horizon(now: datetime) -> datetime:
    """The instant up to which occurrences of endless series are written: the same all month long, so that texts stay the same too."""
    year, month = divmod(now.year * 12 + now.month - 1 + MONTHS_AHEAD, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)


def event_status(status: Status) -> EventStatus:
    """STATUS of the event of an appointment (K-12, L-5)."""
    if status in CANCELLED:
        return EventStatus.CANCELLED
    return EventStatus.TENTATIVE if status is Status.TO_REPLAN else EventStatus.CONFIRMED


def location_of(appointment: Appointment) -> str:
    """Where it happens, in the words of a calendar's LOCATION (K-12)."""
    _ = translations("fr").gettext
    match appointment.motif.modality:
        case Modality.PHONE:
            return _("By phone")
        case Modality.VIDEO:
            return _("Video call")
        case Modality.HOME:
            return _("At home")
        case _:
            return appointment.place.location if appointment.place else appointment.organisation.name


# --- where each thing is shown


def kind_of(thing: Thing) -> CollectionKind:
    """The kind of collection that shows *thing* (K-1)."""
    match thing:
        case Appointment():
            return CollectionKind.MAIN
        case Absence():
            return CollectionKind.ABSENCES
        case OpeningRange():
            return CollectionKind.OPENINGS


def agendas_of(thing: Thing) -> frozenset[int]:
    """Ids of the agendas that *thing* belongs to."""
    if isinstance(thing, Appointment):
        return frozenset(claim.agenda_id for claim in thing.claims)
    return frozenset({thing.agenda_id})


# --- what is shown of each


@singledispatch
def shown(thing: Thing, level: DetailLevel, public_url: str, until: datetime) -> Showing | None:
    """What a collection at *level* stores of *thing*; None when it never happens.

    Args:
        public_url: Of this installation; links are made of it.
        until: Instant up to which occurrences of a series are written.
    """
    raise TypeError(f"{thing!r} is not published")


@shown.register
def _appointment(appointment: Appointment, level: DetailLevel, public_url: str, _until: datetime) -> Showing:
    entry = entry_of(appointment, level, public_url)
    return Showing(
        text=render(entry),
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        busy=appointment.status in HOLDS_TIME,
    )


def entry_of(appointment: Appointment, level: DetailLevel, public_url: str) -> Entry:
    """What an agent's calendar says of *appointment* at *level*, or less if its organisation lets less out; below `full` nothing of the
    citizen (I-6)."""
    _ = translations("fr").gettext
    level = level.capped(appointment.organisation.detail_level)
    least = Entry(
        uid=appointment.uid,
        sequence=appointment.sequence,
        stamp=appointment.stamped_at,
        created=appointment.created_at,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        status=event_status(appointment.status),
        transparent=appointment.status is Status.TO_REPLAN,
        summary=_("Busy"),
    )
    if level is DetailLevel.BUSY:
        return least
    link = f"{public_url}{DETAILS_PATH}{appointment.reference}"
    usual = replace(
        least, summary=appointment.motif.name, location=location_of(appointment), description=link, url=link
    )
    if level is DetailLevel.MOTIF:
        return usual
    return replace(
        usual,
        summary=_full_title(appointment),
        description="\n".join([*_people(appointment), link]),
        private=True,
        categories=(appointment.motif.service.name,),
    )


def _full_title(appointment: Appointment) -> str:
    """The motif; of a collective appointment its own title and how many of its seats are taken."""
    if appointment.seats == 1:
        return appointment.motif.name
    taken = len(appointment.seated)
    return f"{appointment.title or appointment.motif.name} ({taken}/{appointment.seats})"


def _people(appointment: Appointment) -> Iterable[str]:
    """Who comes, with a phone number, one a line."""
    for seat in appointment.seated:
        yield " – ".join(filter(None, (seat.citizen.name, seat.citizen.phone)))


@shown.register
def _absence(absence: Absence, level: DetailLevel, _public_url: str, until: datetime) -> Showing | None:
    _ = translations("fr").gettext
    words = {DetailLevel.BUSY: _("Busy"), DetailLevel.MOTIF: _("Unavailable"), DetailLevel.FULL: absence.title}
    facts = Facts(
        uid=absence.uid,
        sequence=absence.sequence,
        stamp=absence.stamped_at,
        created=absence.created_at,
        summary=words[level],
        private=level is DetailLevel.FULL,
    )
    return _series(facts, absence.hours, until, busy=True, whole_days=absence.all_day)


@shown.register
def _opening(opening: OpeningRange, level: DetailLevel, _public_url: str, until: datetime) -> Showing | None:
    _ = translations("fr").gettext
    motifs = "\n".join(motif.name for motif in opening.motifs)
    facts = Facts(
        uid=opening.uid,
        sequence=opening.sequence,
        stamp=opening.stamped_at,
        created=opening.created_at,
        summary=_("Opening range") if level is DetailLevel.BUSY else opening.name,
        transparent=True,
        location=opening.place.location if opening.place and level is not DetailLevel.BUSY else None,
        description=motifs if level is DetailLevel.FULL else None,
    )
    return _series(facts, opening.hours, until, busy=False)


class Told(NamedTuple):
    """A series to be rendered, from when to when it happens, and its end: `FOREVER` where there is none."""

    entry: SeriesEntry
    starts_at: datetime
    ends_at: datetime


def _series(facts: Facts, hours: WallRange, until: datetime, *, busy: bool, whole_days: bool = False) -> Showing | None:
    """*facts* at the occurrences of *hours*; where it repeats, clock changes are said and occurrences written up to *until*."""
    found = series_of(facts, hours, until, whole_days=whole_days)
    if found is None:
        return None
    repeated = (until, found.entry.spans) if found.entry.recurrence else ()
    return Showing(render_series(found.entry), found.starts_at, found.ends_at, busy, *repeated)


def series_of(facts: Facts, hours: WallRange, until: datetime, *, whole_days: bool = False) -> Told | None:
    """*facts* at the occurrences of *hours*, looked at up to *until* where it repeats; None when it never happens."""
    series, rule = hours.series, hours.series.rule
    first = series.first()
    if first is None:
        return None
    last = None if series.endless else (rule.until if rule else None) or series.last()
    whole = Interval(
        day_bounds(first, hours.zone).start,
        day_bounds(last + timedelta(days=hours.nights), hours.zone).end if last else to_minutes(until),
    )
    since = max(whole.start, to_minutes(until - KEPT_BEHIND)) if rule else whole.start
    spans = tuple(_instants(hours.within(Interval(since, min(whole.end, to_minutes(until)) if rule else whole.end))))
    if not (rule or spans):  # an hour that clocks skip
        return None
    entry = SeriesEntry(
        **vars(facts),
        zone=hours.zone,
        starts=datetime.combine(series.first_day, hours.opens),
        ends=datetime.combine(series.first_day, hours.closes) + timedelta(days=hours.nights),
        whole_days=whole_days,
        recurrence=str(replace(rule, until=None, count=None)) if rule else "",
        until=last if rule else None,
        excluded=series.excluded,
        checked_until=local_day(to_minutes(until), hours.zone),
        spans=spans,
    )
    if rule is None:
        return Told(entry, *spans[0])
    return Told(entry, from_minutes(whole.start), from_minutes(whole.end) if last else FOREVER)


def _instants(spans: Iterable[Span]) -> Iterator[tuple[datetime, datetime]]:
    return ((from_minutes(start), from_minutes(end)) for start, end in spans)
