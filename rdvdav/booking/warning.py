"""What staff must accept to book at a time of their own choosing (S-11): facts, each with a key that its acceptance names."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.hold import Hold, HoldClaim
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED
from rdvdav.booking.limit import count_standing
from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.hours.interval import Interval
from rdvdav.hours.wall import day_bounds, from_minutes, local_day, to_minutes, to_minutes_up

A_DAY = timedelta(days=1)

Fact = Appointment | Hold | Absence | OpeningRange | Motif


class Kind(StrEnum):
    """What is unusual."""

    PAST = "past"
    OVERLAP = "overlap"
    HELD = "held"
    """As OVERLAP, of a slot that somebody is booking right now."""
    ABSENCE = "absence"
    OTHER_PLACE = "other_place"
    SAME_DAY = "same_day"
    """The same person comes for the same motif that day already."""
    LIMIT = "limit"
    """One of the people has as many appointments to come of this kind as one may (D-4)."""
    FULL = "full"
    """There are fewer seats left than people (8.6)."""


@dataclass(frozen=True)
class Warned:
    """One warning.

    Attributes:
        agenda_id: The agenda it is about; None when it is about all.
        fact: What stands in the way.
    """

    kind: Kind
    agenda_id: int | None = None
    fact: Fact | None = None

    @property
    def key(self) -> str:
        """What accepting it says: the same warning about something else must be accepted anew."""
        return "-".join(str(part) for part in (self.kind, self.agenda_id, self.fact.id if self.fact else None) if part)


@dataclass(frozen=True)
class Wanted:
    """The time that is looked at.

    Attributes:
        zone: Of the organisation; « the same day » is a day of its clocks.
        elsewhere: It happens at an address of its own: whoever receives then receives at another place.
        besides: Id of the appointment that is to move there: it is not in its own way.
    """

    starts_at: datetime
    ends_at: datetime
    agenda_ids: frozenset[int]
    place_id: int | None
    motif_id: int
    zone: str
    elsewhere: bool = False
    citizens: frozenset[int] = frozenset()
    besides: int | None = None

    @classmethod
    def seat(cls, of: Appointment | Hold, citizen_id: int) -> "Wanted":
        """A seat for one more person in what is there already, or held: nobody else's time is asked for."""
        return cls(
            starts_at=of.starts_at,
            ends_at=of.ends_at,
            agenda_ids=frozenset(),
            place_id=of.place_id,
            motif_id=of.motif_id,
            zone=of.motif.organisation.zone,
            citizens=frozenset({citizen_id}),
            besides=of.id if isinstance(of, Appointment) else None,
        )

    @property
    def minutes(self) -> Interval:
        """The same in epoch minutes."""
        return Interval(to_minutes(self.starts_at), to_minutes_up(self.ends_at))


def warnings_of(session: Session, clock: Clock, wanted: Wanted) -> list[Warned]:
    """All that S-11 asks staff to accept, in the order of its kinds; one statement per table, however many agendas."""
    found = [Warned(Kind.PAST)] if wanted.starts_at < clock.now() else []
    found += _overlaps(session, wanted)
    found += _holds(session, clock, wanted)
    found += _absences(session, wanted)
    found += _other_places(session, wanted)
    return found + about_people(session, clock, wanted)


def about_people(session: Session, clock: Clock, wanted: Wanted) -> list[Warned]:
    """Of these only what concerns those who come, whose rows are locked: the same motif that day, more than one may have (D-4)."""
    return [*_same_day(session, wanted), *_limit(session, clock, wanted)]


def _overlaps(session: Session, wanted: Wanted) -> Iterator[Warned]:
    query = (
        select(Claim.agenda_id, Appointment)
        .join(Appointment, Appointment.id == Claim.appointment_id)
        .where(
            Claim.agenda_id.in_(wanted.agenda_ids),
            Claim.holds_time,
            Claim.starts_at < wanted.ends_at,
            Claim.ends_at > wanted.starts_at,
            Claim.appointment_id != (wanted.besides or 0),
        )
        .options(
            joinedload(Appointment.motif), selectinload(Appointment.participations).joinedload(Participation.citizen)
        )
        .order_by(Claim.starts_at, Claim.appointment_id, Claim.agenda_id)
    )
    return (Warned(Kind.OVERLAP, agenda_id, appointment) for agenda_id, appointment in session.execute(query))


def _holds(session: Session, clock: Clock, wanted: Wanted) -> Iterator[Warned]:
    query = (
        select(HoldClaim.agenda_id, Hold)
        .join(Hold, Hold.id == HoldClaim.hold_id)
        .where(
            HoldClaim.agenda_id.in_(wanted.agenda_ids),
            HoldClaim.expires_at > clock.now(),
            HoldClaim.starts_at < wanted.ends_at,
            HoldClaim.ends_at > wanted.starts_at,
        )
        .order_by(HoldClaim.starts_at, Hold.id, HoldClaim.agenda_id)
    )
    return (Warned(Kind.HELD, agenda_id, hold) for agenda_id, hold in session.execute(query))


def _absences(session: Session, wanted: Wanted) -> Iterator[Warned]:
    first, last = wanted.starts_at.date(), wanted.ends_at.date()
    query = (
        select(Absence)
        .where(
            Absence.agenda_id.in_(wanted.agenda_ids),
            # Days of any zone: those that do not touch the time fall out below.
            Absence.first_day <= last + A_DAY,
            or_(Absence.last_day.is_(None), Absence.last_day >= first - A_DAY),
        )
        .order_by(Absence.id)
    )
    for absence in session.scalars(query):
        if any(True for _ in absence.hours.within(wanted.minutes)):
            yield Warned(Kind.ABSENCE, absence.agenda_id, absence)


def _other_places(session: Session, wanted: Wanted) -> Iterator[Warned]:
    """Agents who receive elsewhere then, and not also where they are wanted."""
    if wanted.place_id is None and not wanted.elsewhere:
        return
    first, last = wanted.starts_at.date(), wanted.ends_at.date()
    query = (
        select(OpeningRange)
        .where(
            OpeningRange.agenda_id.in_(wanted.agenda_ids),
            OpeningRange.place_id.is_not(None),
            OpeningRange.first_day <= last + A_DAY,
            or_(OpeningRange.last_day.is_(None), OpeningRange.last_day >= first - A_DAY),
        )
        .options(joinedload(OpeningRange.place))
        .order_by(OpeningRange.id)
    )
    open_then = [o for o in session.scalars(query) if any(True for _ in o.hours.within(wanted.minutes))]
    here = {opening.agenda_id for opening in open_then if opening.place_id == wanted.place_id}
    yield from (Warned(Kind.OTHER_PLACE, o.agenda_id, o) for o in open_then if o.agenda_id not in here)


def _same_day(session: Session, wanted: Wanted) -> Iterator[Warned]:
    if not wanted.citizens:
        return
    day = day_bounds(local_day(wanted.minutes.start, wanted.zone), wanted.zone)
    query = (
        select(Appointment)
        .join(Participation)
        .where(
            Participation.citizen_id.in_(wanted.citizens),
            Appointment.motif_id == wanted.motif_id,
            Appointment.status.not_in(CANCELLED),
            Appointment.id != (wanted.besides or 0),
            Appointment.starts_at >= from_minutes(day.start),
            Appointment.starts_at < from_minutes(day.end),
        )
        .order_by(Appointment.starts_at, Appointment.id)
        .distinct()
    )
    yield from (Warned(Kind.SAME_DAY, None, appointment) for appointment in session.scalars(query))


def _limit(session: Session, clock: Clock, wanted: Wanted) -> Iterator[Warned]:
    motif = session.get_one(Motif, wanted.motif_id)
    if motif.per_citizen_limit is None or not wanted.citizens or wanted.starts_at <= clock.now():
        return
    if count_standing(session, clock.now(), motif, wanted.citizens, wanted.besides) >= motif.per_citizen_limit:
        yield Warned(Kind.LIMIT, None, motif)


def overlaps(found: Collection[Warned]) -> bool:
    """Whether accepting *found* lets two things take the same time (D-6)."""
    return any(warned.kind in {Kind.OVERLAP, Kind.HELD} for warned in found)
