"""SMS to the people of an appointment: to whom one can be offered, and its fixed words, never the motif (N02, M-2)."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.phone import is_mobile
from rdvdav.clock import Clock
from rdvdav.directory.organisation import Organisation
from rdvdav.i18n import at, day_and_month, day_of_month, speaking, wall
from rdvdav.i18n import gettext as _
from rdvdav.ical.uid import new_uid
from rdvdav.notify.before import Before
from rdvdav.notify.gsm import gsm
from rdvdav.notify.links import message_link
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Channel, Message
from rdvdav.policy.installation import installation

LONGEST_NAME = 40
"""Signs of an organisation's or place's name; a longer one is cut, since each message is paid for."""


def sends_sms(session: Session) -> bool:
    """Whether there is who carries SMS."""
    return installation(session).sms


def takes_sms(session: Session, citizen: Citizen) -> bool:
    """Whether SMS can be offered to somebody: a mobile is known, who is reached wants them, and there is who carries them."""
    return sends_sms(session) and citizen.reached.sms_wanted and is_mobile(citizen.called or "")


def sms_about(
    session: Session,
    clock: Clock,
    event: Event,
    appointment: Appointment,
    seat: Participation,
    before: Before | None = None,
) -> Message:
    """The SMS that tells a participant of *event*, with a link of its own (M-5). The caller adds it, and commits."""
    message = Message(
        territory_id=appointment.territory_id,
        key=f"{event}:{seat.uid}:{Channel.SMS}:{seat.sequence}",
        event=event,
        channel=Channel.SMS,
        message_id=f"<{new_uid(installation(session).uid_host)}>",
        subject="",
        appointment_id=appointment.id,
        citizen_id=seat.citizen_id,
        participation_id=seat.id,
        created_at=clock.now(),
        due_at=clock.now(),
        expires_at=appointment.starts_at if event is not Event.APPOINTMENT_CANCELLED else None,
    )
    write_sms(session, clock, message, appointment, seat, before)
    return message


def write_sms(
    session: Session,
    clock: Clock,
    message: Message,
    appointment: Appointment,
    seat: Participation,
    before: Before | None = None,
) -> None:
    """Write recipient and words of an SMS about *appointment*, in its reader's language, and make its link. The caller commits."""
    event = Event(message.event)
    link, message.secrets = message_link(session, clock, event, appointment, seat)
    message.recipient = seat.citizen.called or ""
    with speaking(seat.language):
        message.text = words(event, appointment.organisation, appointment.starts_at, link, _where(appointment), before)


def words(
    event: Event,
    organisation: Organisation,
    starts_at: datetime,
    link: str,
    place: str = "",
    before: Before | None = None,
) -> str:
    """What an SMS says of *event*, in the 7-bit alphabet. *place* is said where it is not the organisation itself."""
    zone = organisation.zone
    facts = {"name": _short(organisation.name), "when": _when(starts_at, zone), "link": link}
    where = _(" (%(place)s)", place=_short(place)) if place and place != organisation.name else ""
    match event:
        case Event.APPOINTMENT_MOVED if before is not None and before.starts_at != starts_at:
            old = _when(before.starts_at, zone)
            said = _(
                "%(name)s: appointment moved to %(when)s%(where)s, instead of %(old)s. Information: %(link)s",
                where=where,
                old=old,
                **facts,
            )
        case Event.APPOINTMENT_MOVED | Event.APPOINTMENT_CHANGED:
            said = _("%(name)s: appointment of %(when)s changed%(where)s. Information: %(link)s", where=where, **facts)
        case Event.APPOINTMENT_REASSIGNED:
            said = _("%(name)s: another agent will see you on %(when)s%(where)s. %(link)s", where=where, **facts)
        case Event.APPOINTMENT_CANCELLED:
            said = _("%(name)s: your appointment of %(when)s is cancelled. Book again: %(link)s", **facts)
        case Event.APPOINTMENT_WITHDRAWN:
            said = _("%(name)s: we cannot see you on %(when)s. Choose another time: %(link)s", **facts)
        case Event.APPOINTMENT_REMINDED:
            said = _("Reminder: appointment on %(when)s, %(name)s%(where)s. Cancel: %(link)s", where=where, **facts)
        case _:
            said = _("%(name)s: appointment on %(when)s%(where)s. Information, cancel: %(link)s", where=where, **facts)
    return gsm(said)


def earlier_words(organisation: Organisation, starts_at: datetime, link: str) -> str:
    """What the waiting list says of a slot that became free, in the 7-bit alphabet (L-7)."""
    facts = {"name": _short(organisation.name), "when": _when(starts_at, organisation.zone), "link": link}
    return gsm(_("%(name)s: a time is free on %(when)s. The first to book gets it: %(link)s", **facts))


def invitation_words(organisation: Organisation, last_day: date, link: str) -> str:
    """What an invitation to book says, in the 7-bit alphabet: who invites, until which day, nothing of what for (B13)."""
    facts = {"name": _short(organisation.name), "day": day_of_month(last_day), "link": link}
    return gsm(_("%(name)s invites you to book an appointment, until %(day)s: %(link)s", **facts))


def _where(appointment: Appointment) -> str:
    return appointment.where.name if appointment.where else ""


def _when(starts_at: datetime, zone: str) -> str:
    local = wall(starts_at, zone)
    return f"{day_and_month(local.date())} {at(local)}"


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}."
