"""« Mes agendas » and « Réservation en ligne »: addresses, secrets shown once, steps for each program."""

import plistlib
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update
from web.agent.town import Town, plain, read, signed_in

from rdvdav.agenda.agenda import Agenda
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.organisation import Organisation
from rdvdav.feeds.access import AppPassword, agent_by_app_password
from rdvdav.feeds.address import FeedAddress
from rdvdav.feeds.collecting import open_collection
from rdvdav.feeds.follow import followed
from rdvdav.feeds.object import CalendarObject
from rdvdav.i18n import long_date, wall
from rdvdav_web.agent.apple import profile
from rdvdav_web.agent.calendar_page import CLIENTS, SHOWN_ONCE

HOME = "/agent/mes-agendas"
PASSWORD = re.compile(r'id="fresh-password" value="([a-z0-9-]+)"')
LINK = re.compile(r'value="http://rdv\.example\.test(/calendrier/[a-z-]+-[a-z0-9]+\.i[cf][sb])"')


def page_of(client: FlaskClient, path: str = HOME) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    return read(answer)


def made(client: FlaskClient, path: str, **data: str) -> str:
    answer = client.post(path, data=data)
    assert answer.status_code == 303
    return page_of(client, answer.headers["Location"].partition("#")[0])


@pytest.mark.parametrize("client", CLIENTS)
def test_each_program_has_its_steps_six_at_most(claire: FlaskClient, client: str) -> None:
    answer = claire.get(f"{HOME}/{client}", follow_redirects=True)
    page = read(answer)

    (steps,) = re.findall(r"<ol>.*?</ol>", page, re.DOTALL)
    assert answer.status_code == 200
    assert 2 <= steps.count("<li>") <= 6
    assert "Lecture seule" in page
    assert page.count('aria-current="page"') >= 2


def test_an_unknown_program_is_not_found(claire: FlaskClient) -> None:
    assert claire.get(f"{HOME}/minitel").status_code == 404
    assert claire.post(f"{HOME}/minitel/liens", data={"program": ""}).status_code == 404


def test_the_address_and_the_identifier_are_there_to_copy(claire: FlaskClient, town: Town) -> None:
    page = page_of(claire)

    assert 'value="http://rdv.example.test/dav/"' in page
    assert f'value="{town.principal}"' in page
    assert f"caldav://{town.principal}@rdv.example.test/dav/" in page
    assert page.count("<svg viewBox") >= 1
    assert "style=" not in page


def test_an_app_password_is_shown_once_and_opens_the_calendar(
    claire: FlaskClient, town: Town, database: Database
) -> None:
    page = made(claire, f"{HOME}/android/mots-de-passe", device="Téléphone de Claire")

    (secret,) = PASSWORD.findall(page)
    with database.reading() as session:
        reader = agent_by_app_password(session, town.principal, secret)
    assert reader is not None
    assert reader.agent_id == town.claire
    again = page_of(claire, f"{HOME}/android")
    assert secret not in again
    assert "Téléphone de Claire" in again
    with claire.session_transaction() as cookie:
        assert SHOWN_ONCE not in cookie


def test_reloading_makes_no_second_password(claire: FlaskClient, database: Database) -> None:
    made(claire, f"{HOME}/mac/mots-de-passe", device="Mac")
    page_of(claire, f"{HOME}/mac")

    with database.reading() as session:
        assert len(session.scalars(select(AppPassword)).all()) == 1


@pytest.mark.parametrize(("path", "field"), [("mots-de-passe", "device"), ("liens", "program")])
def test_a_key_needs_a_name(claire: FlaskClient, database: Database, path: str, field: str) -> None:
    for name, words in (("", "Nommez"), ("x" * 61, "Raccourcissez"), ("\0\t", "Nommez")):
        answer = claire.post(f"{HOME}/mac/{path}", data={field: name})
        page = read(answer)
        assert (answer.status_code, "<title>Erreur : " in page) == (200, True)
        assert page.count(words) >= 2
    with database.reading() as session:
        assert session.scalars(select(AppPassword)).all() == []
        assert session.scalars(select(FeedAddress)).all() == []


def test_a_password_is_revoked_once_confirmed(claire: FlaskClient, database: Database, town: Town) -> None:
    (secret,) = PASSWORD.findall(made(claire, f"{HOME}/mac/mots-de-passe", device="Mac"))
    with database.reading() as session:
        key = session.scalars(select(AppPassword.id)).one()
    path = f"{HOME}/mots-de-passe/{key}/revoquer"

    assert "Garder le mot de passe" in page_of(claire, path)
    with database.reading() as session:
        assert agent_by_app_password(session, town.principal, secret)
    assert claire.post(path).status_code == 303
    with database.reading() as session:
        assert agent_by_app_password(session, town.principal, secret) is None
    assert claire.post(path).status_code == 404


def test_a_link_is_shown_once_in_both_forms_and_is_a_calendar(claire: FlaskClient, town: Town) -> None:
    page = made(claire, f"{HOME}/google/liens", program="Google au bureau")

    (path,) = LINK.findall(page)
    assert f'value="webcal://rdv.example.test{path}"' in page
    answer = town.app.test_client().get(path, headers={"User-Agent": "Google-Calendar-Importer"})
    assert read(answer).startswith("BEGIN:VCALENDAR")
    answer.close()
    again = page_of(claire, f"{HOME}/google")
    assert path not in again
    assert "Google au bureau" in again
    assert "par Google Agenda" in again
    assert "aujourd'hui, lundi 23 novembre" in again


def test_a_reset_link_replaces_the_old_one(claire: FlaskClient, town: Town, database: Database) -> None:
    (old,) = LINK.findall(made(claire, f"{HOME}/google/liens", program="Google"))
    with database.reading() as session:
        key = session.scalars(select(FeedAddress.id)).one()
    path = f"{HOME}/liens/{key}/reinitialiser"
    assert "cesse aussitôt de fonctionner" in page_of(claire, path)

    (new,) = LINK.findall(made(claire, path))

    machine = town.app.test_client()
    assert (machine.get(old).status_code, machine.get(new).status_code) == (404, 200)


def test_a_revoked_link_leads_nowhere(claire: FlaskClient, town: Town, database: Database) -> None:
    (link,) = LINK.findall(made(claire, f"{HOME}/google/liens", program="Google"))
    with database.reading() as session:
        key = session.scalars(select(FeedAddress.id)).one()

    page_of(claire, f"{HOME}/liens/{key}/revoquer")
    assert town.app.test_client().get(link).status_code == 200
    claire.post(f"{HOME}/liens/{key}/revoquer")

    assert town.app.test_client().get(link).status_code == 404
    assert "Google</th>" not in page_of(claire, f"{HOME}/google")


# --- what a link shows


def test_a_link_shows_what_was_chosen_at_the_level_that_was_chosen(claire: FlaskClient, town: Town) -> None:
    machine = town.app.test_client()
    chosen = {
        ("main", "busy"): ("SUMMARY:Occupé", "Mes rendez-vous", "Niveau : Occupé"),
        ("organisation-1", "motif"): ("X-WR-CALNAME:Mairie de Sainte-Anne", "Mairie de Sainte-Anne", "Niveau : Motif"),
        ("free_busy", "motif"): ("BEGIN:VFREEBUSY", "Mes heures libres et occupées (.ifb)", ""),
        ("availability", ""): ("BEGIN:VAVAILABILITY", "Mes horaires, pour un logiciel", ""),
    }
    for (shows, level), (line, words, level_words) in chosen.items():
        page = made(claire, f"{HOME}/google/liens", program=f"Google {shows}", shows=shows, level=level)
        (path,) = LINK.findall(page)
        (row,) = re.findall(rf"<th[^>]*>Google {shows}</th>.*?</tr>", page, re.DOTALL)
        assert path.endswith(".ifb" if shows == "free_busy" else ".ics")
        assert line in machine.get(path).text
        assert words in row
        assert ("Niveau" in row, level_words in row) == (bool(level_words), True)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"shows": "absences"}, "Choisissez ce que montre le lien"),
        ({"shows": "organisation-2"}, "Choisissez ce que montre le lien"),
        ({"shows": "x" * 999}, "Choisissez ce que montre le lien"),
        ({"shows": "main", "level": "full"}, "Choisissez un niveau moins détaillé"),
        ({"shows": "main", "level": "nonsense"}, "Choisissez un niveau moins détaillé"),
    ],
)
def test_nobody_chooses_what_is_not_offered(
    claire: FlaskClient, database: Database, data: dict[str, str], words: str
) -> None:
    answer = claire.post(f"{HOME}/google/liens", data={"program": "Google"} | data)

    assert answer.status_code == 200
    assert read(answer).count(words) == 2
    assert 'value="Google"' in read(answer)
    with database.reading() as session:
        assert session.scalars(select(FeedAddress)).all() == []


def test_names_are_offered_only_where_the_organisation_lets_them_out(
    claire: FlaskClient, database: Database, clock: StoppedClock, town: Town
) -> None:
    assert 'value="full"' not in page_of(claire)
    with database.transaction() as session:
        session.execute(update(Organisation).values(detail_level="full"))
        session.execute(update(Agenda).values(detail_level="full"))
        open_collection(session, clock, town.agenda)

    page = page_of(claire)

    assert 'value="full"' in page
    assert "le niveau « Complet » : outre le motif" in page
    assert page.count("Jeanne Roux") == 2


# --- state of each link


def test_each_link_says_whether_it_works_and_what_to_do(claire: FlaskClient, town: Town, clock: StoppedClock) -> None:
    (path,) = LINK.findall(made(claire, f"{HOME}/google/liens", program="Google"))
    assert "Pas encore lu" in page_of(claire)
    town.app.test_client().get(path).close()
    assert "Fonctionne" in page_of(claire)

    clock.advance(timedelta(days=6))
    assert "Fonctionne" in page_of(claire)
    clock.advance(timedelta(days=1))
    assert "N'est plus lu" in page_of(claire)
    assert "révoquez-le" in page_of(claire)


def test_a_feed_that_is_cut_says_so_and_from_which_day(
    claire: FlaskClient, database: Database, town: Town, clock: StoppedClock
) -> None:
    (path,) = LINK.findall(made(claire, f"{HOME}/google/liens", program="Google"))
    assert "trop long" not in page_of(claire)
    with database.transaction() as session:
        row = session.scalars(select(CalendarObject)).first()
        pattern = {column.key: getattr(row, column.key) for column in CalendarObject.__table__.columns}
        many = range(1, 3001)
        session.execute(
            insert(CalendarObject),
            [
                pattern
                | {
                    "href": f"{n}.ics",
                    "uid": f"{n}@x",
                    "starts_at": clock.now() + n * timedelta(hours=8),
                    "ends_at": clock.now() + n * timedelta(hours=8, minutes=1),
                }
                for n in many
            ],
        )

    page, feed = page_of(claire), town.app.test_client().get(path).text

    first_missing = clock.now() + feed.count("BEGIN:VEVENT") * timedelta(hours=8)
    assert len(feed.encode()) <= 1_000_000
    assert "Le lien « Google » est trop long" in page
    assert f"À partir du {long_date(wall(first_missing, 'Europe/Paris'))}, il ne montre plus rien" in page


def test_the_page_costs_as_many_statements_for_many_links_as_for_one(
    claire: FlaskClient, database: Database, statements
) -> None:
    counts = []
    for number in range(3):
        for shows in ("main", "organisation-1", "place-1"):
            claire.post(f"{HOME}/mac/liens", data={"program": f"P{number}", "shows": shows, "level": "motif"})
        page_of(claire)
        with statements(database) as seen:
            page_of(claire)
        counts.append(len([each for each in seen if each.lstrip("( ").startswith("SELECT")]))

    assert len(set(counts)) == 1
    assert counts[0] <= 16


# --- publishing, colleagues, the Apple profile


@pytest.mark.parametrize(
    ("calendar", "shows", "words"),
    [("indisponibilites", "absences", "mes indisponibilités"), ("plages", "openings", "mes plages d'ouverture")],
)
def test_a_calendar_is_published_and_taken_back_once_confirmed(
    claire: FlaskClient, town: Town, calendar: str, shows: str, words: str
) -> None:
    path = f"{HOME}/publication/{calendar}"
    assert f"Publier {words}" in page_of(claire)
    assert claire.post(path).status_code == claire.post(path).status_code == 303
    (link,) = LINK.findall(made(claire, f"{HOME}/mac/liens", program="Google", shows=shows, level="motif"))
    assert town.app.test_client().get(link).text.count("BEGIN:VEVENT") == 1

    confirm = page_of(claire, f"{path}/arreter")
    assert "Le lien « Google » cesse définitivement de fonctionner." in confirm
    assert town.app.test_client().get(link).status_code == 200
    assert claire.post(f"{path}/arreter").status_code == 303

    assert town.app.test_client().get(link).status_code == 404
    assert f"Publier {words}" in page_of(claire)
    assert "cesse définitivement" not in page_of(claire, f"{path}/arreter")


def test_appointments_have_no_switch(claire: FlaskClient) -> None:
    for path in ("rendez-vous", "main", "rendez-vous/arreter"):
        assert claire.post(f"{HOME}/publication/{path}").status_code in (404, 405)


def test_colleagues_are_ticked_and_unticked(claire: FlaskClient, town: Town, database: Database) -> None:
    def ticked() -> list[int]:
        with database.reading() as session:
            return [agenda.id for agenda in followed(session, town.claire)]

    page = page_of(claire)
    assert "Amina Roy" in page
    assert "Paul Loin" not in page

    claire.post(f"{HOME}/collegues", data={"agenda": [town.colleagues_agenda]})
    assert ticked() == [town.colleagues_agenda]
    assert re.search(rf'value="{town.colleagues_agenda}" checked', page_of(claire))
    for foreign in (town.foreign_agenda, "x", -1, 2**70):
        assert claire.post(f"{HOME}/collegues", data={"agenda": [foreign]}).status_code == 404
    assert ticked() == [town.colleagues_agenda]
    claire.post(f"{HOME}/collegues")
    assert ticked() == []


@pytest.mark.parametrize("client", ["iphone", "mac"])
def test_apple_devices_get_a_profile_without_a_password(claire: FlaskClient, town: Town, client: str) -> None:
    page = read(claire.get(f"{HOME}/{client}", follow_redirects=True))
    (path,) = re.findall(r'href="([^"]+\.mobileconfig)"', page)

    answer = claire.get(path)

    assert answer.mimetype == "application/x-apple-aspen-config"
    whole = plistlib.loads(answer.data)
    [account] = whole["PayloadContent"]
    assert account["PayloadType"] == "com.apple.caldav.account"
    assert account["CalDAVHostName"] == "rdv.example.test"
    assert account["CalDAVPrincipalURL"] == f"/dav/{town.principal}/"
    assert account["CalDAVUsername"] == town.principal
    assert (account["CalDAVPort"], account["CalDAVUseSSL"]) == (80, False)
    assert not [key for key in (*whole, *account) if "Password" in key]
    assert whole["PayloadUUID"] != account["PayloadUUID"]
    assert claire.get(path).data == answer.data


def test_a_profile_belongs_to_its_agent_and_place() -> None:
    first, other, elsewhere = (
        plistlib.loads(profile(url, principal, "Mairie"))
        for url, principal in (
            ("https://rdv.example.test/agenda", "abc"),
            ("https://rdv.example.test/agenda", "abd"),
            ("https://rdv.example.test:8443", "abc"),
        )
    )

    assert len({each["PayloadUUID"] for each in (first, other, elsewhere)}) == 3
    assert first["PayloadContent"][0]["CalDAVPrincipalURL"] == "/agenda/dav/abc/"
    assert first["PayloadContent"][0]["CalDAVPort"] == 443
    assert elsewhere["PayloadContent"][0]["CalDAVPort"] == 8443
    assert elsewhere["PayloadContent"][0]["CalDAVUseSSL"]


def test_a_colleagues_keys_answer_as_unknown_ones(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    made(claire, f"{HOME}/mac/mots-de-passe", device="Mac")
    made(claire, f"{HOME}/mac/liens", program="Google")
    bruno = signed_in(town, database, clock, town.bruno)
    answers = [
        getattr(bruno, method)(f"{HOME}/{kind}/{key}/{action}")
        for kind, action in (("mots-de-passe", "revoquer"), ("liens", "revoquer"), ("liens", "reinitialiser"))
        for key in (1, 999_999)
        for method in ("get", "post")
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({plain(answer) for answer in answers}) == 1
    with database.reading() as session:
        assert session.scalars(select(AppPassword)).one().revoked_at is None
        assert session.scalars(select(FeedAddress)).one().revoked_at is None


def test_the_public_address_is_there_to_copy_with_what_can_be_booked(claire: FlaskClient, town: Town) -> None:
    page = page_of(claire, "/agent/reservation-en-ligne")

    assert f'value="http://rdv.example.test/rdv/{town.slug}"' in page
    assert "Réservable" in page
    assert "Aucune plage d'ouverture" in page
    assert "Mairie de Loin" not in page
    assert town.app.test_client().get(f"/rdv/{town.slug}").status_code == 200
