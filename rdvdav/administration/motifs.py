"""Motifs of an organisation, with all their options: added, changed one or several at once, archived by its admins (R04)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from rdvdav.administration.organisations import organisation_held
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import HOLDS_TIME
from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.directory.motif import MOST_AT_ONCE, BookableBy, Choice, Grid, LimitScope, Modality, Motif, Visibility
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.question import Question
from rdvdav.directory.service import Service
from rdvdav.errors import NotFound, Refused
from rdvdav.feeds.republish import ask_for_motif
from rdvdav.hours.limit import Limit, Unit

HALF_AN_HOUR, THREE_MONTHS = Limit(30, Unit.MINUTES), Limit(3, Unit.MONTHS)
FOUR_HOURS, TWO_DAYS = Limit(4, Unit.HOURS), Limit(48, Unit.HOURS)
COLOURS = 12
LONGEST_MINUTES = 24 * 60
OPTIONAL = frozenset({"category", "restriction", "pieces", "instructions", "cancel_warning"})
"""Texts that may be missing."""
AT_ONCE = frozenset(
    {
        "colour",
        "bookable_by",
        "min_notice",
        "max_notice",
        "may_cancel",
        "cancel_limit",
        "may_move",
        "move_limit",
        "category",
    }
)
"""What several motifs can be given at once."""


class NoSuchMotif(NotFound):
    """No such live motif in this organisation."""


class Flaw(StrEnum):
    """What a motif can't be."""

    NAME_TAKEN = "name_taken"
    NO_SUCH_SERVICE = "no_such_service"
    NEVER_OPEN = "never_open"
    NOBODY_NEEDED = "nobody_needed"
    OUT_OF_RANGE = "out_of_range"


@dataclass(eq=False)
class Contradictory(Refused):
    """The motif as it was typed can't be."""

    found: tuple[Flaw, ...]


@dataclass(frozen=True)
class Terms:
    """All options of a motif, named as its columns are; empty texts for what is not said."""

    name: str
    service_id: int
    duration_minutes: int
    category: str = ""
    colour: int = 1
    modality: Modality = Modality.ON_SITE
    collective: bool = False
    seats: int = 1
    bookable_by: BookableBy = BookableBy.AGENTS
    min_notice: Limit = HALF_AN_HOUR
    max_notice: Limit = THREE_MONTHS
    may_cancel: bool = True
    cancel_limit: Limit = FOUR_HOURS
    may_move: bool = True
    move_limit: Limit = TWO_DAYS
    restriction: str = ""
    pieces: str = ""
    instructions: str = ""
    cancel_warning: str = ""
    visibility: Visibility = Visibility.NOTIFIED
    open_to_secretariat: bool = True
    follow_up: bool = False
    citizen_chooses_agent: bool = False
    asks_birth_date: bool = False
    sensitive: bool = False
    ignores_holidays: bool = False
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    grid: Grid = Grid.FLOW
    choice: Choice = Choice.FIRST_REGISTERED
    agents_needed: int = 1
    rooms_needed: int = 0
    hold_minutes: int = 15
    per_citizen_limit: int | None = 3
    limit_scope: LimitScope = LimitScope.MOTIF
    slots_at_once: int = 1
    questions: tuple[Question, ...] = ()


def terms_of(motif: Motif) -> Terms:
    """The options of *motif* as they are."""
    values = {name: getattr(motif, name) for name in Terms.__dataclass_fields__}
    limits = {name: Limit.parse(values[name]) for name in ("min_notice", "max_notice", "cancel_limit", "move_limit")}
    return Terms(**values | {name: values[name] or "" for name in OPTIONAL} | limits)


def motifs_of(session: Session, organisation_id: int) -> Sequence[Motif]:
    """The live motifs of an organisation with their service, by service and name; one statement."""
    query = (
        select(Motif)
        .join(Service, Service.id == Motif.service_id)
        .where(Motif.organisation_id == organisation_id, Motif.archived_at.is_(None))
        .options(joinedload(Motif.service))
        .order_by(Service.name, Motif.name, Motif.id)
    )
    return session.scalars(query).all()


def motif_of(session: Session, organisation_id: int, motif_id: int) -> Motif:
    """A live motif of an organisation.

    Raises:
        NoSuchMotif: It has none with this id.
    """
    query = select(Motif).where(
        Motif.organisation_id == organisation_id, Motif.id == motif_id, Motif.archived_at.is_(None)
    )
    motif = session.scalar(query.options(joinedload(Motif.service)))
    if motif is None:
        raise NoSuchMotif
    return motif


def booked_with(session: Session, clock: Clock, motif_ids: Collection[int]) -> int:
    """How many appointments to come are of these motifs: what is changed touches them."""
    query = select(func.count()).where(
        Appointment.motif_id.in_(motif_ids), Appointment.status.in_(HOLDS_TIME), Appointment.ends_at > clock.now()
    )
    return session.scalar(query) or 0


def flaws_of(session: Session, organisation: Organisation, terms: Terms, but: int | None = None) -> list[Flaw]:
    """What keeps *terms* from being a motif of *organisation*; *but* is the one that is changed. For form and use cases alike."""
    service = session.get(Service, terms.service_id)
    minutes = (terms.buffer_before_minutes, terms.buffer_after_minutes)
    said = {
        Flaw.NAME_TAKEN: _taken(session, organisation.id, terms, but),
        Flaw.NO_SUCH_SERVICE: service is None or service.territory_id != organisation.territory_id,
        Flaw.NEVER_OPEN: terms.min_notice.rough_minutes >= terms.max_notice.rough_minutes,
        Flaw.NOBODY_NEEDED: min(terms.agents_needed, terms.rooms_needed) < 0
        or terms.agents_needed + terms.rooms_needed < 1,
        Flaw.OUT_OF_RANGE: not 0 < terms.duration_minutes <= LONGEST_MINUTES
        or terms.seats < 1
        or terms.hold_minutes < 1
        or not 1 <= terms.colour <= COLOURS
        or not 1 <= terms.slots_at_once <= MOST_AT_ONCE
        or (terms.per_citizen_limit is not None and terms.per_citizen_limit < 1)
        or not all(0 <= each <= LONGEST_MINUTES for each in minutes),
    }
    return [flaw for flaw, holds in said.items() if holds]


def add(session: Session, clock: Clock, agent_id: int, organisation_id: int, terms: Terms) -> Motif:
    """Add a motif. The caller commits.

    Raises:
        NoSuchOrganisation: Not this agent's to administer.
        Contradictory: It can't be as it was typed.
    """
    organisation = organisation_held(session, agent_id, organisation_id)
    motif = Motif(territory_id=organisation.territory_id, organisation_id=organisation_id, created_at=clock.now())
    _write(session, organisation, motif, terms)
    session.add(motif)
    session.flush()
    _trace(session, clock, agent_id, "motif.created", motif, name=terms.name)
    return motif


def change(session: Session, clock: Clock, agent_id: int, organisation_id: int, motif_id: int, terms: Terms) -> Motif:
    """Give a motif other options; calendars that show it are written again. Appointments made keep their time. The caller commits.

    Raises:
        NoSuchOrganisation, NoSuchMotif: Not this agent's to administer, or not there.
        Contradictory: It can't be as it was typed.
    """
    organisation = organisation_held(session, agent_id, organisation_id)
    motif = motif_of(session, organisation_id, motif_id)
    changed = _changed(motif, terms)
    _write(session, organisation, motif, terms)
    session.flush()
    if changed:
        ask_for_motif(session, clock, motif_id)
        _trace(session, clock, agent_id, "motif.changed", motif, **changed)
    return motif


def change_several(
    session: Session,
    clock: Clock,
    agent_id: int,
    organisation_id: int,
    motif_ids: Collection[int],
    values: Mapping[str, Any],
) -> int:
    """Give several motifs the same *values* of `AT_ONCE`; how many. All or none. The caller commits.

    Raises:
        NoSuchOrganisation, NoSuchMotif: Not this agent's to administer, or one is not there.
        Contradictory: One of them can't be so.
    """
    organisation = organisation_held(session, agent_id, organisation_id)
    motifs = {motif.id: motif for motif in motifs_of(session, organisation_id)}
    if not motif_ids or not set(motif_ids) <= motifs.keys():
        raise NoSuchMotif
    for motif_id in motif_ids:
        motif = motifs[motif_id]
        terms = _given(motif, values)
        if changed := _changed(motif, terms):
            _write(session, organisation, motif, terms)
            _trace(session, clock, agent_id, "motif.changed", motif, **changed)
    return len(set(motif_ids))


def unfit_for(
    session: Session, organisation: Organisation, motifs: Iterable[Motif], values: Mapping[str, Any]
) -> Motif | None:
    """The first of *motifs* that can't be given *values*, if any."""
    return next((each for each in motifs if flaws_of(session, organisation, _given(each, values), each.id)), None)


def archive(session: Session, clock: Clock, agent_id: int, organisation_id: int, motif_id: int) -> Motif:
    """Put a motif away: nobody finds or books it any more, appointments made stay, its name is free again. The caller commits.

    Raises:
        NoSuchOrganisation, NoSuchMotif: Not this agent's to administer, or not there.
    """
    organisation_held(session, agent_id, organisation_id)
    motif = motif_of(session, organisation_id, motif_id)
    motif.archived_at = clock.now()
    _trace(session, clock, agent_id, "motif.archived", motif, name=motif.name)
    return motif


def _taken(session: Session, organisation_id: int, terms: Terms, but: int | None) -> bool:
    query = select(Motif.id).where(
        Motif.organisation_id == organisation_id,
        Motif.service_id == terms.service_id,
        Motif.modality == terms.modality,
        func.lower(Motif.name) == terms.name.lower(),
        Motif.archived_at.is_(None),
    )
    return any(found != but for found in session.scalars(query))


def _given(motif: Motif, values: Mapping[str, Any]) -> Terms:
    """The options of *motif* with those of *values* that several may be given at once."""
    return Terms(**_fields(terms_of(motif)) | {name: value for name, value in values.items() if name in AT_ONCE})


def _fields(terms: Terms) -> dict[str, Any]:
    return {name: getattr(terms, name) for name in Terms.__dataclass_fields__}


def _columns(terms: Terms) -> dict[str, Any]:
    """What is stored: limits as texts, nothing for an empty text that may be missing."""
    stored = {name: str(value) if isinstance(value, Limit) else value for name, value in _fields(terms).items()}
    return stored | {name: stored[name] or None for name in OPTIONAL}


def _changed(motif: Motif, terms: Terms) -> dict[str, Any]:
    return {name: value for name, value in _columns(terms).items() if getattr(motif, name) != value}


def _write(session: Session, organisation: Organisation, motif: Motif, terms: Terms) -> None:
    if found := flaws_of(session, organisation, terms, motif.id):
        raise Contradictory(tuple(found))
    for name, value in _columns(terms).items():
        setattr(motif, name, value)


def _trace(session: Session, clock: Clock, agent_id: int, kind: str, motif: Motif, **details: Any) -> None:
    if "questions" in details:
        details["questions"] = [question.text for question in details["questions"]]
    record(session, clock, Actor.agent(agent_id), kind, motif.territory_id, motif.id, **details)
