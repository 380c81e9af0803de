"""« Inviter à prendre RDV » from a record: whom for what, sent, sent again, revoked (B13, ux 8.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from rdvdav.agenda.booking_invitation import BookingInvitation
from rdvdav.audit.record import Actor, record
from rdvdav.booking.people import citizen_in_sight
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.service import Service
from rdvdav.errors import NotFound, Refused
from rdvdav.hours.wall import day_bounds, from_minutes
from rdvdav.notify.invitation import Way, tell_invited_to_book, way_to
from rdvdav.policy.right import invitable, people_of
from rdvdav.records.invite import NoAddress

PAUSE = timedelta(minutes=5)
"""Between two messages about one invitation: pressing twice sends once."""


class NoSuchInvitation(NotFound):
    """No such invitation of this person, or none of an organisation of this agent: both answer alike."""


class NothingToBook(NotFound):
    """No such motif or service, or none this agent may invite to: both answer alike."""


class NotOpenAnyMore(Refused):
    """The invitation was used, is over or revoked."""


class SentJustNow(Refused):
    """A message about it was written a moment ago."""


@dataclass(frozen=True)
class Purpose:
    """What an invitation is for: one motif, or all that a service, or one category of it, offers on line."""

    organisation: Organisation
    service: Service
    motif: Motif | None = None
    category: str | None = None

    @property
    def key(self) -> str:
        """Its name in a form."""
        if self.motif is not None:
            return f"motif-{self.motif.id}"
        return f"service-{self.organisation.id}-{self.service.id}" + (f"-{self.category}" if self.category else "")


def purposes_for(session: Session, agent_id: int) -> Sequence[Purpose]:
    """What *agent_id* may invite to: first, of each service, whatever it offers on line; then each motif. One statement.

    A single motif may be one that only agents book: the invitation opens it to this person, once.
    """
    query = (
        select(Motif, Service, Organisation)
        .join(Service, Service.id == Motif.service_id)
        .join(Organisation, Organisation.id == Motif.organisation_id)
        .where(invitable(agent_id))
        .order_by(Organisation.name, Service.name, Motif.name, Motif.id)
    )
    found: dict[str, Purpose] = {}
    motifs = []
    for motif, service, organisation in session.execute(query):
        motifs.append(Purpose(organisation, service, motif))
        if motif.online:
            for category in dict.fromkeys((None, motif.category)):
                wide = Purpose(organisation, service, category=category)
                found.setdefault(wide.key, wide)
    return [*found.values(), *motifs]


def invite_to_book(
    session: Session, clock: Clock, agent_id: int, citizen_id: int, key: str, message: str, last_day: date
) -> BookingInvitation:
    """Ask a person to book, by a message with a link of its own. The caller commits.

    Args:
        key: Of one of `purposes_for`.
        message: Why, for the person to read.
        last_day: The last local day on which one may book under it.

    Raises:
        NoSuchCitizen: It does not exist, or not for this agent.
        NoAddress: There is neither an e-mail address nor a mobile that takes SMS.
        NothingToBook: The agent may not invite to that.
    """
    citizen = citizen_in_sight(session, agent_id, citizen_id)
    way = _way_to(session, citizen)
    purpose = next((each for each in purposes_for(session, agent_id) if each.key == key), None)
    if purpose is None or purpose.organisation.territory_id != citizen.territory_id:
        raise NothingToBook
    now = clock.now()
    invitation = BookingInvitation(
        territory_id=citizen.territory_id,
        organisation_id=purpose.organisation.id,
        citizen_id=citizen_id,
        agent_id=agent_id,
        service_id=purpose.service.id,
        category=purpose.category,
        motif_id=purpose.motif.id if purpose.motif else None,
        message=message.strip() or None,
        expires_at=from_minutes(day_bounds(last_day, purpose.organisation.zone).end),
        created_at=now,
        sent_at=now,
        sendings=1,
    )
    session.add(invitation)
    session.flush()
    tell_invited_to_book(session, clock, invitation, way)
    _trace(session, clock, agent_id, "citizen.invited_to_book", invitation)
    return invitation


def send_again(session: Session, clock: Clock, agent_id: int, citizen_id: int, invitation_id: int) -> BookingInvitation:
    """« Renvoyer »: another message with another link; earlier ones stay good. The caller commits.

    Raises:
        NoSuchCitizen, NoSuchInvitation: As `invitation_in_sight`.
        NotOpenAnyMore: It was used, is over or revoked.
        SentJustNow: Within five minutes of the last message.
        NoAddress: There is neither an e-mail address nor a mobile any more.
    """
    invitation = invitation_in_sight(session, agent_id, citizen_id, invitation_id)
    now = clock.now()
    if not invitation.is_open(now):
        raise NotOpenAnyMore
    if now < invitation.sent_at + PAUSE:
        raise SentJustNow
    way = _way_to(session, invitation.citizen)
    invitation.sent_at, invitation.sendings = now, invitation.sendings + 1
    tell_invited_to_book(session, clock, invitation, way)
    _trace(session, clock, agent_id, "citizen.invitation_sent_again", invitation)
    return invitation


def revoke(session: Session, clock: Clock, agent_id: int, citizen_id: int, invitation_id: int) -> None:
    """« Révoquer »: its links open nothing any more. Twice is harmless; the caller commits.

    Raises:
        NoSuchCitizen, NoSuchInvitation: As `invitation_in_sight`.
        NotOpenAnyMore: An appointment was booked under it.
    """
    invitation = invitation_in_sight(session, agent_id, citizen_id, invitation_id)
    if invitation.booked_at is not None:
        raise NotOpenAnyMore
    if invitation.revoked_at is None:
        invitation.revoked_at = clock.now()
        _trace(session, clock, agent_id, "citizen.invitation_revoked", invitation)


def invitation_in_sight(session: Session, agent_id: int, citizen_id: int, invitation_id: int) -> BookingInvitation:
    """An invitation of a person, held until the transaction ends, if *agent_id* may see both.

    Raises:
        NoSuchCitizen: The person does not exist, or not for this agent.
        NoSuchInvitation: The invitation is another person's, or of an organisation out of sight.
    """
    citizen_in_sight(session, agent_id, citizen_id)
    query = _of(agent_id, citizen_id).where(BookingInvitation.id == invitation_id)
    found = session.scalar(query.with_for_update())
    if found is None:
        raise NoSuchInvitation
    return found


def invitations_of(session: Session, agent_id: int, citizen_id: int) -> Sequence[BookingInvitation]:
    """The invitations of a person that *agent_id* may see, newest first; one statement."""
    shown = (
        BookingInvitation.agent,
        BookingInvitation.service,
        BookingInvitation.motif,
        BookingInvitation.organisation,
    )
    query = _of(agent_id, citizen_id).options(*map(joinedload, shown))
    return session.scalars(query.order_by(BookingInvitation.id.desc())).all()


def _way_to(session: Session, citizen: Citizen) -> Way:
    way = way_to(session, citizen)
    if way is None:
        raise NoAddress
    return way


def _of(agent_id: int, citizen_id: int) -> Select[BookingInvitation]:
    mine = BookingInvitation.organisation_id.in_(people_of(agent_id))
    return select(BookingInvitation).where(BookingInvitation.citizen_id == citizen_id, mine)


def _trace(session: Session, clock: Clock, agent_id: int, kind: str, invitation: BookingInvitation) -> None:
    facts = {"organisation_id": invitation.organisation_id, "motif_id": invitation.motif_id}
    record(session, clock, Actor.agent(agent_id), kind, invitation.territory_id, invitation.citizen_id, **facts)
