"""A person is handed all that is kept (GDPR art. 15), and nothing of anybody else."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.booking_invitation import BookingInvitation
from rdvdav.agenda.participation import Answer
from rdvdav.agenda.waiting_list import WaitingListEntry
from rdvdav.audit.record import Actor, record
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.identity import CitizenIdentity
from rdvdav.citizens.link import EmailProof
from rdvdav.clock import StoppedClock
from rdvdav.directory.organisation import Organisation
from rdvdav.feeds.change import changing
from rdvdav.feeds.citizen_events import CitizenFeed
from rdvdav.notify.announce import announce
from rdvdav.outbox.blocked import block
from rdvdav.outbox.event import Event
from rdvdav.policy.installation import settle
from rdvdav.privacy.erase import erase_own
from rdvdav.privacy.hand_over import WITHHELD, hand_over
from rdvdav.privacy.personal_data import OF_CITIZENS, personal_columns, tables_about_people
from rdvdav.records.subscription import subscribe
from rdvdav.settings import Settings
from rdvdav.tables import metadata
from rdvdav.tokens import digest

NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.fixture
def amina(session: Session, make: Maker, clock: StoppedClock, settings: Settings) -> Citizen:
    """Somebody of whom every table says something, with a child and an appointment; beside, a stranger of whom the same is kept."""
    settle(session, settings)
    agenda, people = make.agenda(), []
    for name in ("Amina", "Etrangere"):
        citizen = make.citizen(
            first_name=name,
            last_name=f"{name}-nom",
            email=f"{name.lower()}@exemple.test",
            phone="+33612345678",
            birth_date=date(1990, 1, 2),
            notes=f"Note de {name}",
        )
        child = make.citizen(first_name=f"Enfant-{name}", email=None, responsible_id=citizen.id)
        for person in (citizen, child):
            appointment = make.appointment(
                agenda,
                NINE,
                citizen=person,
                comment="SECRET",
                address=f"3 rue de {name}",
                withdrawn_reason=f"Fermeture {name}",
                cancel_reason=f"Raison {name}",
            )
            appointment.participations[0].answers = [Answer(position=0, question="Nom ?", answer=f"Réponse {name}")]
            with changing(session, clock, [claim.agenda_id for claim in appointment.claims]):
                announce(session, clock, Event.APPOINTMENT_CREATED, appointment)
        who = Actor.citizen(citizen.id)
        facts = {"phone": {"old": None, "new": f"06 {name}"}}
        record(session, clock, who, "citizen.changed", citizen.territory_id, citizen.id, **facts)
        session.add(_identity(citizen, clock))
        of_it = {"territory_id": citizen.territory_id, "organisation_id": appointment.organisation_id}
        of_it |= {"citizen_id": citizen.id, "motif_id": appointment.motif_id, "created_at": clock.now()}
        session.add(WaitingListEntry(email=citizen.email, **of_it))
        asked = {"agent_id": agenda.agent_id, "service_id": appointment.motif.service_id, "message": f"Venez, {name}"}
        session.add(BookingInvitation(expires_at=clock.now(), sent_at=clock.now(), **asked, **of_it))
        session.add(_proof(citizen, clock, make._the(Organisation).id))
        block(session, citizen.territory_id, citizen.email or "", "the server refused the recipient (550)", clock.now())
        people.append(citizen)
    session.flush()
    return people[0]


def test_every_personal_column_is_handed_over_or_withheld_for_a_reason(
    session: Session, clock: StoppedClock, amina: Citizen
) -> None:
    [me, child] = hand_over(session, clock, amina.id)["people"]

    given = {
        f"{table}.{column}"
        for person in (me, child)
        for table, rows in person["kept"].items()
        for row in rows
        for column in row
    }
    known = {
        f"{name}.{column.name}"
        for name, table in tables_about_people().items()
        if name in OF_CITIZENS
        for column in personal_columns(table)
    }
    assert known - given == set(WITHHELD)


def test_nothing_of_anybody_else_is_handed_over(session: Session, clock: StoppedClock, amina: Citizen) -> None:
    told = hand_over(session, clock, amina.id)

    text = json.dumps(told, ensure_ascii=False)
    assert "Etrangere" not in text
    assert "etrangere" not in text
    assert "SECRET" not in text
    assert told["people"][0]["name"] == "Amina Amina-nom"
    assert [len(person["appointments"]) for person in told["people"]] == [1, 1]


def test_nothing_that_was_handed_over_is_left_once_the_account_is_deleted(
    session: Session, clock: StoppedClock, amina: Citizen
) -> None:
    subscribe(session, clock, amina.id, session.scalars(select(Organisation.id)).first() or 0)
    clock.advance(timedelta(days=30))

    erase_own(session, clock, amina.id)

    session.flush()
    session.expire_all()
    left = " ".join(repr(tuple(row)) for table in metadata.sorted_tables for row in session.execute(select(table)))
    assert [
        word for word in ("Amina-nom", "amina@", "Note de Amina", "06 Amina", "subject of Amina") if word in left
    ] == []
    assert "Etrangere-nom" in left
    for table in (CitizenFeed, CitizenIdentity):
        assert amina.id not in session.scalars(select(table.citizen_id)).all()


def _identity(citizen: Citizen, clock: StoppedClock) -> CitizenIdentity:
    names = {"first_name": citizen.first_name, "last_name": citizen.last_name, "birth_date": citizen.birth_date}
    return CitizenIdentity(
        territory_id=citizen.territory_id,
        citizen_id=citizen.id,
        issuer="https://provider.test",
        subject=f"subject of {citizen.first_name}",
        label="FranceConnect",
        created_at=clock.now(),
        last_used_at=clock.now(),
        **names,
    )


def _proof(citizen: Citizen, clock: StoppedClock, organisation_id: int) -> EmailProof:
    return EmailProof(
        territory_id=citizen.territory_id,
        organisation_id=organisation_id,
        email=citizen.email,
        first_name=citizen.first_name,
        last_name=citizen.last_name,
        phone=citizen.phone,
        birth_date=citizen.birth_date,
        visit_digest=digest(citizen.first_name),
        code_digest=digest(citizen.first_name),
        link_digest=digest(citizen.first_name),
        tries_left=5,
        sent_at=clock.now(),
        expires_at=clock.now(),
        citizen_id=citizen.id,
    )
