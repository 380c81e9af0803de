"""Mails as somebody might get them, of an appointment, an invitation, a wish that are made up and kept nowhere (ux 10.6)."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.booking_invitation import BookingInvitation
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.agenda.waiting_list import WaitingListEntry
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import DetailLevel, Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.feeds.citizen_event import summary_link
from rdvdav.feeds.disclosure import entry_of
from rdvdav.hours.wall import instant_of, local_day, to_minutes
from rdvdav.notify import sms
from rdvdav.notify.before import Before
from rdvdav.notify.compose import Letter, about_account, about_appointment, about_code
from rdvdav.notify.compose_agent import Said, Turn, about_agenda
from rdvdav.notify.invitation import about_invitation
from rdvdav.notify.reminder import reminder_moment
from rdvdav.notify.waiting_list import about_free, about_wish
from rdvdav.notify.wording import Reader, Wording
from rdvdav.outbox.event import Event
from rdvdav.policy.installation import installation

TURNS = {
    Event.APPOINTMENT_CREATED: Turn.NEW,
    Event.APPOINTMENT_MOVED: Turn.MOVED,
    Event.APPOINTMENT_CHANGED: Turn.CHANGED,
    Event.APPOINTMENT_REASSIGNED: Turn.GIVEN,
    Event.APPOINTMENT_WITHDRAWN: Turn.TO_REPLAN,
    Event.APPOINTMENT_CANCELLED: Turn.CANCELLED,
}
"""What each event is for the agent of an example."""
TEXTED = (
    Event.APPOINTMENT_CREATED,
    Event.APPOINTMENT_MOVED,
    Event.APPOINTMENT_CANCELLED,
    Event.APPOINTMENT_WITHDRAWN,
    Event.APPOINTMENT_REMINDED,
)
"""Of what citizens hear by SMS too, the events that are shown."""
CODE, CODE_LASTS = "123456", timedelta(minutes=30)


@dataclass(frozen=True)
class _Town:
    """What an example is made of: the first motif and place there are, ten days from now at nine."""

    organisation: Organisation
    motif: Motif
    place: Place | None
    starts_at: datetime
    url: str

    @property
    def portal(self) -> str:
        return f"{self.url}/rdv/{self.organisation.slug}"


def example(
    session: Session,
    clock: Clock,
    agent: Agent,
    territory_id: int,
    organisation_id: int | None,
    event: Event,
    reader: Reader,
    wording: Wording,
) -> Letter | None:
    """The mail about *event* as *agent* might get it, as it would leave; None while there is no motif. Nothing is kept."""
    with session.no_autoflush:
        town = _town(session, clock, territory_id, organisation_id)
        if town is None:
            return None
        citizen = Citizen(first_name=agent.first_name, last_name=agent.last_name, email=agent.email)
        match event:
            case Event.PROOF_ASKED:
                return about_code(town.organisation, CODE, town.portal, CODE_LASTS, wording)
            case Event.CITIZEN_INVITED:
                return about_account(town.organisation, citizen, f"{town.portal}/mes-rendez-vous", wording)
            case Event.INVITED_TO_BOOK:
                return about_invitation(_invitation(session, town, agent, citizen), town.portal, wording)
            case Event.WAITING_LIST_ASKED | Event.WAITING_LIST_JOINED:
                return about_wish(event, _wish(town), town.portal, wording)
            case Event.WAITING_LIST_SERVED:
                place = town.place.name if town.place else ""
                return about_free(_wish(town), town.starts_at, place, town.portal, wording)
            case _:
                return _about_appointment(clock, town, event, reader, citizen, wording)


def example_texts(session: Session, clock: Clock, territory_id: int, organisation_id: int | None) -> dict[Event, str]:
    """The SMS of the same appointment, whose words are fixed; none while there is no motif."""
    town = _town(session, clock, territory_id, organisation_id)
    if town is None:
        return {}
    link, place = f"{town.portal}/i/…", town.place.name if town.place else ""
    before = Before.of(_appointment(clock, town))
    earlier = replace(before, starts_at=before.starts_at - timedelta(weeks=1))
    return {event: sms.words(event, town.organisation, town.starts_at, link, place, earlier) for event in TEXTED}


def _about_appointment(
    clock: Clock, town: _Town, event: Event, reader: Reader, citizen: Citizen, wording: Wording
) -> Letter:
    appointment = _appointment(clock, town)
    before = Before.of(appointment)
    if event is Event.APPOINTMENT_MOVED:
        week = timedelta(weeks=1)
        before = replace(before, starts_at=before.starts_at - week, ends_at=before.ends_at - week)
    if event is Event.APPOINTMENT_CHANGED:
        before = replace(before, ends_at=before.ends_at + timedelta(minutes=15))
    if reader is Reader.AGENT:
        entry = entry_of(appointment, DetailLevel.MOTIF, town.url)
        return about_agenda(Said(TURNS[event], entry, before, None, town.url, files=True), appointment, wording)
    seat = Participation(citizen=citizen, status=Status.PLANNED)
    was = None if event is Event.APPOINTMENT_REMINDED else before
    link = summary_link(appointment, town.url)
    now = reminder_moment(appointment.starts_at, town.organisation.zone) if was is None else clock.now()
    return about_appointment(event, appointment, seat, was, link, wording, now)


def _town(session: Session, clock: Clock, territory_id: int, organisation_id: int | None) -> _Town | None:
    query = select(Motif).where(Motif.territory_id == territory_id, Motif.archived_at.is_(None))
    if organisation_id is not None:
        query = query.where(Motif.organisation_id == organisation_id)
    motif = session.scalar(query.order_by(Motif.id).limit(1))
    if motif is None:
        return None
    organisation = session.get_one(Organisation, motif.organisation_id)
    places = select(Place).where(Place.organisation_id == organisation.id, Place.enabled).order_by(Place.id)
    day = local_day(to_minutes(clock.now()), organisation.zone) + timedelta(days=10)
    starts_at = instant_of(day, time(9), organisation.zone)
    return _Town(organisation, motif, session.scalar(places.limit(1)), starts_at, installation(session).public_url)


def _appointment(clock: Clock, town: _Town) -> Appointment:
    appointment = Appointment(
        starts_at=town.starts_at,
        ends_at=town.starts_at + timedelta(minutes=town.motif.duration_minutes),
        status=Status.PLANNED,
        reference="EXEMPLE",
        uid="example",
        sequence=0,
        seats=1,
        stamped_at=clock.now(),
        created_at=clock.now(),
    )
    appointment.motif, appointment.organisation, appointment.place = town.motif, town.organisation, town.place
    return appointment


def _invitation(session: Session, town: _Town, agent: Agent, citizen: Citizen) -> BookingInvitation:
    invitation = BookingInvitation(expires_at=town.starts_at)
    invitation.organisation, invitation.motif, invitation.citizen = town.organisation, town.motif, citizen
    invitation.agent, invitation.service = agent, session.get_one(Service, town.motif.service_id)
    return invitation


def _wish(town: _Town) -> WaitingListEntry:
    entry = WaitingListEntry(messages=1)
    entry.organisation, entry.motif, entry.place = town.organisation, town.motif, town.place
    return entry
