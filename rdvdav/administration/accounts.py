"""What an agent changes of the own account: the name, whether single keys act, what mails are sent (ux 9)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent, Level
from rdvdav.feeds.change import changing


def rename(session: Session, clock: Clock, agent_id: int, first_name: str, last_name: str) -> Agent:
    """Write the agent's name otherwise; the own agenda is called the same. The caller commits."""
    agenda_id = session.scalar(select(Agenda.id).where(Agenda.agent_id == agent_id))
    with changing(session, clock, [] if agenda_id is None else [agenda_id]):
        agent = session.get_one(Agent, agent_id)
        agent.first_name, agent.last_name = first_name, last_name
        if agenda_id is not None:
            session.get_one(Agenda, agenda_id).name = agent.name
    return agent


def use_keys(session: Session, agent_id: int, *, used: bool) -> None:
    """Let single keys act on the agenda, or not. The caller commits."""
    session.get_one(Agent, agent_id).single_key_shortcuts = used


def choose_notifications(
    session: Session, agent_id: int, appointments: Level, *, openings: bool, absences: bool, calendar: bool
) -> None:
    """Choose what the agent reads of by mail, and whether mails carry the calendar part (M-4). The caller commits."""
    agent = session.get_one(Agent, agent_id)
    agent.appointments_told = appointments
    agent.openings_told, agent.absences_told = openings, absences
    agent.calendar_by_mail = calendar
