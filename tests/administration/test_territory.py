"""From nothing to an organisation one can book at: territory, services, places, motifs, teams (R01, R02, R04 to R06, R08)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.administration import motifs, organisations, places, services, setting_up, teams
from rdvdav.administration.address import address_of
from rdvdav.administration.motifs import Contradictory, Flaw, NoSuchMotif, Terms
from rdvdav.administration.organisations import Identity, ZoneInUse, ZoneUnknown
from rdvdav.administration.places import Premises
from rdvdav.administration.services import NoSuchService, ServiceInUse
from rdvdav.administration.setting_up import Step
from rdvdav.administration.territories import EmailTaken, NameTaken, create_territory
from rdvdav.agenda.agenda import Agenda
from rdvdav.audit.entry import AuditEntry
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.membership import Membership, Role
from rdvdav.directory.motif import BookableBy, Modality
from rdvdav.directory.organisation import DetailLevel
from rdvdav.directory.public import NoSuchOrganisation
from rdvdav.errors import RdvdavError
from rdvdav.feeds.object import Collection
from rdvdav.feeds.republish import Republication
from rdvdav.hours.holiday import CalendarUnknown
from rdvdav.hours.limit import Limit
from rdvdav.outbox.message import Message
from rdvdav.policy.right import NoSuchTerritory


@pytest.fixture
def admin(session: Session, clock: StoppedClock) -> tuple[int, int]:
    """The agent who administers a new territory, and the territory."""
    founded = create_territory(session, clock, "Val-de-Lorme", "Alice.Roy@Lorme.test", "Alice", "Roy")
    return founded.admin.id, founded.territory.id


def kinds(session: Session) -> list[str]:
    session.flush()
    return list(session.scalars(select(AuditEntry.kind).order_by(AuditEntry.id)))


def asked(session: Session) -> set[int]:
    session.flush()
    return set(session.scalars(select(Republication.agenda_id)))


def refused(expected: type[RdvdavError], call: Callable[..., Any], *arguments: Any, **named: Any) -> None:
    with pytest.raises(expected):
        call(*arguments, **named)


def test_a_territory_begins_with_a_service_and_an_invited_admin(session: Session, clock: StoppedClock) -> None:
    founded = create_territory(session, clock, "Val-de-Lorme", "Alice.Roy@Lorme.test", "Alice", "Roy")

    assert (founded.territory.slug, founded.admin.email) == ("val-de-lorme", "alice.roy@lorme.test")
    [service] = services.services_of(session, founded.territory.id)
    assert service.name == "Accueil général"
    letter = session.scalars(select(Message)).one()
    assert (letter.recipient, founded.link in letter.text) == ("alice.roy@lorme.test", True)
    assert letter.secrets == [founded.link.rpartition("/")[2]]
    refused(NameTaken, create_territory, session, clock, "Val-de-Lorme", "b@lorme.test", "B", "R")
    refused(EmailTaken, create_territory, session, clock, "Ailleurs", "alice.roy@lorme.test", "A", "R")


def test_who_creates_an_organisation_is_its_first_agent_with_an_agenda(
    session: Session, clock: StoppedClock, admin: tuple[int, int]
) -> None:
    agent_id, territory_id = admin
    made = organisations.create(
        session, clock, agent_id, territory_id, Identity("Mairie d'Œuvre-l'Été", zone="Indian/Reunion")
    )

    assert made.slug == "mairie-d-oeuvre-l-ete"
    assert session.scalars(select(Membership.role).where(Membership.agent_id == agent_id)).all() == [Role.ADMIN]
    agenda = session.scalars(select(Agenda).where(Agenda.agent_id == agent_id)).one()
    assert (agenda.name, agenda.zone) == ("Alice Roy", "Indian/Reunion")
    assert session.scalars(select(Collection).where(Collection.agenda_id == agenda.id)).one()
    second = organisations.create(session, clock, agent_id, territory_id, Identity("Mairie d'œuvre l'été !"))
    assert second.slug == "mairie-d-oeuvre-l-ete-2"
    assert len(session.scalars(select(Agenda)).all()) == 1
    for wrong, error in (
        (Identity("mairie d'œuvre l'été !"), NameTaken),
        (Identity("X", zone="Europe/Atlantis"), ZoneUnknown),
        (Identity("X", holiday_calendar="XX"), CalendarUnknown),
    ):
        refused(error, organisations.create, session, clock, agent_id, territory_id, wrong)


def test_an_address_is_made_of_any_name() -> None:
    assert address_of("Été – Noël & Cie") == "ete-noel-cie"
    assert address_of("日本") == "organisation"
    assert len(address_of("a" * 300)) == 60


def test_only_admins_change_settings_and_others_learn_nothing(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    organisation, motif, place = make.organisation(), make.motif(), make.place()
    basic, elsewhere = make.agent(), make.organisation()
    foreign = make.agent(organisation=elsewhere, role="admin", administers=make.territory())
    terms = Terms("X", motif.service_id, 30)
    premises = Premises("X", "1 rue", "75001", "Paris")
    for agent in (basic, foreign):
        for key in (organisation.id, 999_999):
            for call, arguments in (
                (organisations.change, (Identity("X"), DetailLevel.MOTIF)),
                (places.add, (premises,)),
                (places.change, (place.id, premises)),
                (motifs.add, (terms,)),
                (motifs.change, (motif.id, terms)),
                (motifs.archive, (motif.id,)),
                (motifs.change_several, ([motif.id], {})),
                (setting_up.send_trial, ()),
                (setting_up.put_away, ()),
            ):
                refused(NoSuchOrganisation, call, session, clock, agent.id, key, *arguments)
        for key in (organisation.territory_id, 999_999):
            refused(NoSuchTerritory, organisations.create, session, clock, agent.id, key, Identity("X"))
            refused(NoSuchTerritory, services.switch_on, session, clock, agent.id, key, "pmi")
            refused(NoSuchTerritory, services.switch_off, session, clock, agent.id, key, motif.service_id)
            refused(NoSuchTerritory, teams.create, session, clock, agent.id, key, "X", frozenset())
    assert kinds(session) == []


def test_services_are_switched_on_and_off_while_unused(
    session: Session, clock: StoppedClock, make: Maker, admin: tuple[int, int]
) -> None:
    agent_id, territory_id = admin
    on = services.switch_on(session, clock, agent_id, territory_id, "secretariat")
    assert services.switch_on(session, clock, agent_id, territory_id, "secretariat") is on
    assert on.is_secretariat
    lines = {line.name: line for line in services.service_lines(session, territory_id)}
    assert (lines["Secrétariat"].may_go, lines["Accueil général"].may_go, lines["Élections"].service_id) == (
        True,
        False,
        None,
    )
    refused(NoSuchService, services.switch_on, session, clock, agent_id, territory_id, "magie")
    used = lines["Accueil général"].service_id
    refused(ServiceInUse, services.switch_off, session, clock, agent_id, territory_id, used)
    refused(NoSuchService, services.switch_off, session, clock, agent_id, territory_id, make.service().id)
    services.switch_off(session, clock, agent_id, territory_id, on.id)
    session.flush()
    assert [service.name for service in services.services_of(session, territory_id)] == ["Accueil général"]


@pytest.fixture
def head(make: Maker) -> int:
    """The admin of the first organisation."""
    return make.agent(role="admin").id


def test_a_place_that_moves_is_written_again_where_it_shows(
    session: Session, clock: StoppedClock, make: Maker, head: int
) -> None:
    place = make.place()
    agenda = make.agenda()
    make.opening_range(agenda, [make.motif()], place_id=place.id)
    make.appointment(agenda, clock.now() + timedelta(hours=2), place=place)
    here = place.organisation_id
    same = Premises(place.name, place.street, place.postcode, place.city)
    assert places.booked_at(session, clock, place.id) == 1

    places.change(session, clock, head, here, place.id, replace(same, access="Plain-pied"))
    assert asked(session) == set()
    places.change(session, clock, head, here, place.id, replace(same, street="2 rue Neuve"))
    assert asked(session) == {agenda.id}
    places.enable(session, clock, head, here, place.id, enabled=False)
    other = places.add(session, clock, head, here, Premises("Annexe", "1 rue", "75001", "Paris"))
    assert [each.name for each in places.places_of(session, here)] == ["Annexe", place.name]
    foreign = make.place(organisation_id=make.organisation().id)
    refused(places.NoSuchPlace, places.change, session, clock, head, here, foreign.id, same)
    assert kinds(session) == ["place.changed"] * 3 + ["place.created"]
    assert other.enabled


def test_all_options_of_a_motif_are_kept_and_read_back(
    session: Session, clock: StoppedClock, make: Maker, head: int
) -> None:
    service = make.service()
    organisation_id = session.scalars(select(Membership.organisation_id)).one()
    terms = Terms(
        "Passeport",
        service.id,
        20,
        category="Titres",
        colour=7,
        modality=Modality.PHONE,
        bookable_by=BookableBy.EVERYONE,
        min_notice=Limit.parse("2 working_days"),
        may_move=False,
        pieces="Photo",
        buffer_after_minutes=5,
        hold_minutes=20,
    )
    motif = motifs.add(session, clock, head, organisation_id, terms)
    session.expire_all()
    assert motifs.terms_of(motif) == terms
    assert motif.restriction is None
    assert (motif.min_notice, motif.online) == ("2 working_days", True)


@pytest.mark.parametrize(
    ("changed", "flaw"),
    [
        ({"name": "PASSEPORT"}, Flaw.NAME_TAKEN),
        ({"service_id": 999_999}, Flaw.NO_SUCH_SERVICE),
        ({"min_notice": Limit.parse("3 months")}, Flaw.NEVER_OPEN),
        ({"agents_needed": 0}, Flaw.NOBODY_NEEDED),
        ({"agents_needed": -1, "rooms_needed": 3}, Flaw.NOBODY_NEEDED),
        ({"duration_minutes": 0}, Flaw.OUT_OF_RANGE),
        ({"colour": 13}, Flaw.OUT_OF_RANGE),
        ({"seats": 0}, Flaw.OUT_OF_RANGE),
        ({"buffer_before_minutes": -5}, Flaw.OUT_OF_RANGE),
    ],
)
def test_a_motif_that_cannot_be_is_refused(
    session: Session, clock: StoppedClock, make: Maker, head: int, changed: dict[str, Any], flaw: Flaw
) -> None:
    known = make.motif(name="Passeport")
    with pytest.raises(Contradictory) as found:
        motifs.add(
            session,
            clock,
            head,
            known.organisation_id,
            replace(Terms("Nouveau", known.service_id, 30), **changed),
        )
    assert found.value.found == (flaw,)


def test_a_renamed_motif_is_written_again_and_an_archived_one_frees_its_name(
    session: Session, clock: StoppedClock, make: Maker, head: int
) -> None:
    motif = make.motif(name="Passeport")
    agenda, here = make.agenda(), motif.organisation_id
    make.appointment(agenda, clock.now() + timedelta(hours=2), motif=motif)
    as_it_is = motifs.terms_of(motif)
    assert motifs.booked_with(session, clock, [motif.id]) == 1

    motifs.change(session, clock, head, here, motif.id, as_it_is)
    assert (asked(session), kinds(session)) == (set(), [])
    motifs.change(session, clock, head, here, motif.id, replace(as_it_is, name="Titre"))
    assert asked(session) == {agenda.id}
    motifs.archive(session, clock, head, here, motif.id)
    refused(NoSuchMotif, motifs.change, session, clock, head, here, motif.id, as_it_is)
    motifs.add(session, clock, head, here, replace(as_it_is, name="titre"))
    assert kinds(session) == ["motif.changed", "motif.archived", "motif.created"]


def test_several_motifs_are_changed_together_or_not_at_all(
    session: Session, clock: StoppedClock, make: Maker, head: int
) -> None:
    one, two, foreign = (
        make.motif(),
        make.motif(max_notice="1 months"),
        make.motif(organisation_id=make.organisation().id),
    )
    here, keys = one.organisation_id, [one.id, two.id]
    values = {"bookable_by": BookableBy.AGENTS, "cancel_limit": Limit.parse("1 hours"), "name": "not for several"}

    assert motifs.change_several(session, clock, head, here, keys, values) == 2
    assert {(each.bookable_by, each.cancel_limit) for each in (one, two)} == {(BookableBy.AGENTS, "1 hours")}
    assert one.name != two.name
    refused(NoSuchMotif, motifs.change_several, session, clock, head, here, [one.id, foreign.id], values)
    refused(NoSuchMotif, motifs.change_several, session, clock, head, here, [], values)
    late = {"min_notice": Limit.parse("2 months")}
    assert motifs.unfit_for(session, organisation_of(session, here), [one, two], late) is two
    refused(Contradictory, motifs.change_several, session, clock, head, here, keys, late)


def organisation_of(session: Session, organisation_id: int) -> Any:
    return session.get_one(organisations.Organisation, organisation_id)


def test_data_change_and_the_clock_only_while_nothing_goes_by_it(
    session: Session, clock: StoppedClock, make: Maker, head: int
) -> None:
    organisation_id = session.scalars(select(Membership.organisation_id)).one()
    organisation = organisation_of(session, organisation_id)
    identity = replace(organisations.identity_of(organisation), email="a@b.test", zone="Indian/Reunion", notice="")

    organisations.change(session, clock, head, organisation_id, identity, DetailLevel.FULL)
    assert (organisation.zone, organisation.email, organisation.notice) == ("Indian/Reunion", "a@b.test", None)
    assert organisation.detail_level is DetailLevel.FULL
    assert asked(session) == {session.scalars(select(Agenda.id)).one()}
    make.opening_range(make.agenda(), [make.motif()])
    paris = replace(identity, zone="Europe/Paris")
    refused(ZoneInUse, organisations.change, session, clock, head, organisation_id, paris, DetailLevel.FULL)


def test_teams_are_a_filter_for_their_territory_and_hold_only_agents_of_the_territory(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    territory = make.territory()
    chief = make.agent(administers=territory)
    mate, unseen = make.agent(), make.agent(services=[make.service()])
    stranger = make.agent(organisation=make.organisation(territory_id=make.territory().id))
    among = frozenset({mate.id, unseen.id, stranger.id})

    team = teams.create(session, clock, chief.id, territory.id, "Accueil", among)
    assert teams.members_of(session, team.id) == {mate.id, unseen.id}
    both = {make.agenda_of(mate).id, make.agenda_of(unseen).id}
    assert teams.agendas_of_team(session, chief.id, team.id) == both
    assert teams.agendas_of_team(session, mate.id, team.id) == both
    assert teams.agendas_of_team(session, stranger.id, team.id) == frozenset()
    assert (list(teams.teams_in_sight(session, mate.id)), list(teams.teams_in_sight(session, stranger.id))) == (
        [team],
        [],
    )
    refused(NameTaken, teams.create, session, clock, chief.id, territory.id, "accueil", frozenset())
    teams.change(session, clock, chief.id, territory.id, team.id, "Accueil", frozenset({mate.id}))
    assert [(line.team.name, line.members) for line in teams.team_lines(session, territory.id)] == [("Accueil", 1)]
    refused(teams.NoSuchTeam, teams.remove, session, clock, chief.id, territory.id, 999_999)
    teams.remove(session, clock, chief.id, territory.id, team.id)
    assert teams.team_lines(session, territory.id) == []


def test_getting_started_turns_green_line_by_line(
    session: Session, clock: StoppedClock, make: Maker, admin: tuple[int, int]
) -> None:
    agent_id, territory_id = admin
    organisation = organisations.create(session, clock, agent_id, territory_id, Identity("Mairie"))
    [service] = services.services_of(session, territory_id)

    def done() -> set[Step]:
        found = setting_up.progress(session, clock, organisation).done
        return {step for step, there in found.items() if there}

    assert done() == set()
    organisations.change(
        session, clock, agent_id, organisation.id, Identity("Mairie", phone="0123456789"), DetailLevel.MOTIF
    )
    assert done() == {Step.ORGANISATION}
    motif = motifs.add(session, clock, agent_id, organisation.id, Terms("Conseil", service.id, 30))
    assert done() == {Step.ORGANISATION, Step.MOTIF, Step.AGENTS}
    place = places.add(session, clock, agent_id, organisation.id, Premises("Mairie", "1 rue", "75001", "Paris"))
    agenda = session.scalars(select(Agenda).where(Agenda.agent_id == agent_id)).one()
    make.opening_range(agenda, [motif], organisation_id=organisation.id, place_id=place.id)
    assert done() == set(Step) - {Step.PUBLIC_PAGE, Step.TEST_MAIL}
    terms = replace(motifs.terms_of(motif), bookable_by=BookableBy.EVERYONE)
    motifs.change(session, clock, agent_id, organisation.id, motif.id, terms)
    setting_up.send_trial(session, clock, agent_id, organisation.id)
    assert done() == set(Step) - {Step.TEST_MAIL}
    session.scalars(select(Message).where(Message.event == "mail.tried")).one().sent_at = clock.now()
    session.flush()
    assert setting_up.progress(session, clock, organisation).whole
    assert setting_up.put_away(session, clock, agent_id, organisation.id).set_up_at == clock.now()


def test_lists_take_the_same_number_of_statements_however_long(
    session: Session, clock: StoppedClock, make: Maker, database: Database, statements: Any
) -> None:
    territory = make.territory()
    make.agent(administers=territory)

    def count() -> int:
        session.flush()
        session.expire_all()
        with statements(database) as seen:
            services.service_lines(session, territory.id)
            organisations.organisation_lines(session, territory.id)
            teams.team_lines(session, territory.id)
            motifs.motifs_of(session, 1)
        return len(seen)

    before = count()
    for _ in range(3):
        make.motif(organisation_id=make.organisation().id, service_id=make.service().id)
        make.agent()
    assert count() == before
