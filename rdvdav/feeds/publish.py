"""Which calendars an agent publishes beside the appointments: absences and openings, switched on and off (K-1)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.errors import Refused
from rdvdav.feeds.change import changing
from rdvdav.feeds.collecting import close_collections
from rdvdav.feeds.object import Collection, CollectionKind
from rdvdav.policy.sight import own_agenda


class AlwaysPublished(Refused):
    """Appointments are published as long as there is an agenda."""


def published(session: Session, agent_id: int) -> frozenset[CollectionKind]:
    """The kinds of calendar that the agent's own agenda publishes; one statement."""
    query = select(Collection.kind).join(Agenda, Agenda.id == Collection.agenda_id).where(Agenda.agent_id == agent_id)
    return frozenset(session.scalars(query.distinct()))


def publish(session: Session, clock: Clock, agent_id: int, kind: CollectionKind) -> None:
    """Publish a calendar of *kind* from now on, with what there is. Twice is harmless. The caller commits.

    Raises:
        NoSuchAgenda: The agent has no agenda.
    """
    agenda = own_agenda(session, agent_id)
    with changing(session, clock, [agenda.id]) as change:
        if kind not in published(session, agent_id):
            change.open(agenda.id, kind, agenda.detail_level)
            _trace(session, clock, agenda, "agenda.published", kind)


def unpublish(session: Session, clock: Clock, agent_id: int, kind: CollectionKind) -> None:
    """Take the calendar of *kind* away, and every address that leads to it. Twice is harmless. The caller commits.

    Raises:
        NoSuchAgenda: The agent has no agenda.
        AlwaysPublished: Appointments stay.
    """
    if kind is CollectionKind.MAIN:
        raise AlwaysPublished
    agenda = own_agenda(session, agent_id)
    if kind in published(session, agent_id):
        close_collections(session, clock, agenda.id, kind)
        _trace(session, clock, agenda, "agenda.unpublished", kind)


def _trace(session: Session, clock: Clock, agenda: Agenda, what: str, kind: CollectionKind) -> None:
    assert agenda.agent_id is not None  # noqa: S101 - it is an agent's own
    record(session, clock, Actor.agent(agenda.agent_id), what, agenda.territory_id, agenda.id, calendar=kind)
