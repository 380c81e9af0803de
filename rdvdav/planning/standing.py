"""How bookings stand in the hours of their agendas: inside an opening, clear of absences and holidays, or not any more (L-4).

Values and pure functions, but for `load_hours` and `load_bookings`: one statement per table, however many agendas.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, or_, select
from sqlalchemy.orm import Session, selectinload

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.agenda.status import Status
from rdvdav.directory.motif import Modality, Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.hours.interval import Interval, Intervals
from rdvdav.hours.wall import DAY, from_minutes, local_day, to_minutes, to_minutes_up
from rdvdav.hours.wall_range import WallRange
from rdvdav.slots.busy import whole_days

ELSEWHERE = -1
"""The place of an appointment at an address of its own: no opening is there."""


@dataclass(frozen=True, slots=True)
class Booking:
    """The time an appointment claims on one agenda, in epoch minutes.

    Attributes:
        sequence: Of the appointment: it grew if the appointment changed since it was looked at.
        place_id: None where the motif needs no place: then any opening will do.
        closed_by: The organisation whose holidays close it; None where they do not: the motif ignores them, or is collective (S-7).
    """

    appointment_id: int
    sequence: int
    agenda_id: int
    motif_id: int
    place_id: int | None
    closed_by: int | None
    start: int
    end: int

    @property
    def span(self) -> Interval:
        """From its first minute to its last."""
        return Interval(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Open:
    """Hours in which an agenda receives for some motifs."""

    opening_id: int
    place_id: int | None
    motif_ids: frozenset[int]
    hours: WallRange

    def covers(self, booking: Booking) -> bool:
        """Whether one of its occurrences carries the whole booking."""
        carries = booking.motif_id in self.motif_ids and booking.place_id in {None, self.place_id}
        start, end = booking.span
        return carries and any(opens <= start and end <= closes for opens, closes in self.hours.within(booking.span))


@dataclass(frozen=True, slots=True)
class Hours:
    """When one agenda receives, and when it is away.

    Attributes:
        holidays: By organisation; bookings say whose count.
    """

    openings: list[Open] = field(default_factory=list)
    absences: list[WallRange] = field(default_factory=list)
    holidays: Mapping[int, Intervals] = field(default_factory=dict)

    def opening_for(self, booking: Booking) -> int | None:
        """The opening that carries *booking*, the first registered of several (S-8)."""
        return next((each.opening_id for each in self.openings if each.covers(booking)), None)

    def away(self, booking: Booking) -> bool:
        """Whether an absence touches *booking*."""
        return any(True for absence in self.absences for _ in absence.within(booking.span))

    def closed(self, booking: Booking) -> bool:
        """Whether a holiday that counts for *booking* touches it."""
        days = None if booking.closed_by is None else self.holidays.get(booking.closed_by)
        return days is not None and days.meets(booking.span)


class Standing(NamedTuple):
    """How a booking stands: a change that makes one of these false withdraws its slot."""

    opened: bool
    present: bool
    worked: bool

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong with it."""
        return all(self)

    def lost_since(self, before: "Standing") -> bool:
        """Whether something is wrong now that was not before."""
        return any(was and not still for was, still in zip(before, self, strict=True))


def standing(booking: Booking, hours: Mapping[int, Hours]) -> Standing:
    """How *booking* stands in the hours of its agenda."""
    ours = hours[booking.agenda_id]
    return Standing(
        opened=ours.opening_for(booking) is not None, present=not ours.away(booking), worked=not ours.closed(booking)
    )


class Shift(NamedTuple):
    """What a change of hours does to bookings, each list by start.

    Attributes:
        lost: Those whose slot it takes away; one that stood outside already is not among them.
        back: Those that stand well again.
    """

    lost: list[Booking]
    back: list[Booking]


def shifted(bookings: Iterable[Booking], before: Mapping[int, Hours], after: Mapping[int, Hours]) -> Shift:
    """How *bookings* stand after a change of the hours *before*; of an appointment on several agendas one is lost."""
    lost: dict[int, Booking] = {}
    back = []
    for booking in bookings:
        was, now = standing(booking, before), standing(booking, after)
        if now.lost_since(was):
            lost.setdefault(booking.appointment_id, booking)
        elif now.whole and not was.whole:
            back.append(booking)
    return Shift(list(lost.values()), back)


def load_hours(session: Session, agenda_ids: Collection[int], bookings: Collection[Booking]) -> dict[int, Hours]:
    """The hours of each agenda as far as they may touch *bookings*; five statements."""
    if not bookings:
        return {}
    span = Interval(min(each.start for each in bookings), max(each.end for each in bookings))
    # A day more on each side: hours are kept in zones of their own.
    begins, ends = from_minutes(span.end + DAY).date(), from_minutes(span.start - DAY).date()
    holidays = _holidays(session, {each.closed_by for each in bookings} - {None}, span)
    hours = {agenda_id: Hours(holidays=holidays) for agenda_id in agenda_ids}
    going_on = (OpeningRange.first_day <= begins, or_(OpeningRange.last_day.is_(None), OpeningRange.last_day >= ends))
    openings = select(OpeningRange).where(OpeningRange.agenda_id.in_(agenda_ids), *going_on).order_by(OpeningRange.id)
    carried: dict[int, set[int]] = defaultdict(set)
    carrying = select(OpeningRangeMotif.opening_range_id, OpeningRangeMotif.motif_id).join(
        OpeningRange, OpeningRange.id == OpeningRangeMotif.opening_range_id
    )
    for opening_id, motif_id in session.execute(carrying.where(OpeningRange.agenda_id.in_(agenda_ids), *going_on)):
        carried[opening_id].add(motif_id)
    for opening in session.scalars(openings):
        motif_ids = frozenset(carried[opening.id])
        hours[opening.agenda_id].openings.append(Open(opening.id, opening.place_id, motif_ids, opening.hours))
    absences = select(Absence).where(
        Absence.agenda_id.in_(agenda_ids),
        Absence.first_day <= begins,
        or_(Absence.last_day.is_(None), Absence.last_day >= ends),
    )
    for absence in session.scalars(absences):
        hours[absence.agenda_id].absences.append(absence.hours)
    return hours


def _holidays(session: Session, organisation_ids: Collection[int | None], span: Interval) -> dict[int, Intervals]:
    """What holidays close around *span*, by organisation."""
    query = select(Organisation).where(Organisation.id.in_(organisation_ids))
    found = {}
    for organisation in session.scalars(query.options(selectinload(Organisation.holiday_changes))):
        first, last = (local_day(minute, organisation.zone) for minute in span)
        days = organisation.holidays.between(first, last)
        found[organisation.id] = Intervals(whole_days(days, organisation.zone))
    return found


def load_bookings(session: Session, agenda_ids: Collection[int], now: datetime) -> list[Booking]:
    """What is planned on these agendas and not over; one statement."""
    planned = Appointment.status == Status.PLANNED
    return select_bookings(session, Claim.agenda_id.in_(agenda_ids), Claim.ends_at > now, planned)


def select_bookings(session: Session, *conditions: ColumnElement[bool]) -> list[Booking]:
    """The claims of appointments that meet *conditions*, by start; one statement."""
    query = (
        select(
            Appointment.id,
            Appointment.sequence,
            Claim.agenda_id,
            Appointment.motif_id,
            case((Appointment.address.is_not(None), ELSEWHERE), else_=Appointment.place_id),
            Claim.starts_at,
            Claim.ends_at,
            Motif.modality,
            _CLOSED_BY,
        )
        .join(Claim, Claim.appointment_id == Appointment.id)
        .join(Motif, Motif.id == Appointment.motif_id)
        .where(*conditions)
        .order_by(Claim.starts_at, Appointment.id, Claim.agenda_id)
    )
    return [booking_of(*row) for row in session.execute(query)]


def booking_of(
    appointment_id: int,
    sequence: int,
    agenda_id: int,
    motif_id: int,
    place_id: int | None,
    starts_at: datetime,
    ends_at: datetime,
    modality: Modality,
    closed_by: int | None,
) -> Booking:
    """A claim as a value."""
    place = place_id if modality is Modality.ON_SITE else None
    start, end = to_minutes(starts_at), to_minutes_up(ends_at)
    return Booking(appointment_id, sequence, agenda_id, motif_id, place, closed_by, start, end)


_CLOSED_BY = case((or_(Motif.ignores_holidays, Motif.collective), None), else_=Motif.organisation_id)
