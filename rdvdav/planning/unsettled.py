"""What staff still has to settle: bookings in conflict, to be re-planned, or over without any outcome (L-4, L-5, L-8)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.clock import Clock
from rdvdav.feeds.change import changing
from rdvdav.hours.interval import Interval, Intervals, Span
from rdvdav.hours.wall import to_minutes, to_minutes_up
from rdvdav.planning.colleagues import free_colleagues
from rdvdav.planning.consequences import Hit, ListChanged
from rdvdav.planning.fates import Decisions, Fate, carry_out, involved
from rdvdav.planning.standing import Booking, select_bookings
from rdvdav.policy.sight import agendas_of_sight

ROWS_A_PAGE = 25


class Unsettled(StrEnum):
    """The lists."""

    CONFLICT = "conflict"
    """Kept, or booked, where there is no slot: planned and not over."""
    TO_REPLAN = "to_replan"
    """Without time, until it is solved or its day is over."""
    OVER = "over"
    """« Passé sans statut »: over, its slot was taken away, and nobody said what became of it (L-8)."""


@dataclass(frozen=True)
class Unsolved:
    """One page of a list.

    Attributes:
        hits: By start, each with who could take it.
        total: How many there are on all pages.
        names: Of the agendas in sight, by id.
    """

    hits: list[Hit]
    total: int
    page: int
    pages: int
    names: dict[int, str]


def unsettled(
    session: Session, clock: Clock, agent_id: int, which: Unsettled, *, agenda_id: int | None = None, page: int = 1
) -> Unsolved:
    """A page of the bookings on the agendas in sight of *agent_id*, or on one of them; as many statements however many there are."""
    names = {agenda.id: agenda.name for agenda in session.scalars(agendas_of_sight(agent_id))}
    agendas = [id_ for id_ in names if agenda_id in {None, id_}]
    condition = and_(Appointment.claims.any(Claim.agenda_id.in_(agendas)), _condition(session, clock, which, agendas))
    total = session.scalar(select(func.count()).select_from(Appointment).where(condition)) or 0
    pages = max(1, -(-total // ROWS_A_PAGE))
    page = min(max(1, page), pages)
    query = (
        select(Appointment)
        .where(condition)
        .order_by(Appointment.starts_at, Appointment.id)
        .offset((page - 1) * ROWS_A_PAGE)
        .limit(ROWS_A_PAGE)
        .options(
            joinedload(Appointment.motif),
            joinedload(Appointment.place),
            joinedload(Appointment.organisation),
            selectinload(Appointment.claims),
            selectinload(Appointment.participations).joinedload(Participation.citizen),
        )
    )
    hits = _hits(session, clock, agent_id, session.scalars(query).all(), agendas)
    return Unsolved(hits, total, page, pages, names)


def settle(session: Session, clock: Clock, agent_id: int, decisions: Decisions) -> int:
    """Carry out what was decided for bookings of these lists; how many got something else than staying. The caller commits.

    Raises:
        ListChanged: One of them changed meanwhile, or is not in sight.
        ColleagueTaken, NothingNear: It cannot be done any more.
    """
    chosen = {key: choice for key, choice in decisions.choices.items() if choice.fate is not Fate.KEEP}
    with changing(session, clock, involved(session, agent_id, Decisions(chosen))):
        in_sight = set(session.scalars(agendas_of_sight(agent_id).with_only_columns(Agenda.id)))
        bookings = _bookings(session, [appointment_id for appointment_id, _sequence in chosen], in_sight)
        if {(each.appointment_id, each.sequence) for each in bookings.values()} != chosen.keys():
            raise ListChanged
        for booking in bookings.values():
            choice = chosen[booking.appointment_id, booking.sequence]
            carry_out(session, clock, agent_id, booking, choice, decisions)
    return len(chosen)


def _condition(session: Session, clock: Clock, which: Unsettled, agendas: Collection[int]) -> ColumnElement[bool]:
    now, withdrawn = clock.now(), Appointment.withdrawn_at.is_not(None)
    match which:
        case Unsettled.CONFLICT:
            there = or_(withdrawn, Appointment.id.in_(_under_absences(session, clock, agendas)))
            return and_(Appointment.status == Status.PLANNED, Appointment.ends_at > now, there)
        case Unsettled.TO_REPLAN:
            return and_(Appointment.status == Status.TO_REPLAN, or_(Appointment.ends_at > now, ~withdrawn))
        case Unsettled.OVER:
            open_ = Appointment.status.in_([Status.PLANNED, Status.TO_REPLAN])
            return and_(open_, Appointment.ends_at <= now, withdrawn)


def _under_absences(session: Session, clock: Clock, agendas: Collection[int]) -> list[int]:
    """Ids of the planned appointments to come that an absence of their agenda touches; two statements."""
    now = clock.now()
    yesterday = now.date() - timedelta(days=1)  # where clocks are behind UTC it may still be going on
    absences: dict[int, list[Absence]] = {}
    query = select(Absence).where(
        Absence.agenda_id.in_(agendas), or_(Absence.last_day.is_(None), Absence.last_day >= yesterday)
    )
    for absence in session.scalars(query):
        absences.setdefault(absence.agenda_id, []).append(absence)
    claims = (
        select(Claim.appointment_id, Claim.agenda_id, Claim.starts_at, Claim.ends_at)
        .join(Appointment, Appointment.id == Claim.appointment_id)
        .where(Claim.agenda_id.in_(absences), Claim.ends_at > now, Appointment.status == Status.PLANNED)
    )
    booked: dict[int, list[tuple[int, Interval]]] = {}
    for appointment_id, agenda_id, starts_at, ends_at in session.execute(claims):
        span = Interval(to_minutes(starts_at), to_minutes_up(ends_at))
        booked.setdefault(agenda_id, []).append((appointment_id, span))
    found: set[int] = set()
    for agenda_id, spans in booked.items():
        window = Interval(min(span.start for _id, span in spans), max(span.end for _id, span in spans))
        away: list[Span] = [span for absence in absences[agenda_id] for span in absence.hours.within(window)]
        absent = Intervals(away)
        found.update(id_ for id_, span in spans if absent.meets(span))
    return sorted(found)


def _hits(
    session: Session, clock: Clock, agent_id: int, appointments: Sequence[Appointment], agendas: Collection[int]
) -> list[Hit]:
    bookings = _bookings(session, [appointment.id for appointment in appointments], agendas)
    alone = [
        bookings[appointment.id]
        for appointment in appointments
        if appointment.status is Status.PLANNED and len(appointment.claims) == 1
    ]
    colleagues = free_colleagues(session, clock, agent_id, alone)
    return [
        Hit(bookings[appointment.id], appointment, colleagues.get(appointment.id, [])) for appointment in appointments
    ]


def _bookings(session: Session, ids: Collection[int], agendas: Collection[int]) -> dict[int, Booking]:
    """By appointment, by start, each on the first of *agendas* that it claims; only those without outcome."""
    open_ = Appointment.status.in_([Status.PLANNED, Status.TO_REPLAN])
    found: dict[int, Booking] = {}
    for booking in select_bookings(session, Appointment.id.in_(ids), Claim.agenda_id.in_(agendas), open_):
        found.setdefault(booking.appointment_id, booking)
    return found
