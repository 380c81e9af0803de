"""From rows to what takes agendas' time: appointments, holds, absences, and what people may join (S-2, S-7).

One statement per table, whatever the number of agendas.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import CompoundSelect, Select, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence, time_away
from rdvdav.agenda.appointment import Appointment, shared_of
from rdvdav.agenda.claim import Claim, outlines
from rdvdav.agenda.hold import Hold, HoldClaim
from rdvdav.agenda.instants import minutes, minutes_up
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED
from rdvdav.database import Base
from rdvdav.directory.motif import Motif
from rdvdav.hours.interval import Interval, Span
from rdvdav.hours.recurrence import Series
from rdvdav.hours.wall import from_minutes, to_minutes, to_minutes_up
from rdvdav.slots.busy import BusyTimes
from rdvdav.slots.capacity import Seating
from rdvdav.slots.need import Bounds
from rdvdav.slots.opening import Opening
from rdvdav.slots.slot import Part


def busy_of(session: Session, agendas: Collection[int], now: datetime, around: Span) -> dict[int, BusyTimes]:
    """Appointments that hold time and holds alive at *now* in *around*, by agenda, with the pauses they need.

    One row for each agenda, or for each kind of pause on it.
    """
    since, until = (from_minutes(minute) for minute in around)
    pauses = _pauses(session, agendas)
    claims = (
        select(Claim.agenda_id, minutes(Claim.starts_at), minutes_up(Claim.ends_at))
        .where(Claim.agenda_id.in_(agendas), Claim.holds_time, Claim.ends_at > since, Claim.starts_at < until)
        .group_by(Claim.agenda_id)
    )
    holds = _live_holds(agendas, now, around)
    of_claims, of_holds = (Appointment.motif_id, Claim.opening_range_id), (Hold.motif_id, HoldClaim.opening_range_id)
    queries: list[tuple[Select[*tuple[Any, ...]], type[Base], tuple[Any, ...]]]
    queries = [(claims, Appointment, of_claims), (holds, Hold, of_holds)]
    busy = _nobody_busy()
    for query, table, whose in queries:
        if not pauses:
            for agenda_id, starts, ends in session.execute(query):
                busy[agenda_id].add(starts, ends)
            continue
        apart = query.join(table).add_columns(*whose).group_by(*whose)
        for agenda_id, starts, ends, motif_id, opening_id in session.execute(apart):
            busy[agenda_id].add(starts, ends, *pauses.of(motif_id, opening_id))
    return busy


def outline_of(session: Session, agendas: Collection[int], now: datetime, around: Span) -> dict[int, BusyTimes]:
    """The same with appointments in outline, and no pauses: free time seems no shorter than it is; some of it may be taken."""
    busy = _nobody_busy()
    for agenda_id, (starts, ends) in outlines(session, agendas, *around).items():
        busy[agenda_id].add(starts, ends)
    for agenda_id, starts, ends in session.execute(_live_holds(agendas, now, around)):
        busy[agenda_id].add(starts, ends)
    return busy


def _nobody_busy() -> dict[int, BusyTimes]:
    return defaultdict(lambda: BusyTimes([], [], [], []))


def _live_holds(agendas: Collection[int], now: datetime, around: Span) -> Select[int, list[int], list[int]]:
    since, until = (from_minutes(minute) for minute in around)
    return (
        select(HoldClaim.agenda_id, minutes(HoldClaim.starts_at), minutes_up(HoldClaim.ends_at))
        .where(HoldClaim.agenda_id.in_(agendas), HoldClaim.expires_at > now)
        .where(HoldClaim.ends_at > since, HoldClaim.starts_at < until)
        .group_by(HoldClaim.agenda_id)
    )


@dataclass(frozen=True)
class _Pauses:
    """Minutes before and after, of the motifs and openings that have any; an opening's replace its motif's (S-2)."""

    motifs: dict[int, tuple[int, int]]
    openings: dict[int, tuple[int | None, int | None]]

    def __bool__(self) -> bool:
        return bool(self.motifs or self.openings)

    def of(self, motif_id: int, opening_id: int | None) -> tuple[int, int]:
        before, after = self.motifs.get(motif_id, (0, 0))
        own_before, own_after = self.openings.get(opening_id or 0, (None, None))
        return before if own_before is None else own_before, after if own_after is None else own_after


def _pauses(session: Session, agendas: Collection[int]) -> _Pauses:
    """Mostly none: then what is busy is read without asking what it is for."""
    before, after = OpeningRange.buffer_before_minutes, OpeningRange.buffer_after_minutes
    motifs = select(literal(True), Motif.id, Motif.buffer_before_minutes, Motif.buffer_after_minutes).where(
        or_(Motif.buffer_before_minutes > 0, Motif.buffer_after_minutes > 0)
    )
    openings = select(literal(False), OpeningRange.id, before, after).where(
        OpeningRange.agenda_id.in_(agendas), or_(before.is_not(None), after.is_not(None))
    )
    found = _Pauses({}, {})
    both: CompoundSelect[bool, int, Any, Any] = union_all(motifs, openings)
    for of_motif, key, least, most in session.execute(both):
        (found.motifs if of_motif else found.openings)[key] = least, most
    return found


def absent(session: Session, agendas: Collection[int], around: Interval) -> dict[int, list[Span]]:
    """The absences in *around*, by agenda."""
    # A day more on each side: an absence says its days on the agenda's own clock.
    first, last = (
        from_minutes(minute).date() + way * timedelta(days=1) for way, minute in zip((-1, 1), around, strict=True)
    )
    query = select(Absence.agenda_id, *_WHEN_ABSENT).where(
        Absence.agenda_id.in_(agendas),
        Absence.first_day <= last,
        or_(Absence.last_day.is_(None), Absence.last_day >= first),
    )
    found: dict[int, list[Span]] = defaultdict(list)
    for agenda_id, first_day, recurrence, excluded, end_day, starts, ends, zone in session.execute(query):
        series = Series(first_day, recurrence, frozenset(map(date.fromisoformat, excluded)))
        found[agenda_id] += time_away(series, end_day, starts, ends, zone).within(around)
    return found


_WHEN_ABSENT = (
    Absence.first_day,
    Absence.recurrence,
    Absence.excluded_days,
    Absence.end_day,
    Absence.starts,
    Absence.ends,
    Absence.zone,
)
"""All that says when: a search reads thousands of absences, and no more of them than that."""


# --- what people may join


def seatings_of(
    session: Session,
    motif: Motif,
    openings: Collection[Opening],
    now: datetime,
    bounds: Bounds,
    places: Collection[int] | None = None,
) -> list[Seating]:
    """What people may join for *motif* around *bounds*; two statements, none where nothing is shared.

    A hold belongs to the appointment of its motif that takes the same time of the same openings.

    Args:
        openings: Those that are searched.
        places: Only there, for a collective motif: its appointments need no opening.
    """
    seats = {opening.id: opening.seats for opening in openings}
    if not motif.collective and max(seats.values(), default=1) == 1:
        return []
    rooms = {opening.agenda_id for opening in openings if opening.room}
    tables = {_key(seating): seating for seating in _appointments(session, motif, bounds, rooms, places)}
    for held in _holds(session, motif, now, bounds, rooms):
        known = tables.get(_key(held))
        if known is not None:
            tables[_key(held)] = known._replace(seats=known.seats - 1, entries=known.entries + 1)
        elif not motif.collective:
            room = min(seats.get(opening or 0, 1) for _, opening in held.parts)
            if room > 1:
                tables[_key(held)] = held._replace(seats=room - 1)
    return list(tables.values())


def _key(seating: Seating) -> tuple[int, int, tuple[Part, ...]]:
    return seating.start, seating.end, seating.parts


def _appointments(
    session: Session, motif: Motif, bounds: Bounds, rooms: Collection[int], places: Collection[int] | None
) -> Iterator[Seating]:
    since, until = (from_minutes(minute) for minute in bounds.touched)
    taken = (
        select(func.count())
        .where(Participation.appointment_id == Appointment.id, Participation.status.not_in(CANCELLED))
        .scalar_subquery()
    )
    query = (
        select(Appointment.id, Appointment.place_id, Appointment.seats - taken, *_CLAIM, Claim.conflict_kept_at)
        .join(Claim)
        .where(shared_of(motif), Claim.ends_at > since, Claim.starts_at < until)
        .order_by(Appointment.id, Claim.agenda_id)
    )
    if motif.collective and places is not None:
        query = query.where(Appointment.place_id.in_(places))
    for (appointment_id, place_id, left), rows in groupby(session.execute(query), key=lambda row: tuple(row[:3])):
        claims = list(rows)
        yield Seating(
            start=to_minutes(claims[0].starts_at),
            end=to_minutes_up(claims[0].ends_at),
            seats=left,
            parts=_parts(((claim.agenda_id, claim.opening_range_id) for claim in claims), rooms),
            place_id=place_id,
            appointment_id=appointment_id,
            collective=motif.collective,
            kept=frozenset(claim.agenda_id for claim in claims if claim.conflict_kept_at is not None),
        )


def _holds(session: Session, motif: Motif, now: datetime, bounds: Bounds, rooms: Collection[int]) -> Iterator[Seating]:
    since, until = (from_minutes(minute) for minute in bounds.touched)
    query = (
        select(Hold.id, Hold.place_id, *_HOLD_CLAIM)
        .join(HoldClaim)
        .where(Hold.motif_id == motif.id, HoldClaim.expires_at > now)
        .where(HoldClaim.ends_at > since, HoldClaim.starts_at < until)
        .order_by(Hold.id, HoldClaim.agenda_id)
    )
    for (_, place_id), rows in groupby(session.execute(query), key=lambda row: tuple(row[:2])):
        claims = list(rows)
        yield Seating(
            start=to_minutes(claims[0].starts_at),
            end=to_minutes_up(claims[0].ends_at),
            seats=0,
            parts=_parts(((claim.agenda_id, claim.opening_range_id) for claim in claims), rooms),
            place_id=place_id,
        )


_CLAIM = (Claim.agenda_id, Claim.opening_range_id, Claim.starts_at, Claim.ends_at)
_HOLD_CLAIM = (HoldClaim.agenda_id, HoldClaim.opening_range_id, HoldClaim.starts_at, HoldClaim.ends_at)


def _parts(claimed: Iterable[Part], rooms: Collection[int]) -> tuple[Part, ...]:
    """Agents before rooms, each kind by id: the first names the slot."""
    return tuple(sorted(claimed, key=lambda part: (part[0] in rooms, part[0])))
