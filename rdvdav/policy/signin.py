"""Signing an agent in with e-mail and password (ux 9.4), in steps, so that the slow check runs between two transactions (D-1).

`attempt` (reading) → `password_matches`, outside → `admit` or `note_failure` (writing). Failures are counted, not sign-ins: a town
hall that signs in together at half past eight from one address is no attack.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.errors import Refused
from rdvdav.policy.session import open_session
from rdvdav.policy.throttle import Limit, count_attempt, forget_attempts, require_room

PER_ACCOUNT = Limit("sign in, one account", 10, timedelta(minutes=15))
PER_ADDRESS = Limit("sign in, one address", 50, timedelta(minutes=15))


class SignInRefused(Refused):
    """No account has this e-mail and password: which of the two was wrong is told to nobody."""


@dataclass(frozen=True)
class Attempt:
    """Somebody who says to be the agent *email*, from the network address *address*."""

    email: str
    address: str
    agent_id: int | None = None
    password_hash: str | None = None


def attempt(session: Session, clock: Clock, email: str, address: str) -> Attempt:
    """What is known of the account *email*; an unknown one gives an attempt that no password fits.

    Raises:
        TooMany: Too many failures on this account or from this address.
    """
    email = email.strip().lower()
    require_room(session, clock, PER_ACCOUNT, email)
    require_room(session, clock, PER_ADDRESS, address)
    found = session.execute(
        select(Agent.id, Agent.password_hash).where(Agent.email == email, Agent.left_at.is_(None))
    ).one_or_none()
    return Attempt(email, address, found[0], found[1]) if found else Attempt(email, address)


def admit(session: Session, clock: Clock, made: Attempt, program: str = "") -> str:
    """Open a session for the agent whose password was right: the token for the cookie. The caller commits.

    Raises:
        SignInRefused: The agent left, or the password was changed, since the attempt was read.
    """
    agent = session.scalar(
        select(Agent).where(
            Agent.id == made.agent_id, Agent.password_hash == made.password_hash, Agent.left_at.is_(None)
        )
    )
    if agent is None:
        raise SignInRefused
    forget_attempts(session, PER_ACCOUNT, made.email)
    return enter(session, clock, agent, program)


def enter(session: Session, clock: Clock, agent: Agent, program: str = "") -> str:
    """Open a session for *agent*, who has shown who this is, and note when: the token for the cookie. The caller commits."""
    agent.last_sign_in_at = clock.now()
    return open_session(session, clock, agent_id=agent.id, program=program)


def note_failure(session: Session, clock: Clock, made: Attempt) -> None:
    """Count the attempt against the account, known or not, and the address. The caller commits."""
    count_attempt(session, clock, PER_ACCOUNT, made.email)
    count_attempt(session, clock, PER_ADDRESS, made.address)
