"""Who hears of what, by which way and in which language: citizens and agents alike (M-1, M-2, M-4).

`announce` and `announce_hours` ask here for everybody an event may concern; nothing else decides who gets a message.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.audit.record import Actor
from rdvdav.directory.agent import Agent, Level
from rdvdav.directory.motif import Visibility
from rdvdav.directory.organisation import DetailLevel
from rdvdav.outbox.message import Channel


@dataclass(frozen=True)
class Owner:
    """An agent who may hear of the own agenda.

    Attributes:
        level: How much the agenda's calendars show: mails say no more (K-13).
    """

    agent: Agent
    agenda_id: int
    level: DetailLevel


def hears(appointment: Appointment, seat: Participation, channel: Channel = Channel.MAIL) -> bool:
    """Whether a participant is told of what happens to the appointment by *channel* (M-2)."""
    reader = seat.citizen.reached
    ways = {Channel.MAIL: seat.by_email and reader.mails_wanted and reader.email is not None}
    return appointment.motif.visibility is Visibility.NOTIFIED and ways.get(channel, False)


def owners_of(session: Session, agenda_ids: Iterable[int]) -> Sequence[Owner]:
    """The agents whose agendas these are, and who are still there; one statement."""
    query = (
        select(Agent, Agenda.id, Agenda.detail_level)
        .join(Agenda, Agenda.agent_id == Agent.id)
        .where(Agenda.id.in_(sorted(agenda_ids)), Agent.left_at.is_(None))
        .order_by(Agent.id)
    )
    return [Owner(*row) for row in session.execute(query)]


def reads_of_appointment(agent: Agent, actor: Actor, days: Iterable[date], today: date) -> bool:
    """Whether *agent* is to read of something that *actor* did to an appointment of the own agenda (M-4).

    Args:
        days: On which it was and is, by the clocks of its organisation; *today* is by the same.
    """
    by_others = actor != Actor.agent(agent.id)
    match agent.appointments_told:
        case Level.ALL:
            return True
        case Level.OTHERS:
            return by_others
        case Level.NEAR:
            return by_others and not {today, today + timedelta(days=1)}.isdisjoint(days)
        case Level.NONE:
            return False
