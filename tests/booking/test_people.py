"""Whom staff book for: seen, made or attached by the organisation's agents only (P-7, P-8)."""

import pytest
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.audit.entry import AuditEntry
from rdvdav.booking.people import (
    EmailKnown,
    NoSuchCitizen,
    Person,
    attach_citizen,
    citizen_in_sight,
    create_citizen,
    doubles_of,
    find_people,
)
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.directory.agent import Agent
from rdvdav.directory.organisation import Organisation

AMINA = Person("Amina", "Benali", "amina@exemple.test", "+33612345678")


@pytest.fixture
def town(make: Maker) -> Organisation:
    return make.organisation()


@pytest.fixture
def agent(make: Maker, town: Organisation) -> Agent:
    return make.agent(organisation=town)


@pytest.fixture
def neighbour(make: Maker, town: Organisation) -> tuple[Organisation, Agent]:
    """Another organisation of the territory, and one of its agents."""
    organisation = make.organisation()
    return organisation, make.agent(organisation=organisation)


def test_a_record_belongs_to_the_organisation_of_who_makes_it(
    session: Session, clock: StoppedClock, town: Organisation, agent: Agent, neighbour: tuple[Organisation, Agent]
) -> None:
    citizen = create_citizen(session, clock, agent.id, town.id, AMINA)

    assert (citizen.email, citizen.phone) == (AMINA.email, AMINA.phone)
    assert citizen_in_sight(session, agent.id, citizen.id) is citizen
    assert find_people(session, agent.id, "benali").citizens == [citizen]
    assert find_people(session, neighbour[1].id, "benali").citizens == []
    with pytest.raises(NoSuchCitizen):
        citizen_in_sight(session, neighbour[1].id, citizen.id)
    assert session.scalars(select(AuditEntry.kind)).all() == ["citizen.created"]


def test_somebody_without_any_address_can_be_made_twice(
    session: Session, clock: StoppedClock, town: Organisation, agent: Agent
) -> None:
    nameless = Person("Paul", "Durand")

    first, second = (create_citizen(session, clock, agent.id, town.id, nameless) for _ in range(2))
    assert first is not second
    doubles = doubles_of(session, agent.id, town.territory_id, nameless)
    assert doubles.seen == [first, second]
    assert not doubles.bars(None)


def test_an_email_is_of_one_record_only(
    session: Session, clock: StoppedClock, town: Organisation, agent: Agent
) -> None:
    first = create_citizen(session, clock, agent.id, town.id, AMINA)

    with pytest.raises(EmailKnown):
        create_citizen(session, clock, agent.id, town.id, Person("Somebody", "Else", AMINA.email))

    assert session.scalars(select(Citizen)).all() == [first]
    assert doubles_of(session, agent.id, town.territory_id, AMINA).bars(AMINA.email)


def test_who_is_known_next_door_is_masked_until_attached(
    session: Session, clock: StoppedClock, town: Organisation, agent: Agent, neighbour: tuple[Organisation, Agent]
) -> None:
    there, colleague = neighbour
    citizen = create_citizen(session, clock, colleague.id, there.id, AMINA)

    doubles = doubles_of(session, agent.id, town.territory_id, AMINA)
    assert (doubles.seen, doubles.masked) == ([], citizen)
    assert doubles_of(session, agent.id, town.territory_id, Person("Amina", "Benali")).masked is None

    assert attach_citizen(session, clock, agent.id, town.id, AMINA.email or "") is citizen
    attach_citizen(session, clock, agent.id, town.id, AMINA.email or "")
    assert citizen_in_sight(session, agent.id, citizen.id) is citizen
    assert session.scalars(select(AuditEntry.kind).order_by(AuditEntry.id)).all() == [
        "citizen.created",
        "citizen.attached",
    ]


def test_nothing_is_made_or_attached_where_one_does_not_work(
    session: Session, clock: StoppedClock, agent: Agent, neighbour: tuple[Organisation, Agent]
) -> None:
    there, colleague = neighbour
    create_citizen(session, clock, colleague.id, there.id, AMINA)

    with pytest.raises(NoSuchCitizen):
        create_citizen(session, clock, agent.id, there.id, Person("Paul", "Durand"))
    with pytest.raises(NoSuchCitizen):
        attach_citizen(session, clock, agent.id, there.id, AMINA.email or "")
    with pytest.raises(NoSuchCitizen):
        attach_citizen(session, clock, agent.id, 0, "nobody@exemple.test")
    assert len(session.scalars(select(CitizenOrganisation)).all()) == 1
