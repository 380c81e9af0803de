"""What people of the demonstration wait for and are asked to: a waiting list, invitations in each state, and links to look at both."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.booking.waiting_list import Wish, wait
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.link import new_invitation_link, new_link, new_waiting_link
from rdvdav.clock import Clock
from rdvdav.demo.staff import Colleague
from rdvdav.directory.motif import BookableBy, Modality, Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.outbox.message import Message
from rdvdav.records.invitations import invite_to_book, purposes_for, revoke

WAIT = 6
"""How many wait, each for an earlier time of an appointment, with days and halves of the day that suit."""
SUITS = ((), (0, 1), (2,), (3, 4), (), (4,))
PARTS = ("", "matin", "apres-midi", "", "matin", "")
WHY = "Il manque une pièce à votre dossier : prenez rendez-vous pour la déposer."
INVITED = 3
LASTS = timedelta(days=30)

Seat = tuple[Participation, Appointment, Citizen]


class Links(NamedTuple):
    """Paths of pages that open by a secret, and the surname that one of them asks for."""

    infos: str
    surname: str
    waiting: str
    invitation: str


def write(session: Session, clock: Clock, own: Colleague, day: date) -> Links:
    """Let people wait and be invited at the organisation of *own*. The caller commits."""
    seats = _to_come(session, clock, own)
    entries = [
        wait(
            session, clock, Wish(booked.motif_id, booked.place_id, SUITS[number], PARTS[number]),
            address=f"192.0.2.{number}", citizen=citizen, seat=seat,
        )
        for number, (seat, booked, citizen) in enumerate(seats[:WAIT])
    ]  # fmt: skip
    offered = purposes_for(session, own.agent.id)
    purpose = next(each for each in offered if each.motif is not None and each.motif.modality is Modality.ON_SITE)
    sent = [
        invite_to_book(session, clock, own.agent.id, citizen.id, purpose.key, WHY, day + LASTS)
        for _seat, _booked, citizen in seats[-INVITED:]
    ]
    revoke(session, clock, own.agent.id, sent[0].citizen_id, sent[0].id)
    session.execute(delete(Message))  # nobody is told of what is invented
    seat, booked, citizen = seats[0]
    here = f"/rdv/{session.get_one(Organisation, booked.organisation_id).slug}"
    home = booked.territory_id
    return Links(
        infos=f"{here}/i/{new_link(session, clock, home, seat.id)}",
        surname=citizen.last_name,
        waiting=f"{here}/liste-d-attente/{new_waiting_link(session, clock, home, entries[1].id)}",
        invitation=f"{here}/invitation/{new_invitation_link(session, clock, home, sent[-1].id)}",
    )


def _to_come(session: Session, clock: Clock, own: Colleague) -> Sequence[Seat]:
    """Seats of different people with *own* that are booked on line, some days from now on, by time."""
    query = (
        select(Participation, Appointment, Citizen)
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .join(Citizen, Citizen.id == Participation.citizen_id)
        .join(Motif, Motif.id == Appointment.motif_id)
        .where(Appointment.starts_at > clock.now() + timedelta(days=4), Appointment.status == Status.PLANNED)
        .where(Motif.bookable_by == BookableBy.EVERYONE, Citizen.email.is_not(None), Appointment.seats == 1)
        .where(Appointment.claims.any(agenda_id=own.agenda.id))
        .order_by(Appointment.starts_at, Participation.id)
    )
    found: dict[int, Seat] = {}
    for seat, booked, citizen in session.execute(query):
        found.setdefault(citizen.id, (seat, booked, citizen))
    return list(found.values())
