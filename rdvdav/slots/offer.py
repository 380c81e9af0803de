"""What can be chosen before any slot is searched: motifs, and the places and agents that receive for them.

Openings that are over, and those S-1 leaves out, offer nothing.
"""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.motif import BookableBy, Modality, Motif
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service


def places_offering(session: Session, clock: Clock, motif_ids: Collection[int]) -> dict[int, list[Place]]:
    """For each motif the places that receive for it, by name; one statement."""
    query = (
        select(OpeningRangeMotif.motif_id, Place)
        .join(OpeningRange, OpeningRange.id == OpeningRangeMotif.opening_range_id)
        .join(Place, Place.id == OpeningRange.place_id)
        .join(Agenda, Agenda.id == OpeningRange.agenda_id)
        .outerjoin(Agent, Agent.id == Agenda.agent_id)
        .where(OpeningRangeMotif.motif_id.in_(motif_ids), Place.enabled, *_in_use(clock))
        .distinct()
        .order_by(Place.name, Place.id)
    )
    offering: dict[int, list[Place]] = defaultdict(list)
    for motif_id, place in session.execute(query):
        offering[motif_id].append(place)
    return offering


def agents_offering(session: Session, clock: Clock, motif_id: int) -> list[tuple[int, str]]:
    """Agenda and name of each agent who receives for a motif, by name: for motifs that let citizens choose."""
    query = (
        select(Agenda.id, Agent.first_name, Agent.last_name)
        .join(OpeningRange, OpeningRange.agenda_id == Agenda.id)
        .join(OpeningRangeMotif, OpeningRangeMotif.opening_range_id == OpeningRange.id)
        .join(Agent, Agent.id == Agenda.agent_id)
        .outerjoin(Place, Place.id == OpeningRange.place_id)
        .where(
            OpeningRangeMotif.motif_id == motif_id,
            or_(OpeningRange.place_id.is_(None), Place.enabled),
            *_in_use(clock),
        )
        .distinct()
        .order_by(Agent.last_name, Agent.first_name, Agenda.id)
    )
    return [(agenda_id, f"{first_name} {last_name}") for agenda_id, first_name, last_name in session.execute(query)]


def bookable_motifs(session: Session, organisation_id: int, *, referred: bool = False) -> list[Motif]:
    """The motifs of an organisation that everybody may book – referrers, when one looks – by service, category and name."""
    open_to = (BookableBy.EVERYONE, BookableBy.REFERRERS) if referred else (BookableBy.EVERYONE,)
    query = (
        select(Motif)
        .join(Service, Service.id == Motif.service_id)
        .where(
            Motif.organisation_id == organisation_id,
            Motif.archived_at.is_(None),
            Motif.bookable_by.in_(open_to),
        )
        .order_by(Service.name, Motif.category, Motif.name, Motif.id)
    )
    return list(session.scalars(query))


def refers(session: Session, organisation_id: int) -> bool:
    """Whether an organisation has motifs that referrers book and citizens do not; one statement."""
    of_it = (Motif.organisation_id == organisation_id) & Motif.archived_at.is_(None)
    query = select(Motif.id).where(of_it, Motif.bookable_by == BookableBy.REFERRERS, ~Motif.collective)
    return session.scalar(query.limit(1)) is not None


def needs_place(motif: Motif) -> bool:
    """Whether people come to a place for it."""
    return motif.modality is Modality.ON_SITE


def _in_use(clock: Clock) -> tuple[ColumnElement[bool], ...]:
    running = or_(OpeningRange.last_day.is_(None), OpeningRange.last_day >= clock.now().date())
    return running, Agent.left_at.is_(None)
