"""Who may see which agenda: the first row of the roles table, each relation on its own."""

import pytest
from make import Maker
from sqlalchemy.orm import Session

from rdvdav.policy.sight import NoSuchAgenda, agenda_in_sight, agendas_of_sight, own_agenda, visible_agendas


@pytest.fixture
def sees(session: Session, make: Maker):
    def ask(viewer, other) -> bool:
        agenda = make.agenda_of(other)
        seen = agenda.id in visible_agendas(session, viewer.id)
        assert seen == (agenda in session.scalars(agendas_of_sight(viewer.id)).all())
        if seen:
            assert agenda_in_sight(session, viewer.id, agenda.id) is agenda
        else:
            with pytest.raises(NoSuchAgenda):
                agenda_in_sight(session, viewer.id, agenda.id)
        return seen

    return ask


def test_everybody_sees_the_own_agenda_first(session: Session, make: Maker, sees) -> None:
    colleague = make.agent(last_name="Aaa", first_name="Aaa")
    agent = make.agent(last_name="Zzz", first_name="Zzz")

    assert sees(agent, agent)
    agendas = session.scalars(agendas_of_sight(agent.id)).all()
    assert [agenda.agent_id for agenda in agendas] == [agent.id, colleague.id]
    assert own_agenda(session, agent.id).agent_id == agent.id


def test_a_basic_agent_sees_colleagues_who_share_service_and_organisation(make: Maker, sees) -> None:
    town, other_town = make.organisation(), make.organisation()
    pmi, registry = make.service(), make.service()
    agent = make.agent(organisation=town, services=[pmi])

    assert sees(agent, make.agent(organisation=town, services=[pmi, registry]))
    assert not sees(agent, make.agent(organisation=town, services=[registry]))
    assert not sees(agent, make.agent(organisation=other_town, services=[pmi]))
    assert not sees(agent, make.agent(organisation=town, services=[]))


def test_a_secretariat_sees_all_of_its_organisations(make: Maker, sees) -> None:
    town, other_town = make.organisation(), make.organisation()
    secretariat, registry = make.service(is_secretariat=True), make.service()
    secretary = make.agent(organisation=town, services=[secretariat])

    assert sees(secretary, make.agent(organisation=town, services=[registry]))
    assert not sees(secretary, make.agent(organisation=other_town, services=[registry]))


def test_an_organisation_admin_sees_all_of_the_organisation(make: Maker, sees) -> None:
    town, other_town = make.organisation(), make.organisation()
    admin = make.agent(organisation=town, services=[], role="admin")

    assert sees(admin, make.agent(organisation=town))
    assert not sees(admin, make.agent(organisation=other_town))


def test_a_territory_admin_sees_all_of_the_territory(make: Maker, sees) -> None:
    territory, foreign = make.territory(), make.territory()
    town = make.organisation(territory_id=territory.id)
    abroad = make.organisation(territory_id=foreign.id)
    admin = make.agent(organisation=town, services=[], administers=territory)

    assert sees(admin, make.agent(organisation=make.organisation(territory_id=territory.id)))
    assert not sees(admin, make.agent(organisation=abroad, services=[]))


def test_a_secretariat_of_another_territory_opens_nothing_here(make: Maker, sees) -> None:
    here, there = make.territory(), make.territory()
    town = make.organisation(territory_id=here.id)
    foreign_secretariat = make.service(territory_id=there.id, is_secretariat=True)
    agent = make.agent(organisation=town, services=[foreign_secretariat])

    assert not sees(agent, make.agent(organisation=town, services=[make.service(territory_id=here.id)]))


def test_one_who_left_is_no_longer_offered(session: Session, make: Maker, clock) -> None:
    agent, gone = make.agent(), make.agent(left_at=clock.now())

    assert gone.id not in [agenda.agent_id for agenda in session.scalars(agendas_of_sight(agent.id))]
