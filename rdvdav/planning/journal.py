"""Reading the journal (A10): the history of one thing for its page, and the list that administrators filter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, select, tuple_
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.audit.entry import ActorKind, AuditEntry
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.referrer import Referrer
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import Membership
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.directory.team import Team
from rdvdav.directory.territory import Territory
from rdvdav.feeds.access import AppPassword
from rdvdav.feeds.address import FeedAddress
from rdvdav.hours.wall import day_bounds, from_minutes
from rdvdav.policy.right import administered, organisations_to_administer
from rdvdav.webhooks.webhook import Webhook

ROWS_A_PAGE = 50
NAMES: dict[str, tuple[type[Any], Any]] = {
    "absence": (Absence, Absence.title),
    "agenda": (Agenda, Agenda.name),
    "agent": (Agent, Agent.first_name + " " + Agent.last_name),
    "app_password": (AppPassword, AppPassword.label),
    "appointment": (Appointment, Appointment.reference),
    "citizen": (Citizen, Citizen.first_name + " " + Citizen.last_name),
    "feed_address": (FeedAddress, FeedAddress.label),
    "motif": (Motif, Motif.name),
    "opening_range": (OpeningRange, OpeningRange.name),
    "organisation": (Organisation, Organisation.name),
    "place": (Place, Place.name),
    "service": (Service, Service.name),
    "team": (Team, Team.name),
    "territory": (Territory, Territory.name),
    "webhook": (Webhook, Webhook.name),
}
"""By subject: its table, and what people call a row of it."""


@dataclass(frozen=True)
class Traced:
    """A line of the journal.

    Attributes:
        who: Name of who did it; empty when it was the house, or nobody knows any more.
        about: What the thing is called today, else was called then; empty when neither is known.
    """

    entry: AuditEntry
    who: str
    about: str


@dataclass(frozen=True)
class Wanted:
    """Which lines of the journal; None and empty ask for all.

    Attributes:
        first, last: Days by the clocks of *zone*, both included.
        actor, actor_id: Who did it.
        kind: Of `audit.kind`.
        subject, subject_id: What it is about.
        before: Id of a line: only older ones.
    """

    zone: str
    first: date | None = None
    last: date | None = None
    actor: ActorKind | None = None
    actor_id: int | None = None
    kind: str = ""
    subject: str = ""
    subject_id: int | None = None
    organisation_id: int | None = None
    before: int | None = None


@dataclass(frozen=True)
class JournalPage:
    """Lines, the newest first; *older* is the `before` of the page that follows, None on the last one."""

    lines: list[Traced]
    older: int | None


def history_of(session: Session, subject: str, *subject_ids: int) -> list[Traced]:
    """What happened to the rows *subject_ids* of the table *subject*, oldest first, with the names of who did it; one statement.

    Whether one may see the thing is asked before.
    """
    mine = (AuditEntry.subject == subject, AuditEntry.subject_id.in_(subject_ids))
    return _traced(session, _lines().where(*mine).order_by(AuditEntry.at, AuditEntry.id))


def journal(session: Session, agent_id: int, wanted: Wanted) -> JournalPage:
    """A page of the lines that *agent_id* administers: of the own organisations, of the own territory; one statement."""
    query = _lines().where(administered(agent_id, AuditEntry), *_conditions(wanted))
    newest_first = query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    lines = _traced(session, newest_first.limit(ROWS_A_PAGE + 1))
    more = len(lines) > ROWS_A_PAGE
    return JournalPage(lines[:ROWS_A_PAGE], lines[ROWS_A_PAGE - 1].entry.id if more else None)


def possible_actors(session: Session, agent_id: int) -> Sequence[Agent]:
    """The agents of the organisations that *agent_id* administers, by surname; one statement."""
    theirs = select(Membership.agent_id).where(administered(agent_id, Membership))
    return session.scalars(select(Agent).where(Agent.id.in_(theirs)).order_by(Agent.last_name, Agent.first_name)).all()


def journals(session: Session, agent_id: int) -> Sequence[Organisation]:
    """The organisations whose journal *agent_id* may read, by name; none for who administers nothing."""
    return session.scalars(organisations_to_administer(agent_id)).all()


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    said: list[tuple[object, ColumnElement[bool]]] = [
        (wanted.actor, AuditEntry.actor == wanted.actor),
        (wanted.actor_id, AuditEntry.actor_id == wanted.actor_id),
        (wanted.kind, AuditEntry.kind == wanted.kind),
        (wanted.subject, AuditEntry.subject == wanted.subject),
        (wanted.subject_id, AuditEntry.subject_id == wanted.subject_id),
        (wanted.organisation_id, AuditEntry.organisation_id == wanted.organisation_id),
    ]
    conditions = [condition for value, condition in said if value]
    if wanted.first is not None:
        conditions.append(AuditEntry.at >= from_minutes(day_bounds(wanted.first, wanted.zone).start))
    if wanted.last is not None:
        conditions.append(AuditEntry.at < from_minutes(day_bounds(wanted.last, wanted.zone).end))
    if wanted.before is not None:
        at = select(AuditEntry.at).where(AuditEntry.id == wanted.before).scalar_subquery()
        conditions.append(tuple_(AuditEntry.at, AuditEntry.id) < tuple_(at, wanted.before))
    return conditions


def _lines() -> Select[Any]:
    """Lines with who did it and what the thing is called, read as they are found."""
    names = [
        (
            AuditEntry.subject == subject,
            select(name).where(table.id == AuditEntry.subject_id).correlate(AuditEntry).scalar_subquery(),
        )
        for subject, (table, name) in NAMES.items()
    ]
    return (
        select(AuditEntry, Agent, Citizen, Referrer, case(*names))
        .outerjoin(Agent, and_(AuditEntry.actor == ActorKind.AGENT, Agent.id == AuditEntry.actor_id))
        .outerjoin(Citizen, and_(AuditEntry.actor == ActorKind.CITIZEN, Citizen.id == AuditEntry.actor_id))
        .outerjoin(Referrer, and_(AuditEntry.actor == ActorKind.REFERRER, Referrer.id == AuditEntry.actor_id))
    )


def _traced(session: Session, query: Select[Any]) -> list[Traced]:
    return [
        Traced(entry, next((who.name for who in people if who), ""), about or _then(entry))
        for entry, *people, about in session.execute(query)
    ]


def _then(entry: AuditEntry) -> str:
    """What a thing that is gone was called, as its last name in this line says."""
    known = entry.details | (entry.personal or {})
    said = next((known[key] for key in ("name", "title", "label") if known.get(key)), "")
    return str(said["new"] if isinstance(said, dict) else said)
