"""The message that tells a referrer what was booked (B10, M-2), written in the transaction of the booking (M-1)."""

from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.citizens.referrer import Referrer
from rdvdav.clock import Clock
from rdvdav.feeds.disclosure import location_of
from rdvdav.i18n import gettext as _
from rdvdav.i18n import moment, wall
from rdvdav.ical.uid import new_uid
from rdvdav.notify.compose import note
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import installation


def tell_referrer(
    session: Session, clock: Clock, appointment: Appointment, referrer: Referrer, person: str, *, told: bool
) -> None:
    """Confirm to *referrer* what was booked. The caller commits.

    Args:
        person: Who comes, as the referrer knows: first name and initial.
        told: Whether that person gets messages.
    """
    now, house, organisation = clock.now(), installation(session), appointment.organisation
    starts = wall(appointment.starts_at, organisation.zone)
    lines = [
        _("You booked an appointment for %(person)s.", person=person),
        moment(starts),
        *([] if appointment.motif.sensitive else [_("Reason: %(motif)s", motif=appointment.motif.name)]),
        _("Place: %(place)s", place=location_of(appointment)),
        _("Reference: %(reference)s", reference=appointment.reference),
        _("This person gets a message of confirmation.")
        if told
        else _("This person gets no message: please tell them yourself."),
        _("To change or cancel it, contact the organisation."),
    ]
    letter = note(
        _("Appointment booked for the person you refer – %(place)s", place=organisation.name),
        organisation,
        lines,
        _("Refer another person"),
        f"{house.public_url}/rdv/{organisation.slug}/prescripteur",
    )
    session.add(
        Message(
            territory_id=appointment.territory_id,
            key=f"{Event.APPOINTMENT_REFERRED}:{referrer.id}:mail:0",
            event=Event.APPOINTMENT_REFERRED,
            message_id=f"<{new_uid(house.uid_host)}>",
            recipient=referrer.email,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            appointment_id=appointment.id,
            created_at=now,
            due_at=now,
        )
    )
    session.flush()
