"""The message that asks somebody to book (B13), written in the transaction the invitation is sent in (M-1)."""

from sqlalchemy.orm import Session

from rdvdav.agenda.booking_invitation import BookingInvitation
from rdvdav.citizens.link import new_invitation_link
from rdvdav.clock import Clock
from rdvdav.i18n import gettext as _
from rdvdav.i18n import language, long_date
from rdvdav.ical.uid import new_uid
from rdvdav.notify.compose import Letter, note
from rdvdav.notify.wording import HOUSE, Field, Reader, Wording, wording_for
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import installation


def tell_invited_to_book(session: Session, clock: Clock, invitation: BookingInvitation) -> None:
    """Mail the citizen who invites, why, until when, and a link of its own. The caller commits."""
    now, house, organisation = clock.now(), installation(session), invitation.organisation
    token = new_invitation_link(session, clock, invitation.territory_id, invitation.id)
    link = f"{house.public_url}/rdv/{organisation.slug}/invitation/{token}"
    wording = wording_for(session, organisation, Event.INVITED_TO_BOOK, Reader.CITIZEN, language())
    letter = about_invitation(invitation, link, wording)
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


def about_invitation(invitation: BookingInvitation, link: str, wording: Wording = HOUSE) -> Letter:
    """What it says; a sensitive motif is not named: others may look over a shoulder."""
    organisation, motif = invitation.organisation, invitation.motif
    named = motif.name if motif is not None and not motif.sensitive else ""
    who = {"agent": invitation.agent.name, "service": invitation.service.name, "organisation": organisation.name}
    lines = [
        _("%(agent)s (%(service)s, %(organisation)s) invites you to book an appointment.", **who),
        *([_("Reason: %(motif)s", motif=named)] if named else []),
        *(invitation.message or "").splitlines(),
        _("You can choose a time until %(date)s included.", date=long_date(invitation.last_day)),
    ]
    fields = {
        Field.NAME: invitation.citizen.name,
        Field.MOTIF: named or _("appointment"),
        Field.ORGANISATION: organisation.name,
    }
    return note(
        _("Invitation to book an appointment – %(place)s", place=organisation.name),
        organisation,
        [line for line in lines if line.strip()],
        _("Choose a time"),
        link,
        _("This link is yours: do not pass it on."),
        wording.filled(fields),
    )
