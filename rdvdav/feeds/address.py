"""Secret addresses (K-40): what they may show, how they are made, reset and closed. Only digests are kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from rdvdav.clock import Clock
from rdvdav.database import Instant, words
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import DetailLevel
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.errors import NotFound, Refused
from rdvdav.feeds.access import SECRET_LENGTH, Key, key_of, keys_of, trace, use_is_due
from rdvdav.feeds.change import changing
from rdvdav.feeds.object import CollectionKind
from rdvdav.feeds.publish import published
from rdvdav.policy.sight import organisations_of_sight, own_agenda
from rdvdav.tokens import digest, new_slug


class FeedContent(StrEnum):
    """What a secret address shows (K-40, K-43, K-45)."""

    COLLECTION = "collection"
    ORGANISATION = "organisation"
    PLACE = "place"
    SERVICE = "service"
    FREE_BUSY = "free_busy"
    AVAILABILITY = "availability"


class FeedAddress(Key):
    """One secret webcal address; several per agent, named for the program that reads it.

    It shows one collection of the agent's own agenda, or the appointments of an organisation, place or service on all agendas that
    policy lets the agent see, at *level* or less; or when the agent's own agenda is free, without a word of what.
    """

    __tablename__ = "feed_address"

    content: Mapped[FeedContent] = mapped_column(words(FeedContent), default=FeedContent.COLLECTION)
    level: Mapped[DetailLevel] = mapped_column(words(DetailLevel), default=DetailLevel.MOTIF)
    collection_id: Mapped[int | None] = mapped_column(ForeignKey("collection.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"), index=True)
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"), index=True)
    last_read_at: Mapped[Instant | None]
    """Written at most once an hour."""
    last_reader: Mapped[str | None]
    """Kind of program that read it last, from a fixed list; never the raw User-Agent."""


class Address(NamedTuple):
    """A live address as its readers see it: its row."""

    id: int
    agent_id: int
    label: str
    content: FeedContent
    level: DetailLevel
    organisation_id: int | None
    place_id: int | None
    service_id: int | None
    digest: bytes
    last_read_at: datetime | None
    last_reader: str | None


ADDRESSES = FeedAddress.__table__.c
ADDRESS: tuple[ColumnElement[Any], ...] = tuple(ADDRESSES[name] for name in Address._fields)
"""What an `Address` is made of, in its order."""


@dataclass(frozen=True)
class Subject:
    """What an address is asked to show: *kind* says which collection, *id* which organisation, place or service."""

    content: FeedContent = FeedContent.COLLECTION
    kind: CollectionKind | None = None
    id: int | None = None


APPOINTMENTS = Subject(kind=CollectionKind.MAIN)


@dataclass(frozen=True)
class Offered:
    """A subject that an agent may choose.

    Attributes:
        name: Of the organisation, place or service; empty for what is the agent's own.
        levels: Those it may be shown at, the least first; none where nothing is told but hours.
    """

    subject: Subject
    name: str = ""
    levels: tuple[DetailLevel, ...] = ()


class NotOffered(NotFound):
    """No such subject, not published, or not for this agent."""


@dataclass(eq=False)
class LevelNotOffered(Refused):
    """The organisation lets less out (K-13)."""

    level: DetailLevel
    offered: tuple[DetailLevel, ...]


def offered(session: Session, agent_id: int) -> list[Offered]:
    """All that an address of the agent may show: the own calendars, then organisations, places and services; five statements.

    Raises:
        NoSuchAgenda: The agent has no agenda.
    """
    agenda = own_agenda(session, agent_id)
    kinds = published(session, agent_id)
    own = [Subject(kind=kind) for kind in CollectionKind if kind in kinds]
    return [
        *(Offered(subject, levels=_up_to(agenda.detail_level)) for subject in own),
        Offered(Subject(FeedContent.FREE_BUSY)),
        Offered(Subject(FeedContent.AVAILABILITY)),
        *_of_organisations(session, agent_id),
    ]


def _of_organisations(session: Session, agent_id: int) -> Iterator[Offered]:
    organisations = {each.id: each for each in session.scalars(organisations_of_sight(agent_id))}
    for organisation in organisations.values():
        subject = Subject(FeedContent.ORGANISATION, id=organisation.id)
        yield Offered(subject, organisation.name, _up_to(organisation.detail_level))
    for place in session.scalars(
        select(Place).where(Place.organisation_id.in_(organisations)).order_by(Place.name, Place.id)
    ):
        levels = _up_to(organisations[place.organisation_id].detail_level)
        yield Offered(Subject(FeedContent.PLACE, id=place.id), place.name, levels)
    most = max((each.detail_level for each in organisations.values()), key=lambda level: level.rank, default=None)
    used = select(Motif.service_id).where(Motif.organisation_id.in_(organisations))
    for service in session.scalars(select(Service).where(Service.id.in_(used)).order_by(Service.name, Service.id)):
        yield Offered(Subject(FeedContent.SERVICE, id=service.id), service.name, _up_to(most) if most else ())


def _up_to(most: DetailLevel) -> tuple[DetailLevel, ...]:
    return tuple(level for level in DetailLevel if level.rank <= most.rank)


def new_feed_address(
    session: Session,
    clock: Clock,
    agent_id: int,
    label: str,
    subject: Subject = APPOINTMENTS,
    level: DetailLevel | None = None,
) -> tuple[FeedAddress, str]:
    """Make an address that shows *subject*: its row, and the secret part, shown once.

    Without a *level* it is the default one, or less where the organisation lets less out. One of the agent's own calendars that was
    not read at this level before is written now; those of colleagues are opened by the worker. The caller commits.

    Raises:
        NoSuchAgenda: The agent has no agenda.
        NotOffered: Not for this agent, or a collection that is not published.
        LevelNotOffered: The organisation lets less out.
    """
    agenda_id, collection_id = own_agenda(session, agent_id).id, None
    with changing(session, clock, [agenda_id]) as change:
        found = next((each for each in offered(session, agent_id) if each.subject == subject), None)
        if found is None:
            raise NotOffered
        level = _level(found, level)
        if subject.kind is not None:
            collection_id = change.open(agenda_id, subject.kind, level).id
    secret = new_slug(SECRET_LENGTH)
    row = FeedAddress(
        agent_id=agent_id,
        content=subject.content,
        level=level,
        collection_id=collection_id,
        organisation_id=subject.id if subject.content is FeedContent.ORGANISATION else None,
        place_id=subject.id if subject.content is FeedContent.PLACE else None,
        service_id=subject.id if subject.content is FeedContent.SERVICE else None,
        digest=digest(secret),
        label=label,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    trace(session, clock, agent_id, "feed_address.created", row.id, label=label, content=subject.content, level=level)
    return row, secret


def _level(found: Offered, wanted: DetailLevel | None) -> DetailLevel:
    if not found.levels:
        return DetailLevel.BUSY
    if wanted is None:
        return DetailLevel.MOTIF.capped(found.levels[-1])
    if wanted not in found.levels:
        raise LevelNotOffered(wanted, found.levels)
    return wanted


def reset_feed_address(session: Session, clock: Clock, agent_id: int, address_id: int) -> tuple[FeedAddress, str]:
    """Give the address another secret; the old one leads nowhere at once.

    Raises:
        NoSuchKey: It is not a live address of this agent.
    """
    row = key_of(session, FeedAddress, agent_id, address_id)
    secret = new_slug(SECRET_LENGTH)
    row.digest, row.last_read_at, row.last_reader = digest(secret), None, None
    trace(session, clock, agent_id, "feed_address.reset", address_id)
    return row, secret


def revoke_feed_address(session: Session, clock: Clock, agent_id: int, address_id: int) -> None:
    """Close the address: it answers as one that never was.

    Raises:
        NoSuchKey: It is not a live address of this agent.
    """
    key_of(session, FeedAddress, agent_id, address_id).revoked_at = clock.now()
    trace(session, clock, agent_id, "feed_address.revoked", address_id)


def feed_addresses(session: Session, agent_id: int) -> list[FeedAddress]:
    """The agent's live addresses, oldest first."""
    return list(session.scalars(keys_of(FeedAddress, agent_id).order_by(FeedAddress.id)))


def note_feed_read(session: Session, clock: Clock, address_id: int, reader: str | None) -> None:
    """Remember that *reader*, a name of a fixed list, read the feed; after the answer, in a transaction of its own."""
    row = session.get(FeedAddress, address_id)
    if row is not None and use_is_due(clock, row.last_read_at):
        row.last_read_at, row.last_reader = clock.now(), reader
