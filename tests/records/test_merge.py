"""Two records become one: what is chosen, what moves, what calendars say, and nothing twice (P-7)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from make import Maker
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, insert, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.audit.entry import AuditEntry
from rdvdav.booking.people import NoSuchCitizen, Person
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation, CitizenWord
from rdvdav.citizens.find import find
from rdvdav.citizens.identity import CitizenIdentity, locked_fields
from rdvdav.citizens.merge import references, repoint
from rdvdav.citizens.referent import CitizenReferent, follow
from rdvdav.clock import StoppedClock
from rdvdav.directory.agent import Agent
from rdvdav.directory.organisation import DetailLevel, Organisation
from rdvdav.feeds.collecting import open_collection
from rdvdav.feeds.object import CalendarObject
from rdvdav.policy.right import people_of
from rdvdav.records.change import change_citizen
from rdvdav.records.merge import NotTwo, merge
from rdvdav.tables import metadata

NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.fixture
def agent(make: Maker) -> Agent:
    return make.agent()


@pytest.fixture
def agenda(make: Maker, agent: Agent) -> Agenda:
    return make.agenda_of(agent)


def known(make: Maker, *organisations: Organisation, **columns: object) -> Citizen:
    citizen = make.citizen(**columns)
    for each in organisations or (make._the(Organisation),):
        row = CitizenOrganisation(citizen_id=citizen.id, organisation_id=each.id, created_at=make.clock.now())
        make.session.add(row)
    make.session.flush()
    return citizen


@pytest.fixture
def pair(make: Maker, agent: Agent) -> tuple[Citizen, Citizen]:
    """The record to keep, and its double."""
    kept = known(make, first_name="Élise", last_name="Moreau", email=None, phone="+33612345678")
    dropped = known(make, first_name="Elise", last_name="Morau", email="elise@exemple.test", phone=None)
    return kept, dropped


def test_what_is_chosen_is_kept_and_the_rest_moves(
    session: Session, make: Maker, clock: StoppedClock, agent: Agent, agenda: Agenda, pair: tuple[Citizen, Citizen]
) -> None:
    kept, dropped = pair
    elsewhere = make.organisation()
    session.add(CitizenOrganisation(citizen_id=dropped.id, organisation_id=elsewhere.id, created_at=clock.now()))
    appointment = make.appointment(agenda, NINE, citizen=dropped)
    child = known(make, responsible_id=dropped.id)
    earlier = make.citizen(merged_into_id=dropped.id)
    for citizen in pair:
        follow(session, clock, citizen.id, agent.id)
    session.flush()

    for _twice in range(2):
        assert merge(session, clock, agent.id, kept.id, dropped.id, {"email", "first_name"}).id == kept.id

    session.expire_all()
    assert (kept.first_name, kept.last_name, kept.phone) == ("Elise", "Moreau", "+33612345678")
    assert kept.email == "elise@exemple.test"
    assert (dropped.merged_into_id, dropped.email) == (kept.id, None)
    assert (child.responsible_id, earlier.merged_into_id) == (kept.id, kept.id)
    assert [seat.citizen_id for seat in appointment.participations] == [kept.id]
    assert session.scalars(select(CitizenReferent.citizen_id)).all() == [kept.id]
    places = session.scalars(
        select(CitizenOrganisation.organisation_id).where(CitizenOrganisation.citizen_id == kept.id)
    )
    assert elsewhere.id in places.all()
    assert find(session, people_of(agent.id), "elise").citizens == [kept]
    assert find(session, people_of(agent.id), "morau").citizens == []
    assert session.scalar(select(CitizenWord.citizen_id).where(CitizenWord.citizen_id == dropped.id)) is None
    kinds = session.scalars(select(AuditEntry.kind).where(AuditEntry.subject == "citizen")).all()
    assert sorted(kinds) == ["citizen.closed", "citizen.merged"]


def test_calendars_are_published_again_only_where_they_say_something_else(
    session: Session, make: Maker, clock: StoppedClock, agent: Agent, agenda: Agenda, pair: tuple[Citizen, Citizen]
) -> None:
    kept, dropped = pair
    make._the(Organisation).detail_level = DetailLevel.FULL
    other = make.agenda_of(make.agent())
    open_collection(session, clock, agenda.id, level=DetailLevel.FULL)
    make.appointment(agenda, NINE, citizen=dropped)
    make.appointment(other, NINE, citizen=dropped)
    before = agenda.version, other.version

    merge(session, clock, agent.id, kept.id, dropped.id)

    session.expire_all()
    assert (agenda.version, other.version) == (before[0] + 1, before[1])
    texts = session.scalars(select(CalendarObject.text)).all()
    assert sum("Moreau" in (text or "") for text in texts) == 1
    assert not any("Morau" in (text or "") for text in texts)


def test_one_person_keeps_one_seat(
    session: Session, make: Maker, clock: StoppedClock, agent: Agent, agenda: Agenda, pair: tuple[Citizen, Citizen]
) -> None:
    kept, dropped = pair
    shared = make.appointment(agenda, NINE, citizen=kept, seats=4)
    seat = {"territory_id": shared.territory_id, "uid": "second@rdv.example.test", "created_at": clock.now()}
    session.add(Participation(appointment_id=shared.id, citizen_id=dropped.id, **seat))
    session.flush()

    merge(session, clock, agent.id, kept.id, dropped.id)

    session.expire_all()
    assert [each.status for each in shared.participations] == [Status.PLANNED, Status.CANCELLED_BY_STAFF]
    assert len(shared.seated) == 1


def test_two_who_each_have_the_one_appointment_one_may_have_keep_both(
    session: Session, make: Maker, clock: StoppedClock, agent: Agent, agenda: Agenda, pair: tuple[Citizen, Citizen]
) -> None:
    seats = [
        make.appointment(agenda, NINE + timedelta(hours=n), citizen=each).participations[0]
        for n, each in enumerate(pair)
    ]
    for seat in seats:
        seat.sole = "motif:1"
    session.flush()

    merge(session, clock, agent.id, pair[0].id, pair[1].id)

    assert [(seat.citizen_id, seat.sole) for seat in seats] == [(pair[0].id, "motif:1"), (pair[0].id, None)]


def test_only_two_records_one_may_see_are_merged(
    session: Session, make: Maker, clock: StoppedClock, agent: Agent, pair: tuple[Citizen, Citizen]
) -> None:
    kept, dropped = pair
    stranger = known(make, make.organisation())

    with pytest.raises(NoSuchCitizen):
        merge(session, clock, agent.id, kept.id, stranger.id)
    with pytest.raises(NotTwo):
        merge(session, clock, agent.id, kept.id, kept.id)
    merge(session, clock, agent.id, kept.id, dropped.id)
    with pytest.raises(NoSuchCitizen):
        merge(session, clock, agent.id, dropped.id, kept.id)
    assert kept.merged_into_id is None


def test_a_table_nobody_thought_of_moves_too(session: Session, make: Maker) -> None:
    kept, dropped = make.citizen(), make.citizen()
    later = MetaData()
    citizen_id = Citizen.__table__.c.id
    wish = Table(
        "wish", later,
        Column("id", Integer, primary_key=True),
        Column("citizen_id", ForeignKey(citizen_id), nullable=False),
    )  # fmt: skip
    choice = Table(
        "choice", later,
        Column("citizen_id", ForeignKey(citizen_id), primary_key=True),
        Column("colour", Integer, primary_key=True),
    )  # fmt: skip
    later.create_all(session.connection())
    session.execute(insert(wish), [{"citizen_id": kept.id}, {"citizen_id": dropped.id}])
    rows = [(kept.id, 1), (dropped.id, 1), (dropped.id, 2)]
    session.execute(insert(choice), [{"citizen_id": who, "colour": colour} for who, colour in rows])

    repoint(session, kept.id, dropped.id, later)

    assert session.scalars(select(wish.c.citizen_id)).all() == [kept.id, kept.id]
    assert sorted(session.execute(select(choice)).all()) == [(kept.id, 1), (kept.id, 2)]


def test_every_foreign_key_to_a_citizen_is_known() -> None:
    named = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if any(key.target_fullname == "citizen.id" for key in column.foreign_keys)
    }

    assert {f"{table.name}.{column.name}" for table, column in references()} == named
    assert {"participation.citizen_id", "citizen.merged_into_id", "outbox_message.citizen_id"} <= named


def test_time_passes_in_a_merge(
    session: Session, clock: StoppedClock, agent: Agent, pair: tuple[Citizen, Citizen]
) -> None:
    clock.advance(timedelta(hours=1))
    merge(session, clock, agent.id, pair[0].id, pair[1].id)
    assert pair[0].updated_at == clock.now()


@pytest.mark.parametrize(
    ("vouched", "named"), [("kept", "Élise Moreau"), ("dropped", "Elise Morau"), ("both", "Élise Moreau")]
)
def test_what_a_provider_vouches_for_stands_whatever_is_chosen(
    session: Session,
    clock: StoppedClock,
    agent: Agent,
    pair: tuple[Citizen, Citizen],
    vouched: str,
    named: str,
) -> None:
    for which, citizen in zip(("kept", "dropped"), pair, strict=True):
        if vouched in (which, "both"):
            session.add(identity_of(citizen, clock))
    session.flush()

    merge(session, clock, agent.id, pair[0].id, pair[1].id, {"first_name", "last_name"} if vouched == "kept" else {})

    session.expire_all()
    assert pair[0].name == named
    owners = session.scalars(select(CitizenIdentity.citizen_id)).all()
    assert set(owners) == {pair[0].id}
    assert locked_fields(session, pair[0].id) == {"first_name": "FranceConnect", "last_name": "FranceConnect"}


def test_what_a_provider_vouches_for_is_not_changed_by_staff(
    session: Session, clock: StoppedClock, agent: Agent, pair: tuple[Citizen, Citizen]
) -> None:
    session.add(identity_of(pair[0], clock))
    session.flush()
    wanted = Person("Autre", "Nom", phone="+33699999999", birth_date=date(1990, 1, 2))

    change_citizen(session, clock, agent.id, pair[0].id, wanted, "Sonner deux fois")

    assert (pair[0].name, pair[0].phone) == ("Élise Moreau", "+33699999999")
    assert (pair[0].birth_date, pair[0].notes) == (date(1990, 1, 2), "Sonner deux fois")


def identity_of(citizen: Citizen, clock: StoppedClock) -> CitizenIdentity:
    """FranceConnect vouches for both names, and knows no birth date."""
    return CitizenIdentity(
        territory_id=citizen.territory_id,
        citizen_id=citizen.id,
        issuer="https://provider.test",
        subject=f"subject {citizen.id}",
        label="FranceConnect",
        first_name=citizen.first_name,
        last_name=citizen.last_name,
        created_at=clock.now(),
        last_used_at=clock.now(),
    )
