"""Mails in words of one's own: of an organisation, or of all a territory's (N05, ux 10.6). What is left empty the house says."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.administration.example_mails import example, example_texts
from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.errors import NotFound
from rdvdav.notify.compose import Letter
from rdvdav.notify.post import post, written
from rdvdav.notify.wording import HOUSE, TEMPLATED, MailTemplate, Reader, Wording, require_known_fields
from rdvdav.outbox.event import Event
from rdvdav.policy.right import organisation_to_administer, territory_to_administer
from rdvdav.tokens import new_slug


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


def known(event: Event, reader: Reader) -> Kind:
    """The mail about *event* to *reader*.

    Raises:
        NoSuchMessage: One can have no words of one's own for it.
    """
    if event not in TEMPLATED[reader]:
        raise NoSuchMessage
    return Kind(event, reader)


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
    _require_known_fields(kind, wording)
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


def preview(
    session: Session, clock: Clock, agent: Agent, sender: Sender, kind: Kind, wording: Wording
) -> Letter | None:
    """The mail as *agent* might get it; None while there is no motif. Nothing is kept."""
    wording = wording.over(inherited(session, sender).get(kind, HOUSE))
    return example(session, clock, agent, sender.territory_id, sender.organisation_id, kind.event, kind.reader, wording)


def texts(session: Session, clock: Clock, sender: Sender) -> dict[Event, str]:
    """The SMS that go beside, as somebody might get them; nobody can reword them (N05)."""
    return example_texts(session, clock, sender.territory_id, sender.organisation_id)


def send_test(session: Session, clock: Clock, agent: Agent, sender: Sender, kind: Kind, wording: Wording) -> bool:
    """« M'envoyer un test »: mail the example to *agent*; whether there is one. The caller commits.

    Raises:
        NoSuchOrganisation, NoSuchTerritory: It does not exist, or not for this agent.
        UnknownField: Something stands in braces that is no field.
    """
    _require_administered(session, agent.id, sender)
    _require_known_fields(kind, wording)
    letter = preview(session, clock, agent, sender, kind, wording)
    if letter is None:
        return False
    key = f"{sender.organisation_id or 0}:{new_slug()}"
    message = written(
        session, clock, Event.MAIL_TRIED, letter, recipient=agent.email, territory_id=sender.territory_id, key=key
    )
    post(session, [message])
    return True


def _require_known_fields(kind: Kind, wording: Wording) -> None:
    require_known_fields(TEMPLATED[kind.reader][kind.event], wording.subject, wording.introduction, wording.closing)


def _require_administered(session: Session, agent_id: int, sender: Sender) -> None:
    if sender.organisation_id is None:
        sender_territory(session, agent_id, sender.territory_id)
    else:
        sender_organisation(session, agent_id, sender.organisation_id)


def _said(row: MailTemplate) -> Wording:
    return Wording(row.subject, row.introduction, row.closing)
