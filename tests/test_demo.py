"""The demonstration territory: as large as promised, true to the rules, told to nobody, and the same for the same day."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rdvdav import demo
from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED, Status
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.demo.tour import facts_path
from rdvdav.directory.agent import Agent
from rdvdav.directory.motif import BookableBy, Modality, Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.directory.territory import Territory
from rdvdav.feeds.access import agent_by_app_password
from rdvdav.feeds.listing import served
from rdvdav.feeds.subscription import feed_by_secret
from rdvdav.hours.interval import Interval
from rdvdav.hours.wall import local_day, to_minutes
from rdvdav.outbox.blocked import BlockedAddress
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message, Receipt
from rdvdav.policy.installation import settle
from rdvdav.policy.password import password_matches
from rdvdav.policy.sight import NoSuchAgenda, agenda_in_sight
from rdvdav.settings import Settings
from rdvdav.slots.offer import needs_place
from rdvdav.slots.search import find_days, places_with_next

pytestmark = pytest.mark.slow

MONDAY = date(2026, 11, 23)
EIGHT = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
KEYS = {
    "base_url",
    "portal_url",
    "agent_email",
    "agent_password",
    "app_password",
    "principal",
    "calendar_url",
    "other_calendar_url",
    "webcal_url",
    "agenda",
}


@dataclass
class Loaded:
    """A database with the demonstration of Monday 23 November 2026 in it."""

    database: Database
    settings: Settings
    steps: list[int] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, Any]:
        return demo.describe(self.settings)


@pytest.fixture(scope="module")
def loaded(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """On SQLite; loaded once, and not to be changed."""
    folder = tmp_path_factory.mktemp("demonstration")
    copy(_migrated_sqlite, folder / "rdvdav.sqlite")
    settings = Settings(database_url=f"sqlite:///{folder}/rdvdav.sqlite", public_url="http://rdv.example.test")
    found = Loaded(Database(settings.database_url), settings)
    demo.load(found.database, MONDAY, settings, found.steps.append)
    yield found
    found.database.dispose()


@pytest.fixture
def session(loaded: Loaded) -> Iterator[Session]:
    with loaded.database.reading() as session:
        yield session


@pytest.mark.parametrize(
    ("table", "number"),
    [
        (Territory, 1),
        (Organisation, 3),
        (Service, 6),
        (Motif, 13),
        (Agent, 20),
        (Agenda, 20),
        (Place, 6),
        (OpeningRange, 60),
        (Appointment, 3004),
        (Participation, 3016),
    ],
)
def test_it_is_as_large_as_promised(session: Session, table: type[Any], number: int) -> None:
    assert session.scalar(select(func.count()).select_from(table)) == number


def test_it_shows_every_kind_of_thing(session: Session) -> None:
    motifs = session.scalars(select(Motif)).all()
    recurrences = set(session.scalars(select(OpeningRange.recurrence)))

    assert {motif.modality for motif in motifs} == set(Modality)
    assert any(motif.restriction for motif in motifs)
    assert any(motif.pieces for motif in motifs)
    assert sum(motif.sensitive for motif in motifs) == 1
    assert None in recurrences
    assert {"FREQ=WEEKLY;BYDAY=TU", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA", "FREQ=MONTHLY;BYDAY=1SA"} <= recurrences
    assert set(session.scalars(select(Appointment.status))) == set(Status) - {Status.TO_REPLAN}


def test_appointments_stretch_over_two_years_and_past_ones_have_an_outcome(session: Session) -> None:
    rows = session.execute(select(Appointment.starts_at, Appointment.status, Appointment.created_at)).all()

    assert min(row.starts_at for row in rows) < EIGHT - timedelta(days=330)
    assert max(row.starts_at for row in rows) > EIGHT + timedelta(days=300)
    assert {row.status for row in rows if row.starts_at < EIGHT - timedelta(days=7)}.isdisjoint({Status.PLANNED})
    assert {row.status for row in rows if row.starts_at > EIGHT} <= {Status.PLANNED} | CANCELLED
    assert all(row.created_at < min(row.starts_at, EIGHT) for row in rows)


def test_the_last_bookings_were_told_and_one_mail_came_back(session: Session) -> None:
    rows = session.scalars(select(Message)).all()
    told, planned = ([row for row in rows if row.to_compose is late] for late in (False, True))

    assert {row.event for row in told} == {Event.APPOINTMENT_CREATED}
    assert all(row.sent_at == row.created_at and not row.secrets for row in told)
    assert [row.receipt for row in told].count(Receipt.FAILED) == 1
    assert len(session.scalars(select(BlockedAddress)).all()) == 1
    assert planned
    assert all(row.due_at > EIGHT for row in planned), "nothing leaves when the demonstration begins"


def test_no_two_appointments_overlap_and_none_lies_in_an_absence(session: Session) -> None:
    taken: dict[int, list[Interval]] = {}
    query = select(Claim.agenda_id, Claim.starts_at, Claim.ends_at)
    for agenda_id, starts_at, ends_at in session.execute(query.where(Claim.holds_time).order_by(Claim.starts_at)):
        taken.setdefault(agenda_id, []).append(Interval(to_minutes(starts_at), to_minutes(ends_at)))

    assert len(taken) == 20
    for mine in taken.values():
        assert all(one.end <= other.start for one, other in pairwise(mine))
    for absence in session.scalars(select(Absence)):
        mine = taken[absence.agenda_id]
        away = list(absence.hours.within(Interval(mine[0].start, mine[-1].end)))
        assert not any(each.overlaps(span) for each in mine for span in away)


def test_no_appointment_lies_on_a_holiday(session: Session) -> None:
    days = session.execute(select(Appointment.starts_at, Appointment.organisation_id)).all()
    holidays = {each.id: (each.holidays, each.zone) for each in session.scalars(select(Organisation))}

    for starts_at, organisation_id in days:
        closed, zone = holidays[organisation_id]
        assert local_day(to_minutes(starts_at), zone) not in closed


def test_every_motif_that_citizens_may_book_has_free_slots_soon(session: Session) -> None:
    clock = StoppedClock(EIGHT)
    for motif in session.scalars(select(Motif).where(Motif.bookable_by == BookableBy.EVERYONE)):
        page = find_days(session, clock, motif)

        assert len(page.days) == (3 if motif.collective else 10)
        assert page.first_free is not None
        assert page.first_free.starts_at < EIGHT + timedelta(days=14 if motif.collective else 2)
        if needs_place(motif):
            assert all(slot for _, slot in places_with_next(session, clock, motif))


def test_calendars_serve_what_is_in_their_window_and_recently_cancelled(session: Session) -> None:
    since, cancelled_since = EIGHT - timedelta(days=30), EIGHT - timedelta(days=7)
    for agenda_id in session.scalars(select(Agenda.id)).all():
        rows = session.execute(
            select(Appointment.uid, Appointment.status, Appointment.cancelled_at)
            .join(Claim)
            .where(Claim.agenda_id == agenda_id, Appointment.ends_at > since)
        ).all()
        wanted = {uid for uid, status, at in rows if status not in CANCELLED or at > cancelled_since}

        assert {event.uid for event in served(session, agenda_id)} == wanted


def test_the_bar_goes_to_its_end(loaded: Loaded) -> None:
    assert loaded.steps == [1] * demo.STEPS


def test_the_facts_are_complete_and_only_their_owner_reads_them(loaded: Loaded) -> None:
    path = facts_path(loaded.settings)

    assert loaded.facts.keys() >= KEYS
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent == Path(str(loaded.database.url.database)).parent


def test_the_accounts_and_keys_open_what_they_say(loaded: Loaded, session: Session) -> None:
    facts = loaded.facts
    reader = agent_by_app_password(session, facts["agent_email"], facts["app_password"].replace("-", ""))
    feed = feed_by_secret(session, facts["webcal_url"].removesuffix(".ics").rpartition("-")[2])

    assert reader is not None
    assert feed is not None
    assert feed.calendar is not None
    assert reader.principal == facts["principal"]
    assert facts["calendar_url"].endswith(f"/dav/{reader.principal}/{reader.calendars[0].slug}/")
    assert feed.calendar.id == reader.calendars[0].id
    (stored,) = set(session.scalars(select(Agent.password_hash).where(Agent.email.in_(facts["accounts"]))))
    assert password_matches(stored, facts["agent_password"])


def test_the_first_agent_sees_the_own_calendar_and_not_the_other(loaded: Loaded, session: Session) -> None:
    facts = loaded.facts
    agent = session.scalars(select(Agent).where(Agent.email == facts["agent_email"])).one()
    owner = session.scalars(select(Agent).where(Agent.principal == facts["other_calendar_url"].split("/")[4])).one()
    hidden = session.scalars(select(Agenda.id).where(Agenda.agent_id == owner.id)).one()

    assert agenda_in_sight(session, agent.id, facts["agenda"]).agent_id == agent.id
    with pytest.raises(NoSuchAgenda):
        agenda_in_sight(session, agent.id, hidden)


def test_addresses_follow_the_public_address(loaded: Loaded) -> None:
    facts = demo.describe(replace(loaded.settings, public_url="https://rdv.example.fr"))

    assert facts["webcal_url"].startswith("https://rdv.example.fr/calendrier/")
    assert facts["base_url"] == "https://rdv.example.fr"


def test_addresses_of_people_are_nobodys(session: Session) -> None:
    children = select(Citizen.responsible_id).where(Citizen.email.is_(None))
    assert None not in session.scalars(children).all()  # without an address, somebody answers for them
    known = select(Citizen.email).where(Citizen.email.is_not(None))
    addresses = [*session.scalars(known), *session.scalars(select(Agent.email))]

    assert len(set(addresses)) == len(addresses)
    assert all(address is not None and address.endswith(".example") for address in addresses)


def test_a_database_in_use_is_left_alone(loaded: Loaded) -> None:
    before = facts_path(loaded.settings).read_bytes()

    with pytest.raises(demo.NotEmpty):
        demo.load(loaded.database, MONDAY, loaded.settings, loaded.steps.append)

    assert facts_path(loaded.settings).read_bytes() == before


def test_without_a_demonstration_nothing_is_described(settings: Settings) -> None:
    with pytest.raises(demo.NotLoaded):
        demo.describe(settings)


def test_the_same_day_gives_the_same_on_postgresql(
    loaded: Loaded, postgresql: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    there = replace(loaded.settings, database_url=postgresql.url.render_as_string(hide_password=False))
    demo.load(postgresql, MONDAY, there, lambda _step: None)

    assert _rows(postgresql) == _rows(loaded.database)
    assert json.loads(facts_path(there).read_text())["agenda"] == loaded.facts["agenda"]
    with postgresql.transaction() as session:
        settle(session, settings)


def _rows(database: Database) -> list[Any]:
    """What people see of all appointments."""
    with database.reading() as session:
        return [
            tuple(row)
            for row in session.execute(
                select(
                    Appointment.uid,
                    Appointment.reference,
                    Appointment.starts_at,
                    Appointment.ends_at,
                    Appointment.status,
                    Appointment.comment,
                    Motif.name,
                    Agenda.name,
                    Citizen.email,
                )
                .join(Motif, Motif.id == Appointment.motif_id)
                .join(Claim, Claim.appointment_id == Appointment.id)
                .join(Agenda, Agenda.id == Claim.agenda_id)
                .join(Participation, Participation.appointment_id == Appointment.id)
                .join(Citizen, Citizen.id == Participation.citizen_id)
                .order_by(Appointment.id, Citizen.email, Participation.id)
            )
        ]
