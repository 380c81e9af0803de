"""Telling the citizens of an appointment what happened to it, in the transaction it happened in (M-1, M-2).

Each message is composed here and now, so that a retry sends the same bytes; the worker only carries them.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.citizens.link import LinkPurpose, new_link
from rdvdav.clock import Clock
from rdvdav.ical.invitation import cancel, request
from rdvdav.ical.uid import new_uid
from rdvdav.notify.audience import hears
from rdvdav.notify.citizen_event import citizen_event
from rdvdav.notify.compose import Before, about_appointment
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import Installation, installation

ENDS = frozenset({Event.APPOINTMENT_CANCELLED, Event.APPOINTMENT_WITHDRAWN})
"""Events after which it stands in no citizen's calendar any more (L-5)."""


def announce(
    session: Session,
    clock: Clock,
    event: Event,
    appointment: Appointment,
    *,
    before: Before | None = None,
    seats: Iterable[Participation] | None = None,
    tell: bool = True,
) -> None:
    """Write a message to each participant who is to hear of *event*, to none unless *tell*. The caller commits.

    The SEQUENCE of each participant's calendar event grows with every event after the first, told or not (K-52).

    Args:
        seats: Those it happened to, where it is not to all who have a seat.
    """
    house = installation(session)
    for seat in appointment.seated if seats is None else seats:
        if event is not Event.APPOINTMENT_CREATED:
            seat.sequence += 1
        if tell and hears(appointment, seat):
            link, secrets = _link(session, clock, house, event, appointment, seat)
            session.add(_message(clock, house, event, appointment, seat, before, link, secrets))
    session.flush()


def _link(
    session: Session, clock: Clock, house: Installation, event: Event, appointment: Appointment, seat: Participation
) -> tuple[str, list[str]]:
    """Where the message's button leads, and the clear tokens in it."""
    match event:
        case Event.APPOINTMENT_CANCELLED:
            return f"{house.public_url}/rdv/{appointment.organisation.slug}", []
        case Event.APPOINTMENT_WITHDRAWN:
            token = new_link(session, clock, seat.territory_id, seat.id, LinkPurpose.REPLAN)
            return f"{house.public_url}/rdv/{appointment.organisation.slug}/a-replanifier/{token}", [token]
        case _:
            token = new_link(session, clock, seat.territory_id, seat.id)
            return infos_link(appointment, house.public_url, token), [token]


def infos_link(appointment: Appointment, public_url: str, token: str) -> str:
    """« Infos/Annulation »: what a message leads to, once the surname is said (B09)."""
    return f"{public_url}/rdv/{appointment.organisation.slug}/i/{token}"


def _message(
    clock: Clock,
    house: Installation,
    event: Event,
    appointment: Appointment,
    seat: Participation,
    before: Before | None,
    link: str,
    secrets: list[str],
) -> Message:
    now = clock.now()
    letter = about_appointment(event, appointment, seat, before, link)
    method = "CANCEL" if event in ENDS else "REQUEST"
    return Message(
        territory_id=appointment.territory_id,
        key=f"{event}:{seat.id}:mail:{seat.sequence}",
        event=event,
        message_id=f"<{new_uid(house.uid_host)}>",
        recipient=seat.citizen.email,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        calendar=_invitation(method, appointment, seat, house, now),
        method=method,
        secrets=secrets,
        appointment_id=appointment.id,
        citizen_id=seat.citizen_id,
        created_at=now,
        due_at=now,
    )


def _invitation(method: str, appointment: Appointment, seat: Participation, house: Installation, now: datetime) -> str:
    """The mail's calendar part: it files, changes or removes the citizen's event by itself (K-52)."""
    entry = citizen_event(appointment, seat, house.public_url, stamp=now)
    organizer = (appointment.organisation.name, house.mail_from)
    attendee = (seat.citizen.name, seat.citizen.email or "")
    contact = appointment.organisation.contact or None
    if method == "CANCEL":
        return cancel(entry, organizer=organizer, attendee=attendee, contact=contact).decode()
    return request(entry, organizer=organizer, attendee=attendee, alarms=True, contact=contact).decode()
