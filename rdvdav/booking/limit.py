"""How many appointments to come one person may have of a kind (D-4).

The person's row is locked, after the agendas, before anything is counted: two agendas have two locks, and without this one eight of
three were booked. Where the limit is one, a unique index stands behind it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.hold import Hold
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.directory.motif import LimitScope, Motif
from rdvdav.errors import Refused

STANDING = (Status.PLANNED, Status.TO_REPLAN)


@dataclass(eq=False)
class LimitReached(Refused):
    """The person has, or would have, more appointments to come than one may."""

    limit: int
    scope: LimitScope


def hold_person(session: Session, citizen_id: int) -> Citizen:
    """Lock the person's row until the transaction ends; the agendas are locked before."""
    return session.get_one(Citizen, citizen_id, with_for_update=True, populate_existing=True)


def require_within(
    session: Session, clock: Clock, motif: Motif, citizen_id: int, *, more: int = 1, before: Hold | None = None
) -> None:
    """Check that the person may have *more* appointments of *motif*; where it is to last, `hold_person` was called first.

    Live holds of the person count too, of each other those that were there first: so one of them always passes.

    Args:
        before: The first of the holds that are to become the appointments; None: they are yet to be made.

    Raises:
        LimitReached: That would be too many.
    """
    if motif.per_citizen_limit is None:
        return
    taken = count_standing(session, clock.now(), motif, [citizen_id]) + _held(session, clock, motif, citizen_id, before)
    if taken + more > motif.per_citizen_limit:
        raise LimitReached(motif.per_citizen_limit, motif.limit_scope)


def count_standing(
    session: Session, now: datetime, motif: Motif, citizen_ids: Collection[int], besides: int | None = None
) -> int:
    """How many appointments to come that count with *motif* the one of these people has who has most; one statement.

    Args:
        besides: Id of an appointment that is not counted.
    """
    count = func.count(Participation.appointment_id.distinct())
    seats = _standing(now, motif).where(
        Participation.citizen_id.in_(citizen_ids), Participation.appointment_id != (besides or 0)
    )
    most = seats.with_only_columns(count).group_by(Participation.citizen_id).order_by(count.desc()).limit(1)
    return session.scalar(most) or 0


def mark_sole(session: Session, now: datetime, motif: Motif, seat: Participation) -> None:
    """Let the database keep *seat* the only one of its person, where the limit is one and nobody went over it.

    What was the only one until it was over no longer is.
    """
    if motif.per_citizen_limit != 1:
        return
    key = _key(motif)
    others = (
        _standing(now, motif)
        .where(Participation.citizen_id == seat.citizen_id, Participation.id != seat.id)
        .with_only_columns(Participation.id)
    )
    standing = session.scalars(others).all()
    over = (Participation.citizen_id == seat.citizen_id) & (Participation.sole == key)
    session.execute(update(Participation).where(over, Participation.id.not_in(standing)).values(sole=None))
    if not standing:
        seat.sole = key
        session.flush()


def _standing(now: datetime, motif: Motif) -> Select[int]:
    """Seats of appointments to come that count with *motif*."""
    return (
        select(Participation.id)
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .join(Motif, Motif.id == Appointment.motif_id)
        .where(
            Participation.status.in_(STANDING),
            Appointment.status.in_(STANDING),
            Appointment.starts_at > now,
            _counts_with(motif),
        )
    )


def _held(session: Session, clock: Clock, motif: Motif, citizen_id: int, before: Hold | None) -> int:
    """Slots the person keeps for new appointments that count with *motif*."""
    query = (
        select(func.count())
        .select_from(Hold)
        .join(Motif, Motif.id == Hold.motif_id)
        .where(
            Hold.citizen_id == citizen_id,
            Hold.expires_at > clock.now(),
            Hold.appointment_id.is_(None),
            Hold.moves_appointment_id.is_(None),
            _counts_with(motif),
        )
    )
    if before is not None:
        query = query.where(Hold.id < before.id)
    return session.scalar(query) or 0


def _counts_with(motif: Motif) -> ColumnElement[bool]:
    here = Motif.organisation_id == motif.organisation_id
    match motif.limit_scope:
        case LimitScope.CATEGORY if motif.category is not None:
            return here & (Motif.category == motif.category)
        case LimitScope.SERVICE:
            return here & (Motif.service_id == motif.service_id)
        case LimitScope.ORGANISATION:
            return here
        case _alone:
            return Motif.id == motif.id


def _key(motif: Motif) -> str:
    """A name for what counts together."""
    match motif.limit_scope:
        case LimitScope.CATEGORY if motif.category is not None:
            return f"category:{motif.organisation_id}:{motif.category}"
        case LimitScope.SERVICE:
            return f"service:{motif.organisation_id}:{motif.service_id}"
        case LimitScope.ORGANISATION:
            return f"organisation:{motif.organisation_id}"
        case _alone:
            return f"motif:{motif.id}"
