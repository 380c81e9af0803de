"""Keep a slot for somebody for some minutes, or take it again (D-2, D-5); what the token then opens is `held`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.hold import Hold, HoldClaim
from rdvdav.booking.bookable import NotBookable, require_bookable
from rdvdav.booking.held import give_back, holds_under
from rdvdav.booking.honour import SlotTaken
from rdvdav.booking.limit import hold_person, require_within
from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.errors import Refused
from rdvdav.feeds.change import changing
from rdvdav.policy.throttle import Limit, take_attempt
from rdvdav.slots.load import Scope, carrying
from rdvdav.slots.near import nearest, offered_at
from rdvdav.slots.slot import Slot
from rdvdav.tokens import digest, new_token

HOLDS_PER_VISIT = 3
HOLDS_PER_ADDRESS = Limit("hold", 20, timedelta(hours=1))


class TooManyHolds(Refused):
    """This visit keeps as many slots as it may (D-5)."""


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
            give_back(session, hold)
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


def _given_up(
    session: Session, clock: Clock, motif: Motif, wishes: Iterable[Wish], visit: str, replaces: str | None
) -> list[Hold]:
    """What a visit gives up for new holds: the holds it names, and live ones on the very slots it asks for again."""
    live = (Hold.visit_digest == digest(visit)) & (Hold.expires_at > clock.now())
    again = live & (Hold.motif_id == motif.id) & Hold.starts_at.in_([wish.starts_at for wish in wishes])
    named = Hold.digest == digest(replaces) if replaces else false()
    return list(session.scalars(select(Hold).where(or_(again, named), Hold.appointment_id.is_(None))))


def _live_holds(session: Session, clock: Clock, visit: str) -> int:
    live = (Hold.visit_digest == digest(visit)) & (Hold.expires_at > clock.now()) & Hold.appointment_id.is_(None)
    return session.scalar(select(func.count()).select_from(Hold).where(live)) or 0
