"""Who is signed in: revocable sessions of agents and citizens; the cookie holds a random token, the row its digest."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, ForeignKey, and_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.database import Base, Digest, Instant, PrimaryKey
from rdvdav.directory.agent import Agent
from rdvdav.tokens import digest, new_token

AGENT_SESSION = timedelta(days=14)
CITIZEN_SESSION = timedelta(hours=2)
PROGRAM_LENGTH = 300


class WebSession(Base):
    """One signed-in browser, of an agent or of a citizen."""

    __tablename__ = "web_session"

    id: Mapped[PrimaryKey]
    digest: Mapped[Digest] = mapped_column(unique=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"), index=True)
    citizen_id: Mapped[int | None] = mapped_column(ForeignKey("citizen.id"), index=True)
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
    program: Mapped[str | None]
    """What the browser said it is, for its owner to recognise it."""


@dataclass(frozen=True)
class Visitor:
    """Who a valid session belongs to: an agent, a citizen, or neither."""

    agent: Agent | None = None
    citizen: Citizen | None = None


def open_session(
    session: Session, clock: Clock, *, agent_id: int | None = None, citizen_id: int | None = None, program: str = ""
) -> str:
    """Sign an agent (two weeks) or a citizen (two hours) in and return the token for the cookie.

    Args:
        program: What the browser says it is; kept for its owner, cut where it gets long.
    """
    token = new_token()
    now = clock.now()
    lasts = AGENT_SESSION if agent_id is not None else CITIZEN_SESSION
    row = WebSession(
        digest=digest(token),
        agent_id=agent_id,
        citizen_id=citizen_id,
        created_at=now,
        expires_at=now + lasts,
        program=program[:PROGRAM_LENGTH] or None,
    )
    session.add(row)
    session.flush()
    return token


def visitor_of(session: Session, clock: Clock, token: str) -> Visitor:
    """Who holds *token*; a nobody when it is unknown, expired, revoked, or the agent left."""
    found = session.execute(
        select(Agent, Citizen)
        .select_from(WebSession)
        .outerjoin(Agent, (Agent.id == WebSession.agent_id) & Agent.left_at.is_(None))
        .outerjoin(Citizen, Citizen.id == WebSession.citizen_id)
        .where(WebSession.digest == digest(token), WebSession.revoked_at.is_(None), WebSession.expires_at > clock.now())
    ).one_or_none()
    return Visitor(agent=found[0], citizen=found[1]) if found else Visitor()


def close_session(session: Session, clock: Clock, token: str) -> None:
    """Sign out: the token opens nothing any more."""
    session.execute(
        update(WebSession)
        .where(WebSession.digest == digest(token), WebSession.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


def sessions_of(session: Session, clock: Clock, agent_id: int, token: str) -> list[tuple[WebSession, bool]]:
    """The agent's open sessions, the newest first, and whether each is that of *token*."""
    mine, now = digest(token), clock.now()
    query = select(WebSession).where(_open(agent_id), WebSession.expires_at > now).order_by(WebSession.id.desc())
    return [(row, row.digest == mine) for row in session.scalars(query)]


def close_sessions(session: Session, clock: Clock, agent_id: int, *, but: str = "") -> int:
    """Sign an agent out everywhere, *but* where this token is; how many sessions that ended. The caller commits."""
    ended = (
        update(WebSession)
        .where(_open(agent_id), WebSession.digest != digest(but), WebSession.expires_at > clock.now())
        .values(revoked_at=clock.now())
        .returning(WebSession.id)
    )
    return len(session.scalars(ended).all())


def _open(agent_id: int) -> ColumnElement[bool]:
    return and_(WebSession.agent_id == agent_id, WebSession.revoked_at.is_(None))
