"""The message that asks somebody to book (B13), written in the transaction the invitation is sent in (M-1)."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from rdvdav.agenda.booking_invitation import BookingInvitation
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.link import new_invitation_link
from rdvdav.clock import Clock
from rdvdav.i18n import gettext as _
from rdvdav.i18n import language, long_date
from rdvdav.ical.uid import new_uid
from rdvdav.notify.compose import Letter, note
from rdvdav.notify.sms import invitation_words, takes_sms
from rdvdav.notify.wording import HOUSE, Field, Reader, Wording, wording_for
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Channel, Message
from rdvdav.policy.installation import installation


class Way(NamedTuple):
    """How somebody is written to: an e-mail address or a number in E.164."""

    channel: Channel
    recipient: str


def way_to(session: Session, citizen: Citizen) -> Way | None:
    """By mail, or by SMS who has but a mobile (M-2): the person's own, or that of who answers for them; None where there is neither."""
    if citizen.reached.email is not None:
        return Way(Channel.MAIL, citizen.reached.email)
    return Way(Channel.SMS, citizen.called or "") if takes_sms(session, citizen) else None


def tell_invited_to_book(session: Session, clock: Clock, invitation: BookingInvitation, way: Way) -> None:
    """Write to the citizen who invites, why, until when, and a link of its own; an SMS names the organisation alone. The caller commits.

    A sensitive motif is not named: others may look over a shoulder.
    """
    now, house, organisation = clock.now(), installation(session), invitation.organisation
    token = new_invitation_link(session, clock, invitation.territory_id, invitation.id)
    link = f"{house.public_url}/rdv/{organisation.slug}/invitation/{token}"
    if way.channel is Channel.SMS:
        letter = Letter("", invitation_words(organisation, invitation.last_day, link), None)
    else:
        wording = wording_for(session, organisation, Event.INVITED_TO_BOOK, Reader.CITIZEN, language())
        letter = about_invitation(invitation, link, wording)
    session.add(
        Message(
            territory_id=invitation.territory_id,
            key=f"{Event.INVITED_TO_BOOK}:{invitation.id}:{way.channel}:{invitation.sendings}",
            event=Event.INVITED_TO_BOOK,
            channel=way.channel,
            message_id=f"<{new_uid(house.uid_host)}>",
            recipient=way.recipient,
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
