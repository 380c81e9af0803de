"""Agents invited, their rights changed, removed once nobody waits for them; passwords chosen and changed (R03, 9.3, 9.4)."""

from datetime import timedelta
from typing import Any

import pytest
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.administration import agents, departure, passwords
from rdvdav.administration.accounts import rename
from rdvdav.administration.agents import AlreadyMember, HasSignedIn, Invitee, LastAdmin, NoSuchMember, Rights
from rdvdav.administration.departure import StillBooked
from rdvdav.administration.territories import EmailTaken
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.audit.entry import AuditEntry
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import AgentService, Role, TerritoryAdmin
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.public import NoSuchOrganisation
from rdvdav.feeds.access import agent_by_app_password, new_app_password
from rdvdav.outbox.message import Message
from rdvdav.planning.fates import Choice, Decisions, Fate
from rdvdav.planning.unsettled import settle
from rdvdav.policy.password import Weakness, weakness_of
from rdvdav.policy.password_link import NoSuchPasswordLink, Purpose, agent_of_link, new_password_link
from rdvdav.policy.right import NoSuchTerritory
from rdvdav.policy.session import close_sessions, open_session, sessions_of, visitor_of
from rdvdav.policy.throttle import TooMany

EVE = Invitee("Eve.Roux@Mairie.test", "Eve", "Roux", Role.BASIC)


class Hall:
    """A town hall with its admin, the admin of its territory, and a colleague."""

    def __init__(self, session: Session, clock: StoppedClock, make: Maker) -> None:
        """Everything in the first organisation."""
        self.session, self.clock, self.make = session, clock, make
        self.territory, self.here = make.territory(), make.organisation()
        self.service = make.service()
        self.head = make.agent(role="admin", password_hash="x").id
        self.chief = make.agent(administers=self.territory, password_hash="x").id
        self.mate = make.agent(password_hash="x")

    def invite(self, who: Invitee = EVE, by: int | None = None, to: Organisation | None = None) -> tuple[Agent, bool]:
        """Invite *who*, by the organisation's admin."""
        return agents.invite(self.session, self.clock, by or self.head, (to or self.here).id, who)

    def services_of(self, agent: Agent) -> set[int]:
        """Ids of the agent's services."""
        query = select(AgentService.service_id).where(AgentService.agent_id == agent.id)
        return set(self.session.scalars(query))

    def remove(self, agent: Agent, by: int | None = None) -> None:
        """Take *agent* out."""
        departure.remove(self.session, self.clock, by or self.head, self.here.id, agent.id)

    def kinds(self) -> list[str]:
        """What was traced."""
        self.session.flush()
        return list(self.session.scalars(select(AuditEntry.kind).order_by(AuditEntry.id)))


@pytest.fixture
def hall(session: Session, clock: StoppedClock, make: Maker) -> Hall:
    return Hall(session, clock, make)


def token_in(message: Message) -> str:
    [token] = message.secrets
    assert token in message.text
    return str(token)


def letters(session: Session) -> list[Message]:
    return list(session.scalars(select(Message).order_by(Message.id)))


def test_an_invited_agent_has_an_agenda_and_chooses_a_password_once(hall: Hall) -> None:
    session, clock = hall.session, hall.clock
    agent, mailed = hall.invite(
        Invitee("Eve@Mairie.test", "Eve", "Roux", service_ids=frozenset({hall.service.id, 999}))
    )

    assert (agent.email, mailed, agent.password_hash) == ("eve@mairie.test", True, None)
    assert session.scalars(select(Agenda.name).where(Agenda.agent_id == agent.id)).one() == "Eve Roux"
    assert hall.services_of(agent) == {hall.service.id}
    first = token_in(letters(session)[-1])
    agents.invite_again(session, clock, hall.head, hall.here.id, agent.id)
    second = token_in(letters(session)[-1])
    with pytest.raises(NoSuchPasswordLink):
        agent_of_link(session, clock, first)
    assert agent_of_link(session, clock, second) is agent
    cookie = passwords.choose(session, clock, second, "hash")
    assert visitor_of(session, clock, cookie).agent is agent
    assert (agent.password_hash, agent.last_sign_in_at) == ("hash", clock.now())
    with pytest.raises(NoSuchPasswordLink):
        passwords.choose(session, clock, second, "another")
    with pytest.raises(HasSignedIn):
        agents.invite_again(session, clock, hall.head, hall.here.id, agent.id)
    assert hall.kinds() == ["agent.invited", "agent.invited", "agent.password_chosen"]


def test_an_invitation_ends_after_two_weeks(hall: Hall) -> None:
    agent, _mailed = hall.invite()
    token = new_password_link(hall.session, hall.clock, agent.id, Purpose.INVITED)
    hall.clock.advance(timedelta(days=14))
    with pytest.raises(NoSuchPasswordLink):
        agent_of_link(hall.session, hall.clock, token)


def test_a_second_organisation_is_valid_at_once_and_another_territory_is_not(hall: Hall, make: Maker) -> None:
    other = make.organisation()
    second = make.agent(organisation=other, role="admin").id
    more = make.service()
    invitee = Invitee(hall.mate.email, "?", "?", Role.ADMIN, frozenset({more.id}))

    agent, mailed = hall.invite(invitee, second, other)
    assert (agent, mailed, letters(hall.session)) == (hall.mate, False, [])
    assert hall.services_of(agent) == {hall.service.id}
    with pytest.raises(AlreadyMember):
        hall.invite(invitee, second, other)
    third = make.organisation()
    hall.invite(invitee, hall.chief, third)
    assert hall.services_of(agent) == {hall.service.id, more.id}
    far = make.organisation(territory_id=make.territory().id)
    far_head = make.agent(organisation=far, role="admin").id
    with pytest.raises(EmailTaken):
        hall.invite(invitee, far_head, far)
    with pytest.raises(NoSuchOrganisation):
        hall.invite(EVE, hall.mate.id)


def test_removal_is_refused_until_what_is_to_come_is_settled(hall: Hall, make: Maker) -> None:
    session, clock = hall.session, hall.clock
    agenda, free = make.agenda_of(hall.mate), make.agenda()
    motif, place = make.motif(), make.place()
    for each in (agenda, free):
        make.opening_range(each, [motif], place_id=place.id)
    soon = clock.now() + timedelta(hours=2)
    past = make.appointment(agenda, clock.now() - timedelta(days=3), motif=motif, place=place)
    kept, cancelled = (
        make.appointment(agenda, soon + timedelta(hours=hour), motif=motif, place=place) for hour in (0, 1)
    )
    elsewhere = make.organisation()
    other = make.appointment(agenda, soon + timedelta(days=1), motif=make.motif(organisation_id=elsewhere.id))
    assert other.organisation_id == elsewhere.id

    with pytest.raises(StillBooked) as refused:
        hall.remove(hall.mate)
    assert refused.value.count == 2
    found = departure.to_settle(session, clock, hall.head, hall.here.id, hall.mate.id)
    assert [hit.appointment for hit in found] == [kept, cancelled]
    assert [colleague.agenda_id for colleague in found[0].colleagues] == [free.id]
    choices = {
        (kept.id, kept.sequence): Choice(Fate.REASSIGN, free.id),
        (cancelled.id, cancelled.sequence): Choice(Fate.CANCEL),
    }
    settle(session, clock, hall.head, Decisions(choices))
    assert [claim.agenda_id for claim in kept.claims] == [free.id]

    hall.remove(hall.mate)
    assert hall.mate.left_at == clock.now()
    assert session.scalars(select(OpeningRange.agenda_id)).all() == [free.id]
    assert [claim.agenda_id for claim in past.claims] == [agenda.id]
    assert hall.kinds()[-3:] == ["opening_range.removed", "agent.removed", "agent.left"]


def test_who_leaves_the_last_organisation_is_shut_out_everywhere(hall: Hall) -> None:
    session, clock, agent = hall.session, hall.clock, hall.mate
    cookie = open_session(session, clock, agent_id=agent.id)
    _row, secret = new_app_password(session, clock, agent.id, "Téléphone")
    link = new_password_link(session, clock, agent.id, Purpose.FORGOTTEN)
    assert agent_by_app_password(session, agent.email, secret)

    hall.remove(agent)
    assert visitor_of(session, clock, cookie).agent is None
    assert agent_by_app_password(session, agent.email, secret) is None
    with pytest.raises(NoSuchPasswordLink):
        agent_of_link(session, clock, link)
    assert hall.services_of(agent) == set()
    back, mailed = hall.invite(Invitee(agent.email, "?", "?", service_ids=frozenset({hall.service.id})))
    assert (back, mailed, back.left_at, back.password_hash) == (agent, True, None, None)
    assert visitor_of(session, clock, cookie).agent is None
    assert len(session.scalars(select(Agenda).where(Agenda.agent_id == agent.id)).all()) == 1


def test_who_belongs_elsewhere_too_stays(hall: Hall, make: Maker) -> None:
    other = make.organisation()
    hall.invite(Invitee(hall.mate.email, "?", "?"), hall.chief, other)
    cookie = open_session(hall.session, hall.clock, agent_id=hall.mate.id)
    hall.remove(hall.mate)
    assert hall.mate.left_at is None
    assert hall.services_of(hall.mate) == {hall.service.id}
    assert visitor_of(hall.session, hall.clock, cookie).agent is hall.mate
    with pytest.raises(NoSuchMember):
        agents.member_of(hall.session, hall.here.id, hall.mate.id)


def test_rights_are_changed_by_the_territorys_admin_alone(hall: Hall, make: Maker) -> None:
    session, clock = hall.session, hall.clock
    other, more = make.organisation(), make.service()
    foreign = make.service(territory_id=make.territory().id)
    wanted = Rights({other.id: Role.ADMIN}, frozenset({more.id, foreign.id}), administers=True)

    for agent_id in (hall.head, hall.mate.id):
        with pytest.raises(NoSuchTerritory):
            agents.change_rights(session, clock, agent_id, hall.territory.id, hall.mate.id, wanted)
    agents.change_rights(session, clock, hall.chief, hall.territory.id, hall.mate.id, wanted)
    found = agents.rights_of(session, hall.territory.id, hall.mate.id)
    assert found == Rights({other.id: Role.ADMIN}, frozenset({more.id}), administers=True)
    nothing = Rights()
    agents.change_rights(session, clock, hall.mate.id, hall.territory.id, hall.chief, nothing)
    assert session.get_one(Agent, hall.chief).left_at == clock.now()
    with pytest.raises(LastAdmin):
        agents.change_rights(
            session, clock, hall.mate.id, hall.territory.id, hall.mate.id, Rights({other.id: Role.ADMIN})
        )
    assert session.scalars(select(TerritoryAdmin.agent_id)).all() == [hall.mate.id]


def test_lists_say_who_is_invited_and_who_is_inactive(hall: Hall) -> None:
    hall.mate.last_sign_in_at = hall.clock.now() - timedelta(days=31)
    eve, _mailed = hall.invite(Invitee("eve@mairie.test", "Eve", "Abadie", service_ids=frozenset({hall.service.id})))
    page = agents.members(hall.session, hall.here)

    lines = {line.agent.id: line for line in page.lines}
    now = hall.clock.now()
    assert page.lines[0].agent is eve
    assert (lines[eve.id].invited_at, lines[eve.id].inactive(now), lines[eve.id].services) == (
        now,
        False,
        (hall.service.name,),
    )
    assert lines[hall.mate.id].inactive(now)
    of_territory = {line.agent.id: line for line in agents.agents_of_territory(hall.session, hall.territory.id).lines}
    assert (of_territory[hall.chief].administers, of_territory[eve.id].organisations) == (True, (hall.here.name,))


def test_a_page_of_agents_takes_the_same_number_of_statements(
    hall: Hall, make: Maker, database: Database, statements: Any
) -> None:
    def count() -> int:
        hall.session.flush()
        with statements(database) as seen:
            agents.members(hall.session, hall.here)
            agents.agents_of_territory(hall.session, hall.territory.id)
        return len(seen)

    before = count()
    for _ in range(5):
        make.agent(services=[make.service()])
    assert count() == before


def test_a_forgotten_password_is_asked_for_a_few_times_an_hour_whoever_asks(hall: Hall) -> None:
    session, clock = hall.session, hall.clock
    for email in (hall.mate.email.upper(), "nobody@mairie.test"):
        for _ in range(passwords.ASKED_FOR_ACCOUNT.count):
            passwords.ask_for_another(session, clock, f" {email} ", "192.0.2.1")
        with pytest.raises(TooMany):
            passwords.ask_for_another(session, clock, email, "192.0.2.1")
    assert {letter.recipient for letter in letters(session)} == {hall.mate.email}
    token = token_in(letters(session)[-1])
    old = open_session(session, clock, agent_id=hall.mate.id)
    passwords.choose(session, clock, token, "new")
    assert visitor_of(session, clock, old).agent is None
    assert hall.mate.password_hash == "new"


def test_another_password_signs_the_other_devices_out(hall: Hall) -> None:
    session, clock, mine = hall.session, hall.clock, hall.mate.id
    here, there = (open_session(session, clock, agent_id=mine, program=name) for name in ("Firefox", "x" * 999))
    assert [(len(row.program or ""), this) for row, this in sessions_of(session, clock, mine, here)] == [
        (300, False),
        (7, True),
    ]

    with pytest.raises(passwords.PasswordChanged):
        passwords.change(session, clock, mine, checked="older", password_hash="new", token=here)
    passwords.change(session, clock, mine, checked="x", password_hash="new", token=here)
    assert visitor_of(session, clock, here).agent is hall.mate
    assert visitor_of(session, clock, there).agent is None
    assert close_sessions(session, clock, mine, but=here) == 0


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("court", Weakness.SHORT),
        ("aaaaaaaaaaaaaaaaab", Weakness.MONOTONOUS),
        ("claire.martin", Weakness.PERSONAL),
        ("Martin-Claire-12", Weakness.PERSONAL),
        ("châtaigne bleue", None),
        ("claire aime les châtaignes", None),
    ],
)
def test_a_password_is_long_and_not_ones_name(password: str, weakness: Weakness | None) -> None:
    assert weakness_of(password, "Claire", "Martin", "claire@mairie.test") is weakness


def test_a_new_name_is_that_of_the_agenda_too(hall: Hall) -> None:
    rename(hall.session, hall.clock, hall.mate.id, "Ève", "Le Goff")
    assert hall.make.agenda_of(hall.mate).name == hall.mate.name == "Ève Le Goff"
