"""The list of appointments (A05): filters, a total, pages by key. As many statements however many there are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload, selectinload

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED, Status
from rdvdav.clock import Clock
from rdvdav.directory.membership import Membership, TerritoryAdmin
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.hours.wall import day_bounds, from_minutes, local_day, to_minutes
from rdvdav.policy.right import attended, listed
from rdvdav.policy.sight import organisations_of_sight

ROWS_A_PAGE = 25


class Standing(StrEnum):
    """How an appointment stands, as lists say it: L-1's statuses, those that are cancelled together, planned ones by the day."""

    UPCOMING = "upcoming"
    TO_COMPLETE = "to_complete"
    """« À renseigner » (L-8)."""
    TO_REPLAN = "to_replan"
    DONE = "done"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Filters:
    """What is asked for; nothing of a kind asks for all.

    Attributes:
        collective: Only collective ones; *with_seats*: only those with a seat left.
        first, last: Days of the clocks of each appointment's organisation, both included.
    """

    agenda_ids: Collection[int] | None = None
    citizen_id: int | None = None
    motif_id: int | None = None
    place_id: int | None = None
    standing: Standing | None = None
    first: date | None = None
    last: date | None = None
    collective: bool = False
    with_seats: bool = False


@dataclass(frozen=True)
class Key:
    """Where a page ends: an appointment, in the order of the list."""

    starts_at: datetime
    id: int


@dataclass(frozen=True)
class Listed:
    """One page.

    Attributes:
        total: How many there are on all pages.
        names: Of the agendas claimed, by id.
        open_to_me: Ids of those whose page this agent may open.
        before, after: Keys to turn the page with; None where there is none.
    """

    appointments: Sequence[Appointment]
    total: int
    names: dict[int, str]
    open_to_me: frozenset[int]
    before: Key | None
    after: Key | None


def list_appointments(
    session: Session,
    clock: Clock,
    agent_id: int,
    filters: Filters,
    *,
    after: Key | None = None,
    before: Key | None = None,
) -> Listed:
    """A page of what *filters* leave of the appointments *agent_id* may list, by time: the first, or that after or before a key."""
    asked = and_(listed(agent_id), *_conditions(session, clock, agent_id, filters))
    total = session.scalar(select(func.count()).select_from(Appointment).where(asked)) or 0
    order = tuple_(Appointment.starts_at, Appointment.id)
    query = select(Appointment).where(asked).limit(ROWS_A_PAGE + 1).options(*SHOWN)
    if before is not None:
        query = query.where(order < tuple_(before.starts_at, before.id))
        found = session.scalars(query.order_by(Appointment.starts_at.desc(), Appointment.id.desc())).all()
    else:
        if after is not None:
            query = query.where(order > tuple_(after.starts_at, after.id))
        found = session.scalars(query.order_by(Appointment.starts_at, Appointment.id)).all()
    more, page = len(found) > ROWS_A_PAGE, list(found[:ROWS_A_PAGE])
    if before is not None:
        page.reverse()
    earlier = more if before is not None else after is not None
    later = True if before is not None else more
    ids = [appointment.id for appointment in page]
    visible_ids = session.scalars(select(Appointment.id).where(Appointment.id.in_(ids), attended(agent_id)))
    return Listed(
        page,
        total,
        names_of(session, page),
        frozenset(visible_ids),
        _key(page[0]) if page and earlier else None,
        _key(page[-1]) if page and later else None,
    )


SHOWN = (
    joinedload(Appointment.motif),
    joinedload(Appointment.place),
    joinedload(Appointment.organisation),
    selectinload(Appointment.claims),
    selectinload(Appointment.participations).joinedload(Participation.citizen),
)
"""What lists say of each appointment, in a few statements for however many."""


def names_of(session: Session, appointments: Sequence[Appointment]) -> dict[int, str]:
    """The names of all agendas that *appointments* claim, by id; one statement."""
    ids = {claim.agenda_id for appointment in appointments for claim in appointment.claims}
    query = select(Agenda.id, Agenda.name).where(Agenda.id.in_(ids))
    return {row.id: row.name for row in session.execute(query)}


def to_complete(clock: Clock, zones: Sequence[str]) -> ColumnElement[bool]:
    """« À renseigner »: planned, its day has come by the clocks of its organisation, one of *zones*; not past with its slot gone (L-8)."""
    past_without_status = Appointment.withdrawn_at.is_not(None) & (Appointment.ends_at <= clock.now())
    return and_(Appointment.status == Status.PLANNED, _day_has_come(clock, zones), ~past_without_status)


def on_day(clock: Clock, zones: Sequence[str]) -> ColumnElement[bool]:
    """Begins today, by the clocks of its organisation, one of *zones*."""
    now = to_minutes(clock.now())
    return or_(False, *(_in_zone(zone) & _between(local_day(now, zone), local_day(now, zone), zone) for zone in zones))


def count_to_complete(session: Session, clock: Clock, agent_id: int, zones: Sequence[str]) -> int:
    """How many of the agent's own appointments are « à renseigner »; one statement."""
    own = Appointment.claims.any(Claim.agenda_id.in_(select(Agenda.id).where(Agenda.agent_id == agent_id)))
    query = select(func.count()).select_from(Appointment).where(own, to_complete(clock, zones))
    return session.scalar(query) or 0


def zones_of(session: Session, agent_id: int) -> Sequence[str]:
    """The zones of all organisations in sight, and of those of the same territories: clocks that lists may meet; one statement."""
    territories = select(Membership.territory_id).where(Membership.agent_id == agent_id)
    administered = select(TerritoryAdmin.territory_id).where(TerritoryAdmin.agent_id == agent_id)
    here = or_(Organisation.territory_id.in_(territories), Organisation.territory_id.in_(administered))
    return session.scalars(select(Organisation.zone).where(here).distinct().order_by(Organisation.zone)).all()


def motifs_listed(session: Session, agent_id: int) -> Sequence[Motif]:
    """The motifs one may filter by, with those that are no more: of the organisations in sight, by name; one statement."""
    mine = organisations_of_sight(agent_id).with_only_columns(Organisation.id).order_by(None)
    return session.scalars(select(Motif).where(Motif.organisation_id.in_(mine)).order_by(Motif.name, Motif.id)).all()


def places_listed(session: Session, agent_id: int) -> Sequence[Place]:
    """The places one may filter by: of the organisations in sight, by name; one statement."""
    mine = organisations_of_sight(agent_id).with_only_columns(Organisation.id).order_by(None)
    return session.scalars(select(Place).where(Place.organisation_id.in_(mine)).order_by(Place.name, Place.id)).all()


def _conditions(session: Session, clock: Clock, agent_id: int, filters: Filters) -> list[ColumnElement[bool]]:
    zones = zones_of(session, agent_id)
    found: list[ColumnElement[bool]] = []
    if filters.agenda_ids is not None:
        found.append(Appointment.claims.any(Claim.agenda_id.in_(filters.agenda_ids)))
    if filters.citizen_id is not None:
        found.append(Appointment.participations.any(Participation.citizen_id == filters.citizen_id))
    if filters.motif_id is not None:
        found.append(Appointment.motif_id == filters.motif_id)
    if filters.place_id is not None:
        found.append(Appointment.place_id == filters.place_id)
    if filters.collective:
        found.append(Appointment.motif.has(Motif.collective))
    if filters.with_seats:
        found += [Appointment.status == Status.PLANNED, _seats_taken() < Appointment.seats]
    if filters.standing is not None:
        found.append(_stands(clock, filters.standing, zones))
    if filters.first is not None or filters.last is not None:
        found.append(or_(False, *(_in_zone(zone) & _between(filters.first, filters.last, zone) for zone in zones)))
    return found


def _seats_taken() -> ScalarSelect[int]:
    seated = Participation.status.not_in(CANCELLED)
    query = select(func.count()).where(Participation.appointment_id == Appointment.id, seated)
    return query.correlate(Appointment).scalar_subquery()


def _stands(clock: Clock, standing: Standing, zones: Sequence[str]) -> ColumnElement[bool]:
    match standing:
        case Standing.UPCOMING:
            return (Appointment.status == Status.PLANNED) & ~_day_has_come(clock, zones)
        case Standing.TO_COMPLETE:
            return to_complete(clock, zones)
        case Standing.CANCELLED:
            return Appointment.status.in_(CANCELLED)
        case _:
            return Appointment.status == Status(standing.value)


def _day_has_come(clock: Clock, zones: Sequence[str]) -> ColumnElement[bool]:
    now = clock.now()
    return or_(False, *(_in_zone(zone) & (Appointment.starts_at < _midnight_after(now, zone)) for zone in zones))


def _between(first: date | None, last: date | None, zone: str) -> ColumnElement[bool]:
    begun = [Appointment.starts_at >= from_minutes(day_bounds(first, zone).start)] if first else []
    ended = [Appointment.starts_at < from_minutes(day_bounds(last, zone).end)] if last else []
    return and_(True, *begun, *ended)


def _in_zone(zone: str) -> ColumnElement[bool]:
    return Appointment.organisation_id.in_(select(Organisation.id).where(Organisation.zone == zone))


def _midnight_after(now: datetime, zone: str) -> datetime:
    return from_minutes(day_bounds(local_day(to_minutes(now), zone), zone).end)


def _key(appointment: Appointment) -> Key:
    return Key(appointment.starts_at, appointment.id)
