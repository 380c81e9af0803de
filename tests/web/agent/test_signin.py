"""Signing in and out: one wording for failures, no way to other sites, sessions that can be revoked."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from web.agent.town import PASSWORD, Town, plain

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.agent import Agent
from rdvdav.policy import password
from rdvdav.policy.session import WebSession, close_session
from rdvdav.policy.signin import PER_ACCOUNT
from rdvdav_web import signin
from rdvdav_web.signin import COOKIE_KEY, local_path

CLAIRE = "claire@sainte-anne.test"


@pytest.fixture
def client(town: Town) -> FlaskClient:
    return town.app.test_client()


def sign_in(client: FlaskClient, email: str = CLAIRE, typed: str = PASSWORD, **more: str) -> tuple[int, str, str]:
    answer = client.post("/agent/connexion", query_string=more, data={"email": email, "password": typed})
    return answer.status_code, answer.headers.get("Location", ""), plain(answer)


def token_of(client: FlaskClient) -> str | None:
    with client.session_transaction() as cookie:
        return cookie.get(COOKIE_KEY)


def test_a_link_in_a_calendar_leads_through_the_sign_in_to_the_appointment(client: FlaskClient, town: Town) -> None:
    path = f"/agent/rendez-vous/{town.reference}"

    asked = client.get(path)
    assert asked.status_code == 303
    page = client.get(asked.headers["Location"])
    assert page.status_code == 200
    answer = client.post(asked.headers["Location"], data={"email": CLAIRE, "password": PASSWORD})

    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert "Jeanne Roux" in client.get(path).get_data(as_text=True)


@pytest.mark.parametrize(
    "path", ["agenda", "plages", "plages/1", "indisponibilites/nouvelle", "mes-agendas", "reservation-en-ligne", ""]
)
def test_every_page_asks_who_one_is(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/agent/{path}")

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/agent/connexion?next=/agent/")


def test_a_post_without_session_changes_nothing_and_leads_to_no_post(client: FlaskClient, town: Town) -> None:
    answer = client.post(f"/agent/plages/{town.opening}/supprimer")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/agent/connexion")


def test_failures_say_the_same_whatever_was_wrong(client: FlaskClient, town: Town, database: Database) -> None:
    with database.transaction() as session:
        left = session.get_one(Agent, town.bruno)
        left.left_at = left.created_at
        left_email = left.email
        session.get_one(Agent, town.stranger).password_hash = None
        invited = session.get_one(Agent, town.stranger).email

    pages = {
        page.replace(email, "…")
        for email, typed in (
            (CLAIRE, "wrong"),
            ("nobody@sainte-anne.test", PASSWORD),
            (left_email, PASSWORD),
            (invited, PASSWORD),
        )
        for _status, _location, page in [sign_in(client, email, typed)]
    }

    assert len(pages) == 1
    assert "ne vont pas ensemble" in pages.pop()
    assert token_of(client) is None


def test_a_password_is_checked_outside_any_transaction_for_unknown_accounts_too(
    town: Town, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    checked: list[bool] = []

    def watched(stored: str | None, typed: str) -> bool:
        with database.transaction() as session:  # would wait for ever inside the door's own on SQLite
            session.scalars(select(Agent.id).with_for_update()).all()
        checked.append(stored is not None)
        return password.password_matches(stored, typed)

    monkeypatch.setattr(signin, "password_matches", watched)

    sign_in(town.app.test_client())
    sign_in(town.app.test_client(), "nobody@sainte-anne.test")

    assert checked == [True, False]


def test_too_many_failures_answer_429_even_to_the_right_password(client: FlaskClient) -> None:
    for _ in range(PER_ACCOUNT.count):
        assert sign_in(client, typed="wrong")[0] == 200

    answer = client.post("/agent/connexion", data={"email": CLAIRE, "password": PASSWORD})

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == str(15 * 60)
    assert token_of(client) is None


@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example/",
        "/\t/elsewhere.example",
        "\\\\elsewhere.example",
        "javascript:alert(1)",
        "agenda",
        "",
        "//[",
    ],
)
def test_no_sign_in_leads_to_another_site(client: FlaskClient, target: str) -> None:
    assert local_path(target) == ""
    assert sign_in(client, next=target)[:2] == (303, "/agent/agenda")


def test_local_paths_keep_their_query() -> None:
    assert local_path("/agent/agenda?vue=jour&jour=2026-11-24") == "/agent/agenda?vue=jour&jour=2026-11-24"


def test_signing_out_revokes_the_session_wherever_its_token_was_copied(client: FlaskClient, town: Town) -> None:
    sign_in(client)
    token = token_of(client)
    thief = town.app.test_client()
    with thief.session_transaction() as cookie:
        cookie[COOKIE_KEY] = token
    assert thief.get("/agent/agenda").status_code == 200

    assert client.get("/agent/deconnexion").status_code == 405
    assert client.post("/agent/deconnexion").headers["Location"] == "/agent/connexion"

    assert thief.get("/agent/agenda").status_code == 303
    assert client.get("/agent/agenda").status_code == 303


def test_a_session_revoked_from_elsewhere_opens_nothing(
    client: FlaskClient, database: Database, clock: StoppedClock
) -> None:
    sign_in(client)
    with database.transaction() as session:
        close_session(session, clock, token_of(client) or "")

    assert client.get("/agent/agenda").status_code == 303


def test_the_token_is_kept_hashed_and_the_session_of_an_agent_who_leaves_is_over(
    client: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    sign_in(client)
    with database.transaction() as session:
        (row,) = session.scalars(select(WebSession)).all()
        assert token_of(client) not in repr(vars(row))
        session.get_one(Agent, town.claire).left_at = clock.now()

    assert client.get("/agent/agenda").status_code == 303


def test_a_post_without_its_token_is_refused(client: FlaskClient, town: Town) -> None:
    town.app.config["WTF_CSRF_ENABLED"] = True

    answer = client.post("/agent/connexion", data={"email": CLAIRE, "password": PASSWORD})

    assert answer.status_code == 400
    assert token_of(client) is None


def test_who_is_signed_in_already_goes_on(client: FlaskClient) -> None:
    sign_in(client)

    assert client.get("/agent/connexion?next=/agent/plages").headers["Location"] == "/agent/plages"


def test_feeds_and_static_files_do_not_vary_by_cookie(client: FlaskClient) -> None:
    assert "Cookie" not in client.get("/calendrier/rendez-vous-unknown.ics").headers.get("Vary", "")
    with client.get("/static/theme.css") as answer:
        assert "Cookie" not in answer.headers.get("Vary", "")
