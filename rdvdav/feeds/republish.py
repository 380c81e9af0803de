"""Texts written again after a change that touches many: a motif renamed, a place moved, a level chosen (K-2, K-13).

What is to be done stands in a table, written in the transaction of the change; the worker does it agenda by agenda and batch by
batch, each in a transaction of its own, with the same function that publishes everything else.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import ColumnElement, ForeignKey, Select, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.agenda.participation import Participation
from rdvdav.audit.record import SYSTEM, Actor, changed, record
from rdvdav.clock import Clock
from rdvdav.database import Base, Database, Instant, PrimaryKey
from rdvdav.directory.membership import Membership
from rdvdav.directory.organisation import DetailLevel, Organisation
from rdvdav.feeds.address import FeedAddress
from rdvdav.feeds.change import Change, changing
from rdvdav.feeds.collecting import drop_collections
from rdvdav.feeds.disclosure import agendas_of
from rdvdav.feeds.object import Collection, CollectionKind
from rdvdav.feeds.things import things_of

log = logging.getLogger(__name__)
TRIED_AGAIN_AFTER = timedelta(hours=1)
AT_ONCE = 500
"""Appointments in one transaction: an agenda is held for a fraction of a second."""


class Republication(Base):
    """An agenda whose texts may have changed. Rows for the same agenda do no harm: equal texts are not written."""

    __tablename__ = "republication"

    id: Mapped[PrimaryKey]
    agenda_id: Mapped[int] = mapped_column(ForeignKey("agenda.id"), index=True)
    after_id: Mapped[int] = mapped_column(default=0)
    """Appointments up to this id are done."""
    due_at: Mapped[Instant]
    """When it may be tried: at once, or an hour after it failed."""


# --- asking


def ask(session: Session, clock: Clock, agenda_ids: Iterable[int]) -> None:
    """Have all that these agendas show written again. The caller commits, with the change that made it necessary."""
    session.add_all(Republication(agenda_id=id_, due_at=clock.now()) for id_ in sorted(set(agenda_ids)))


def ask_for_motif(session: Session, clock: Clock, motif_id: int) -> None:
    """The motif's words changed. The caller commits."""
    openings = select(OpeningRange.agenda_id).join(OpeningRangeMotif).where(OpeningRangeMotif.motif_id == motif_id)
    booked = _booked().where(Appointment.motif_id == motif_id)
    ask(session, clock, session.scalars(booked.union(openings)))


def ask_for_place(session: Session, clock: Clock, place_id: int) -> None:
    """The place's name or address changed. The caller commits."""
    openings = select(OpeningRange.agenda_id).where(OpeningRange.place_id == place_id)
    booked = _booked().where(Appointment.place_id == place_id)
    ask(session, clock, session.scalars(booked.union(openings)))


def ask_for_citizen(session: Session, clock: Clock, citizen_id: int) -> None:
    """The citizen's name or phone number changed: shown where an organisation lets it out. The caller commits."""
    booked = _booked().join(Participation).where(Participation.citizen_id == citizen_id)
    ask(session, clock, session.scalars(booked))


def choose_level(
    session: Session, clock: Clock, organisation_id: int, level: DetailLevel, actor: Actor = SYSTEM
) -> None:
    """Let an organisation's calendars show more or less from now on (K-13). The caller commits.

    Args:
        actor: Who decides; the house, for a command.
    """
    organisation = session.get_one(Organisation, organisation_id)
    facts = changed({"level": organisation.detail_level}, {"level": level})
    organisation.detail_level = level
    if facts:
        kind = "organisation.detail_changed"
        record(session, clock, actor, kind, organisation.territory_id, organisation_id, **facts)
    members = select(Agenda.id).join(Membership, Membership.agent_id == Agenda.agent_id)
    booked = _booked().where(Appointment.organisation_id == organisation_id)
    ask(session, clock, session.scalars(booked.union(members.where(Membership.organisation_id == organisation_id))))


def _booked() -> Select[int]:
    return select(Claim.agenda_id).join(Appointment, Appointment.id == Claim.appointment_id)


# --- doing


def republish_due(database: Database, clock: Clock, at_once: int = AT_ONCE) -> int:
    """Write one batch of one agenda again, the oldest asked for; how many agendas were looked at: 0 when nothing is asked. Commits."""
    try:
        return _republish(database, clock, at_once)
    except SQLAlchemyError:
        raise
    except Exception:  # one thing that can't be rendered must not keep all others waiting, and mails
        log.exception("an agenda could not be published again; another try in an hour")
        with database.transaction() as session:
            session.execute(update(Republication).where(_due(clock)).values(due_at=clock.now() + TRIED_AGAIN_AFTER))
        return 1


def _due(clock: Clock) -> ColumnElement[bool]:
    """True of the row whose turn it is."""
    oldest = select(func.min(Republication.id)).where(Republication.due_at <= clock.now()).scalar_subquery()
    return Republication.id == oldest


def _republish(database: Database, clock: Clock, at_once: int) -> int:
    with database.transaction() as session:
        asked = session.scalar(select(Republication).where(_due(clock)).with_for_update(skip_locked=True))
        if asked is None:
            return 0
        held = _agendas_of(_batch(session, clock, asked, at_once)) | {asked.agenda_id}
        with changing(session, clock, held) as change:
            if asked.after_id == 0:
                _settle_level(session, change, asked.agenda_id)
                _publish_series(session, clock, change, asked.agenda_id)
            batch = _batch(session, clock, asked, at_once)
            # What went to an agenda not held meanwhile was published by the change that took it there.
            change.publish(*(each for each in batch if agendas_of(each) <= held))
            if len(batch) == at_once:
                asked.after_id = batch[-1].id
            else:
                session.delete(asked)
    return 1


def _batch(session: Session, clock: Clock, asked: Republication, at_once: int) -> list[Appointment]:
    """The next appointments of the agenda, by id."""
    mine = (Collection.agenda_id == asked.agenda_id) & (Collection.kind == CollectionKind.MAIN)
    main = session.scalar(select(Collection).where(mine).order_by(Collection.window_start).limit(1))
    if main is None:
        return []
    found = things_of(session, main, clock.now(), after_id=asked.after_id, most=at_once)
    return [each for each in found if isinstance(each, Appointment)]


def _agendas_of(appointments: Iterable[Appointment]) -> frozenset[int]:
    return frozenset().union(*map(agendas_of, appointments))


def _settle_level(session: Session, change: Change, agenda_id: int) -> None:
    """Show an agenda at the highest level that one of its agent's organisations chose, and nowhere at a higher one."""
    agenda = session.get_one(Agenda, agenda_id)
    chosen = session.scalars(
        select(Organisation.detail_level)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.agent_id == agenda.agent_id)
    ).all()
    if not chosen:
        return
    level = max(chosen, key=lambda each: each.rank)
    agenda.detail_level = level
    collections = session.scalars(select(Collection).where(Collection.agenda_id == agenda_id)).all()
    settled = {kind: change.open(agenda_id, kind, level) for kind in {each.kind for each in collections}}
    above = [each for each in collections if each.level.rank > level.rank]
    for each in above:  # addresses stay good, and show less
        instead = {"collection_id": settled[each.kind].id, "level": level}
        session.execute(update(FeedAddress).where(FeedAddress.collection_id == each.id).values(**instead))
    if above:
        drop_collections(session, [each.id for each in above])


def _publish_series(session: Session, clock: Clock, change: Change, agenda_id: int) -> None:
    """Absences and openings: few, and all in the first batch."""
    query = select(Collection).where(Collection.agenda_id == agenda_id, Collection.kind != CollectionKind.MAIN)
    for kind in {collection.kind: collection for collection in session.scalars(query)}.values():
        change.publish(*things_of(session, kind, clock.now()))
