"""Every route asks whether one may: what is another's answers as what does not exist, and nothing of it is changed (A02, Roles)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from web.register import PLAIN, REGISTER, Entry, Who
from web.things import MISSING, MISSING_ID, Key, Things, build
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.policy.session import open_session
from rdvdav.settings import Settings
from rdvdav.tables import metadata
from rdvdav_web import create_app
from rdvdav_web.signin import COOKIE_KEY

SAMPLES = {
    "day": "2026-12-07",
    "client": "mac",
    "calendar": "plages",
    "slug": "chez-nous",
    "wording": "agent-annulation",
}
"""What plain arguments say; all others are a token that opens nothing."""
ADDRESS = {"jour": "2026-12-07", "portee": "une"}
"""What addresses carry besides: without it some pages are about nothing."""
FILLED = {
    "name": "Matin", "title": "Congé", "first_day": "2026-12-07", "end_day": "2026-12-07", "opens": "09:00",
    "closes": "12:00", "starts": "09:00", "ends": "12:00", "repeat": "none", "day": "2026-12-07", "minutes": "30",
    "last_name": "Roux", "first_name": "Eve", "calendar": "GP", "action": "book",
}  # fmt: skip
"""A form of any kind, filled in as it should be, so that it comes as far as the question who may."""


@dataclass
class Site:
    """The site, everything in it, and the browsers of all who may ask."""

    app: Flask
    things: Things
    database: Database
    clients: dict[Who, FlaskClient]

    def rules(self, *whose: Who) -> Iterator[tuple[Rule, Entry]]:
        """The routes of these, with their entries."""
        for rule in self.app.url_map.iter_rules():
            entry = REGISTER.get(rule.endpoint)
            if entry is not None and entry.who in whose:
                yield rule, entry

    def send(
        self, client: FlaskClient, rule: Rule, entry: Entry, method: str, place: str = "", name: str = "", key: Key = ""
    ) -> TestResponse:
        """Ask the route about one's own, but for *key* as *name* in the *place*: arguments, query or form."""
        said: dict[str, dict[str, Any]] = {
            "arguments": {argument: self._own(entry, argument) for argument in rule.arguments},
            "query": ADDRESS
            | {field: self.things.own[kind] for field, kind in entry.query.items() if field in REQUIRED},
            "form": dict(FILLED),
        }
        if place:
            said[place][name] = key
        path = re.sub(r"<(?:[^:>]*:)?(\w+)>", lambda found: str(said["arguments"][found[1]]), rule.rule)
        return client.open(
            f"{path}?{urlencode(said['query'])}", method=method, data=said["form"] if method == "POST" else None
        )

    def _own(self, entry: Entry, argument: str) -> Key:
        kind = entry.arguments[argument]
        return SAMPLES.get(argument, "x" * 27) if kind == PLAIN else self.things.own[kind]


REQUIRED = {"organisation"}
"""What an address must name for its form to be about anything."""


@pytest.fixture
def site(sqlite: Database, clock: StoppedClock, settings: Settings) -> Site:
    """The site; its forms need no token, so that they come as far as the question who may."""
    with sqlite.transaction() as session:
        things = build(session, clock)
    app = create_app(sqlite, clock, replace(settings, demonstration=True))
    app.config["WTF_CSRF_ENABLED"] = False
    clients = {who: app.test_client() for who in Who}
    keys = {
        Who.AGENT: (COOKIE_KEY, {"agent_id": things.agent}),
        Who.ADMIN: (COOKIE_KEY, {"agent_id": things.admin}),
        Who.CHIEF: (COOKIE_KEY, {"agent_id": things.chief}),
        Who.CITIZEN: ("citizen", {"citizen_id": things.citizen}),
    }
    for who, (key, whose) in keys.items():
        with sqlite.transaction() as session:
            token = open_session(session, clock, **whose)
        with clients[who].session_transaction() as cookie:
            cookie[key] = token
    return Site(app, things, sqlite, clients)


def test_every_route_has_an_entry_and_every_entry_a_route(site: Site) -> None:
    arguments: dict[str, set[str]] = {}
    for rule in site.app.url_map.iter_rules():
        arguments.setdefault(rule.endpoint, set()).update(rule.arguments)

    assert {endpoint: set(entry.arguments) for endpoint, entry in REGISTER.items()} == arguments


def test_what_is_anothers_answers_as_what_does_not_exist(site: Site) -> None:
    told, before = [], rows(site.database)
    for rule, entry in site.rules(Who.AGENT, Who.ADMIN, Who.CHIEF, Who.CITIZEN):
        client = site.clients[entry.who]
        for method in methods(rule):
            for place in ("arguments", "query", *(["form"] if method == "POST" else [])):
                for name, kind in getattr(entry, place).items():
                    if kind == PLAIN or (place == "arguments" and name not in rule.arguments):
                        continue
                    missing = MISSING.get(kind, MISSING_ID)
                    nothing = site.send(client, rule, entry, method, place, name, missing)
                    for relation, foreign in site.things.others(kind, entry.who):
                        answer = site.send(client, rule, entry, method, place, name, foreign)
                        alike = body(answer, foreign, missing) == body(nothing, foreign, missing)
                        if not alike or (place == "arguments" and answer.status_code not in {403, 404}):
                            codes = f"{answer.status_code}, {nothing.status_code}"
                            told.append(f"{method} {rule.rule} {name}: {kind} of a foreign {relation}: {codes}")
    assert not told, "\n".join(told)
    assert changed(before, rows(site.database)) == set()


def test_nobody_administers_without_being_an_administrator(site: Site) -> None:
    told, before = [], rows(site.database)
    for rule, entry in site.rules(Who.ADMIN, Who.CHIEF):
        for method in methods(rule):
            code = site.send(site.clients[Who.AGENT], rule, entry, method).status_code
            if code not in {403, 404} and not (method == "GET" and entry.read_by_all):
                told.append(f"{code} {method} {rule.rule}")
    assert not told, "\n".join(told)
    assert changed(before, rows(site.database)) == set()


def test_who_may_gets_there(site: Site) -> None:
    told = []
    for rule, entry in site.rules(Who.AGENT, Who.ADMIN, Who.CHIEF, Who.CITIZEN):
        if "GET" in methods(rule):
            code = site.send(site.clients[entry.who], rule, entry, "GET").status_code
            if code not in {200, 302, 303}:
                told.append(f"{code} {rule.rule}")
    assert not told, "\n".join(told)


def test_who_is_not_signed_in_is_asked_to(site: Site) -> None:
    told, before = [], rows(site.database)
    for rule, entry in site.rules(Who.AGENT, Who.ADMIN, Who.CHIEF, Who.CITIZEN):
        for method in methods(rule):
            for who in (Who.PUBLIC, Who.AGENT if entry.who is Who.CITIZEN else Who.CITIZEN):
                answer = site.send(site.clients[who], rule, entry, method)
                wanted = "/mes-rendez-vous" if entry.who is Who.CITIZEN else "/agent/connexion"
                asked = answer.status_code == 303 and answer.location.partition("?")[0].endswith(wanted)
                if not asked and rule.endpoint != "citizen.appointments":
                    told.append(f"{answer.status_code} {method} {rule.rule} for a {who}: {answer.location}")
    assert not told, "\n".join(told)
    assert changed(before, rows(site.database)) == set()


def methods(rule: Rule) -> list[str]:
    """Of GET and POST, those the route takes."""
    return sorted((rule.methods or set()) & {"GET", "POST"})


def body(answer: TestResponse, *keys: Key) -> tuple[int, str, str]:
    """The answer without the keys that were asked about, and without the tokens of its forms."""
    pattern = "|".join(rf"\b{re.escape(str(key))}\b" for key in keys) + r'|(?<=name="csrf_token" value=")[^"]*'
    return answer.status_code, re.sub(pattern, "", answer.location or ""), re.sub(pattern, "", answer.text)


def rows(database: Database) -> dict[str, list[str]]:
    """Every row of every table."""
    with database.reading() as session:
        return {
            table.name: sorted(repr(tuple(row)) for row in session.execute(select(table)))
            for table in metadata.sorted_tables
        }


def changed(before: dict[str, list[str]], after: dict[str, list[str]]) -> set[str]:
    """The tables that are not what they were."""
    return {name for name in before if before[name] != after[name]}
