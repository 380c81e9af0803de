"""What a secret address may show, for whom, and how much of it (K-13, K-40, K-45)."""

from datetime import UTC, datetime, timedelta

import pytest
from make import Maker
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import AgentService, Membership
from rdvdav.directory.organisation import DetailLevel
from rdvdav.feeds.address import (
    APPOINTMENTS,
    FeedAddress,
    FeedContent,
    LevelNotOffered,
    NotOffered,
    Subject,
    new_feed_address,
    offered,
    revoke_feed_address,
)
from rdvdav.feeds.change import changing
from rdvdav.feeds.collecting import close_collections, open_collection
from rdvdav.feeds.object import Collection, CollectionKind
from rdvdav.feeds.publish import AlwaysPublished, publish, published, unpublish
from rdvdav.feeds.several import open_what_is_read
from rdvdav.feeds.subscription import Subscription, feed_by_secret, served, subscriptions_of
from rdvdav.policy.sight import NoSuchAgenda

NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
BUSY, MOTIF, FULL = DetailLevel
MAIN, ABSENCES, OPENINGS = CollectionKind


def found(session: Session, secret: str, *, free_busy: bool = False) -> Subscription:
    subscription = feed_by_secret(session, secret, free_busy=free_busy)
    assert subscription is not None
    return subscription


def text(session: Session, clock: StoppedClock, secret: str, *, free_busy: bool = False) -> str:
    return served(session, clock, found(session, secret, free_busy=free_busy)).text()


def made(
    session: Session, clock: StoppedClock, agent: Agent, subject: Subject, level: DetailLevel | None = None
) -> str:
    return new_feed_address(session, clock, agent.id, "Google", subject, level)[1]


# --- what may be chosen


def test_an_agent_may_show_what_is_published_and_what_policy_lets_see(
    session: Session, make: Maker, clock: StoppedClock
) -> None:
    home = make.organisation(name="Mairie", detail_level=FULL)
    place = make.place(name="Annexe")
    motif = make.motif()
    agent = make.agent()
    elsewhere = make.organisation(name="Ailleurs")
    make.place(name="Loin", organisation_id=elsewhere.id)
    make.motif(organisation_id=elsewhere.id, service_id=make.service().id)
    make.agenda_of(agent).detail_level = FULL
    publish(session, clock, agent.id, ABSENCES)

    choices = {each.subject: (each.name, each.levels) for each in offered(session, agent.id)}

    assert choices == {
        APPOINTMENTS: ("", (BUSY, MOTIF, FULL)),
        Subject(kind=ABSENCES): ("", (BUSY, MOTIF, FULL)),
        Subject(FeedContent.FREE_BUSY): ("", ()),
        Subject(FeedContent.AVAILABILITY): ("", ()),
        Subject(FeedContent.ORGANISATION, id=home.id): ("Mairie", (BUSY, MOTIF, FULL)),
        Subject(FeedContent.PLACE, id=place.id): ("Annexe", (BUSY, MOTIF, FULL)),
        Subject(FeedContent.SERVICE, id=motif.service_id): ("Service 4", (BUSY, MOTIF, FULL)),
    }


def test_what_is_not_offered_is_refused(session: Session, make: Maker, clock: StoppedClock) -> None:
    agent = make.agent()
    elsewhere = make.organisation()

    for subject in (
        Subject(kind=OPENINGS),
        Subject(FeedContent.ORGANISATION, id=elsewhere.id),
        Subject(FeedContent.PLACE, id=999),
        Subject(FeedContent.SERVICE),
        Subject(),
    ):
        with pytest.raises(NotOffered):
            made(session, clock, agent, subject)
    assert session.scalars(select(FeedAddress)).all() == []


def test_no_level_goes_beyond_what_the_organisation_lets_out(
    session: Session, make: Maker, clock: StoppedClock
) -> None:
    organisation = make.organisation(detail_level=BUSY)
    agent = make.agent()

    for subject, level in ((APPOINTMENTS, FULL), (Subject(FeedContent.ORGANISATION, id=organisation.id), MOTIF)):
        with pytest.raises(LevelNotOffered):
            made(session, clock, agent, subject, level)

    made(session, clock, agent, Subject(FeedContent.ORGANISATION, id=organisation.id))
    assert session.scalars(select(FeedAddress.level)).one() is BUSY


# --- levels


def test_a_level_not_yet_in_use_is_written_when_an_address_asks_for_it(
    session: Session, make: Maker, clock: StoppedClock
) -> None:
    agent = make.agent()
    make.appointment(make.agenda_of(agent), NINE, motif=make.motif(name="Passeport"))

    secret = made(session, clock, agent, APPOINTMENTS, BUSY)

    assert set(session.scalars(select(Collection.level))) == {BUSY, MOTIF}
    assert "SUMMARY:Occupé" in text(session, clock, secret)
    assert "Passeport" not in text(session, clock, secret)
    assert "SUMMARY:Passeport" in text(session, clock, made(session, clock, agent, APPOINTMENTS))


def test_a_level_that_is_no_longer_let_out_is_no_longer_read(
    session: Session, make: Maker, clock: StoppedClock
) -> None:
    make.organisation(detail_level=FULL)
    agent = make.agent()
    agenda = make.agenda_of(agent)
    agenda.detail_level = FULL
    make.absence(agenda, title="Rendez-vous médical")
    publish(session, clock, agent.id, ABSENCES)
    secret = made(session, clock, agent, Subject(kind=ABSENCES), FULL)
    made(session, clock, agent, Subject(kind=ABSENCES), BUSY)
    assert "médical" in text(session, clock, secret)

    agenda.detail_level = MOTIF

    assert "médical" not in text(session, clock, secret)
    assert "SUMMARY:Occupé" in text(session, clock, secret)


# --- publishing absences and openings


def test_absences_are_published_and_taken_back_with_what_leads_to_them(
    session: Session, make: Maker, clock: StoppedClock
) -> None:
    agent = make.agent()
    make.absence(make.agenda_of(agent))
    publish(session, clock, agent.id, ABSENCES)
    publish(session, clock, agent.id, ABSENCES)
    secret = made(session, clock, agent, Subject(kind=ABSENCES))
    kept = made(session, clock, agent, APPOINTMENTS)
    assert published(session, agent.id) == {MAIN, ABSENCES}
    assert "SUMMARY:Indisponible" in text(session, clock, secret)
    assert f"X-WR-CALNAME:{agent.name} – indisponibilités\r\n" in text(session, clock, secret)

    unpublish(session, clock, agent.id, ABSENCES)
    unpublish(session, clock, agent.id, ABSENCES)

    assert published(session, agent.id) == {MAIN}
    assert feed_by_secret(session, secret) is None
    assert feed_by_secret(session, kept) is not None


def test_appointments_stay_published(session: Session, make: Maker, clock: StoppedClock) -> None:
    with pytest.raises(AlwaysPublished):
        unpublish(session, clock, make.agent().id, MAIN)


def test_openings_of_another_zone_bring_it_along(session: Session, make: Maker, clock: StoppedClock) -> None:
    agent = make.agent()
    agenda = make.agenda_of(agent)
    make.opening_range(agenda, [make.motif()])
    make.opening_range(agenda, [make.motif()], zone="Indian/Reunion")
    publish(session, clock, agent.id, OPENINGS)

    feed = text(session, clock, made(session, clock, agent, Subject(kind=OPENINGS)))

    assert feed.count("BEGIN:VTIMEZONE") == 2
    assert feed.count("TZID:Europe/Paris\r\n") == feed.count("TZID:Indian/Reunion\r\n") == 1


# --- several agendas


@pytest.fixture
def town(session: Session, make: Maker) -> dict[str, Agent]:
    """Three colleagues of one service, one of another service, and a stranger."""
    make.organisation(name="Mairie"), make.service(name="État civil")
    names = ("anne", "bruno", "chloe")
    agents = {name: make.agent(first_name=name.title()) for name in names}
    agents["other"] = make.agent(services=[make.service(name="Urbanisme")])
    elsewhere = make.organisation(name="Ailleurs")
    agents["stranger"] = make.agent(organisation=elsewhere)
    return agents


def uids(feed: str) -> list[str]:
    return [line for line in feed.split("\r\n") if line.startswith("UID:")]


def subject_of(session: Session, content: FeedContent, name: str, agent: Agent) -> Subject:
    return next(
        each.subject for each in offered(session, agent.id) if (each.subject.content, each.name) == (content, name)
    )


def test_an_organisations_feed_shows_colleagues_in_sight_and_nobody_else(
    session: Session, make: Maker, clock: StoppedClock, town: dict[str, Agent]
) -> None:
    booked = {name: make.appointment(make.agenda_of(agent), NINE) for name, agent in town.items()}
    secret = made(session, clock, town["anne"], subject_of(session, FeedContent.ORGANISATION, "Mairie", town["anne"]))

    feed = text(session, clock, secret)

    assert set(uids(feed)) == {f"UID:{booked[name].uid}" for name in ("anne", "bruno", "chloe")}
    assert "X-WR-CALNAME:Mairie\r\n" in feed


def test_sight_is_asked_anew_at_each_reading(
    session: Session, make: Maker, clock: StoppedClock, town: dict[str, Agent]
) -> None:
    for agent in town.values():
        make.appointment(make.agenda_of(agent), NINE)
    anne, bruno, chloe = (town[name] for name in ("anne", "bruno", "chloe"))
    secret = made(session, clock, anne, subject_of(session, FeedContent.ORGANISATION, "Mairie", anne))
    before = served(session, clock, found(session, secret))
    assert before.text().count("BEGIN:VEVENT") == 3

    session.execute(update(Agent).where(Agent.id == bruno.id).values(left_at=clock.now()))
    session.query(AgentService).filter_by(agent_id=chloe.id).delete()
    after = served(session, clock, found(session, secret))

    assert after.text().count("BEGIN:VEVENT") == 1
    assert after.etag != before.etag
    assert before.changed_at is None
    session.query(Membership).filter_by(agent_id=anne.id).delete()
    assert text(session, clock, secret).count("BEGIN:VEVENT") == 1


def test_an_appointment_on_several_agendas_appears_once(
    session: Session, make: Maker, clock: StoppedClock, town: dict[str, Agent]
) -> None:
    anne = town["anne"]
    agendas = [make.agenda_of(town[name]) for name in ("anne", "bruno", "chloe")]
    shared = make.appointment(agendas[0], NINE)
    make.appointment(agendas[1], NINE)
    with changing(session, clock, [agenda.id for agenda in agendas]) as change:
        shared.claim({agenda.id: None for agenda in agendas})
        change.publish(shared)

    feed = text(
        session, clock, made(session, clock, anne, subject_of(session, FeedContent.ORGANISATION, "Mairie", anne))
    )

    assert feed.count(f"UID:{shared.uid}") == 1
    assert feed.count("BEGIN:VEVENT") == 2


def test_places_and_services_are_kept_apart(
    session: Session, make: Maker, clock: StoppedClock, town: dict[str, Agent]
) -> None:
    anne, bruno = town["anne"], make.agenda_of(town["bruno"])
    hall, annexe = make.place(name="Mairie centrale"), make.place(name="Annexe")
    urban = make.motif(service_id=subject_of_service(session, "Urbanisme"), name="Permis")
    civil = make.motif(name="Passeport")
    first = make.appointment(bruno, NINE, motif=civil, place=hall)
    second = make.appointment(bruno, NINE + timedelta(hours=1), motif=civil, place=annexe)
    third = make.appointment(bruno, NINE + timedelta(hours=2), motif=urban, place=annexe)

    for content, name, shown in (
        (FeedContent.PLACE, "Mairie centrale", [first]),
        (FeedContent.PLACE, "Annexe", [second, third]),
        (FeedContent.SERVICE, "Urbanisme", [third]),
        (FeedContent.SERVICE, "État civil", [first, second]),
    ):
        secret = made(session, clock, anne, subject_of(session, content, name, anne))
        assert uids(text(session, clock, secret)) == [f"UID:{each.uid}" for each in shown], name


def test_a_move_to_another_place_is_seen_even_where_no_word_tells_it(
    session: Session, make: Maker, clock: StoppedClock, town: dict[str, Agent]
) -> None:
    anne = town["anne"]
    hall, annexe = make.place(name="Mairie centrale"), make.place(name="Annexe")
    agenda = make.agenda_of(anne)
    booked = make.appointment(agenda, NINE, place=hall)
    open_collection(session, clock, agenda.id, level=BUSY)
    secrets = [
        made(session, clock, anne, subject_of(session, FeedContent.PLACE, place.name, anne), BUSY)
        for place in (hall, annexe)
    ]
    before = [served(session, clock, found(session, secret)) for secret in secrets]
    assert [uids(answer.text()) for answer in before] == [[f"UID:{booked.uid}"], []]

    with changing(session, clock, [agenda.id]) as change:
        booked.place_id = annexe.id
        session.flush()
        session.expire(booked, ["place"])
        change.publish(booked)
    after = [served(session, clock, found(session, secret)) for secret in secrets]

    assert [uids(answer.text()) for answer in after] == [[], [f"UID:{booked.uid}"]]
    assert all(new.etag != old.etag for new, old in zip(after, before, strict=True))


def subject_of_service(session: Session, name: str) -> int:
    from rdvdav.directory.service import Service

    return session.scalars(select(Service.id).where(Service.name == name)).one()


def test_equal_etags_of_several_mean_equal_texts(
    session: Session, make: Maker, clock: StoppedClock, town: dict[str, Agent]
) -> None:
    anne, bruno = town["anne"], make.agenda_of(town["bruno"])
    make.place(name="Lieu")
    secrets = [
        made(session, clock, anne, subject_of(session, content, name, anne), level)
        for content, name in ((FeedContent.ORGANISATION, "Mairie"), (FeedContent.PLACE, "Lieu"))
        for level in (BUSY, MOTIF)
    ]
    seen: dict[str, str] = {}

    def look() -> set[str]:
        etags = set()
        for secret in secrets:
            answer = served(session, clock, found(session, secret))
            assert seen.setdefault(answer.etag, answer.text()) == answer.text()
            etags.add(answer.etag)
        return etags

    first = look()
    make.appointment(bruno, NINE)
    second = look()
    session.execute(update(Collection).values(window_start=NINE + timedelta(days=1)))
    third = look()

    assert len(first) == 4
    assert len(second - first) == len(third - second) == 2  # nothing is written at the level busy yet


def test_calendars_of_colleagues_at_a_lower_level_are_written_by_the_worker(
    database: Database, clock: StoppedClock
) -> None:
    with database.transaction() as session:
        make = Maker(session, clock)
        anne, bruno = make.agent(), make.agent()
        anne_id = anne.id
        make.appointment(make.agenda_of(bruno), NINE, motif=make.motif(name="Passeport"))
        subject = next(
            each.subject for each in offered(session, anne.id) if each.subject.content is FeedContent.ORGANISATION
        )
        address, secret = new_feed_address(session, clock, anne.id, "Google", subject, BUSY)
        address_id = address.id
        assert "VEVENT" not in text(session, clock, secret)

    assert open_what_is_read(database, clock) == 2
    assert open_what_is_read(database, clock) == 0

    with database.transaction() as session:
        feed = text(session, clock, secret)
        assert feed.count("SUMMARY:Occupé") == 1
        assert "Passeport" not in feed
        revoke_feed_address(session, clock, anne_id, address_id)
        for agenda_id in session.scalars(select(Collection.agenda_id).distinct()).all():
            close_collections(session, clock, agenda_id, MAIN)
    assert open_what_is_read(database, clock) == 0


@pytest.mark.parametrize("colleagues", [1, 5])
def test_statements_do_not_grow_with_the_number_of_agendas(
    session: Session, database: Database, make: Maker, clock: StoppedClock, statements, colleagues: int
) -> None:
    agents = [make.agent() for _ in range(colleagues + 1)]
    for agent in agents:
        make.appointment(make.agenda_of(agent), NINE)
    subject = next(
        each.subject for each in offered(session, agents[0].id) if each.subject.content is FeedContent.ORGANISATION
    )
    several, own = made(session, clock, agents[0], subject), made(session, clock, agents[0], APPOINTMENTS)
    session.flush()
    agent_id = agents[0].id

    with statements(database) as seen:
        answer = served(session, clock, found(session, several))
    assert len(seen) == 2
    with statements(database) as seen:
        assert answer.text().count("BEGIN:VEVENT") == colleagues + 1
    assert len(seen) == 1
    with statements(database) as seen:
        _ = served(session, clock, found(session, own)).etag
    assert len(seen) == 1
    with statements(database) as seen:
        assert len(subscriptions_of(session, agent_id)) == 2
    assert len(seen) == 1
    with statements(database) as seen:
        offered(session, agent_id)
    assert len(seen) == 5


def test_who_has_no_agenda_gets_no_address(session: Session, make: Maker, clock: StoppedClock) -> None:
    agent = make.agent()
    nobody = Agent(email="x@example.test", first_name="X", last_name="Y", principal="xy", created_at=clock.now())
    session.add(nobody)
    session.flush()
    assert agent.id != nobody.id

    with pytest.raises(NoSuchAgenda):
        made(session, clock, nobody, APPOINTMENTS)
