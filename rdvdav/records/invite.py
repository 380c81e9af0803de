"""« Inviter à créer un compte »: a mail that leads to the person's own appointments on the portal (A03)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.audit.record import Actor, record
from rdvdav.booking.people import NoSuchCitizen, citizen_in_sight
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.errors import Refused
from rdvdav.i18n import language
from rdvdav.ical.uid import new_uid
from rdvdav.notify.compose import about_account
from rdvdav.notify.wording import Reader, wording_for
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import installation
from rdvdav.records.record import organisations_knowing


class NoAddress(Refused):
    """Without an e-mail address, or a mobile where that will do, nobody can be written to."""


class InvitedToday(Refused):
    """The person has been written to already this day: once is enough."""


def invite(session: Session, clock: Clock, agent_id: int, citizen_id: int) -> Citizen:
    """Write to the person where to see, move and cancel their appointments; once a day at most. The caller commits.

    Raises:
        NoSuchCitizen: It does not exist, or not for this agent.
        NoAddress: The record has no e-mail address.
        InvitedToday: Such a mail was written in the same day, in UTC.
    """
    session.scalar(select(Citizen.id).where(Citizen.id == citizen_id).with_for_update())
    citizen = citizen_in_sight(session, agent_id, citizen_id)
    organisation = next(iter(organisations_knowing(session, agent_id, citizen_id)), None)
    if organisation is None:
        raise NoSuchCitizen
    if citizen.email is None:
        raise NoAddress
    now, house = clock.now(), installation(session)
    key = f"{Event.CITIZEN_INVITED}:{citizen_id}:mail:{now.date().isoformat()}"
    if session.scalar(select(Message.id).where(Message.key == key)) is not None:
        raise InvitedToday
    wording = wording_for(session, organisation, Event.CITIZEN_INVITED, Reader.CITIZEN, language())
    link = f"{house.public_url}/rdv/{organisation.slug}/mes-rendez-vous"
    letter = about_account(organisation, citizen, link, wording)
    session.add(
        Message(
            territory_id=citizen.territory_id,
            key=key,
            event=Event.CITIZEN_INVITED,
            message_id=f"<{new_uid(house.uid_host)}>",
            recipient=citizen.email,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            citizen_id=citizen_id,
            created_at=now,
            due_at=now,
        )
    )
    record(session, clock, Actor.agent(agent_id), "citizen.invited", citizen.territory_id, citizen_id)
    return citizen
