"""A deleted record says nothing any more of who it was; statistics and the journal stay (A03)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.audit.entry import AuditEntry
from rdvdav.audit.record import Actor, record
from rdvdav.booking.people import NoSuchCitizen, Person, citizen_in_sight
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.directory.organisation import DetailLevel, Organisation
from rdvdav.feeds.collecting import open_collection
from rdvdav.feeds.object import CalendarObject
from rdvdav.outbox.blocked import BlockedAddress, block
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import settle
from rdvdav.privacy.erase import StillComing, erase
from rdvdav.privacy.personal_data import NAMED_IN, OF_CITIZENS, tables_about_people
from rdvdav.records.change import change_citizen
from rdvdav.records.invite import invite
from rdvdav.settings import Settings
from rdvdav.tables import metadata

OF_OTHERS = {"absence", "agent", "app_password", "feed_address", "calendar_object"}
"""Tables whose words about people are about agents, or follow the appointments they show."""
NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SECRETS = ("Yolanda", "Quichotte", "yolanda", "612999888", "1951", "moulins")


def test_each_table_about_people_says_which_rows_are_a_citizens() -> None:
    unsaid = set(tables_about_people()) - set(OF_CITIZENS) - set(NAMED_IN) - OF_OTHERS
    assert unsaid == set()


def test_nothing_in_the_database_names_the_person_afterwards(
    session: Session, make: Maker, clock: StoppedClock, settings: Settings
) -> None:
    settle(session, settings)
    agent = make.agent()
    agenda = make.agenda_of(agent)
    here = make._the(Organisation)
    here.detail_level = DetailLevel.FULL
    open_collection(session, clock, agenda.id, level=DetailLevel.FULL)
    citizen = make.citizen(first_name="Yolanda", last_name="Quichotte", email="yolanda@exemple.test")
    session.add(CitizenOrganisation(citizen_id=citizen.id, organisation_id=here.id, created_at=clock.now()))
    session.flush()
    described = Person("Yolanda", "Quichotte", "yolanda@exemple.test", "+33612999888", date(1951, 1, 2))
    change_citizen(session, clock, agent.id, citizen.id, described, "Voit des moulins")
    appointment = make.appointment(agenda, NINE, citizen=citizen, comment="A parlé de moulins")
    who = Actor.agent(agent.id)
    record(session, clock, who, "appointment.cancelled", here.territory_id, appointment.id, reason="moulins")
    invite(session, clock, agent.id, citizen.id)
    for address in ("yolanda@exemple.test", "+33612999888", "somebody@else.test"):
        block(session, here.territory_id, address, "550", clock.now())
    session.flush()
    assert "Yolanda" in " ".join(text or "" for text in session.scalars(select(CalendarObject.text)))

    with pytest.raises(StillComing):
        erase(session, clock, agent.id, citizen.id)
    clock.advance(timedelta(days=2))
    erase(session, clock, agent.id, citizen.id)

    session.flush()
    session.expire_all()
    everything = " ".join(
        repr(tuple(row)) for table in metadata.sorted_tables for row in session.execute(select(table))
    )
    assert [secret for secret in SECRETS if secret in everything] == []
    assert session.scalars(select(Participation.citizen_id)).all() == [citizen.id]
    assert session.scalars(select(Appointment.motif_id)).all() == [appointment.motif_id]
    assert "citizen.erased" in session.scalars(select(AuditEntry.kind)).all()
    assert all(session.scalars(select(Message.dropped_at)))
    assert session.get_one(Citizen, citizen.id).erased_at == clock.now()
    assert session.scalars(select(BlockedAddress.address)).all() == ["somebody@else.test"]
    with pytest.raises(NoSuchCitizen):
        citizen_in_sight(session, agent.id, citizen.id)
