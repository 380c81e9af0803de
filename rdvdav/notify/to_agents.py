"""What happened to an appointment, told to the agents whose agendas it is or was on (M-4, K-51)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import CANCELLED
from rdvdav.audit.entry import ActorKind
from rdvdav.audit.record import Actor
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.feeds.change import NO_NEWS, Change, News
from rdvdav.feeds.disclosure import agendas_of, entry_of
from rdvdav.hours.wall import local_day, to_minutes
from rdvdav.i18n import speaking
from rdvdav.ical.event import Entry
from rdvdav.ical.invitation import cancel, request
from rdvdav.notify.audience import Owner, owners_of, reads_of_appointment
from rdvdav.notify.before import Before
from rdvdav.notify.compose_agent import ENDS, Said, Turn, about_agenda, choices_link
from rdvdav.notify.post import post, written
from rdvdav.notify.wording import Reader, Wording, wording_for
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import Installation, installation
from rdvdav.tokens import new_slug


@dataclass(frozen=True)
class Deed:
    """What somebody did to an appointment."""

    event: Event
    actor: Actor
    before: Before | None = None


def tell_agents(session: Session, clock: Clock, appointment: Appointment, deed: Deed, change: Change) -> None:
    """Write to each agent who is to read of *deed*, or whose calendar is to file it: one mail for both. The caller commits.

    Called once *change* is written: its SEQUENCE is that of the collections.
    """
    news = change.news_of(appointment.uid)
    claimed = agendas_of(appointment)
    writer = _Writer(session, clock, appointment, deed, news)
    owners = owners_of(session, claimed | news.left)
    post(session, writer.messages(owners, {owner: turn_of(owner, appointment, deed, news) for owner in owners}))


def tell_removed(session: Session, clock: Clock, appointment: Appointment, actor: Actor) -> None:
    """Write to its agents that *appointment*, which is about to be deleted, takes place no more. The caller commits."""
    appointment.sequence += 1
    appointment.stamped_at = clock.now()
    claimed = agendas_of(appointment)
    writer = _Writer(session, clock, appointment, Deed(Event.APPOINTMENT_CANCELLED, actor), News(left=claimed))
    owners = owners_of(session, claimed)
    post(session, writer.messages(owners, dict.fromkeys(owners, Turn.REMOVED)))


def turn_of(owner: Owner, appointment: Appointment, deed: Deed, news: News) -> Turn:
    """What *deed* is for *owner*."""
    created = deed.event is Event.APPOINTMENT_CREATED
    if owner.agenda_id in news.left:
        return Turn.TAKEN
    if owner.agenda_id in news.new and appointment.status not in CANCELLED:
        return Turn.NEW if created else Turn.GIVEN
    match deed.event:
        case Event.APPOINTMENT_CREATED:
            return Turn.JOINED if appointment.shared else Turn.NEW
        case Event.APPOINTMENT_CANCELLED:
            return Turn.CANCELLED if appointment.status in CANCELLED else Turn.LEFT
        case Event.APPOINTMENT_WITHDRAWN:
            return Turn.TO_REPLAN
        case Event.APPOINTMENT_REASSIGNED:
            return Turn.COLLEAGUES
        case Event.APPOINTMENT_CHANGED:
            return Turn.CHANGED
        case _:
            return Turn.MOVED


@dataclass(frozen=True)
class _Writer:
    """Writes the mails about one deed."""

    session: Session
    clock: Clock
    appointment: Appointment
    deed: Deed
    news: News

    def messages(self, owners: Iterable[Owner], turns: dict[Owner, Turn]) -> Iterator[Message]:
        """Those that are due."""
        house = installation(self.session)
        written_about = self.news.shown | self.news.left
        wordings: dict[str, Wording] = {}
        for owner in owners:
            agent = owner.agent
            files = agent.calendar_by_mail and owner.agenda_id in written_about
            if files or self._reads(agent):
                with speaking(agent.language):
                    if agent.language not in wordings:
                        where, event = self.appointment.organisation, self.deed.event
                        wordings[agent.language] = wording_for(self.session, where, event, Reader.AGENT, agent.language)
                    yield self._message(house, owner, turns[owner], wordings[agent.language], files=files)

    def _reads(self, agent: Agent) -> bool:
        zone = self.appointment.organisation.zone
        instants = [self.appointment.starts_at, *([self.deed.before.starts_at] if self.deed.before else [])]
        days = [local_day(to_minutes(instant), zone) for instant in instants]
        return reads_of_appointment(agent, self.deed.actor, days, local_day(to_minutes(self.clock.now()), zone))

    def _message(self, house: Installation, owner: Owner, turn: Turn, wording: Wording, *, files: bool) -> Message:
        appointment, agent = self.appointment, owner.agent
        entry = entry_of(appointment, owner.level, house.public_url)
        method = "CANCEL" if turn in ENDS else "REQUEST"
        said = Said(turn, entry, self.deed.before, self._by(agent), house.public_url, files=files)
        return written(
            self.session,
            self.clock,
            self.deed.event,
            about_agenda(said, appointment, wording),
            recipient=agent.email,
            territory_id=appointment.territory_id,
            key=self._key(agent),
            calendar=self._calendar(method, entry, house, agent, turn) if files else None,
            method=method if files else None,
            thread=appointment.uid,
            appointment_id=appointment.id,
            agent_id=agent.id,
            unsubscribe_url=choices_link(house.public_url),
        )

    def _key(self, agent: Agent) -> str:
        """A deed that changes nothing in calendars leaves the SEQUENCE, and needs a key of its own."""
        time = new_slug() if self.news == NO_NEWS else self.appointment.sequence
        return f"{self.appointment.uid}:agent:{agent.id}:mail:{time}"

    def _by(self, agent: Agent) -> str | None:
        """Who did it, where the reader is to know: a colleague's name, an empty text for the citizen."""
        actor = self.deed.actor
        if actor.kind is ActorKind.CITIZEN:
            return ""
        if actor.kind is ActorKind.AGENT and actor.id not in (None, agent.id):
            who = self.session.get(Agent, actor.id)
            return who.name if who is not None else None
        return None

    def _calendar(self, method: str, entry: Entry, house: Installation, agent: Agent, turn: Turn) -> str:
        organizer, attendee = (self.appointment.organisation.name, house.mail_from), (agent.name, agent.email)
        if method == "CANCEL":
            whole = turn is not Turn.TAKEN
            return cancel(entry, organizer=organizer, attendee=attendee, whole_event=whole).decode()
        return request(entry, organizer=organizer, attendee=attendee, alarms=False).decode()
