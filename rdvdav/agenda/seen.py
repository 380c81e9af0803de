"""Appointments as agendas say them: read in two statements, however many agendas and appointments, and no row becomes an object."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED, Status
from rdvdav.citizens.citizen import Citizen
from rdvdav.directory.motif import Motif
from rdvdav.directory.place import Place
from rdvdav.hours.interval import Interval
from rdvdav.hours.wall import from_minutes

Seat = tuple[Status, str, str, str | None, datetime | None]
"""Status, first name, surname, phone, when the person arrived."""


class Seen(NamedTuple):
    """An appointment as the agenda says it.

    Attributes:
        title: Of a collective one.
        motif, colour, place: Names, and the hue from 1 to 12; of an appointment elsewhere the address.
        withdrawn: Its slot was taken away and it was kept.
        people, phones: Of those who have a seat, in the order they took it; those without number are left out of *phones*.
        arrivals: When each of them arrived, None for those who did not.
    """

    id: int
    reference: str
    status: Status
    starts_at: datetime
    ends_at: datetime
    title: str | None
    withdrawn: bool
    motif: str
    colour: int
    place: str | None
    people: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    arrivals: tuple[datetime | None, ...] = ()


def seen_between(session: Session, agenda_ids: Sequence[int], window: Interval) -> dict[int, list[Seen]]:
    """By agenda the appointments that claim its time inside *window*, by start."""
    claimed = (
        Claim.agenda_id.in_(agenda_ids)
        & (Claim.ends_at > from_minutes(window.start))
        & (Claim.starts_at < from_minutes(window.end))
    )
    query = (
        select(
            Claim.agenda_id,
            Appointment.id,
            Appointment.reference,
            Appointment.status,
            Appointment.starts_at,
            Appointment.ends_at,
            Appointment.title,
            Appointment.withdrawn_at.is_not(None),
            Motif.name,
            Motif.colour,
            func.coalesce(Appointment.address, Place.name),
        )
        .join(Appointment, Appointment.id == Claim.appointment_id)
        .join(Motif, Motif.id == Appointment.motif_id)
        .outerjoin(Place, Place.id == Appointment.place_id)
        .where(claimed)
        .order_by(Claim.starts_at, Appointment.id)
    )
    seats = _seats(session, claimed)
    booked: dict[int, list[Seen]] = defaultdict(list)
    for agenda_id, *facts in session.execute(query):
        key, _reference, status, *_rest = facts
        # As Appointment.seated: of a cancelled one, those who had a seat until then (L-2).
        taken = [each for each in seats[key] if each[0] not in CANCELLED or each[0] is status]
        people = tuple(f"{first_name} {last_name}" for _status, first_name, last_name, *_more in taken)
        phones = tuple(phone for _status, _first_name, _last_name, phone, _arrived in taken if phone)
        arrivals = tuple(seat[-1] for seat in taken)
        booked[agenda_id].append(Seen._make([*facts, people, phones, arrivals]))
    return booked


def _seats(session: Session, claimed: ColumnElement[bool]) -> dict[int, list[Seat]]:
    """By appointment its seats."""
    query = (
        select(
            Participation.appointment_id,
            Participation.status,
            Citizen.first_name,
            Citizen.last_name,
            Citizen.phone,
            Participation.arrived_at,
        )
        .join(Citizen, Citizen.id == Participation.citizen_id)
        .where(Participation.appointment_id.in_(select(Claim.appointment_id).where(claimed)))
        .order_by(Participation.id)
    )
    seats: dict[int, list[Seat]] = defaultdict(list)
    for appointment_id, status, first_name, last_name, phone, arrived_at in session.execute(query):
        seats[appointment_id].append((status, first_name, last_name, phone, arrived_at))
    return seats
