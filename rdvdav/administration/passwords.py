"""Passwords of agents: asked for when forgotten, chosen by a personal link, changed by who knows the present one (9.3, 9.4).

The hash is computed by the door between two transactions: it is slow on purpose (D-1).
"""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.workplace import organisations_of, territory_of
from rdvdav.errors import Stale
from rdvdav.notify.agent_mail import tell_forgotten
from rdvdav.policy.password_link import agent_of_link, close_password_links
from rdvdav.policy.session import close_sessions
from rdvdav.policy.signin import PER_ACCOUNT, enter
from rdvdav.policy.throttle import Limit, forget_attempts, take_attempt

ASKED_FOR_ACCOUNT = Limit("new password, one account", 3, timedelta(hours=1))
ASKED_FROM_ADDRESS = Limit("new password, one address", 20, timedelta(hours=1))


class PasswordChanged(Stale):
    """The password was changed since it was checked."""


def ask_for_another(session: Session, clock: Clock, email: str, address: str) -> None:
    """Mail a link to the agent *email*, if there is one: who asks is told the same either way. The caller commits.

    Args:
        address: Network address of who asks.

    Raises:
        TooMany: For this account, known or not, or from this address.
    """
    email = email.strip().lower()
    take_attempt(session, clock, ASKED_FROM_ADDRESS, address)
    take_attempt(session, clock, ASKED_FOR_ACCOUNT, email)
    agent = session.scalar(select(Agent).where(Agent.email == email, Agent.left_at.is_(None)))
    territory = territory_of(session, agent.id) if agent else None
    if agent is None or territory is None:
        return
    tell_forgotten(session, clock, agent, next(iter(organisations_of(session, agent.id)), territory))


def choose(session: Session, clock: Clock, token: str, password_hash: str, program: str = "") -> str:
    """Set the password of whose link it is, and sign in: the token for the cookie. All other sessions end. The caller commits.

    Raises:
        NoSuchPasswordLink: It opens nothing, or was used meanwhile.
    """
    agent = agent_of_link(session, clock, token)
    session.refresh(agent, with_for_update=True)
    agent = agent_of_link(session, clock, token)
    _set(session, clock, agent, password_hash)
    close_sessions(session, clock, agent.id)
    forget_attempts(session, PER_ACCOUNT, agent.email)
    return enter(session, clock, agent, program)


def change(
    session: Session, clock: Clock, agent_id: int, *, checked: str | None, password_hash: str, token: str
) -> None:
    """Set another password; all sessions but that of *token* end. The caller commits.

    Args:
        checked: The stored hash that the present password was found to fit.

    Raises:
        PasswordChanged: It is another one by now.
    """
    agent = session.get_one(Agent, agent_id, with_for_update=True)
    if agent.password_hash != checked:
        raise PasswordChanged
    _set(session, clock, agent, password_hash)
    close_sessions(session, clock, agent_id, but=token)


def _set(session: Session, clock: Clock, agent: Agent, password_hash: str) -> None:
    agent.password_hash = password_hash
    close_password_links(session, clock, agent.id)
    territory = territory_of(session, agent.id)
    if territory is not None:
        record(session, clock, Actor.agent(agent.id), "agent.password_chosen", territory.id, agent.id)
    session.flush()
