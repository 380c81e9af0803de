"""All that a record says of one person to an agent who may see it (A03, ux 8.4). A fixed number of statements."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.booking.people import citizen_in_sight
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.citizens.identity import locked_fields
from rdvdav.citizens.referent import CitizenReferent
from rdvdav.directory.agent import Agent
from rdvdav.directory.organisation import Organisation
from rdvdav.outbox.message import Message
from rdvdav.planning.journal import Traced, history_of
from rdvdav.policy.right import known_to, people_administered, people_of
from rdvdav.policy.sight import visible


@dataclass(frozen=True)
class Visit:
    """An appointment as it stands for one person.

    Attributes:
        status: Of the person's seat, where this one gave it up; else of the appointment.
        agents: Names of the agendas it takes.
    """

    appointment: Appointment
    status: Status
    agents: str


@dataclass(frozen=True)
class Record:
    """What an agent sees of a person.

    Attributes:
        organisations: Those of the agent's own that know the person, by name.
        upcoming, past: The appointments in sight of the agent: the next first, and the latest first.
        locked: The fields a provider vouches for, each with the provider's label.
        history: Who changed what, newest first; None where this agent may not read it.
    """

    citizen: Citizen
    organisations: Sequence[Organisation]
    referents: Sequence[Agent]
    responsible: Citizen | None
    relatives: Sequence[Citizen]
    upcoming: Sequence[Visit]
    past: Sequence[Visit]
    messages: Sequence[Message]
    locked: Mapping[str, str]
    history: Sequence[Traced] | None

    @property
    def outcomes(self) -> Mapping[Status, int]:
        """How many past appointments ended how."""
        return Counter(visit.status for visit in self.past)


def record_of(session: Session, now: datetime, agent_id: int, citizen_id: int) -> Record:
    """The record of a person *agent_id* may see.

    Raises:
        NoSuchCitizen: There is none, or not for this agent.
    """
    citizen = citizen_in_sight(session, agent_id, citizen_id)
    visits = visits_of(session, agent_id, citizen_id)
    family = session.scalars(
        select(Citizen)
        .where(or_(Citizen.id == citizen.responsible_id, Citizen.responsible_id == citizen_id), known_to(agent_id))
        .order_by(Citizen.sorted_as, Citizen.id)
    ).all()
    return Record(
        citizen=citizen,
        organisations=organisations_knowing(session, agent_id, citizen_id),
        referents=session.scalars(
            select(Agent)
            .join(CitizenReferent, CitizenReferent.agent_id == Agent.id)
            .where(CitizenReferent.citizen_id == citizen_id)
            .order_by(Agent.last_name, Agent.first_name)
        ).all(),
        responsible=next((each for each in family if each.id == citizen.responsible_id), None),
        relatives=[each for each in family if each.responsible_id == citizen_id],
        upcoming=[visit for visit in reversed(visits) if visit.appointment.ends_at > now],
        past=[visit for visit in visits if visit.appointment.ends_at <= now],
        messages=_messages(session, citizen_id, [visit.appointment.id for visit in visits]),
        locked=locked_fields(session, citizen_id),
        history=_history(session, agent_id, citizen_id),
    )


def visits_of(session: Session, agent_id: int, citizen_id: int) -> Sequence[Visit]:
    """The person's appointments on agendas that *agent_id* may see, the latest first."""
    in_sight = select(Claim.appointment_id).join(Agenda, Agenda.id == Claim.agenda_id).where(visible(agent_id))
    appointments = session.scalars(
        select(Appointment)
        .where(
            Appointment.id.in_(select(Participation.appointment_id).where(Participation.citizen_id == citizen_id)),
            in_sight.where(Claim.appointment_id == Appointment.id).exists(),
        )
        .order_by(Appointment.starts_at.desc(), Appointment.id.desc())
        .options(
            joinedload(Appointment.motif),
            joinedload(Appointment.place),
            joinedload(Appointment.organisation),
            selectinload(Appointment.participations),
            selectinload(Appointment.claims),
        )
    ).all()
    claimed = {claim.agenda_id for each in appointments for claim in each.claims}
    agendas = session.execute(select(Agenda.id, Agenda.name).where(Agenda.id.in_(claimed)))
    names = {row.id: row.name for row in agendas}
    return [
        Visit(each, each.status_for(citizen_id), ", ".join(names[claim.agenda_id] for claim in each.claims))
        for each in appointments
    ]


def organisations_knowing(session: Session, agent_id: int, citizen_id: int) -> Sequence[Organisation]:
    """The organisations of *agent_id* that know the person, by name."""
    return session.scalars(
        select(Organisation)
        .join(CitizenOrganisation, CitizenOrganisation.organisation_id == Organisation.id)
        .where(CitizenOrganisation.citizen_id == citizen_id, Organisation.id.in_(people_of(agent_id)))
        .order_by(Organisation.name, Organisation.id)
    ).all()


def _messages(session: Session, citizen_id: int, appointment_ids: Sequence[int]) -> Sequence[Message]:
    """What left for the person about what the agent may see, newest first."""
    about = or_(Message.appointment_id.in_(appointment_ids), Message.appointment_id.is_(None))
    query = select(Message).where(Message.citizen_id == citizen_id, about)
    return session.scalars(query.order_by(Message.id.desc())).all()


def _history(session: Session, agent_id: int, citizen_id: int) -> Sequence[Traced] | None:
    """What happened to the record and to those merged into it, oldest first; None for whom may not read it."""
    readable = select(Citizen.id).where(Citizen.id == citizen_id, people_administered(agent_id))
    if session.scalar(readable) is None:
        return None
    merged = select(Citizen.id).where(or_(Citizen.id == citizen_id, Citizen.merged_into_id == citizen_id))
    lines = history_of(session, "citizen", *session.scalars(merged))
    return [line for line in lines if line.entry.kind != "citizen.closed"]
