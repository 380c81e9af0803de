"""« Jours fériés »: who reads and who changes them, and what follows: slots, availability, free/busy, the agenda (S04)."""

from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from web.agent.test_consequences import SAVE, chosen, found, hidden, lines, told
from web.agent.town import Town, book, plain, read, signed_in

from rdvdav.agenda.status import Status
from rdvdav.audit.entry import AuditEntry
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.membership import Membership, Role, TerritoryAdmin
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.feeds.occupied import availability_text, free_busy_text
from rdvdav.hours.holiday import CALENDARS
from rdvdav_web.agent.holidays import CALENDARS as NAMES

CHRISTMAS, GOOD_FRIDAY, BRIDGE = date(2026, 12, 25), date(2027, 3, 26), date(2026, 12, 18)


@pytest.fixture
def organisation(town: Town, database: Database) -> int:
    """Claire's, which she administers."""
    with database.transaction() as session:
        session.execute(update(Membership).where(Membership.agent_id == town.claire).values(role=Role.ADMIN))
        found = session.scalars(select(Membership.organisation_id).where(Membership.agent_id == town.claire)).one()
        session.get_one(Organisation, found).holiday_calendar = "FR-67"
    return found


def holidays(database: Database, organisation: int) -> dict[date, str]:
    with database.reading() as session:
        found = session.get_one(Organisation, organisation).holidays
        return found.between(date(2026, 11, 1), date(2027, 12, 31))


def ticked(database: Database, organisation: int) -> list[str]:
    """What the form sends when nothing is touched: the calendar's days of both years."""
    with database.reading() as session:
        found = session.get_one(Organisation, organisation).holidays
        return [day.isoformat() for day in found.between(date(2026, 1, 1), date(2027, 12, 31))]


def test_every_calendar_has_a_name() -> None:
    assert NAMES.keys() == CALENDARS.keys()


def test_a_commune_works_on_a_day_of_its_calendar_and_takes_it_back(
    claire: FlaskClient, database: Database, organisation: int
) -> None:
    page = read(claire.get("/agent/jours-feries"))
    assert "Vendredi 26 mars 2027 – Vendredi saint" in page
    path, all_days = f"/agent/jours-feries?organisation={organisation}", ticked(database, organisation)

    claire.post(path, data={"closed": [day for day in all_days if day != GOOD_FRIDAY.isoformat()]})
    assert GOOD_FRIDAY not in holidays(database, organisation)
    assert CHRISTMAS in holidays(database, organisation)
    assert f'value="{GOOD_FRIDAY}" checked' not in read(claire.get(path))

    claire.post(path, data={"closed": [*all_days, "demain", "2026-12-01"]})
    assert holidays(database, organisation)[GOOD_FRIDAY] == "Vendredi saint"
    assert date(2026, 12, 1) not in holidays(database, organisation)


def test_a_day_is_added_named_anew_and_taken_back(claire: FlaskClient, database: Database, organisation: int) -> None:
    path = f"/agent/jours-feries/ajouter?organisation={organisation}"

    claire.post(path, data={"day": "18/12/2026", "name": "Inventaire"})
    page = read(claire.get(f"/agent/jours-feries?organisation={organisation}"))
    assert "Le vendredi 18 décembre 2026 est maintenant férié : Inventaire." in page
    assert "Inventaire" in read(claire.get("/agent/agenda?vue=semaine&jour=2026-12-18"))
    claire.post(path, data={"day": "2026-12-18", "name": "Fermeture"})
    assert holidays(database, organisation)[BRIDGE] == "Fermeture"

    claire.post(f"/agent/jours-feries/retirer?organisation={organisation}", data={"day": "2026-12-18"})
    assert BRIDGE not in holidays(database, organisation)
    with database.reading() as session:
        kinds = set(session.scalars(select(AuditEntry.kind).where(AuditEntry.subject == "organisation")))
    assert kinds == {"organisation.holidays_changed"}


def test_the_appointments_of_a_day_that_is_closed_get_a_choice_first(
    claire: FlaskClient, database: Database, town: Town, organisation: int, clock: StoppedClock
) -> None:
    references = [book(database, clock, town, hour, day=BRIDGE) for hour in (10, 11)]
    path = f"/agent/jours-feries/ajouter?organisation={organisation}"
    typed = {"day": "18/12/2026", "name": "Inventaire"}

    page = read(claire.post(path, data=typed))
    assert "2 rendez-vous concernés" in page
    assert "Le vendredi 18 décembre 2026 : Inventaire" in page
    assert chosen(page) == ["keep", "keep"]
    assert BRIDGE not in holidays(database, organisation)
    back = read(claire.post(path, data=hidden(page) | {"preview": "1"}))
    assert 'value="Inventaire"' in back

    choices = dict(zip(lines(page), ("cancel", "keep"), strict=True))
    claire.post(path, data=hidden(page) | SAVE | choices)
    assert holidays(database, organisation)[BRIDGE] == "Inventaire"
    statuses = [found(database, reference).status for reference in references]
    assert statuses == [Status.CANCELLED_BY_STAFF, Status.PLANNED]
    assert found(database, references[1]).withdrawn_at is not None
    assert told(database) == ["appointment.cancelled"]

    # The days ticked are asked for the same way, and all of them come back with the choices.
    closed = ticked(database, organisation)
    worked = [day for day in closed if day != CHRISTMAS.isoformat()]
    claire.post(f"/agent/jours-feries?organisation={organisation}", data={"closed": worked})
    book(database, clock, town, 10, day=CHRISTMAS)
    page = read(claire.post(f"/agent/jours-feries?organisation={organisation}", data={"closed": closed}))
    assert page.count('type="hidden" name="closed"') == len(closed)
    assert CHRISTMAS not in holidays(database, organisation)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"day": "", "name": "Pont"}, "Saisissez une date"),
        ({"day": "2026-12-18", "name": " "}, "Nommez le jour"),
        ({"day": "2026-12-18", "name": "x" * 101}, "Raccourcissez le nom"),
    ],
)
def test_a_wrong_day_is_said_beside_its_field(
    claire: FlaskClient, database: Database, organisation: int, typed: dict[str, str], words: str
) -> None:
    before = holidays(database, organisation)

    page = read(claire.post(f"/agent/jours-feries/ajouter?organisation={organisation}", data=typed))

    assert page.count(words) >= 2
    assert holidays(database, organisation) == before


def test_another_calendar_is_followed(claire: FlaskClient, database: Database, organisation: int) -> None:
    path = f"/agent/jours-feries/calendrier?organisation={organisation}"

    claire.post(path, data={"calendar": "RE"})
    assert holidays(database, organisation)[date(2026, 12, 20)] == "Abolition de l'esclavage"
    assert claire.post(path, data={"calendar": "XX"}).status_code == 403
    claire.post(path, data={"calendar": ""})
    assert holidays(database, organisation) == {}
    assert "Aucun jour férié dans ce calendrier." in read(claire.get("/agent/jours-feries"))


def test_who_does_not_administer_reads_only_and_strangers_do_not_even_read(
    town: Town, database: Database, clock: StoppedClock, organisation: int
) -> None:
    bruno = signed_in(town, database, clock, town.bruno)
    page = read(bruno.get(f"/agent/jours-feries?organisation={organisation}"))
    assert "Vendredi saint" in page
    assert "Ajouter le jour" not in page
    stranger = signed_in(town, database, clock, town.stranger)
    assert "Vendredi saint" not in read(stranger.get("/agent/jours-feries"))
    before = holidays(database, organisation)

    for browser in (bruno, stranger):
        answers = [
            browser.post(f"/agent/jours-feries{step}?organisation={key}", data=data)
            for key in (organisation, 999_999, "x")
            for step, data in [
                ("", {}),
                ("/calendrier", {"calendar": "FR"}),
                ("/ajouter", {"day": "2026-12-18", "name": "Pont"}),
                ("/retirer", {"day": "2026-12-25"}),
            ]
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert len({plain(answer) for answer in answers}) == 1
    assert stranger.get(f"/agent/jours-feries?organisation={organisation}").status_code == 404
    assert holidays(database, organisation) == before


def test_the_territorys_admin_changes_them_too(
    town: Town, database: Database, clock: StoppedClock, organisation: int
) -> None:
    with database.transaction() as session:
        territory = session.get_one(Organisation, organisation).territory_id
        session.add(TerritoryAdmin(agent_id=town.stranger, territory_id=territory))
    admin = signed_in(town, database, clock, town.stranger)

    admin.post(f"/agent/jours-feries/ajouter?organisation={organisation}", data={"day": "2026-12-18", "name": "Pont"})

    assert holidays(database, organisation)[BRIDGE] == "Pont"


def test_availability_and_free_busy_follow_at_once_unless_a_motif_ignores_holidays(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock, organisation: int
) -> None:
    claire.post(f"/agent/jours-feries/ajouter?organisation={organisation}", data={"day": "2026-12-18", "name": "Pont"})

    def closed() -> tuple[bool, bool]:
        with database.reading() as session:
            texts = [
                text(session, clock, town.agenda, "x").replace("\r\n ", "")
                for text in (availability_text, free_busy_text)
            ]
        return "20261218T090000" in texts[0], "20261217T110000Z/20261221T080000Z" in texts[1]

    assert datetime(2026, 11, 23, tzinfo=UTC) < clock.now() < datetime(2026, 11, 24, tzinfo=UTC)
    assert closed() == (True, True)
    with database.transaction() as session:
        session.get_one(Motif, town.motif).ignores_holidays = True
    assert closed() == (False, False)
