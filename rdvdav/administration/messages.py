"""Mails in words of one's own: of an organisation, or of all a territory's (N05, ux 10.6). What is left empty the house says."""

from dataclasses import dataclass, replace
from datetime import time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.audit.record import Actor, record
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import DetailLevel, Organisation
from rdvdav.directory.place import Place
from rdvdav.errors import NotFound
from rdvdav.feeds.citizen_event import summary_link
from rdvdav.feeds.disclosure import entry_of
from rdvdav.hours.wall import instant_of, local_day, to_minutes
from rdvdav.notify.before import Before
from rdvdav.notify.compose import Letter, about_appointment
from rdvdav.notify.compose_agent import Said, Turn, about_agenda
from rdvdav.notify.post import post, written
from rdvdav.notify.wording import HOUSE, MailTemplate, Reader, Wording, require_known_fields
from rdvdav.outbox.event import Event
from rdvdav.policy.installation import installation
from rdvdav.policy.right import organisation_to_administer, territory_to_administer
from rdvdav.tokens import new_slug

TURNS = {
    Event.APPOINTMENT_CREATED: Turn.NEW,
    Event.APPOINTMENT_MOVED: Turn.MOVED,
    Event.APPOINTMENT_CHANGED: Turn.CHANGED,
    Event.APPOINTMENT_REASSIGNED: Turn.GIVEN,
    Event.APPOINTMENT_WITHDRAWN: Turn.TO_REPLAN,
    Event.APPOINTMENT_CANCELLED: Turn.CANCELLED,
}
"""What each event is for the agent of an example."""


class NoSuchMessage(NotFound):
    """There is no such mail."""


@dataclass(frozen=True)
class Sender:
    """Whose words they are: an organisation's, or where it is None those of the whole territory."""

    territory_id: int
    organisation_id: int | None = None


@dataclass(frozen=True)
class Kind:
    """One mail: what about, and to whom."""

    event: Event
    reader: Reader


def sender_organisation(session: Session, agent_id: int, organisation_id: int) -> Sender:
    """The organisation, for who administers it.

    Raises:
        NoSuchOrganisation: It does not exist, or not for this agent.
    """
    organisation = organisation_to_administer(session, agent_id, organisation_id)
    return Sender(organisation.territory_id, organisation.id)


def sender_territory(session: Session, agent_id: int, territory_id: int) -> Sender:
    """The territory, for who administers it.

    Raises:
        NoSuchTerritory: It does not exist, or not for this agent.
    """
    return Sender(territory_to_administer(session, agent_id, territory_id).id)


def wordings_of(session: Session, sender: Sender) -> dict[Kind, Wording]:
    """The mails that *sender* says in words of its own; one statement."""
    mine = MailTemplate.organisation_id == sender.organisation_id  # of None it asks IS NULL
    query = select(MailTemplate).where(MailTemplate.territory_id == sender.territory_id, mine)
    return {Kind(Event(row.event), row.reader): _said(row) for row in session.scalars(query)}


def inherited(session: Session, sender: Sender) -> dict[Kind, Wording]:
    """What goes where *sender* says nothing: its territory's words; one statement at most."""
    return wordings_of(session, Sender(sender.territory_id)) if sender.organisation_id is not None else {}


def reword(session: Session, clock: Clock, agent_id: int, sender: Sender, kind: Kind, wording: Wording) -> None:
    """Say a mail in these words from now on; in the house's where they are empty. The caller commits.

    Raises:
        NoSuchOrganisation, NoSuchTerritory: It does not exist, or not for this agent.
        UnknownField: Something stands in braces that is no field.
    """
    _require_administered(session, agent_id, sender)
    require_known_fields(wording.subject, wording.introduction, wording.closing)
    if wordings_of(session, sender).get(kind, HOUSE) == wording:
        return
    row = session.scalar(
        select(MailTemplate).where(
            MailTemplate.territory_id == sender.territory_id,
            MailTemplate.organisation_id == sender.organisation_id,
            MailTemplate.event == kind.event,
            MailTemplate.reader == kind.reader,
        )
    )
    if wording == HOUSE:
        session.delete(row)
    elif row is None:
        session.add(MailTemplate(**vars(sender), event=kind.event, reader=kind.reader, **vars(wording)))
    else:
        row.subject, row.introduction, row.closing = wording.subject, wording.introduction, wording.closing
    of = "territory" if sender.organisation_id is None else "organisation"
    subject_id = sender.organisation_id or sender.territory_id
    facts = {"event": kind.event.value, "reader": kind.reader.value}
    record(session, clock, Actor.agent(agent_id), f"{of}.messages_changed", sender.territory_id, subject_id, **facts)


def example(
    session: Session, clock: Clock, agent: Agent, sender: Sender, kind: Kind, wording: Wording
) -> Letter | None:
    """The mail about an appointment that *agent* might have, as it would leave; None while there is no motif. Nothing is kept."""
    query = select(Motif).where(Motif.territory_id == sender.territory_id, Motif.archived_at.is_(None))
    if sender.organisation_id is not None:
        query = query.where(Motif.organisation_id == sender.organisation_id)
    motif = session.scalar(query.order_by(Motif.id).limit(1))
    if motif is None:
        return None
    with session.no_autoflush:
        appointment = _example_of(session, clock, motif)
        wording = wording.over(inherited(session, sender).get(kind, HOUSE))
        before = Before.of(appointment)
        if kind.event is Event.APPOINTMENT_MOVED:
            before = replace(
                before, starts_at=before.starts_at - timedelta(days=1), ends_at=before.ends_at - timedelta(days=1)
            )
        if kind.event is Event.APPOINTMENT_CHANGED:
            before = replace(before, ends_at=before.ends_at + timedelta(minutes=15))
        url = installation(session).public_url
        if kind.reader is Reader.AGENT:
            entry = entry_of(appointment, DetailLevel.MOTIF, url)
            return about_agenda(Said(TURNS[kind.event], entry, before, None, url, files=True), appointment, wording)
        citizen = Citizen(first_name=agent.first_name, last_name=agent.last_name, email=agent.email)
        seat = Participation(citizen=citizen, status=Status.PLANNED)
        return about_appointment(kind.event, appointment, seat, before, summary_link(appointment, url), wording)


def send_test(session: Session, clock: Clock, agent: Agent, sender: Sender, kind: Kind, wording: Wording) -> bool:
    """« M'envoyer un test »: mail the example to *agent*; whether there is one. The caller commits.

    Raises:
        NoSuchOrganisation, NoSuchTerritory: It does not exist, or not for this agent.
        UnknownField: Something stands in braces that is no field.
    """
    _require_administered(session, agent.id, sender)
    require_known_fields(wording.subject, wording.introduction, wording.closing)
    letter = example(session, clock, agent, sender, kind, wording)
    if letter is None:
        return False
    key = f"{sender.organisation_id or 0}:{new_slug()}"
    message = written(
        session, clock, Event.MAIL_TRIED, letter, recipient=agent.email, territory_id=sender.territory_id, key=key
    )
    post(session, [message])
    return True


def _require_administered(session: Session, agent_id: int, sender: Sender) -> None:
    if sender.organisation_id is None:
        sender_territory(session, agent_id, sender.territory_id)
    else:
        sender_organisation(session, agent_id, sender.organisation_id)


def _said(row: MailTemplate) -> Wording:
    return Wording(row.subject, row.introduction, row.closing)


def _example_of(session: Session, clock: Clock, motif: Motif) -> Appointment:
    """Ten days from now at nine, of the first motif and place; in no session."""
    now, organisation = clock.now(), session.get_one(Organisation, motif.organisation_id)
    day = local_day(to_minutes(now), organisation.zone) + timedelta(days=10)
    starts_at = instant_of(day, time(9), organisation.zone)
    query = select(Place).where(Place.organisation_id == motif.organisation_id, Place.enabled).order_by(Place.id)
    appointment = Appointment(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=motif.duration_minutes),
        status=Status.PLANNED,
        reference="EXEMPLE",
        uid="example",
        sequence=0,
        seats=1,
        stamped_at=now,
        created_at=now,
    )
    appointment.motif = motif
    appointment.organisation = organisation
    appointment.place = session.scalar(query.limit(1))
    return appointment
