"""Staff book at any time they choose, slot or not, once they accepted what speaks against it (S-11, D-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Channel
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.audit.record import Actor, record
from rdvdav.booking.book import REFERENCE_LENGTH, answer
from rdvdav.booking.honour import SlotTaken
from rdvdav.booking.referral import refer_as_agent
from rdvdav.booking.seats import seats_of, take_seat
from rdvdav.booking.warning import Kind, Wanted, Warned, overlaps, warnings_of
from rdvdav.citizens.citizen import LOCKED_IN, Citizen
from rdvdav.citizens.known import attach
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import Membership
from rdvdav.directory.motif import Modality, Motif
from rdvdav.directory.place import Place
from rdvdav.errors import Refused
from rdvdav.feeds.change import changing
from rdvdav.feeds.citizen_event import summary_link
from rdvdav.ical.uid import new_uid
from rdvdav.notify.announce import announce
from rdvdav.notify.compose import Letter, about_appointment
from rdvdav.outbox.event import Event
from rdvdav.policy.installation import installation
from rdvdav.policy.right import known_to, searchable
from rdvdav.policy.sight import visible_agendas
from rdvdav.slots.load import Scope
from rdvdav.slots.near import nearest, offered_at
from rdvdav.slots.slot import Slot
from rdvdav.tokens import new_slug

LONGEST = 24 * 60
"""Minutes."""


class Contradiction(StrEnum):
    """What can't be booked, unlike a warning."""

    NO_MOTIF = "no_motif"
    NO_CITIZEN = "no_citizen"
    NO_AGENT = "no_agent"
    AGENT_ELSEWHERE = "agent_elsewhere"
    NO_PLACE = "no_place"
    NO_TIME = "no_time"


@dataclass(eq=False)
class Contradictory(Refused):
    """The appointment as it was typed can't be."""

    found: tuple[Contradiction, ...]


@dataclass(eq=False)
class ToAccept(Refused):
    """Something speaks against it that nobody has accepted yet (S-11); all warnings, accepted or not."""

    warnings: tuple[Warned, ...]


@dataclass(frozen=True)
class Plan:
    """An appointment as somebody wants it.

    Attributes:
        address: Where it happens instead of at a place, this once; empty otherwise.
        agenda_ids: All whose time it takes.
        citizen_id, with_citizens: Who comes, and who comes along.
        by_email: Whether they hear of it by e-mail and SMS, now and later (M-2), but for *untold*.
    """

    motif_id: int
    citizen_id: int
    starts_at: datetime
    minutes: int
    place_id: int | None
    agenda_ids: frozenset[int]
    by_email: bool = True
    with_citizens: tuple[int, ...] = ()
    untold: frozenset[int] = frozenset()
    address: str = ""

    @property
    def citizens(self) -> list[int]:
        """Ids of all who come, in the order of locking."""
        return sorted({self.citizen_id, *self.with_citizens})

    @property
    def ends_at(self) -> datetime:
        """When it ends."""
        return self.starts_at + timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Look:
    """What a plan meets.

    Attributes:
        slot: The free slot it is, of exactly these agendas; None when it is any other time.
        ranges: The opening range each agenda's time comes from, None where it comes from none.
        warnings: What must be accepted (S-11).
    """

    slot: Slot | None
    ranges: dict[int, int | None]
    warnings: list[Warned]


def look_at(session: Session, clock: Clock, agent_id: int, plan: Plan) -> Look:
    """What *plan* meets, as *agent_id* may see it: nothing is said of agendas out of sight, nor of those whose slot is free."""
    motif = session.get_one(Motif, plan.motif_id)
    places = None if plan.place_id is None else frozenset({plan.place_id})
    scope = Scope(places=places, among=plan.agenda_ids, staff=True)
    # Whoever receives receives at a place: elsewhere nothing is a slot.
    offered = [] if plan.address else offered_at(session, clock, motif, plan.starts_at, scope)
    fitting = [slot for slot in offered if slot.ends_at == plan.ends_at]
    slot = next((each for each in fitting if each.agendas == plan.agenda_ids), None)
    alone = {each.agenda_id: each.opening_id for each in fitting if not each.others}
    wanted = Wanted(
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        agenda_ids=frozenset() if slot else plan.agenda_ids & visible_agendas(session, agent_id),
        place_id=plan.place_id,
        elsewhere=bool(plan.address),
        motif_id=motif.id,
        zone=motif.organisation.zone,
        citizens=frozenset(plan.citizens),
    )
    ranges = dict(slot.parts) if slot else {agenda_id: alone.get(agenda_id) for agenda_id in plan.agenda_ids}
    warnings = warnings_of(session, clock, wanted)
    if slot is not None and (slot.seats > 1 or slot.appointment_id) and slot.seats < len(plan.citizens):
        warnings.append(Warned(Kind.FULL))
    return Look(slot, ranges, warnings)


def book_freely(
    session: Session,
    clock: Clock,
    agent_id: int,
    plan: Plan,
    accepted: frozenset[str] = frozenset(),
    answers: Sequence[tuple[str, str]] = (),
) -> Appointment:
    """Make the appointment: rows, journal, calendars and mail in the caller's transaction.

    In agendas one may see any time will do; in others only a slot that is free (« search slots, and book what is found »).
    A slot that people share is joined (S-7); who has a seat there keeps it.

    Args:
        accepted: Keys of the warnings that were accepted; kept in the journal.
        answers: Questions of the motif and what each who comes answers.

    Raises:
        Contradictory: It can't be, or not for this agent.
        ToAccept: It can, once more is accepted.
        SlotTaken: Of an agenda one may not see, and no slot (any more).
    """
    with changing(session, clock, plan.agenda_ids) as change:
        # The people's rows after the agendas: two agents who book for one person see each other's appointment.
        session.scalars(
            select(Citizen).where(Citizen.id.in_(plan.citizens)).order_by(*LOCKED_IN).with_for_update()
        ).all()
        if contradictory := contradictions(session, agent_id, plan):
            raise Contradictory(tuple(contradictory))
        look = look_at(session, clock, agent_id, plan)
        if look.slot is None and not plan.agenda_ids <= visible_agendas(session, agent_id):
            raise SlotTaken(_nearest(session, clock, plan))
        if not {warned.key for warned in look.warnings} <= accepted:
            raise ToAccept(tuple(look.warnings))
        appointment = _joined(session, look) or new_freely(session, clock, plan, look)
        seats = _seated(session, clock, agent_id, appointment, plan)
        if not seats:
            return appointment
        for seat in seats:
            answer(seat, answers)
        refer_as_agent(session, clock, agent_id, appointment, seats)
        change.publish(appointment)
        _trace(session, clock, agent_id, appointment, look.warnings)
        announce(session, clock, Event.APPOINTMENT_CREATED, appointment, actor=Actor.agent(agent_id), seats=seats)
    return appointment


def _seated(session: Session, clock: Clock, agent_id: int, appointment: Appointment, plan: Plan) -> list[Participation]:
    """The seats given to those who had none there yet; each person is known to the organisation from then on."""
    seats = []
    for citizen_id in plan.citizens:
        told = plan.by_email and citizen_id not in plan.untold
        seat = take_seat(session, appointment, citizen_id, by_email=told, by_sms=told, at=clock.now())
        if seat is not None:
            attach(session, clock, citizen_id, appointment.organisation_id, Actor.agent(agent_id))
            seats.append(seat)
    return seats


def letter_for(session: Session, plan: Plan, citizen_id: int) -> Letter:
    """The confirmation that one of those who come would get, as it would leave; nothing is kept."""
    motif = session.get_one(Motif, plan.motif_id)
    appointment = Appointment(
        starts_at=plan.starts_at, ends_at=plan.ends_at, status=Status.PLANNED, reference="…", seats=1
    )
    appointment.motif = motif
    appointment.organisation = motif.organisation
    appointment.place = session.get(Place, plan.place_id) if plan.place_id else None
    appointment.address = plan.address or None
    seat = Participation(citizen=session.get_one(Citizen, citizen_id), status=Status.PLANNED)
    link = summary_link(appointment, installation(session).public_url)
    return about_appointment(Event.APPOINTMENT_CREATED, appointment, seat, None, link)


def contradictions(session: Session, agent_id: int, plan: Plan) -> list[Contradiction]:
    """What keeps *plan* from being booked by *agent_id*, nothing when it can be."""
    motif = session.scalar(select(Motif).where(Motif.id == plan.motif_id, searchable(agent_id, widened=True)))
    if motif is None:
        return [Contradiction.NO_MOTIF]
    wanted = select(func.count()).select_from(Citizen).where(Citizen.id.in_(plan.citizens), known_to(agent_id))
    known = session.scalar(wanted) == len(plan.citizens)
    here = Place.organisation_id == motif.organisation_id
    place = session.scalar(select(Place).where(Place.id == plan.place_id, here, Place.enabled))
    present, working = _agents(session, motif, plan.agenda_ids)
    said = {
        Contradiction.NO_CITIZEN: not known,
        Contradiction.NO_AGENT: not plan.agenda_ids or present != plan.agenda_ids,
        Contradiction.AGENT_ELSEWHERE: not present <= working,
        Contradiction.NO_PLACE: [place is not None, bool(plan.address)].count(True)
        != (motif.modality is Modality.ON_SITE),
        Contradiction.NO_TIME: not 0 < plan.minutes <= LONGEST,
    }
    return [contradiction for contradiction, holds in said.items() if holds]


def _agents(session: Session, motif: Motif, agenda_ids: frozenset[int]) -> tuple[frozenset[int], frozenset[int]]:
    """Of the agendas, those whose agent is still there, and those whose agent works in the motif's organisation; a room is nobody's."""
    member = exists().where(Membership.agent_id == Agenda.agent_id, Membership.organisation_id == motif.organisation_id)
    works = or_(member, Agenda.agent_id.is_(None) & (Agenda.territory_id == motif.territory_id))
    query = select(Agenda.id, works).outerjoin(Agent).where(Agenda.id.in_(agenda_ids), Agent.left_at.is_(None))
    rows = session.execute(query).all()
    return frozenset(row[0] for row in rows), frozenset(row[0] for row in rows if row[1])


def _nearest(session: Session, clock: Clock, plan: Plan) -> tuple[Slot, ...]:
    motif = session.get_one(Motif, plan.motif_id)
    return tuple(nearest(session, clock, motif, plan.starts_at, Scope.one(plan.place_id, staff=True)))


def _joined(session: Session, look: Look) -> Appointment | None:
    """The appointment whose time is shared, where the slot is a seat of it."""
    if look.slot is None or look.slot.appointment_id is None:
        return None
    return session.get_one(Appointment, look.slot.appointment_id)


def new_freely(session: Session, clock: Clock, plan: Plan, look: Look) -> Appointment:
    """A new appointment, nobody in it yet."""
    now = clock.now()
    motif = session.get_one(Motif, plan.motif_id)
    shared = seats_of(session, look.ranges.values()) if look.slot else 1
    appointment = Appointment(
        territory_id=motif.territory_id,
        organisation_id=motif.organisation_id,
        motif_id=motif.id,
        place_id=plan.place_id,
        address=plan.address or None,
        uid=new_uid(installation(session).uid_host),
        reference=new_slug(REFERENCE_LENGTH),
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        status=Status.PLANNED,
        channel=Channel.AGENT,
        seats=motif.seats if motif.collective else shared,
        overlap_accepted=overlaps(look.warnings),
        stamped_at=now,
        created_at=now,
    )
    appointment.claim(look.ranges)
    session.add(appointment)
    session.flush()
    return appointment


def _trace(session: Session, clock: Clock, agent_id: int, appointment: Appointment, accepted: Sequence[Warned]) -> None:
    record(
        session,
        clock,
        Actor.agent(agent_id),
        "appointment.booked",
        appointment.territory_id,
        appointment.id,
        starts_at=appointment.starts_at.isoformat(),
        accepted=[warned.key for warned in accepted],
    )
