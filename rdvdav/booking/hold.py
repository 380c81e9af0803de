"""Keep a slot for somebody for some minutes; extend, release, take it again (D-2, D-5)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, exists, false, func, or_, select, update
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.hold import Hold, HoldClaim
from rdvdav.booking.limit import hold_person, require_within
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


@dataclass(frozen=True)
class Wish:
    """One slot somebody wants: a start, where, and the agenda if it was chosen."""

    starts_at: datetime
    place_id: int | None = None
    agenda_id: int | None = None


@dataclass(frozen=True)
class Kept:
    """What became of wishes: the clear token that opens what is held, and the wishes somebody else was faster for."""

    token: str
    lost: tuple[Wish, ...] = ()


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
    """Hold one slot, as `keep_all` does, and return the clear token that opens it.

    Args:
        agenda_id: Only this agenda, when the motif lets the citizen choose.
        invitation_id, referred: As `keep_all`.
    """
    return keep_all(
        session,
        clock,
        motif_id=motif_id,
        wishes=[Wish(starts_at, place_id, agenda_id)],
        visit=visit,
        address=address,
        citizen_id=citizen_id,
        moves=moves,
        replaces=replaces,
        staff=staff,
        invitation_id=invitation_id,
        referred=referred,
    ).token


def keep_all(
    session: Session,
    clock: Clock,
    *,
    motif_id: int,
    wishes: Sequence[Wish],
    visit: str,
    address: str,
    citizen_id: int | None = None,
    moves: int | None = None,
    replaces: str | None = None,
    staff: bool = False,
    invitation_id: int | None = None,
    referred: bool = False,
) -> Kept:
    """Hold the slots of a motif at each of *wishes*, under one token that opens them all (B06). The caller commits.

    If several agendas are free then, the one S-8 prefers is held; if another got it meanwhile, the next one is (D-2).
    Of time that people share, one seat is held (S-7); of a motif that needs several agendas, the time of all (S16).

    Args:
        visit: Secret of this browser visit.
        address: IP address of the visitor; counted, never kept in clear.
        citizen_id: Who comes, if known; a follow-up motif is held with this person's referents alone.
        moves: Id of the appointment this slot is to be the new time of.
        replaces: Token of holds to give up for these, if they are still there. A live hold of this visit on the very
            slot asked for is given up too, so that clicking twice is harmless.
        staff: An agent looks: any motif, any future slot (S-6), and no counting.
        invitation_id: The invitation it is booked under, which opens its motif to this person.
        referred: A referrer looks, who may book what is closed to citizens.

    Raises:
        NotBookable: The motif is not open to citizens.
        TooManyHolds, TooMany: D-5's limits per visit and per address; or more slots than the motif gives in one go.
        LimitReached: The person, if known, may have no more of these appointments (D-4).
        SlotTaken: Nobody is free at any of the starts.
    """
    motif = session.get(Motif, motif_id)
    if motif is None:
        raise NotBookable
    require_bookable(motif, staff=staff or invitation_id is not None, referred=referred)
    if len(wishes) > (1 if moves is not None else motif.slots_at_once):
        raise TooManyHolds
    if not staff:
        for _wish in wishes:  # its row serialises one address' holds
            take_attempt(session, clock, HOLDS_PER_ADDRESS, address)
    given_up = _given_up(session, clock, motif, wishes, visit, replaces)
    scopes = [Scope.one(wish.place_id, wish.agenda_id, citizen_id=citizen_id, staff=staff) for wish in wishes]
    among = {claim.agenda_id for hold in given_up for claim in hold.claims}.union(
        *(_who_might(session, clock, motif, wish, scope) for wish, scope in zip(wishes, scopes, strict=True))
    )
    with changing(session, clock, among):
        if citizen_id is not None:
            hold_person(session, citizen_id)
        for hold in _given_up(session, clock, motif, wishes, visit, replaces):
            _free(session, hold)
        if not staff and _live_holds(session, clock, visit) + len(wishes) > HOLDS_PER_VISIT:
            raise TooManyHolds
        if not staff and citizen_id is not None and moves is None:
            require_within(session, clock, motif, citizen_id, more=len(wishes))
        token, lost = new_token(), []
        for wish, scope in zip(wishes, scopes, strict=True):
            still_free = offered_at(session, clock, motif, wish.starts_at, replace(scope, among=among))
            if still_free:
                _hold(session, clock, motif, still_free[0], token, visit, moves, citizen_id, invitation_id)
            else:
                lost.append(wish)
        if len(lost) == len(wishes):
            raise SlotTaken(tuple(nearest(session, clock, motif, wishes[0].starts_at, scopes[0])))
        return Kept(token, tuple(lost))


def _who_might(session: Session, clock: Clock, motif: Motif, wish: Wish, scope: Scope) -> set[int]:
    """The agendas to lock: those free then; where several are needed at once, all that might come together."""
    agendas: set[int] = set()
    free = offered_at(session, clock, motif, wish.starts_at, scope)
    if free and motif.agents_needed + motif.rooms_needed > 1:
        day = wish.starts_at.date()
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
    session: Session,
    clock: Clock,
    motif: Motif,
    slot: Slot,
    token: str,
    visit: str,
    moves: int | None,
    citizen_id: int | None,
    invitation_id: int | None,
) -> None:
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
            citizen_id=citizen_id,
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
    session.flush()


def holds_under(session: Session, token: str) -> list[Hold]:
    """What *token* opens, expired or not: one hold, or those taken in one go, by time.

    Raises:
        NoSuchHold: Nothing is held under it.
    """
    query = select(Hold).where(Hold.digest == digest(token)).order_by(Hold.starts_at, Hold.id)
    holds = list(session.scalars(query))
    if not holds:
        raise NoSuchHold
    return holds


def held_under(session: Session, token: str) -> Hold:
    """The first of what *token* opens; most often there is but one.

    Raises:
        NoSuchHold: Nothing is held under it.
    """
    return holds_under(session, token)[0]


def agendas_of(session: Session, token: str) -> list[int]:
    """The agendas a use case on these holds must lock: those they claim, and those of the appointments they make or move.

    Raises:
        NoSuchHold: Nothing is held under *token*.
    """
    holds = holds_under(session, token)
    appointments = {each for hold in holds for each in (hold.appointment_id, hold.moves_appointment_id)} - {None}
    claimed = select(Claim.agenda_id).where(Claim.appointment_id.in_(appointments))
    return [*_claimed_by(session, token), *session.scalars(claimed)]


def know(session: Session, clock: Clock, token: str, citizen_id: int) -> None:
    """From now on one knows for whom these slots are kept: they count in this person's limit (D-5). The caller commits.

    The person's row is locked before, if at all: bookings lock it before the holds.
    """
    live = (Hold.digest == digest(token)) & Hold.appointment_id.is_(None) & (Hold.expires_at > clock.now())
    session.execute(update(Hold).where(live).values(citizen_id=citizen_id))


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
    """Keep what *token* opens five minutes longer, up to ten times. The caller commits.

    Raises:
        NoSuchHold, HoldExpired, NoMoreExtensions: It is not there, over, or extended often enough.
    """
    with changing(session, clock, agendas_of(session, token)):
        holds = holds_under(session, token)
        for hold in holds:
            require_live(hold, clock)
            if hold.extensions >= EXTENSIONS or hold.appointment_id is not None:
                raise NoMoreExtensions
            hold.extensions += 1
            hold.expires_at += EXTENSION
            for claim in hold.claims:
                claim.expires_at = hold.expires_at
        return holds[0]


def release(session: Session, clock: Clock, token: str) -> None:
    """Give back what *token* opens; what became an appointment stays as it is. The caller commits.

    Raises:
        NoSuchHold: Nothing is held under *token*.
    """
    with changing(session, clock, agendas_of(session, token)):
        for hold in holds_under(session, token):
            _free(session, hold)


def retake(
    session: Session, clock: Clock, token: str, *, visit: str, address: str, citizen_id: int | None = None
) -> str:
    """Hold the same slots again after they expired, those still free, under a new token (ux 3.12). What was typed goes along.

    The old token stays known, so that clicking twice is harmless.

    Raises:
        NoSuchHold, SlotTaken, TooMany, TooManyHolds, LimitReached: As `keep_all`.
    """
    holds = holds_under(session, token)
    old = holds[0]
    proof_id = old.proof_id
    fresh = keep_all(
        session,
        clock,
        motif_id=old.motif_id,
        wishes=[Wish(hold.starts_at, hold.place_id) for hold in holds],
        visit=visit,
        address=address,
        citizen_id=citizen_id,
        moves=old.moves_appointment_id,
        referred=True,  # whoever had it may have it again
    ).token
    for hold in holds_under(session, fresh):
        hold.proof_id = proof_id
    return fresh


def sweep(session: Session, clock: Clock, older_than: timedelta) -> int:
    """Delete holds that ended *older_than* ago and became nothing; how many. They block nothing, swept or not."""
    ended = (Hold.expires_at < clock.now() - older_than) & Hold.appointment_id.is_(None)
    return cast("CursorResult[Any]", session.execute(delete(Hold).where(ended))).rowcount


def _given_up(
    session: Session, clock: Clock, motif: Motif, wishes: Iterable[Wish], visit: str, replaces: str | None
) -> list[Hold]:
    """What a visit gives up for new holds: the holds it names, and live ones on the very slots it asks for again."""
    live = (Hold.visit_digest == digest(visit)) & (Hold.expires_at > clock.now())
    again = live & (Hold.motif_id == motif.id) & Hold.starts_at.in_([wish.starts_at for wish in wishes])
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
