"""Telling agents what became of their opening ranges and absences, as whole series (M-4, K-51)."""

from functools import partial

from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.audit.record import Actor
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.territory import Territory
from rdvdav.feeds.change import Change, afterwards
from rdvdav.feeds.disclosure import horizon, told_of
from rdvdav.feeds.recurring import Told
from rdvdav.hours.sentence import phrase, sentence
from rdvdav.i18n import speaking
from rdvdav.ical.invitation import cancel_series, request_series
from rdvdav.notify.audience import Owner, owners_of
from rdvdav.notify.compose_agent import about_hours, choices_link
from rdvdav.notify.post import post, written
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import installation
from rdvdav.tokens import new_slug

Hours = Absence | OpeningRange
REMOVED = frozenset({Event.ABSENCE_REMOVED, Event.OPENING_REMOVED})
CREATED = frozenset({Event.ABSENCE_CREATED, Event.OPENING_CREATED})


def announce_hours(session: Session, clock: Clock, event: Event, row: Hours, actor: Actor) -> None:
    """Write to the agent whose *row* it is, once the change under way is published. The caller commits.

    What is removed is told at once, for its row goes. A changed date is told of with its series.
    """
    [owner, *_none] = [*owners_of(session, [row.agenda_id]), None]
    if owner is None or not (_reads(owner.agent, row) or owner.agent.calendar_by_mail):
        return
    if event in REMOVED:
        row.sequence += 1
        row.stamped_at = clock.now()
        _tell(session, clock, event, row, actor, owner, files=True)
    else:
        afterwards(session, row.uid, partial(_tell_published, session, clock, event, row, actor, owner))


def _tell_published(
    session: Session, clock: Clock, event: Event, row: Hours, actor: Actor, owner: Owner, change: Change
) -> None:
    """Calendars that show it raised its SEQUENCE; where none does, and mails alone tell of it, that is done here."""
    files = bool(change.news_of(row.uid).shown) or event in CREATED or change.count_unshown(row)
    _tell(session, clock, event, row, actor, owner, files=files)


def _tell(session: Session, clock: Clock, event: Event, row: Hours, actor: Actor, owner: Owner, *, files: bool) -> None:
    agent = owner.agent
    told = told_of(row, owner.level, horizon(clock.now()))
    if told is None or not (_reads(agent, row) or (files and agent.calendar_by_mail)):
        return
    with speaking(agent.language):
        message = _message(session, clock, event, row, actor, owner, told, files=files and agent.calendar_by_mail)
        post(session, [message])


def _message(
    session: Session,
    clock: Clock,
    event: Event,
    row: Hours,
    actor: Actor,
    owner: Owner,
    told: Told,
    *,
    files: bool,
) -> Message:
    """The mail; what does not change calendars leaves the SEQUENCE, and needs a key of its own."""
    house, agent = installation(session), owner.agent
    colleague = session.get(Agent, actor.id) if actor.id not in (None, agent.id) else None
    method = "CANCEL" if event in REMOVED else "REQUEST"
    write = cancel_series if event in REMOVED else request_series
    parties = {"organizer": (house.mail_from_name, house.mail_from), "attendee": (agent.name, agent.email)}
    said = (colleague.name if colleague else None, house.public_url, files)
    return written(
        session,
        clock,
        event,
        about_hours(event, told.entry.summary, _when(row), _house(session, row), said),
        recipient=agent.email,
        territory_id=row.territory_id,
        key=f"{row.uid}:agent:{agent.id}:mail:{row.sequence if files else new_slug()}",
        calendar=write(told.entry, **parties).decode() if files else None,
        method=method if files else None,
        thread=row.uid,
        agent_id=agent.id,
        unsubscribe_url=choices_link(house.public_url),
    )


def _reads(agent: Agent, row: Hours) -> bool:
    return agent.absences_told if isinstance(row, Absence) else agent.openings_told


def _when(row: Hours) -> str:
    """In one sentence, with the dates that are otherwise."""
    otherwise = "".join(f" ; {phrase(each.hours)}" for each in row.changed)
    return sentence(row.hours) + otherwise


def _house(session: Session, row: Hours) -> Organisation | Territory:
    if isinstance(row, OpeningRange):
        return session.get_one(Organisation, row.organisation_id)
    return session.get_one(Territory, session.get_one(Agenda, row.agenda_id).territory_id)
