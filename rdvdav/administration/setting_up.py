"""« Mise en route »: what an organisation still lacks until somebody can book there (R06, ux 10.1)."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from rdvdav.administration.organisations import organisation_held
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.opening_range import OpeningRange, OpeningRangeMotif
from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import AgentService, Membership
from rdvdav.directory.motif import BookableBy, Modality, Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.hours.wall import local_day, to_minutes
from rdvdav.notify.agent_mail import tell_trial
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import installation


class Step(StrEnum):
    """In the order in which they are best done."""

    ORGANISATION = "organisation"
    """How to reach it is said."""
    PLACE = "place"
    """People can come somewhere, or need not."""
    MOTIF = "motif"
    AGENTS = "agents"
    """Somebody works in a service that has a motif."""
    OPENING_RANGE = "opening_range"
    """One that is not over carries a motif."""
    PUBLIC_PAGE = "public_page"
    """Citizens can book a motif that is open."""
    TEST_MAIL = "test_mail"
    """One left."""


@dataclass(frozen=True)
class Progress:
    """Which steps are done."""

    done: dict[Step, bool]

    @property
    def count(self) -> int:
        """How many are done."""
        return sum(self.done.values())

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return all(self.done.values())


def progress(session: Session, clock: Clock, organisation: Organisation) -> Progress:
    """What is done and what is missing; one statement."""
    checks = {
        Step.PLACE: _has_place(organisation.id),
        Step.MOTIF: select(Motif.id).where(_live(organisation.id)).exists(),
        Step.AGENTS: _has_agent(organisation.id),
        Step.OPENING_RANGE: _is_open(clock, organisation, online=False),
        Step.PUBLIC_PAGE: _is_open(clock, organisation, online=True),
        Step.TEST_MAIL: _mailed(organisation.id),
    }
    found = session.execute(select(*checks.values())).one()
    known = {Step.ORGANISATION: bool(organisation.contact), **dict(zip(checks, map(bool, found), strict=True))}
    return Progress({step: known[step] for step in Step})


def send_trial(session: Session, clock: Clock, agent_id: int, organisation_id: int) -> Agent:
    """Mail *agent_id* the proof that mails leave; to whom it goes. The caller commits.

    Raises:
        NoSuchOrganisation: Not this agent's to administer.
    """
    organisation = organisation_held(session, agent_id, organisation_id)
    agent = session.get_one(Agent, agent_id)
    link = f"{installation(session).public_url}/agent/organisation/{organisation_id}/mise-en-route"
    tell_trial(session, clock, agent, organisation, link)
    return agent


def put_away(session: Session, clock: Clock, agent_id: int, organisation_id: int) -> Organisation:
    """Lead administrators to « Mise en route » no more; twice is harmless. The caller commits.

    Raises:
        NoSuchOrganisation: Not this agent's to administer.
    """
    organisation = organisation_held(session, agent_id, organisation_id)
    if organisation.set_up_at is None:
        organisation.set_up_at = clock.now()
        details = {"name": organisation.name, "set_up": True}
        actor = Actor.agent(agent_id)
        record(session, clock, actor, "organisation.changed", organisation.territory_id, organisation.id, **details)
    return organisation


def _live(organisation_id: int) -> ColumnElement[bool]:
    return (Motif.organisation_id == organisation_id) & Motif.archived_at.is_(None)


def _has_place(organisation_id: int) -> ColumnElement[bool]:
    place = select(Place.id).where(Place.organisation_id == organisation_id, Place.enabled).exists()
    motif = select(Motif.id).where(_live(organisation_id))
    return or_(place, motif.exists() & ~motif.where(Motif.modality == Modality.ON_SITE).exists())


def _has_agent(organisation_id: int) -> ColumnElement[bool]:
    return (
        select(Membership.id)
        .join(Agent, Agent.id == Membership.agent_id)
        .join(AgentService, AgentService.agent_id == Membership.agent_id)
        .join(Motif, Motif.service_id == AgentService.service_id)
        .where(Membership.organisation_id == organisation_id, Agent.left_at.is_(None), _live(organisation_id))
        .exists()
    )


def _is_open(clock: Clock, organisation: Organisation, *, online: bool) -> ColumnElement[bool]:
    today = local_day(to_minutes(clock.now()), organisation.zone)
    query = (
        select(OpeningRange.id)
        .join(OpeningRangeMotif, OpeningRangeMotif.opening_range_id == OpeningRange.id)
        .join(Motif, Motif.id == OpeningRangeMotif.motif_id)
        .join(Agenda, Agenda.id == OpeningRange.agenda_id)
        .outerjoin(Agent, Agent.id == Agenda.agent_id)
        .where(
            OpeningRange.organisation_id == organisation.id,
            or_(OpeningRange.last_day.is_(None), OpeningRange.last_day >= today),
            Agent.left_at.is_(None),
            Motif.archived_at.is_(None),
        )
    )
    return (query.where(Motif.bookable_by == BookableBy.EVERYONE) if online else query).exists()


def _mailed(organisation_id: int) -> ColumnElement[bool]:
    mine = Message.key.startswith(f"{Event.MAIL_TRIED}:{organisation_id}:")
    return select(Message.id).where(Message.event == Event.MAIL_TRIED, mine, Message.sent_at.is_not(None)).exists()
