"""Keep a slot for somebody for some minutes; extend, release, take it again (D-2, D-5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, exists, false, func, or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Claim
from rdvdav.agenda.hold import Hold, HoldClaim
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.directory.place import Place
from rdvdav.errors import NotFound, Refused, Stale
from rdvdav.feeds.change import changing
from rdvdav.policy.throttle import Limit, take_attempt
from rdvdav.slots.search import nearest, offered_at
from rdvdav.slots.slot import Slot
from rdvdav.tokens import digest, new_token

HOLDS_PER_VISIT = 3
HOLDS_PER_ADDRESS = Limit("hold", 20, timedelta(hours=1))
EXTENSION = timedelta(minutes=5)
EXTENSIONS = 10


class NoSuchHold(NotFound):
    """No slot is held under this token."""


class NotBookable(Refused):
    """The motif is not open to this person, or no longer."""


class TooManyHolds(Refused):
    """This visit keeps as many slots as it may (D-5)."""


class NoMoreExtensions(Refused):
    """The hold was extended as often as it may be (D-5)."""


@dataclass(eq=False)
class HoldExpired(Stale):
    """The citizen took longer than the hold lasts; the slot may be gone."""

    expired_at: datetime


@dataclass(eq=False)
class SlotTaken(Stale):
    """Somebody was faster (D-2); up to three nearest free slots."""

    alternatives: tuple[Slot, ...] = ()


def keep(
    session: Session,
    clock: Clock,
    *,
    motif_id: int,
    place_id: int | None,
    starts_at: datetime,
    visit: str,
    address: str,
    agenda_id: int | None = None,
    moves: int | None = None,
    replaces: str | None = None,
    staff: bool = False,
) -> str:
    """Hold the slot of a motif at *starts_at* and return the clear token that opens it. The caller commits.

    If several agendas are free then, the one S-8 prefers is held; if another got it meanwhile, the next one is (D-2).

    Args:
        visit: Secret of this browser visit.
        address: IP address of the visitor; counted, never kept in clear.
        agenda_id: Only this agenda, when the motif lets the citizen choose.
        moves: Id of the appointment this slot is to be the new time of.
        replaces: Token of a hold to give up for this one, if it is still there. A live hold of this visit on the very
            slot asked for is given up too, so that clicking twice is harmless.
        staff: An agent looks: any motif, any future slot (S-6), and no counting.

    Raises:
        NotBookable: The motif is not open to citizens.
        TooManyHolds, TooMany: D-5's limits per visit and per address.
        SlotTaken: Nobody is free then.
    """
    motif = session.get(Motif, motif_id)
    if motif is None:
        raise NotBookable
    require_bookable(motif, staff=staff)
    if not staff:
        take_attempt(session, clock, HOLDS_PER_ADDRESS, address)  # its row serialises one address' holds
    given_up = _given_up(session, clock, motif, starts_at, visit, replaces)
    free = offered_at(session, clock, motif, place_id, starts_at, agenda_id=agenda_id, staff=staff)
    agendas = {claim.agenda_id for hold in given_up for claim in hold.claims} | {slot.agenda_id for slot in free}
    with changing(session, clock, sorted(agendas)):
        for hold in _given_up(session, clock, motif, starts_at, visit, replaces):
            _free(session, hold)
        if not staff and _live_holds(session, clock, visit) >= HOLDS_PER_VISIT:
            raise TooManyHolds
        among = agendas if agenda_id is None else agendas & {agenda_id}
        still_free = offered_at(session, clock, motif, place_id, starts_at, among=among, staff=staff)
        if not still_free:
            raise SlotTaken(tuple(nearest(session, clock, motif, place_id, starts_at, agenda_id=agenda_id)))
        return _hold(session, clock, motif, still_free[0], visit, moves)


def require_bookable(motif: Motif, *, staff: bool = False) -> None:
    """Check that *motif* is open to citizens, or at least in use when an agent looks.

    Raises:
        NotBookable: It is not.
    """
    if motif.archived_at is not None or not (staff or motif.bookable_by is BookableBy.EVERYONE):
        raise NotBookable


def _hold(session: Session, clock: Clock, motif: Motif, slot: Slot, visit: str, moves: int | None) -> str:
    token = new_token()
    now = clock.now()
    expires_at = now + timedelta(minutes=motif.hold_minutes)
    session.add(
        Hold(
            territory_id=motif.territory_id,
            organisation_id=motif.organisation_id,
            motif_id=motif.id,
            place_id=slot.place_id,
            digest=digest(token),
            visit_digest=digest(visit),
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            expires_at=expires_at,
            moves_appointment_id=moves,
            created_at=now,
            claims=[
                HoldClaim(
                    agenda_id=slot.agenda_id,
                    opening_range_id=slot.opening_id,
                    starts_at=slot.starts_at,
                    ends_at=slot.ends_at,
                    expires_at=expires_at,
                )
            ],
        )
    )
    return token


def held_under(session: Session, token: str) -> Hold:
    """The hold that *token* opens, expired or not.

    Raises:
        NoSuchHold: Nothing is held under it.
    """
    hold = session.scalar(select(Hold).where(Hold.digest == digest(token)))
    if hold is None:
        raise NoSuchHold
    return hold


def agendas_of(session: Session, token: str) -> list[int]:
    """The agendas a use case on this hold must lock: those it claims, and those of the appointments it makes or moves.

    Raises:
        NoSuchHold: Nothing is held under *token*.
    """
    hold = held_under(session, token)
    appointments = {hold.appointment_id, hold.moves_appointment_id} - {None}
    claimed = select(Claim.agenda_id).where(Claim.appointment_id.in_(appointments))
    return [*_claimed_by(session, token), *session.scalars(claimed)]


def require_live(hold: Hold, clock: Clock) -> None:
    """Raise `HoldExpired` once the hold's time is over (I-7: the very instant of *expires_at* is too late)."""
    if hold.expires_at <= clock.now():
        raise HoldExpired(hold.expires_at)


def require_free(session: Session, clock: Clock, hold: Hold) -> None:
    """Check that nobody took the held time meanwhile, for staff may overlap anything (D-6), and that it can still be honoured.

    Raises:
        SlotTaken: Somebody did, the agent has left, or the place is closed; carries alternatives.
    """
    agendas = [claim.agenda_id for claim in hold.claims]
    overlapping = (Claim.starts_at < hold.ends_at) & (Claim.ends_at > hold.starts_at) & Claim.holds_time
    taken = exists().where(Claim.agenda_id.in_(agendas), overlapping)
    gone = exists().where(Agenda.id.in_(agendas), Agent.id == Agenda.agent_id, Agent.left_at.is_not(None))
    closed = exists().where(Place.id == hold.place_id, ~Place.enabled)
    if not agendas or session.scalar(select(or_(taken, gone, closed))):
        motif = session.get_one(Motif, hold.motif_id)
        raise SlotTaken(tuple(nearest(session, clock, motif, hold.place_id, hold.starts_at)))


def extend(session: Session, clock: Clock, token: str) -> Hold:
    """Keep the slot five minutes longer, up to ten times. The caller commits.

    Raises:
        NoSuchHold, HoldExpired, NoMoreExtensions: It is not there, over, or extended often enough.
    """
    with changing(session, clock, agendas_of(session, token)):
        hold = held_under(session, token)
        require_live(hold, clock)
        if hold.extensions >= EXTENSIONS or hold.appointment_id is not None:
            raise NoMoreExtensions
        hold.extensions += 1
        hold.expires_at += EXTENSION
        for claim in hold.claims:
            claim.expires_at = hold.expires_at
        return hold


def release(session: Session, clock: Clock, token: str) -> None:
    """Give the slot back; one that became an appointment stays as it is. The caller commits.

    Raises:
        NoSuchHold: Nothing is held under *token*.
    """
    with changing(session, clock, agendas_of(session, token)):
        _free(session, held_under(session, token))


def retake(session: Session, clock: Clock, token: str, *, visit: str, address: str) -> str:
    """Hold the same slot again after it expired, under a new token (ux 3.12). What was typed goes along.

    The old token stays known, so that clicking twice is harmless.

    Raises:
        NoSuchHold, SlotTaken, TooMany, TooManyHolds: As `keep`.
    """
    old = held_under(session, token)
    proof_id = old.proof_id
    fresh = keep(
        session,
        clock,
        motif_id=old.motif_id,
        place_id=old.place_id,
        starts_at=old.starts_at,
        visit=visit,
        address=address,
        moves=old.moves_appointment_id,
    )
    session.flush()
    held_under(session, fresh).proof_id = proof_id
    return fresh


def sweep(session: Session, clock: Clock, older_than: timedelta) -> int:
    """Delete holds that ended *older_than* ago and became nothing; how many. They block nothing, swept or not."""
    ended = (Hold.expires_at < clock.now() - older_than) & Hold.appointment_id.is_(None)
    return cast("CursorResult[Any]", session.execute(delete(Hold).where(ended))).rowcount


def _given_up(
    session: Session, clock: Clock, motif: Motif, starts_at: datetime, visit: str, replaces: str | None
) -> list[Hold]:
    """What a visit gives up for a new hold: the hold it names, and a live one on the very slot it asks for again."""
    live = (Hold.visit_digest == digest(visit)) & (Hold.expires_at > clock.now())
    again = live & (Hold.motif_id == motif.id) & (Hold.starts_at == starts_at)
    named = Hold.digest == digest(replaces) if replaces else false()
    return list(session.scalars(select(Hold).where(or_(again, named), Hold.appointment_id.is_(None))))


def _free(session: Session, hold: Hold) -> None:
    if hold.appointment_id is None:
        session.delete(hold)
        session.flush()


def _claimed_by(session: Session, token: str) -> list[int]:
    query = select(HoldClaim.agenda_id).join(Hold).where(Hold.digest == digest(token))
    return list(session.scalars(query))


def _live_holds(session: Session, clock: Clock, visit: str) -> int:
    live = (Hold.visit_digest == digest(visit)) & (Hold.expires_at > clock.now()) & Hold.appointment_id.is_(None)
    return session.scalar(select(func.count()).select_from(Hold).where(live)) or 0
