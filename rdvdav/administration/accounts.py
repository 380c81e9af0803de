"""What an agent changes of the own account: the name, how the agenda looks, whether single keys act, what mails are sent (ux 6.2, 9)."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent, Favourite, Level
from rdvdav.feeds.change import changing
from rdvdav.policy.sight import visible


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


def arrange(
    session: Session,
    agent_id: int,
    *,
    first_hour: int,
    last_hour: int,
    weekends: bool,
    colleague_ids: frozenset[int],
) -> None:
    """How the agent likes the agenda: hours and days always shown, colleagues found first (ux 6.2). The caller commits.

    Args:
        first_hour, last_hour: By the clock, from 0 to 24.
        colleague_ids: Those whose agenda is out of sight are left out.
    """
    agent = session.get_one(Agent, agent_id)
    agent.first_hour, agent.last_hour, agent.weekends = first_hour, last_hour, weekends
    seen = select(Agenda.agent_id).where(Agenda.agent_id.in_(colleague_ids - {agent_id}), visible(agent_id))
    session.execute(delete(Favourite).where(Favourite.agent_id == agent_id))
    session.add_all(Favourite(agent_id=agent_id, colleague_id=each) for each in session.scalars(seen) if each)
    session.flush()


def choose_notifications(
    session: Session, agent_id: int, appointments: Level, *, openings: bool, absences: bool, calendar: bool
) -> None:
    """Choose what the agent reads of by mail, and whether mails carry the calendar part (M-4). The caller commits."""
    agent = session.get_one(Agent, agent_id)
    agent.appointments_told = appointments
    agent.openings_told, agent.absences_told = openings, absences
    agent.calendar_by_mail = calendar
