"""Staff book at any time they choose, slot or not, once they accepted what speaks against it (S-11, D-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Channel
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.audit.record import Actor, record
from rdvdav.booking.book import REFERENCE_LENGTH
from rdvdav.booking.hold import SlotTaken
from rdvdav.booking.warning import Wanted, Warned, overlaps, warnings_of
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.known import attach
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import Membership
from rdvdav.directory.motif import Modality, Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.errors import Refused
from rdvdav.feeds.change import changing
from rdvdav.ical.uid import new_uid
from rdvdav.notify.announce import announce
from rdvdav.outbox.event import Event
from rdvdav.policy.installation import installation
from rdvdav.policy.right import known_to, searchable
from rdvdav.policy.sight import visible_agendas
from rdvdav.slots.search import nearest, offered_at
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
        agenda_ids: All whose time it takes.
        by_email: Whether the citizen hears of it by e-mail, now and later (M-2).
    """

    motif_id: int
    citizen_id: int
    starts_at: datetime
    minutes: int
    place_id: int | None
    agenda_ids: frozenset[int]
    by_email: bool = True

    @property
    def ends_at(self) -> datetime:
        """When it ends."""
        return self.starts_at + timedelta(minutes=self.minutes)


def book_freely(
    session: Session, clock: Clock, agent_id: int, plan: Plan, accepted: frozenset[str] = frozenset()
) -> Appointment:
    """Make the appointment: rows, journal, calendars and mail in the caller's transaction.

    In agendas one may see any time will do; in others only a slot that is free (« search slots, and book what is found »).

    Args:
        accepted: Keys of the warnings that were accepted; kept in the journal.

    Raises:
        Contradictory: It can't be, or not for this agent.
        ToAccept: It can, once more is accepted.
        SlotTaken: Of an agenda one may not see, and no slot (any more).
    """
    with changing(session, clock, plan.agenda_ids) as change:
        # The person's row after the agendas: two agents who book for one person see each other's appointment.
        session.get(Citizen, plan.citizen_id, with_for_update=True)
        if contradictory := contradictions(session, agent_id, plan):
            raise Contradictory(tuple(contradictory))
        motif = session.get_one(Motif, plan.motif_id)
        ranges = _ranges(session, clock, agent_id, motif, plan)
        found = warnings_of(session, clock, wanted_by(session, agent_id, plan))
        if not {warned.key for warned in found} <= accepted:
            raise ToAccept(tuple(found))
        appointment = _appointment(session, clock, motif, plan, ranges)
        appointment.overlap_accepted = overlaps(found)
        attach(session, clock, plan.citizen_id, motif.organisation_id)
        change.publish(appointment)
        _trace(session, clock, agent_id, appointment, found)
        announce(session, clock, Event.APPOINTMENT_CREATED, appointment)
    return appointment


def contradictions(session: Session, agent_id: int, plan: Plan) -> list[Contradiction]:
    """What keeps *plan* from being booked by *agent_id*, nothing when it can be."""
    motif = session.scalar(select(Motif).where(Motif.id == plan.motif_id, searchable(agent_id, widened=True)))
    if motif is None:
        return [Contradiction.NO_MOTIF]
    known = session.scalar(select(exists().where(Citizen.id == plan.citizen_id, known_to(agent_id))))
    here = Place.organisation_id == motif.organisation_id
    place = session.scalar(select(Place).where(Place.id == plan.place_id, here, Place.enabled))
    present, working = _agents(session, motif, plan.agenda_ids)
    said = {
        Contradiction.NO_CITIZEN: not known,
        Contradiction.NO_AGENT: not plan.agenda_ids or present != plan.agenda_ids,
        Contradiction.AGENT_ELSEWHERE: not present <= working,
        Contradiction.NO_PLACE: (place is None) is (motif.modality is Modality.ON_SITE),
        Contradiction.NO_TIME: not 0 < plan.minutes <= LONGEST,
    }
    return [contradiction for contradiction, holds in said.items() if holds]


def wanted_by(session: Session, agent_id: int, plan: Plan) -> Wanted:
    """What warnings are looked for: in the agendas one may see, for in others only a free slot can be booked."""
    motif = session.get_one(Motif, plan.motif_id)
    return Wanted(
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        agenda_ids=plan.agenda_ids & visible_agendas(session, agent_id),
        place_id=plan.place_id,
        motif_id=motif.id,
        zone=session.get_one(Organisation, motif.organisation_id).zone,
        citizen_id=plan.citizen_id,
    )


def _agents(session: Session, motif: Motif, agenda_ids: frozenset[int]) -> tuple[frozenset[int], frozenset[int]]:
    """Of the agendas, those whose agent is still there, and those whose agent works in the motif's organisation; a room is nobody's."""
    member = exists().where(Membership.agent_id == Agenda.agent_id, Membership.organisation_id == motif.organisation_id)
    works = or_(member, Agenda.agent_id.is_(None) & (Agenda.territory_id == motif.territory_id))
    query = select(Agenda.id, works).outerjoin(Agent).where(Agenda.id.in_(agenda_ids), Agent.left_at.is_(None))
    rows = session.execute(query).all()
    return frozenset(row[0] for row in rows), frozenset(row[0] for row in rows if row[1])


def _ranges(session: Session, clock: Clock, agent_id: int, motif: Motif, plan: Plan) -> dict[int, int | None]:
    """The opening range each agenda's time comes from, None where it comes from no slot.

    Raises:
        SlotTaken: It must come from one and does not.
    """
    slots = offered_at(session, clock, motif, plan.place_id, plan.starts_at, among=sorted(plan.agenda_ids), staff=True)
    offered = {slot.agenda_id: slot.opening_id for slot in slots if slot.ends_at == plan.ends_at}
    if not plan.agenda_ids <= visible_agendas(session, agent_id) | offered.keys():
        raise SlotTaken(tuple(nearest(session, clock, motif, plan.place_id, plan.starts_at)))
    return {agenda_id: offered.get(agenda_id) for agenda_id in plan.agenda_ids}


def _appointment(
    session: Session, clock: Clock, motif: Motif, plan: Plan, ranges: dict[int, int | None]
) -> Appointment:
    now = clock.now()
    host = installation(session).uid_host
    appointment = Appointment(
        territory_id=motif.territory_id,
        organisation_id=motif.organisation_id,
        motif_id=motif.id,
        place_id=plan.place_id,
        uid=new_uid(host),
        reference=new_slug(REFERENCE_LENGTH),
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        status=Status.PLANNED,
        channel=Channel.AGENT,
        stamped_at=now,
        created_at=now,
    )
    appointment.claim(ranges)
    seat = Participation(
        territory_id=motif.territory_id,
        citizen_id=plan.citizen_id,
        uid=new_uid(host),
        by_email=plan.by_email,
        created_at=now,
    )
    appointment.participations = [seat]
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
