"""Keep a slot for somebody for some minutes; extend, release, take it again (D-2, D-5)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, exists, false, func, or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.hold import Hold, HoldClaim
from rdvdav.booking.seats import seats_at, shared_with
from rdvdav.citizens.referent import referents_of
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.directory.place import Place
from rdvdav.errors import NotFound, Refused, Stale
from rdvdav.feeds.change import changing
from rdvdav.policy.throttle import Limit, take_attempt
from rdvdav.slots.load import Scope, carrying
from rdvdav.slots.near import nearest, offered_at
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
    citizen_id: int | None = None,
    moves: int | None = None,
    replaces: str | None = None,
    staff: bool = False,
    invitation_id: int | None = None,
    referred: bool = False,
) -> str:
    """Hold the slot of a motif at *starts_at* and return the clear token that opens it. The caller commits.

    If several agendas are free then, the one S-8 prefers is held; if another got it meanwhile, the next one is (D-2).
    Of time that people share, one seat is held (S-7); of a motif that needs several agendas, the time of all (S16).

    Args:
        visit: Secret of this browser visit.
        address: IP address of the visitor; counted, never kept in clear.
        agenda_id: Only this agenda, when the motif lets the citizen choose.
        citizen_id: Who comes, if known; a follow-up motif is held with this person's referents alone.
        moves: Id of the appointment this slot is to be the new time of.
        replaces: Token of a hold to give up for this one, if it is still there. A live hold of this visit on the very
            slot asked for is given up too, so that clicking twice is harmless.
        staff: An agent looks: any motif, any future slot (S-6), and no counting.
        invitation_id: The invitation it is booked under, which opens its motif to this person.
        referred: A referrer looks, who may book what is closed to citizens.

    Raises:
        NotBookable: The motif is not open to citizens.
        TooManyHolds, TooMany: D-5's limits per visit and per address.
        SlotTaken: Nobody is free then.
    """
    motif = session.get(Motif, motif_id)
    if motif is None:
        raise NotBookable
    require_bookable(motif, staff=staff or invitation_id is not None, referred=referred)
    if not staff:
        take_attempt(session, clock, HOLDS_PER_ADDRESS, address)  # its row serialises one address' holds
    given_up = _given_up(session, clock, motif, starts_at, visit, replaces)
    scope = Scope.one(place_id, agenda_id, citizen_id=citizen_id, staff=staff)
    among = _who_might(session, clock, motif, starts_at, scope, given_up)
    with changing(session, clock, among):
        for hold in _given_up(session, clock, motif, starts_at, visit, replaces):
            _free(session, hold)
        if not staff and _live_holds(session, clock, visit) >= HOLDS_PER_VISIT:
            raise TooManyHolds
        still_free = offered_at(session, clock, motif, starts_at, replace(scope, among=among))
        if not still_free:
            raise SlotTaken(tuple(nearest(session, clock, motif, starts_at, scope)))
        return _hold(session, clock, motif, still_free[0], visit, moves, invitation_id)


def _who_might(
    session: Session, clock: Clock, motif: Motif, starts_at: datetime, scope: Scope, given_up: Iterable[Hold]
) -> set[int]:
    """The agendas to lock: those free then or freed now; where several are needed at once, all that might come together."""
    agendas = {claim.agenda_id for hold in given_up for claim in hold.claims}
    free = offered_at(session, clock, motif, starts_at, scope)
    if free and motif.agents_needed + motif.rooms_needed > 1:
        day = starts_at.date()
        around = carrying(session, motif, day - timedelta(days=1), day + timedelta(days=1), scope)
        agendas.update(opening.agenda_id for opening in around)
    return agendas.union(*(slot.agendas for slot in free))


def require_bookable(motif: Motif, *, staff: bool = False, referred: bool = False) -> None:
    """Check that *motif* is open to citizens – to referrers, when one looks – or at least in use when an agent looks.

    Raises:
        NotBookable: It is not.
    """
    open_to = {BookableBy.EVERYONE, BookableBy.REFERRERS} if referred else {BookableBy.EVERYONE}
    if motif.archived_at is not None or not (staff or motif.bookable_by in open_to):
        raise NotBookable


def require_followed(session: Session, hold: Hold, citizen_id: int) -> None:
    """Check, for a follow-up motif, that all agents of *hold* follow the citizen who books it.

    Raises:
        NotBookable: One of them does not.
    """
    if not session.get_one(Motif, hold.motif_id).follow_up:
        return
    agendas = [claim.agenda_id for claim in hold.claims]
    strange = exists().where(
        Agenda.id.in_(agendas), Agenda.agent_id.is_not(None), Agenda.agent_id.not_in(referents_of(citizen_id))
    )
    if session.scalar(select(strange)):
        raise NotBookable


def _hold(
    session: Session, clock: Clock, motif: Motif, slot: Slot, visit: str, moves: int | None, invitation_id: int | None
) -> str:
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
            invitation_id=invitation_id,
            created_at=now,
            claims=[
                HoldClaim(
                    agenda_id=agenda_id,
                    opening_range_id=opening_id,
                    starts_at=slot.starts_at,
                    ends_at=slot.ends_at,
                    expires_at=expires_at,
                )
                for agenda_id, opening_id in slot.parts
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


def require_free(session: Session, clock: Clock, hold: Hold, people: int = 1) -> Appointment | None:
    """Check that the held time can still be honoured, and find the appointment it is a seat of, if there is one (S-7).

    Staff may have overlapped it meanwhile (D-6), or seated more people (I-2).

    Args:
        people: How many are to sit there.

    Raises:
        SlotTaken: Somebody took the time or the seats, the agent has left, or the place is closed; carries alternatives.
    """
    joined = shared_with(session, hold)
    motif = session.get_one(Motif, hold.motif_id)
    if _is_gone(session, hold, joined) or not _has_room(session, hold, motif, joined, people):
        scope = Scope.one(hold.place_id)
        raise SlotTaken(tuple(nearest(session, clock, motif, hold.starts_at, scope)))
    return joined


def _has_room(session: Session, hold: Hold, motif: Motif, joined: Appointment | None, people: int) -> bool:
    if joined is not None:
        return len(joined.seated) + people <= joined.seats
    return not motif.collective and people <= seats_at(session, hold)


def _is_gone(session: Session, hold: Hold, joined: Appointment | None) -> bool:
    """Whether something else stands in the held time, or nobody receives in it any more."""
    agendas = [claim.agenda_id for claim in hold.claims]
    overlapping = (Claim.starts_at < hold.ends_at) & (Claim.ends_at > hold.starts_at) & Claim.holds_time
    if joined is not None:
        overlapping &= Claim.appointment_id != joined.id
    taken = exists().where(Claim.agenda_id.in_(agendas), overlapping)
    left = exists().where(Agenda.id.in_(agendas), Agent.id == Agenda.agent_id, Agent.left_at.is_not(None))
    closed = exists().where(Place.id == hold.place_id, ~Place.enabled)
    causes = or_(left, closed) if joined is not None and joined.motif.collective else or_(taken, left, closed)
    return not agendas or bool(session.scalar(select(causes)))


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


def retake(
    session: Session, clock: Clock, token: str, *, visit: str, address: str, citizen_id: int | None = None
) -> str:
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
        citizen_id=citizen_id,
        moves=old.moves_appointment_id,
        referred=True,  # whoever had it may have it again
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
