"""Places of an organisation: added, changed, closed to bookings and opened again by its admins (R05)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rdvdav.administration.organisations import organisation_held
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import HOLDS_TIME
from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.directory.place import Place
from rdvdav.errors import NotFound
from rdvdav.feeds.republish import ask_for_place


class NoSuchPlace(NotFound):
    """No such place in this organisation."""


@dataclass(frozen=True)
class Premises:
    """A place as somebody describes it; empty texts for what is not said."""

    name: str
    street: str
    postcode: str
    city: str
    access: str = ""
    phone: str = ""


def places_of(session: Session, organisation_id: int) -> Sequence[Place]:
    """All places of an organisation, those in use first, by name."""
    query = select(Place).where(Place.organisation_id == organisation_id)
    return session.scalars(query.order_by(Place.enabled.desc(), Place.name, Place.id)).all()


def place_of(session: Session, organisation_id: int, place_id: int) -> Place:
    """A place of an organisation.

    Raises:
        NoSuchPlace: It has none with this id.
    """
    place = session.scalar(select(Place).where(Place.organisation_id == organisation_id, Place.id == place_id))
    if place is None:
        raise NoSuchPlace
    return place


def booked_at(session: Session, clock: Clock, place_id: int) -> int:
    """How many appointments to come are at the place."""
    query = select(func.count()).where(
        Appointment.place_id == place_id, Appointment.status.in_(HOLDS_TIME), Appointment.ends_at > clock.now()
    )
    return session.scalar(query) or 0


def add(session: Session, clock: Clock, agent_id: int, organisation_id: int, premises: Premises) -> Place:
    """Add a place. The caller commits.

    Raises:
        NoSuchOrganisation: Not this agent's to administer.
    """
    organisation = organisation_held(session, agent_id, organisation_id)
    place = Place(territory_id=organisation.territory_id, organisation_id=organisation_id)
    _write(place, premises)
    session.add(place)
    session.flush()
    _trace(session, clock, agent_id, "place.created", place)
    return place


def change(
    session: Session, clock: Clock, agent_id: int, organisation_id: int, place_id: int, premises: Premises
) -> Place:
    """Describe a place anew; calendars that name it are written again. The caller commits.

    Raises:
        NoSuchOrganisation, NoSuchPlace: Not this agent's to administer, or not there.
    """
    organisation_held(session, agent_id, organisation_id)
    place = place_of(session, organisation_id, place_id)
    before = place.location
    _write(place, premises)
    if place.location != before:
        ask_for_place(session, clock, place_id)
    _trace(session, clock, agent_id, "place.changed", place)
    return place


def enable(
    session: Session, clock: Clock, agent_id: int, organisation_id: int, place_id: int, *, enabled: bool
) -> Place:
    """Close a place to bookings (S-1), or open it again; appointments made stay. The caller commits.

    Raises:
        NoSuchOrganisation, NoSuchPlace: Not this agent's to administer, or not there.
    """
    organisation_held(session, agent_id, organisation_id)
    place = place_of(session, organisation_id, place_id)
    place.enabled = enabled
    _trace(session, clock, agent_id, "place.changed", place)
    return place


def _write(place: Place, premises: Premises) -> None:
    for name, value in asdict(premises).items():
        setattr(place, name, value or None if name in {"access", "phone"} else value)


def _trace(session: Session, clock: Clock, agent_id: int, kind: str, place: Place) -> None:
    details = {"name": place.name, "address": place.address, "enabled": place.enabled}
    record(session, clock, Actor.agent(agent_id), kind, place.territory_id, place.id, **details)
