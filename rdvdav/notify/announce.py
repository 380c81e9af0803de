"""Telling the citizens of an appointment what happened to it, in the transaction it happened in (M-1, M-2).

Each message is composed here and now, so that a retry sends the same bytes; the worker only carries them.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.clock import Clock
from rdvdav.ical.invitation import cancel, request
from rdvdav.ical.uid import new_uid
from rdvdav.notify.audience import hears
from rdvdav.notify.citizen_event import citizen_event, summary_link
from rdvdav.notify.compose import Before, about_appointment
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import Installation, installation


def announce(
    session: Session,
    clock: Clock,
    event: Event,
    appointment: Appointment,
    *,
    before: Before | None = None,
    seats: Iterable[Participation] | None = None,
) -> None:
    """Write a message to each participant who is to hear of *event*. The caller commits.

    The SEQUENCE of each participant's calendar event grows with every event after the first, told or not (K-52).

    Args:
        seats: Those it happened to, where it is not to all who have a seat.
    """
    house = installation(session)
    for seat in appointment.seated if seats is None else seats:
        if event is not Event.APPOINTMENT_CREATED:
            seat.sequence += 1
        if hears(appointment, seat):
            session.add(_message(clock, house, event, appointment, seat, before))
    session.flush()


def _message(
    clock: Clock,
    house: Installation,
    event: Event,
    appointment: Appointment,
    seat: Participation,
    before: Before | None,
) -> Message:
    now = clock.now()
    over = event is Event.APPOINTMENT_CANCELLED
    link = (
        f"{house.public_url}/rdv/{appointment.organisation.slug}"
        if over
        else summary_link(appointment, house.public_url)
    )
    letter = about_appointment(event, appointment, seat, before, link)
    method = "CANCEL" if over else "REQUEST"
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
        secrets=[],
        appointment_id=appointment.id,
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
