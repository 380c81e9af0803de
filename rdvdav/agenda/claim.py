"""The time appointments take on agendas, and its outline: what a search over a year reads instead of every claim.

A claim may only be written through the session, by an agenda's holder (D-1): the flush that writes it draws the outline again.
"""

from collections import defaultdict
from collections.abc import Collection
from itertools import product
from struct import pack, unpack
from typing import cast

from sqlalchemy import CheckConstraint, Connection, ForeignKey, Index, LargeBinary, event, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from rdvdav.agenda.instants import minutes, minutes_up
from rdvdav.database import Base, Instant, insert_or_replace
from rdvdav.hours.interval import Intervals
from rdvdav.hours.wall import DAY, from_minutes, to_minutes, to_minutes_up

BLOCK = 28 * DAY
"""Minutes an outline covers, counted from the epoch: two bytes tell each."""

Place = tuple[int, int]
"""An agenda, and the number of a block."""

_TOUCHED = "outlines to draw"
"""Under which a session notes them while it flushes."""


class Claim(Base):
    """The time an appointment takes on one agenda: its times repeated here, so that one index range answers « who is busy »."""

    __tablename__ = "claim"
    __table_args__ = (
        # All that « who is busy » reads: no row is looked up.
        Index("ix_claim_agenda_id_ends_at", "agenda_id", "ends_at", "starts_at", "holds_time"),
        CheckConstraint("starts_at < ends_at", name="runs_forward"),
    )

    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), primary_key=True)
    agenda_id: Mapped[int] = mapped_column(ForeignKey("agenda.id"), primary_key=True)
    opening_range_id: Mapped[int | None] = mapped_column(
        ForeignKey("opening_range.id", ondelete="SET NULL"), index=True
    )
    """Where its slot came from; its buffers replace the motif's (S-2)."""
    starts_at: Mapped[Instant] = mapped_column(active_history=True)
    ends_at: Mapped[Instant] = mapped_column(active_history=True)
    holds_time: Mapped[bool] = mapped_column(default=True)
    conflict_kept_at: Mapped[Instant | None]
    """When staff chose « Garder » for it under an absence: a collective appointment then stays open to new participants (S-7)."""


class Outline(Base):
    """When any claim holds time on one agenda during one block, pauses left aside. Without a row none does."""

    __tablename__ = "outline"

    agenda_id: Mapped[int] = mapped_column(ForeignKey("agenda.id"), primary_key=True)
    block: Mapped[int] = mapped_column(primary_key=True)
    """Epoch minutes // BLOCK."""
    spans: Mapped[bytes] = mapped_column(LargeBinary)
    """Start and end of each stretch, in minutes of the block, two bytes each."""


def packed(taken: Intervals, block: int) -> bytes:
    """What lies of *taken* in a block."""
    first = block * BLOCK
    marks = [minute - first for span in taken.clip((first, first + BLOCK)) for minute in span]
    return pack(f"<{len(marks)}H", *marks)


def unpacked(spans: bytes, block: int) -> tuple[list[int], list[int]]:
    """Starts and ends in epoch minutes, in order."""
    first = block * BLOCK
    marks = [first + mark for mark in unpack(f"<{len(spans) // 2}H", spans)]
    return marks[::2], marks[1::2]


@event.listens_for(Claim, "after_insert")
@event.listens_for(Claim, "after_update")
@event.listens_for(Claim, "after_delete")
def _touch(_mapper: object, _connection: Connection, claim: Claim) -> None:
    """Note where a claim that is written takes time, and where it did."""
    session, state = cast("Session", object_session(claim)), inspect(claim)
    starts, ends = (state.attrs[name].history for name in ("starts_at", "ends_at"))
    touched: set[Place] = session.info.setdefault(_TOUCHED, set())
    for old in (False, True):
        [start], [end] = ((times.deleted if old and times.deleted else times.sum()[:1]) for times in (starts, ends))
        blocks = range(to_minutes(start) // BLOCK, (to_minutes_up(end) - 1) // BLOCK + 1)
        touched.update((claim.agenda_id, block) for block in blocks)


@event.listens_for(Session, "after_flush")
def _draw_touched(session: Session, _context: object) -> None:
    touched: set[Place] = session.info.pop(_TOUCHED, set())
    if touched:
        draw(session.connection(), touched)


def draw(connection: Connection, places: Collection[Place]) -> None:
    """Write the outlines of *places* afresh, from the claims; two statements."""
    drawn = drawn_now(connection, {agenda for agenda, _ in places}, {block for _, block in places})
    rows = [
        {"agenda_id": agenda, "block": block, "spans": drawn.get((agenda, block), b"")}
        for agenda, block in sorted(places)
    ]
    insert_or_replace(connection, Outline, rows)


def drawn_now(connection: Connection, agendas: Collection[int], blocks: Collection[int]) -> dict[Place, bytes]:
    """The outlines of *agendas* in *blocks* as the claims say; those that hold nothing are left out."""
    since, until = from_minutes(min(blocks) * BLOCK), from_minutes((max(blocks) + 1) * BLOCK)
    query = (
        select(Claim.agenda_id, minutes(Claim.starts_at), minutes_up(Claim.ends_at))
        .where(Claim.agenda_id.in_(agendas), Claim.holds_time, Claim.ends_at > since, Claim.starts_at < until)
        .group_by(Claim.agenda_id)
    )
    taken = {agenda: Intervals.of_bounds(starts, ends) for agenda, starts, ends in connection.execute(query)}
    drawn = {(agenda, block): packed(taken[agenda], block) for agenda, block in product(taken, sorted(blocks))}
    return {place: spans for place, spans in drawn.items() if spans}


def outlines(
    session: Session, agendas: Collection[int], since: int, until: int
) -> dict[int, tuple[list[int], list[int]]]:
    """When claims hold time between two epoch minutes, at least, by agenda: starts and ends, in order; one statement."""
    query = (
        select(Outline.agenda_id, Outline.block, Outline.spans)
        .where(Outline.agenda_id.in_(agendas), Outline.block.between(since // BLOCK, until // BLOCK))
        .order_by(Outline.agenda_id, Outline.block)
    )
    found: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for agenda_id, block, spans in session.execute(query):
        (starts, ends), (more, more_ends) = found[agenda_id], unpacked(spans, block)
        if ends and ends[-1:] == more[:1]:  # cut where the block begins
            ends.pop()
            del more[0]
        starts += more
        ends += more_ends
    return found


def flawed(session: Session, agenda_id: int, since: int) -> list[Place]:
    """The outlines of an agenda that are not what the claims say, from the block of the epoch minute *since* on."""
    first = since // BLOCK
    query = select(Outline.block, Outline.spans).where(Outline.agenda_id == agenda_id, Outline.block >= first)
    stored = {(agenda_id, block): spans for block, spans in session.execute(query) if spans}
    last_end = select(Claim.ends_at).where(Claim.agenda_id == agenda_id).order_by(Claim.ends_at.desc()).limit(1)
    end = session.scalar(last_end)
    last = max([first, *(block for _, block in stored), *([to_minutes_up(end) // BLOCK] if end else [])])
    drawn = drawn_now(session.connection(), [agenda_id], range(first, last + 1))
    return sorted(place for place in stored.keys() | drawn.keys() if stored.get(place) != drawn.get(place))


def redraw(session: Session, agenda_id: int, since: int) -> int:
    """Write afresh the outlines that `flawed` finds; how many. The caller holds the agenda (D-1) and commits."""
    places = flawed(session, agenda_id, since)
    if places:
        draw(session.connection(), places)
    return len(places)
