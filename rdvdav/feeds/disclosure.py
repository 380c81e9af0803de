"""How much of an appointment, absence or opening is shown in a calendar, by detail level (K-12, K-13). Levels are different texts, never
hiding.

`shown` makes of one thing what one collection stores of it; each kind of thing says here which collections show it, and in which words.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial, singledispatch
from typing import NamedTuple, TypeVar

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.status import CANCELLED, Status
from rdvdav.directory.motif import Modality
from rdvdav.directory.organisation import DetailLevel, Organisation
from rdvdav.directory.place import Elsewhere, Place
from rdvdav.feeds.object import CollectionKind
from rdvdav.feeds.recurring import Told, series_of
from rdvdav.i18n import DEFAULT_LOCALE, translations
from rdvdav.ical.event import Entry, EventStatus, Facts, render
from rdvdav.ical.expand import Span
from rdvdav.ical.series import render_series

DETAILS_PATH = "/agent/rendez-vous/"
"""Where the link in an event leads: the appointment's page, for those who may see it."""

MONTHS_AHEAD = 25
"""How far occurrences are written from the month of the change on: 24 whole months are always there (K-26)."""

Thing = Appointment | Absence | OpeningRange
"""What is published. Each has a UID, a SEQUENCE and the time of its last published change."""
Repeats = TypeVar("Repeats", Absence, OpeningRange)


class Filed(NamedTuple):
    """Under what an appointment is filed, by id: what feeds over several agendas choose by (K-45)."""

    organisation_id: int | None = None
    service_id: int | None = None
    place_id: int | None = None


NOWHERE = Filed()


@dataclass(frozen=True)
class Showing:
    """One thing in one collection: its text, and what SQL must know of it without reading it."""

    text: str
    starts_at: datetime
    ends_at: datetime
    busy: bool
    occurs_until: datetime | None = None
    filed: Filed = NOWHERE
    occurrences: tuple[Span, ...] = ()


def horizon(now: datetime) -> datetime:
    """The instant up to which occurrences of endless series are written: the same all month long, so that texts stay the same too."""
    year, month = divmod(now.year * 12 + now.month - 1 + MONTHS_AHEAD, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)


def event_status(status: Status) -> EventStatus:
    """STATUS of the event of an appointment (K-12, L-5)."""
    if status in CANCELLED:
        return EventStatus.CANCELLED
    return EventStatus.TENTATIVE if status is Status.TO_REPLAN else EventStatus.CONFIRMED


def location_of(appointment: Appointment, language: str = DEFAULT_LOCALE) -> str:
    """Where it happens, in the words of a calendar's LOCATION (K-12)."""
    return location_at(appointment.motif.modality, appointment.where, appointment.organisation, language)


def location_at(modality: Modality, place: Place | Elsewhere | None, organisation: Organisation, language: str) -> str:
    """The same of where an appointment was, or may be."""
    _ = translations(language).gettext
    match modality:
        case Modality.PHONE:
            return _("By phone")
        case Modality.VIDEO:
            return _("Video call")
        case Modality.HOME:
            return _("At home")
        case _:
            return place.location if place else organisation.name


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
        busy=appointment.holds_time,
        filed=Filed(appointment.organisation_id, appointment.motif.service_id, appointment.place_id),
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
        transparent=appointment.status not in CANCELLED and not appointment.holds_time,
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
    if not appointment.shared:
        return appointment.motif.name
    taken = len(appointment.seated)
    return f"{appointment.title or appointment.motif.name} ({taken}/{appointment.seats})"


def _people(appointment: Appointment) -> Iterable[str]:
    """Who comes, with a phone number, one a line."""
    for seat in appointment.seated:
        yield " – ".join(filter(None, (seat.citizen.name, seat.citizen.phone)))


@shown.register(Absence | OpeningRange)
def _series(row: Absence | OpeningRange, level: DetailLevel, _public_url: str, until: datetime) -> Showing | None:
    found = told_of(row, level, until)
    if found is None:
        return None
    once = Showing(render_series(found.entry), found.starts_at, found.ends_at, busy=isinstance(row, Absence))
    return replace(once, occurs_until=until, occurrences=found.occurrences) if found.entry.recurrence else once


def told_of(row: Absence | OpeningRange, level: DetailLevel, until: datetime) -> Told | None:
    """What a calendar at *level* says of *row* with its changed dates; None when it never happens.

    Args:
        until: Instant up to which clock changes are said and occurrences listed, where it repeats.
    """
    if isinstance(row, Absence):
        return _told(row, partial(_facts_of_absence, level), until)
    return _told(row, partial(_facts_of_opening, level), until)


def _facts_of_absence(level: DetailLevel, series: Absence, absence: Absence) -> Facts:
    """What is told of *absence*, which is *series* or a changed date of it."""
    _ = translations("fr").gettext
    words = {DetailLevel.BUSY: _("Busy"), DetailLevel.MOTIF: _("Unavailable"), DetailLevel.FULL: absence.title}
    return Facts(
        uid=series.uid,
        sequence=series.sequence,
        stamp=series.stamped_at,
        created=series.created_at,
        summary=words[level],
        private=level is DetailLevel.FULL,
    )


def _facts_of_opening(level: DetailLevel, series: OpeningRange, opening: OpeningRange) -> Facts:
    """What is told of *opening*, which is *series* or a changed date of it."""
    _ = translations("fr").gettext
    motifs = "\n".join(motif.name for motif in opening.motifs)
    return Facts(
        uid=series.uid,
        sequence=series.sequence,
        stamp=series.stamped_at,
        created=series.created_at,
        summary=_("Opening range") if level is DetailLevel.BUSY else opening.name,
        transparent=True,
        location=opening.place.location if opening.place and level is not DetailLevel.BUSY else None,
        description=motifs if level is DetailLevel.FULL else None,
    )


def _told(row: Repeats, facts_of: Callable[[Repeats, Repeats], Facts], until: datetime) -> Told | None:
    changed = []
    for each in row.changed:
        assert each.original_day is not None  # noqa: S101 - a CHECK of the table
        told = series_of(facts_of(row, each), each.hours, until, whole_days=_whole_days(each))
        if told is not None:
            changed.append((each.original_day, told))
    return series_of(facts_of(row, row), row.hours, until, whole_days=_whole_days(row), changed=changed)


def _whole_days(row: Absence | OpeningRange) -> bool:
    return isinstance(row, Absence) and row.all_day
