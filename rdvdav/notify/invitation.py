"""The message that asks somebody to book (B13), written in the transaction the invitation is sent in (M-1)."""

from sqlalchemy.orm import Session

from rdvdav.agenda.booking_invitation import BookingInvitation
from rdvdav.citizens.link import new_invitation_link
from rdvdav.clock import Clock
from rdvdav.i18n import gettext as _
from rdvdav.i18n import long_date
from rdvdav.ical.uid import new_uid
from rdvdav.notify.compose import note
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import installation


def tell_invited_to_book(session: Session, clock: Clock, invitation: BookingInvitation) -> None:
    """Mail the citizen who invites, why, until when, and a link of its own. The caller commits.

    A sensitive motif is not named: others may look over a shoulder.
    """
    now, house, organisation = clock.now(), installation(session), invitation.organisation
    token = new_invitation_link(session, clock, invitation.territory_id, invitation.id)
    link = f"{house.public_url}/rdv/{organisation.slug}/invitation/{token}"
    who = {"agent": invitation.agent.name, "service": invitation.service.name, "organisation": organisation.name}
    named = invitation.motif is not None and not invitation.motif.sensitive
    lines = [
        _("%(agent)s (%(service)s, %(organisation)s) invites you to book an appointment.", **who),
        *([_("Reason: %(motif)s", motif=invitation.motif.name)] if named and invitation.motif else []),
        *(invitation.message or "").splitlines(),
        _("You can choose a time until %(date)s included.", date=long_date(invitation.last_day)),
    ]
    letter = note(
        _("Invitation to book an appointment – %(place)s", place=organisation.name),
        organisation,
        [line for line in lines if line.strip()],
        _("Choose a time"),
        link,
        _("This link is yours: do not pass it on."),
    )
    session.add(
        Message(
            territory_id=invitation.territory_id,
            key=f"{Event.INVITED_TO_BOOK}:{invitation.id}:mail:{invitation.sendings}",
            event=Event.INVITED_TO_BOOK,
            message_id=f"<{new_uid(house.uid_host)}>",
            recipient=invitation.citizen.email,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            secrets=[token],
            citizen_id=invitation.citizen_id,
            created_at=now,
            due_at=now,
            expires_at=invitation.expires_at,
        )
    )
    session.flush()
