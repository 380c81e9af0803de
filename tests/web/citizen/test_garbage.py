"""Whatever is sent to the portal, it answers with a sentence, never breaks, and nothing changes."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from web.citizen.test_booking import AMINA, booked
from web.citizen.town import PORTAL, Town
from web.citizen.visitor import Visitor

from rdvdav.agenda.appointment import Appointment
from rdvdav.database import Database
from rdvdav.tables import metadata

PARTS = ["x", "%00", "%F0%9F%98%80", "..%2F..", "%27%20OR%201=1", "9" * 400, "-1", "%E9", "<b>"]
VALUES = ["", "x", "\0", "😀", "' OR 1=1", "9" * 400, "-1", "1e5", "<script>", "\ud800", "١٢٣", "2026-11-26T08:00Z"]
WORSE_ON_POSTGRESQL = ["\0", "9" * 400, "-1"]
COUNTED_ELSEWHERE = {"throttle_counter"}


def state(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    with database.reading() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in metadata.tables.items()
            if name not in COUNTED_ELSEWHERE
        }


@pytest.fixture
def signed_in(visitor: Visitor, database: Database, town: Town) -> Visitor:
    return booked(visitor, database, town)


def paths_of(app: Flask, **known: str) -> list[tuple[str, str]]:
    """Method and address of each route of the portal, the last part that varies replaced by garbage, the others right."""
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("citizen."):
            continue
        for part in PARTS:
            varying = sorted(rule.arguments, key=rule.rule.index)
            for name in varying:
                path = rule.rule
                for each in varying:
                    path = path.replace(f"<{each}>", part if each == name else known.get(each, "x"))
                found += [(method, path) for method in ("GET", "POST") if method in (rule.methods or ())]
    return found


def test_garbage_in_a_path_is_not_found(app: Flask, signed_in: Visitor, database: Database) -> None:
    with database.reading() as session:
        reference = session.scalars(select(Appointment.reference)).one()
    token = csrf(signed_in)
    before = state(database)

    for method, path in paths_of(app, slug="sainte-anne", reference=reference, hold_token="x"):
        answer = signed_in.client.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
        assert 400 <= answer.status_code < 500, (method, path, answer.status_code)
        assert "<h1>" in answer.text

    assert state(database) == before


def test_garbage_in_a_query_changes_nothing(signed_in: Visitor, database: Database, town: Town) -> None:
    before = state(database)

    for path in ("service", "motif", "conditions", "lieu", "creneau", "mes-rendez-vous"):
        for name in ("service", "motif", "lieu", "lu", "du", "moment", "jours", "agent", "pris", "passes", "inconnu"):
            for value in VALUES if database.is_sqlite else WORSE_ON_POSTGRESQL:
                query: dict[str, Any] = {"motif": town.passport, "lieu": town.hall} | {
                    name: value.encode("utf-8", "replace")
                }
                answer = signed_in.client.get(f"{PORTAL}/{path}", query_string=query, follow_redirects=True)
                assert answer.status_code < 500, (path, name, value)
                assert "<h1>" in answer.text

    assert state(database) == before


def test_garbage_in_a_form_changes_nothing(signed_in: Visitor, database: Database, town: Town) -> None:
    signed_in.open(f"{PORTAL}/creneau?motif={town.card}")
    signed_in.press("10:20, vendredi 27")
    token = csrf(signed_in)
    vous = signed_in.path
    before = state(database)

    for value in VALUES:
        for path, fields in (
            (f"{PORTAL}/creneau?motif={town.card}", {"creneau": value if value[:1] != "2" else "2026-11-26T08:01Z"}),
            (f"{vous}?autre=1", AMINA | {"email": value}),
            (f"{PORTAL}/mes-rendez-vous", {"email": value}),
        ):
            typed = {name: text.encode("utf-8", "replace") for name, text in fields.items()}
            answer = signed_in.client.post(path, data={"csrf_token": token} | typed)
            assert answer.status_code in {303, 400, 404, 422, 429}, (path, value, answer.status_code)
            assert answer.status_code != 303 or "pris=" in answer.location

    assert state(database) == before


def test_an_endless_body_is_refused(signed_in: Visitor, database: Database) -> None:
    before = state(database)

    answer = signed_in.client.post(f"{PORTAL}/mes-rendez-vous", data={"email": "x" * 2_000_000})

    assert answer.status_code == 413
    assert state(database) == before


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(signed_in: Visitor, method: str) -> None:
    answer = signed_in.client.open(f"{PORTAL}/mes-rendez-vous", method=method)

    assert answer.status_code in {400, 405}
    assert "<h1>" in answer.text


def csrf(visitor: Visitor) -> str:
    """The token of any form on the page."""
    return next(form.fields["csrf_token"][0] for form in visitor.page.forms if "csrf_token" in form.fields)
