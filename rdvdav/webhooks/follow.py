"""From the journal to deliveries: what a transaction traced is told to who follows it, written by the same transaction (C15, M-1).

Every use case traces what it does (L-6), so none can forget a webhook. How an object was before is read from outside the
transaction: another one that changes it waits for the same rows, so nothing comes between.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session

from rdvdav.audit.record import Trace, traced
from rdvdav.database import database_of
from rdvdav.tokens import new_token
from rdvdav.webhooks.state import State, organisations_in, states_of
from rdvdav.webhooks.webhook import Delivery, Kind, Webhook

FOLLOWED = frozenset(Kind)


@dataclass(frozen=True)
class Change:
    """What happened to one object: the first and the last word of the journal about it, and how it was and is."""

    trace: Trace
    before: State | None
    after: State | None

    @property
    def organisations(self) -> set[int]:
        """Whose business it was or is."""
        kind = Kind(self.trace.subject)
        return {each for state in (self.before, self.after) if state for each in organisations_in(kind, state)}


@event.listens_for(Session, "before_commit")
def _write_deliveries(session: Session) -> None:
    """Let every webhook that follows what was traced hear of it. Costs one statement where nobody listens."""
    traces = [trace for trace in traced(session) if trace.subject in FOLLOWED]
    if not traces:
        return
    territories = {trace.territory_id for trace in traces}
    query = select(Webhook).where(Webhook.territory_id.in_(territories), Webhook.active)
    webhooks = session.scalars(query.order_by(Webhook.id)).all()
    if not webhooks:
        return
    session.flush()
    changes = list(_changes(session, traces))
    tell(session, ((each, change) for change in changes for each in webhooks if _wants(each, change)))


def tell(session: Session, heard: Iterable[tuple[Webhook, Change]]) -> None:
    """Write what webhooks are to hear, in one statement. The caller commits."""
    rows = [_delivery(webhook, change) for webhook, change in heard]
    if rows:
        session.execute(insert(Delivery), rows)


def _delivery(webhook: Webhook, change: Change) -> dict[str, Any]:
    trace, uid = change.trace, f"evt_{new_token()}"
    told = {
        "id": uid,
        "type": trace.kind,
        "timestamp": trace.at.isoformat(timespec="microseconds").replace(
            "+00:00", "Z"
        ),  # the same length always: texts sort
        "object": trace.subject,
        "before": change.before,
        "after": change.after,
    }
    return {
        "webhook_id": webhook.id,
        "uid": uid,
        "event": trace.kind,
        "kind": trace.subject,
        "object_id": trace.subject_id,
        "body": json.dumps(told, ensure_ascii=False, separators=(",", ":")),
        "created_at": trace.at,
        "asked_at": trace.at,
        "due_at": trace.at,
    }


def _wants(webhook: Webhook, change: Change) -> bool:
    if webhook.territory_id != change.trace.territory_id or change.trace.subject not in webhook.kinds:
        return False
    return webhook.organisation_id is None or webhook.organisation_id in change.organisations


def _changes(session: Session, traces: Iterable[Trace]) -> Iterable[Change]:
    """One change for each object: several lines of the journal about it in one transaction are told as the last of them."""
    last = {(trace.subject, trace.subject_id): trace for trace in traces}
    with database_of(session).reading() as outside:
        for kind in FOLLOWED:
            of_kind = {subject_id: trace for (subject, subject_id), trace in last.items() if subject == kind}
            before = states_of(outside, kind, of_kind)
            after = states_of(session, kind, of_kind)
            for subject_id, trace in of_kind.items():
                if before.get(subject_id) != after.get(subject_id):
                    yield Change(trace, before.get(subject_id), after.get(subject_id))
