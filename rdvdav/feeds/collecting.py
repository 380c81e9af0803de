"""Give an agenda a collection, or take it away."""

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.clock import Clock
from rdvdav.directory.organisation import DetailLevel
from rdvdav.feeds.change import changing
from rdvdav.feeds.object import CalendarObject, Collection, CollectionKind, Occurrence


def open_collection(
    session: Session,
    clock: Clock,
    agenda_id: int,
    kind: CollectionKind = CollectionKind.MAIN,
    level: DetailLevel | None = None,
) -> Collection:
    """Give an agenda a collection of *kind*, at its own level unless another is named, filled with what there is. The caller commits."""
    with changing(session, clock, [agenda_id]) as change:
        wanted = level or session.get_one(Agenda, agenda_id).detail_level
        return change.open(agenda_id, kind, wanted)


def close_collections(session: Session, clock: Clock, agenda_id: int, kind: CollectionKind) -> None:
    """Take an agenda's collections of *kind* away, with all that leads to them. The caller commits."""
    with changing(session, clock, [agenda_id]):
        ids = session.scalars(
            select(Collection.id).where(Collection.agenda_id == agenda_id, Collection.kind == kind)
        ).all()
        drop_collections(session, ids)


def drop_collections(session: Session, ids: Iterable[int]) -> None:
    """Delete collections and what is in them; their agendas must be held. The caller commits."""
    mine = list(ids)
    session.execute(delete(Occurrence).where(Occurrence.collection_id.in_(mine)))
    session.execute(delete(CalendarObject).where(CalendarObject.collection_id.in_(mine)))
    session.execute(delete(Collection).where(Collection.id.in_(mine)))
    session.expire_all()
