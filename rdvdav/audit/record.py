"""Writing the journal: one call per transition, in the transaction it happened in (L-6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from rdvdav.audit.entry import ActorKind, AuditEntry
from rdvdav.audit.kind import KINDS
from rdvdav.audit.owner import organisation_of
from rdvdav.clock import Clock


@dataclass(frozen=True)
class Actor:
    """Who does it: a citizen, an agent, a referrer, or the house itself."""

    kind: ActorKind
    id: int | None = None

    @classmethod
    def citizen(cls, citizen_id: int) -> "Actor":
        """A citizen, on the portal."""
        return cls(ActorKind.CITIZEN, citizen_id)

    @classmethod
    def agent(cls, agent_id: int) -> "Actor":
        """A member of staff."""
        return cls(ActorKind.AGENT, agent_id)

    @classmethod
    def referrer(cls, referrer_id: int) -> "Actor":
        """Somebody who books for a citizen."""
        return cls(ActorKind.REFERRER, referrer_id)


SYSTEM = Actor(ActorKind.SYSTEM)

_TRACED = "what this transaction traced"


@dataclass(frozen=True)
class Trace:
    """That a line was written in this transaction: what happened to which row."""

    kind: str
    subject: str
    subject_id: int
    territory_id: int
    at: datetime


def traced(session: Session) -> list[Trace]:
    """What the transaction traced so far, oldest first; asked twice, it says only what came since."""
    found: list[Trace] = session.info.pop(_TRACED, [])
    return found


def record(
    session: Session, clock: Clock, actor: Actor, kind: str, territory_id: int, subject_id: int, **details: Any
) -> None:
    """Add a line to the journal, at once: what it is about may be deleted next.

    The line is for the administrators of the organisation that *details* name as `organisation_id`, else of the subject's own.
    Details that `audit.kind` calls personal are kept apart, to be blanked first (P-6). A field that changed says from what to
    what, as `changed` puts it.
    """
    declared = KINDS[kind]
    session.flush()
    trace = Trace(kind, declared.subject, subject_id, territory_id, clock.now())
    session.info.setdefault(_TRACED, []).append(trace)
    session.execute(
        insert(AuditEntry).values(
            territory_id=territory_id,
            organisation_id=details.get("organisation_id")
            or organisation_of(declared.subject, subject_id, territory_id),
            at=trace.at,
            actor=actor.kind,
            actor_id=actor.id,
            kind=kind,
            subject=declared.subject,
            subject_id=subject_id,
            details={name: value for name, value in details.items() if name not in declared.personal},
            personal={name: value for name, value in details.items() if name in declared.personal} or None,
        )
    )


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The details of an entry on a change: for each name whose value became another, `old` and `new`."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: {"old": before.get(name), "new": after[name]} for name in names}


def untold(*, tell: bool) -> dict[str, bool]:
    """The detail of an entry that says that nobody was told, where staff wanted it so; telling is the rule and says nothing."""
    return {} if tell else {"told": False}
