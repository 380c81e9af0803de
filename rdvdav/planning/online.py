"""What an organisation offers on line, for its agents to read: each motif bookable, or why not (ux 10.3)."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.service import Service
from rdvdav.errors import NotFound
from rdvdav.hours.wall import local_day, to_minutes


class NoSuchOffer(NotFound):
    """No such motif in the organisations one works in."""


class Online(StrEnum):
    """Whether citizens can book a motif."""

    BOOKABLE = "bookable"
    NO_OPENING = "no_opening"
    STAFF_ONLY = "staff_only"


@dataclass(frozen=True)
class OnlineMotif:
    """One motif and whether it can be booked on line."""

    motif: Motif
    service: Service
    online: Online


def online_motifs(session: Session, clock: Clock, organisation: Organisation) -> list[OnlineMotif]:
    """The live motifs of *organisation*, by service and name; two statements."""
    opened = _opened_motifs(session, clock, organisation)
    query = (
        select(Motif, Service)
        .join(Service, Service.id == Motif.service_id)
        .where(Motif.organisation_id == organisation.id, Motif.archived_at.is_(None))
        .order_by(Service.name, Motif.name, Motif.id)
    )
    return [OnlineMotif(motif, service, _online(motif, opened)) for motif, service in session.execute(query)]


def _online(motif: Motif, opened: frozenset[int]) -> Online:
    if motif.bookable_by is not BookableBy.EVERYONE:
        return Online.STAFF_ONLY
    return Online.BOOKABLE if motif.id in opened else Online.NO_OPENING


def _opened_motifs(session: Session, clock: Clock, organisation: Organisation) -> frozenset[int]:
    """Motifs carried by a range that is not over, of an agent who is still there (S-1)."""
    today = local_day(to_minutes(clock.now()), organisation.zone)
    query = (
        select(OpeningRangeMotif.motif_id)
        .join(OpeningRange, OpeningRange.id == OpeningRangeMotif.opening_range_id)
        .join(Agenda, Agenda.id == OpeningRange.agenda_id)
        .outerjoin(Agent, Agent.id == Agenda.agent_id)
        .where(
            OpeningRange.organisation_id == organisation.id,
            or_(OpeningRange.last_day.is_(None), OpeningRange.last_day >= today),
            Agent.left_at.is_(None),
        )
    )
    return frozenset(session.scalars(query))
