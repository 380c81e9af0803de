"""How bookings stand in the hours of their agendas: inside an opening, clear of absences, or not any more (L-4).

Values and pure functions, but for `load_hours` and `load_bookings`: one statement per table, however many agendas.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.agenda.status import Status
from rdvdav.directory.motif import Modality, Motif
from rdvdav.hours.interval import Interval
from rdvdav.hours.wall import DAY, from_minutes, to_minutes, to_minutes_up
from rdvdav.hours.wall_range import WallRange


@dataclass(frozen=True, slots=True)
class Booking:
    """The time an appointment claims on one agenda, in epoch minutes.

    Attributes:
        sequence: Of the appointment: it grew if the appointment changed since it was looked at.
        place_id: None where the motif needs no place: then any opening will do.
    """

    appointment_id: int
    sequence: int
    agenda_id: int
    motif_id: int
    place_id: int | None
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
    """When one agenda receives, and when it is away."""

    openings: list[Open] = field(default_factory=list)
    absences: list[WallRange] = field(default_factory=list)

    def opening_for(self, booking: Booking) -> int | None:
        """The opening that carries *booking*, the first registered of several (S-8)."""
        return next((each.opening_id for each in self.openings if each.covers(booking)), None)

    def away(self, booking: Booking) -> bool:
        """Whether an absence touches *booking*."""
        return any(True for absence in self.absences for _ in absence.within(booking.span))


class Standing(NamedTuple):
    """How a booking stands: a change that makes either false withdraws its slot."""

    opened: bool
    present: bool

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.opened and self.present

    def lost_since(self, before: "Standing") -> bool:
        """Whether it was better before."""
        return (before.opened and not self.opened) or (before.present and not self.present)


def standing(booking: Booking, hours: Mapping[int, Hours]) -> Standing:
    """How *booking* stands in the hours of its agenda."""
    ours = hours.get(booking.agenda_id, Hours())
    return Standing(opened=ours.opening_for(booking) is not None, present=not ours.away(booking))


def withdrawn(bookings: Iterable[Booking], before: Mapping[int, Hours], after: Mapping[int, Hours]) -> list[Booking]:
    """The bookings whose slot a change of hours takes away, by start; one that stood outside already is not among them."""
    lost = [each for each in bookings if standing(each, after).lost_since(standing(each, before))]
    return sorted(lost, key=lambda each: (each.start, each.appointment_id, each.agenda_id))


def given_back(bookings: Iterable[Booking], before: Mapping[int, Hours], after: Mapping[int, Hours]) -> list[Booking]:
    """The bookings that stand well again after a change of hours."""
    return [each for each in bookings if standing(each, after).whole and not standing(each, before).whole]


def load_hours(session: Session, agenda_ids: Collection[int], first: int, last: int) -> dict[int, Hours]:
    """The hours of each agenda as far as they may touch the epoch minutes from *first* to *last*; three statements."""
    # A day more on each side: hours are kept in zones of their own.
    begins, ends = from_minutes(last + DAY).date(), from_minutes(first - DAY).date()
    hours: dict[int, Hours] = defaultdict(Hours)
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
            Appointment.place_id,
            Claim.starts_at,
            Claim.ends_at,
            Motif.modality,
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
) -> Booking:
    """A claim as a value."""
    place = place_id if modality is Modality.ON_SITE else None
    start, end = to_minutes(starts_at), to_minutes_up(ends_at)
    return Booking(appointment_id, sequence, agenda_id, motif_id, place, start, end)
