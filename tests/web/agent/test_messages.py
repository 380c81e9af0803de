"""« Notifications » of the account and « Messages » of the settings: what is chosen stays, what is typed is kept (M-4, N05)."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from web.agent.test_administration import admin, chief, here, there
from web.agent.town import Town, plain, read

from rdvdav.database import Database
from rdvdav.directory.agent import Agent, Level
from rdvdav.notify.wording import MailTemplate
from rdvdav.outbox.message import Message

__all__ = ["admin", "chief"]
WORDS = {
    "subject": "Le {date} à {heure}",
    "introduction": "Bonjour {nom}.\n\nÀ bientôt !",
    "closing": "Réf. {reference}",
}


@pytest.fixture
def database(sqlite: Database) -> Database:  # pages: one database is enough
    return sqlite


def test_levels_are_chosen_with_examples_and_the_invitation_apart(
    town: Town, claire: FlaskClient, sqlite: Database
) -> None:
    page = plain(claire.get("/agent/mon-compte/notifications"))
    assert "Ce que font les autres" in page
    assert "Le secrétariat, ou vous-même" in page
    assert "c'est un choix à part" in page

    chosen = {"appointments": "near", "openings": "none", "absences": "all"}
    answer = claire.post("/agent/mon-compte/notifications", data=chosen, follow_redirects=True)
    assert "Votre choix est enregistré" in plain(answer)
    with sqlite.reading() as session:
        agent = session.get_one(Agent, town.claire)
        assert (agent.appointments_told, agent.openings_told, agent.absences_told) == (Level.NEAR, False, True)
        assert not agent.calendar_by_mail
    assert claire.post("/agent/mon-compte/notifications", data={"appointments": "loud"}).status_code == 200


def test_a_message_is_reworded_tried_and_put_back(town: Town, admin: FlaskClient, sqlite: Database) -> None:
    path = here(town, "messages/usager-confirmation")
    assert "Mots d'origine" in plain(admin.get(here(town, "messages")))

    preview = plain(admin.post(path, data=WORDS | {"action": "preview"}))
    assert "Le jeudi 3 décembre 2026 à 9 h" in preview
    assert "Bonjour Claire" in preview
    laid_out = admin.post(path, data=WORDS | {"introduction": "<script>{nom}", "action": "layout"})
    assert "&lt;script&gt;Claire Martin" in laid_out.text
    assert "sandbox" in laid_out.headers["Content-Security-Policy"]
    with sqlite.reading() as session:
        assert session.scalar(select(MailTemplate.id)) is None
    admin.post(path, data=WORDS | {"action": "test"})
    with sqlite.reading() as session:
        mail = session.scalars(select(Message)).one()
        assert (mail.event, mail.subject) == ("mail.tried", "Le jeudi 3 décembre 2026 à 9 h")
        assert "<p" in (mail.html or "")
    saved = admin.post(path, data=WORDS | {"action": "save"}, follow_redirects=True)
    assert "Vos mots</" in plain(saved)
    assert "Bonjour {nom}." in read(admin.get(path))
    back = admin.post(path, data={"action": "reset"}, follow_redirects=True)
    assert "Vos mots</" not in plain(back)


def test_what_is_no_field_is_refused_by_name_and_kept(town: Town, admin: FlaskClient) -> None:
    answer = admin.post(
        here(town, "messages/agent-annulation"), data=WORDS | {"closing": "À {ville}", "action": "save"}
    )

    assert "{ville} n'est pas un champ" in read(answer)
    assert "À {ville}" in read(answer)


def test_the_words_of_the_territory_show_where_there_are_none(town: Town, chief: FlaskClient) -> None:
    chief.post(there(town, "messages/usager-deplacement"), data=WORDS | {"action": "save"})

    assert "Mots du territoire" in plain(chief.get(here(town, "messages")))
    assert chief.get(here(town, "messages/usager-fete")).status_code == 404


@pytest.mark.parametrize("of_territory", [False, True])
def test_every_message_has_an_example_and_its_own_fields(town: Town, chief: FlaskClient, *, of_territory: bool) -> None:
    where = there if of_territory else here
    listed = read(chief.get(where(town, "messages")))
    paths = re.findall(r'href="([^"]*/messages/[^"]+)"', listed)

    assert len(paths) == 19
    assert "Rappel : rendez-vous le jeudi 3 décembre à 9 h" in plain(chief.get(where(town, "messages")))
    for path in paths:
        page = chief.get(path)
        assert (page.status_code, 'class="letter"' in read(page)) == (200, True), path
        assert ("{reference}" in read(page)) == (re.search("code|compte|invitation|liste", path) is None), path
    marked = [link for link in re.findall(r"<a [^>]*aria-current[^>]*>[^<]*", listed) if "Messages" not in link]
    assert {link.rpartition(">")[2] for link in marked} == {"Espace Admin" if of_territory else "Paramètres"}
