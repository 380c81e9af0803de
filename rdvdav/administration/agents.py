"""The agents of an organisation and of a territory: listed, invited, their rights changed (R03)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from rdvdav.administration.departure import leave_if_nowhere, remove_member
from rdvdav.administration.hiring import join, new_agent, set_services
from rdvdav.administration.organisations import organisation_held
from rdvdav.administration.territories import EmailTaken
from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import AgentService, Membership, Role, TerritoryAdmin
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.service import Service
from rdvdav.directory.territory import Territory
from rdvdav.errors import NotFound, Refused
from rdvdav.feeds.read import AGENTS
from rdvdav.notify.agent_mail import tell_invited
from rdvdav.policy.password_link import PasswordLink, Purpose
from rdvdav.policy.right import territories_to_administer, territory_to_administer

INACTIVE_AFTER = timedelta(days=30)
ROWS_A_PAGE = 50


class NoSuchMember(NotFound):
    """No such agent here."""


class AlreadyMember(Refused):
    """This agent belongs to the organisation already."""


class LastAdmin(Refused):
    """A territory keeps one administrator at least."""


class HasSignedIn(Refused):
    """The agent has chosen a password already: there is nothing to invite to."""


@dataclass(frozen=True)
class Invitee:
    """Who is invited, and as what.

    Attributes:
        service_ids: Of the organisation's territory.
    """

    email: str
    first_name: str
    last_name: str
    role: Role = Role.BASIC
    service_ids: frozenset[int] = frozenset()


@dataclass(frozen=True)
class AgentLine:
    """An agent in a list.

    Attributes:
        services: Names, of the territory, in order.
        invited_at: When the open invitation was sent; none for who has a password.
    """

    agent: Agent
    role: Role | None
    services: tuple[str, ...]
    invited_at: datetime | None
    organisations: tuple[str, ...] = ()
    administers: bool = False

    def inactive(self, now: datetime) -> bool:
        """Whether the agent has not signed in for thirty days."""
        seen = self.agent.last_sign_in_at
        return self.agent.password_hash is not None and (seen is None or seen < now - INACTIVE_AFTER)


@dataclass(frozen=True)
class Page:
    """One page of a list; *page* counts from 1."""

    lines: list[AgentLine]
    total: int
    page: int
    pages: int


def members(session: Session, organisation: Organisation, page: int = 1) -> Page:
    """A page of who belongs to *organisation*, by surname; as many statements however many there are."""
    query = (
        select(Agent, Membership.role)
        .join(Membership, Membership.agent_id == Agent.id)
        .where(Membership.organisation_id == organisation.id)
    )
    return _page(session, query, organisation.territory_id, page)


def agents_of_territory(session: Session, territory_id: int, page: int = 1) -> Page:
    """A page of who works in the territory or administers it, by surname; as many statements however many there are."""
    return _page(session, select(Agent).where(_of(territory_id)), territory_id, page)


def member_of(session: Session, organisation_id: int, agent_id: int) -> tuple[Agent, Membership]:
    """An agent of an organisation, with the membership.

    Raises:
        NoSuchMember: Nobody with this id belongs to it.
    """
    query = (
        select(Agent, Membership)
        .join(Membership, Membership.agent_id == Agent.id)
        .where(Membership.organisation_id == organisation_id, Agent.id == agent_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NoSuchMember
    return found[0], found[1]


def invite(session: Session, clock: Clock, agent_id: int, organisation_id: int, invitee: Invitee) -> tuple[Agent, bool]:
    """Let somebody belong to an organisation; the agent, and whether a mail asks to choose a password. The caller commits.

    Who has signed in before is of the organisation at once, without mail, with the services there already (only admins of the territory
    change those). Who left comes back with a new invitation.

    Raises:
        NoSuchOrganisation: Not *agent_id*'s to administer.
        AlreadyMember: Nothing to do.
        EmailTaken: The account belongs to another territory, whose agendas stay its own.
    """
    organisation = organisation_held(session, agent_id, organisation_id)
    email = invitee.email.strip().lower()
    agent = session.scalar(select(Agent).where(Agent.email == email))
    new = agent is None or agent.left_at is not None
    if agent is None:
        agent = new_agent(session, clock, email, invitee.first_name, invitee.last_name)
    elif agent.left_at is not None:
        agent.left_at, agent.password_hash = None, None
    elif not session.scalar(select(_of(organisation.territory_id)).where(Agent.id == agent.id)):
        raise EmailTaken
    if not join(session, clock, agent, organisation, invitee.role):
        raise AlreadyMember
    if new or _administers(session, agent_id, organisation.territory_id):
        wanted = invitee.service_ids if new else invitee.service_ids | _services(session, agent.id)
        set_services(session, agent.id, organisation.territory_id, wanted)
    mailed = agent.password_hash is None
    kind, details = ("agent.invited", {"email": email}) if mailed else ("agent.joined", {})
    more = {"organisation_id": organisation_id, "role": invitee.role.value, **details}
    record(session, clock, Actor.agent(agent_id), kind, organisation.territory_id, agent.id, **more)
    if mailed:
        tell_invited(session, clock, agent, organisation, session.get_one(Agent, agent_id))
    return agent, mailed


def invite_again(session: Session, clock: Clock, agent_id: int, organisation_id: int, member_id: int) -> Agent:
    """Send the invitation once more; the link sent before opens nothing. The caller commits.

    Raises:
        NoSuchOrganisation, NoSuchMember: Not *agent_id*'s to administer, or nobody there.
        HasSignedIn: There is a password already.
    """
    organisation = organisation_held(session, agent_id, organisation_id)
    agent, _membership = member_of(session, organisation_id, member_id)
    if agent.password_hash is not None:
        raise HasSignedIn
    tell_invited(session, clock, agent, organisation, session.get_one(Agent, agent_id))
    details = {"email": agent.email, "organisation_id": organisation_id}
    record(session, clock, Actor.agent(agent_id), "agent.invited", organisation.territory_id, agent.id, **details)
    return agent


@dataclass(frozen=True)
class Rights:
    """What an agent may in a territory.

    Attributes:
        roles: By organisation; one that is missing is none of the agent's.
    """

    roles: Mapping[int, Role] = field(default_factory=dict)
    service_ids: frozenset[int] = frozenset()
    administers: bool = False


def agent_of_territory(session: Session, territory_id: int, agent_id: int) -> Agent:
    """An agent who works in the territory or administers it.

    Raises:
        NoSuchMember: Nobody with this id does.
    """
    agent = session.scalar(select(Agent).where(Agent.id == agent_id, _of(territory_id)))
    if agent is None:
        raise NoSuchMember
    return agent


def rights_of(session: Session, territory_id: int, agent_id: int) -> Rights:
    """What the agent may in the territory now."""
    roles = select(Membership.organisation_id, Membership.role).where(
        Membership.agent_id == agent_id, Membership.territory_id == territory_id
    )
    services = (
        select(Service.id)
        .join(AgentService)
        .where(AgentService.agent_id == agent_id, Service.territory_id == territory_id)
    )
    return Rights(
        {row[0]: row[1] for row in session.execute(roles)},
        frozenset(session.scalars(services)),
        session.get(TerritoryAdmin, (agent_id, territory_id)) is not None,
    )


def change_rights(
    session: Session, clock: Clock, agent_id: int, territory_id: int, member_id: int, rights: Rights
) -> Agent:
    """Give an agent exactly these rights in a territory. The caller commits.

    Raises:
        NoSuchTerritory, NoSuchMember: Not *agent_id*'s to administer, or nobody there.
        LastAdmin: Nobody would administer the territory any more.
        StillBooked: The agent has appointments to come in an organisation that is taken away.
    """
    session.scalar(select(Territory.id).where(Territory.id == territory_id).with_for_update())
    session.expire_all()
    territory_to_administer(session, agent_id, territory_id)
    agent = agent_of_territory(session, territory_id, member_id)
    before = rights_of(session, territory_id, member_id)
    organisations = session.scalars(select(Organisation).where(Organisation.territory_id == territory_id)).all()
    for organisation in organisations:
        role = rights.roles.get(organisation.id)
        if organisation.id not in before.roles:
            if role is not None:
                join(session, clock, agent, organisation, role)
        elif role is not None:
            member_of(session, organisation.id, member_id)[1].role = role
    services = set_services(session, member_id, territory_id, rights.service_ids)
    for organisation in organisations:
        if organisation.id in before.roles and organisation.id not in rights.roles:
            remove_member(session, clock, agent_id, organisation, member_id)
    _set_admin(session, territory_id, member_id, before, rights)  # last: who gives it up has used it until here
    leave_if_nowhere(session, clock, agent_id, territory_id, agent)
    details = {
        "roles": {str(id_): role.value for id_, role in rights.roles.items()},
        "service_ids": sorted(services),
        "administers": rights.administers,
    }
    record(session, clock, Actor.agent(agent_id), "agent.rights_changed", territory_id, member_id, **details)
    return agent


def _set_admin(session: Session, territory_id: int, agent_id: int, before: Rights, rights: Rights) -> None:
    if rights.administers and not before.administers:
        session.add(TerritoryAdmin(agent_id=agent_id, territory_id=territory_id))
    elif before.administers and not rights.administers:
        admins = select(func.count()).where(TerritoryAdmin.territory_id == territory_id)
        if (session.scalar(admins) or 0) < 2:
            raise LastAdmin
        session.delete(session.get_one(TerritoryAdmin, (agent_id, territory_id)))
    session.flush()


def _of(territory_id: int) -> ColumnElement[bool]:
    """True of an agent who works in the territory or administers it."""
    works = select(1).where(Membership.agent_id == AGENTS.id, Membership.territory_id == territory_id)
    administers = select(1).where(TerritoryAdmin.agent_id == AGENTS.id, TerritoryAdmin.territory_id == territory_id)
    return or_(works.exists(), administers.exists())


def _administers(session: Session, agent_id: int, territory_id: int) -> bool:
    return session.scalar(territories_to_administer(agent_id).where(Territory.id == territory_id)) is not None


def _services(session: Session, agent_id: int) -> frozenset[int]:
    return frozenset(session.scalars(select(AgentService.service_id).where(AgentService.agent_id == agent_id)))


def _page(session: Session, query: Select[Agent, Role] | Select[Agent], territory_id: int, page: int) -> Page:
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    pages = max(1, -(-total // ROWS_A_PAGE))
    page = min(max(1, page), pages)
    ordered = query.order_by(Agent.last_name, Agent.first_name, Agent.id)
    rows = session.execute(ordered.offset((page - 1) * ROWS_A_PAGE).limit(ROWS_A_PAGE)).all()
    ids = [row[0].id for row in rows]
    services = _names(
        session,
        select(AgentService.agent_id, Service.name)
        .join(Service, Service.id == AgentService.service_id)
        .where(AgentService.agent_id.in_(ids), Service.territory_id == territory_id)
        .order_by(Service.name),
    )
    organisations = _names(
        session,
        select(Membership.agent_id, Organisation.name)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.agent_id.in_(ids), Membership.territory_id == territory_id)
        .order_by(Organisation.name),
    )
    invited = _invitations(session, ids)
    admins = frozenset(
        session.scalars(
            select(TerritoryAdmin.agent_id).where(
                TerritoryAdmin.territory_id == territory_id, TerritoryAdmin.agent_id.in_(ids)
            )
        )
    )
    lines = [
        AgentLine(
            row[0],
            row[1] if len(row) > 1 else None,
            services.get(row[0].id, ()),
            invited.get(row[0].id) if row[0].password_hash is None else None,
            organisations.get(row[0].id, ()),
            row[0].id in admins,
        )
        for row in rows
    ]
    return Page(lines, total, page, pages)


def _names(session: Session, query: Select[int, str]) -> dict[int, tuple[str, ...]]:
    found: dict[int, list[str]] = {}
    for agent_id, name in session.execute(query):
        found.setdefault(agent_id, []).append(name)
    return {agent_id: tuple(names) for agent_id, names in found.items()}


def _invitations(session: Session, agent_ids: Collection[int] | Iterable[int]) -> dict[int, datetime]:
    """When the last invitation of each was sent."""
    query = (
        select(PasswordLink.agent_id, func.max(PasswordLink.created_at))
        .where(PasswordLink.agent_id.in_(agent_ids), PasswordLink.purpose == Purpose.INVITED)
        .group_by(PasswordLink.agent_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}
