"""From rows to the values the pure functions take: openings that carry a motif, and what takes their agendas' time.

One statement per table, whatever the number of agendas.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.hold import Hold, HoldClaim
from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.directory.agent import Agent
from rdvdav.directory.motif import Grid, Modality, Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.hours.interval import Span
from rdvdav.hours.wall import from_minutes, local_day
from rdvdav.slots.busy import Busy, Taken, whole_days
from rdvdav.slots.need import Bounds, Need
from rdvdav.slots.opening import Opening


@dataclass(frozen=True)
class Loaded:
    """All a search needs, read in one go."""

    openings: list[Opening]
    taken: dict[int, Taken]
    need: Need


def need_of(motif: Motif) -> Need:
    """What a motif asks of time."""
    return Need(motif.duration_minutes, motif.buffer_before_minutes, motif.buffer_after_minutes, motif.ignores_holidays)


def load(
    session: Session,
    motif: Motif,
    now: datetime,
    bounds: Bounds,
    *,
    place_id: int | None = None,
    agendas: Collection[int] | None = None,
) -> Loaded:
    """Read the openings that carry *motif* around *bounds*, and all that takes their agendas' time (S-1, S-2).

    Args:
        now: Holds that expired by then block nothing (I-7).
        place_id: Only there; ignored when the motif needs no place.
        agendas: Only these.
    """
    organisation = session.get_one(Organisation, motif.organisation_id)
    openings = [
        _opening(row, motif) for row in session.scalars(_carrying(motif, bounds, organisation.zone, place_id, agendas))
    ]
    wanted = sorted({opening.agenda_id for opening in openings})
    first, last = (local_day(minute, organisation.zone) for minute in bounds.touched)
    holidays = whole_days(organisation.holidays.between(first, last), organisation.zone)
    return Loaded(openings, _taken(session, wanted, now, bounds, holidays), need_of(motif))


def _carrying(
    motif: Motif, bounds: Bounds, zone: str, place_id: int | None, agendas: Collection[int] | None
) -> Select[OpeningRange]:
    first, last = (local_day(minute, zone) for minute in bounds.touched)
    query = (
        select(OpeningRange)
        .join(OpeningRangeMotif)
        .join(Agenda)
        .outerjoin(Agent)
        .outerjoin(Place)
        .where(
            OpeningRangeMotif.motif_id == motif.id,
            OpeningRange.first_day <= last,
            or_(OpeningRange.last_day.is_(None), OpeningRange.last_day >= first),
            Agent.left_at.is_(None),
            or_(OpeningRange.place_id.is_(None), Place.enabled),
        )
    )
    if motif.modality is Modality.ON_SITE:
        query = query.where(OpeningRange.place_id.is_not(None))
        if place_id is not None:
            query = query.where(OpeningRange.place_id == place_id)
    if agendas is not None:
        query = query.where(OpeningRange.agenda_id.in_(agendas))
    return query


def _opening(row: OpeningRange, motif: Motif) -> Opening:
    fixed = (row.grid or motif.grid) is Grid.FIXED
    return Opening(
        id=row.id,
        agenda_id=row.agenda_id,
        place_id=row.place_id if motif.modality is Modality.ON_SITE else None,
        hours=row.hours,
        step=(row.step_minutes or motif.duration_minutes) if fixed else None,
        seats=row.seats,
        buffer_before=row.buffer_before_minutes,
        buffer_after=row.buffer_after_minutes,
    )


def _taken(
    session: Session, agendas: list[int], now: datetime, bounds: Bounds, holidays: list[Span]
) -> dict[int, Taken]:
    since, until = (from_minutes(minute) for minute in bounds.touched)
    busy: dict[int, list[Busy]] = defaultdict(list)
    before = func.coalesce(OpeningRange.buffer_before_minutes, Motif.buffer_before_minutes)
    after = func.coalesce(OpeningRange.buffer_after_minutes, Motif.buffer_after_minutes)
    claims = (
        select(Claim.agenda_id, Claim.starts_at, Claim.ends_at, before, after)
        .join(Appointment)
        .join(Motif)
        .outerjoin(OpeningRange, OpeningRange.id == Claim.opening_range_id)
        .where(Claim.agenda_id.in_(agendas), Claim.holds_time, Claim.ends_at > since, Claim.starts_at < until)
    )
    holds = (
        select(HoldClaim.agenda_id, HoldClaim.starts_at, HoldClaim.ends_at, before, after)
        .join(Hold)
        .join(Motif, Motif.id == Hold.motif_id)
        .outerjoin(OpeningRange, OpeningRange.id == HoldClaim.opening_range_id)
        .where(
            HoldClaim.agenda_id.in_(agendas),
            HoldClaim.expires_at > now,
            HoldClaim.ends_at > since,
            HoldClaim.starts_at < until,
        )
    )
    for query in (claims, holds):
        for agenda_id, starts_at, ends_at, pause_before, pause_after in session.execute(query):
            busy[agenda_id].append(Busy.of(starts_at, ends_at, pause_before, pause_after))
    closed = _absent(session, agendas, bounds)
    return {agenda: Taken(busy.get(agenda, ()), closed.get(agenda, ()), holidays) for agenda in agendas}


def _absent(session: Session, agendas: list[int], bounds: Bounds) -> dict[int, list[Span]]:
    first, last = (from_minutes(minute).date() for minute in bounds.touched)
    query = select(Absence).where(
        Absence.agenda_id.in_(agendas),
        Absence.first_day <= last,
        or_(Absence.last_day.is_(None), Absence.last_day >= first),
    )
    absent: dict[int, list[Span]] = defaultdict(list)
    for absence in session.scalars(query):
        absent[absence.agenda_id] += absence.hours.within(bounds.touched)
    return absent
