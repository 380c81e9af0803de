"""Telling the people of an appointment what happened to it, in the transaction it happened in (M-1, M-2, M-4).

The one place use cases call. Participants' messages are composed here and now, so that a retry sends the same bytes; those of the
agents once the change is published, for they carry its SEQUENCE (`to_agents`). The worker only carries them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.audit.record import SYSTEM, Actor
from rdvdav.clock import Clock
from rdvdav.feeds.change import afterwards
from rdvdav.feeds.citizen_event import citizen_event
from rdvdav.i18n import speaking
from rdvdav.ical.invitation import cancel, request
from rdvdav.notify.audience import hears
from rdvdav.notify.before import Before
from rdvdav.notify.compose import about_appointment
from rdvdav.notify.links import message_link
from rdvdav.notify.post import post, written
from rdvdav.notify.reminder import forget_reminders, plan_reminders
from rdvdav.notify.sms import sms_about
from rdvdav.notify.to_agents import Deed, tell_agents, tell_removed
from rdvdav.notify.wording import Reader, Wording, wording_for
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Channel, Message
from rdvdav.policy.installation import Installation, installation

ENDS = frozenset({Event.APPOINTMENT_CANCELLED, Event.APPOINTMENT_WITHDRAWN})
"""Events after which it stands in no citizen's calendar any more (L-5)."""


def announce(
    session: Session,
    clock: Clock,
    event: Event,
    appointment: Appointment,
    *,
    actor: Actor = SYSTEM,
    before: Before | None = None,
    seats: Iterable[Participation] | None = None,
    tell: bool = True,
) -> None:
    """Write a message to each participant who is to hear of *event*, to none unless *tell*; and to its agents. The caller commits.

    The SEQUENCE of each participant's calendar event grows with every event after the first, told or not (K-52); so reminders follow,
    told or not (M-3). Agents hear as they have chosen (M-4), whatever *tell* says: once the change of agendas that this is called in
    is published.

    Args:
        actor: Who did it: agents hear less of what they did themselves.
        before: How it was; needed where it changed.
        seats: Those it happened to, where it is not to all who have a seat.
    """
    concerned = list(appointment.seated if seats is None else seats)
    _tell_participants(session, clock, event, appointment, before, concerned, tell=tell)
    plan_reminders(session, clock, appointment, concerned)
    tell_colleagues(session, clock, event, appointment, actor=actor, before=before)


def announce_removed(
    session: Session, clock: Clock, appointment: Appointment, *, actor: Actor, tell: bool = True
) -> None:
    """Write, before it is deleted, that *appointment* takes place no more. The caller commits."""
    _tell_participants(session, clock, Event.APPOINTMENT_CANCELLED, appointment, None, appointment.seated, tell=tell)
    forget_reminders(session, clock, appointment)
    tell_removed(session, clock, appointment, actor)


def _tell_participants(
    session: Session,
    clock: Clock,
    event: Event,
    appointment: Appointment,
    before: Before | None,
    concerned: Sequence[Participation],
    *,
    tell: bool,
) -> None:
    house = installation(session)
    for seat in concerned:
        if event is not Event.APPOINTMENT_CREATED:
            seat.sequence += 1
    told = [seat for seat in concerned if tell and hears(appointment, seat)]
    wordings = {
        language: wording_for(session, appointment.organisation, event, Reader.CITIZEN, language)
        for language in {seat.language for seat in told}
    }
    messages = (
        _message(session, clock, house, event, appointment, seat, before, wordings[seat.language]) for seat in told
    )
    post(session, messages)
    if house.sms:
        heard = [seat for seat in concerned if tell and hears(appointment, seat, Channel.SMS)]
        post(session, [sms_about(session, clock, event, appointment, seat, before) for seat in heard])


def tell_colleagues(
    session: Session,
    clock: Clock,
    event: Event,
    appointment: Appointment,
    *,
    actor: Actor,
    before: Before | None = None,
) -> None:
    """Write to the agents of *appointment* alone, once the change under way is published. The caller commits."""
    deed = Deed(event, actor, before)
    afterwards(session, appointment.uid, partial(tell_agents, session, clock, appointment, deed))


def _message(
    session: Session,
    clock: Clock,
    house: Installation,
    event: Event,
    appointment: Appointment,
    seat: Participation,
    before: Before | None,
    wording: Wording,
) -> Message:
    link, secrets = message_link(session, clock, event, appointment, seat)
    method = "CANCEL" if event in ENDS else "REQUEST"
    with speaking(seat.language):
        return written(
            session,
            clock,
            event,
            about_appointment(event, appointment, seat, before, link, wording, clock.now()),
            recipient=seat.citizen.reached.email or "",
            territory_id=appointment.territory_id,
            key=f"{seat.uid}:mail:{seat.sequence}",  # ids of seats removed for good come again on SQLite
            calendar=_invitation(method, appointment, seat, house, clock.now()),
            method=method,
            thread=seat.uid,
            secrets=secrets,
            appointment_id=appointment.id,
            citizen_id=seat.citizen_id,
        )


def _invitation(method: str, appointment: Appointment, seat: Participation, house: Installation, now: datetime) -> str:
    """The mail's calendar part: it files, changes or removes the citizen's event by itself (K-52)."""
    entry = citizen_event(appointment, seat, house.public_url, stamp=now)
    organizer = (appointment.organisation.name, house.mail_from)
    attendee = (seat.citizen.name, seat.citizen.reached.email or "")
    contact = appointment.organisation.contact or None
    if method == "CANCEL":
        return cancel(entry, organizer=organizer, attendee=attendee, contact=contact).decode()
    return request(entry, organizer=organizer, attendee=attendee, alarms=True, contact=contact).decode()
