"""Nobody learns who is known, and nobody reaches what is another's, whatever addresses, names and secrets are tried (issue « portal »)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count, product
from statistics import median
from time import thread_time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from web.application import application
from web.citizen.test_booking import AMINA, booked, hold_slot, identify
from web.citizen.test_invited import invite
from web.citizen.test_waiting import link as waiting_link
from web.citizen.town import PORTAL, Town, builders
from web.citizen.visitor import Visitor
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.booking_invitation import BookingInvitation
from rdvdav.agenda.waiting_list import WaitingListEntry
from rdvdav.audit.record import SYSTEM
from rdvdav.booking.waiting_list import Wish, wait
from rdvdav.booking.withdraw import withdraw
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.link import Link, LinkPurpose, new_link
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.outbox.message import Message
from rdvdav.policy.session import open_session
from rdvdav.records.subscription import subscribe
from rdvdav.settings import Settings
from rdvdav.tables import metadata

KNOWN, UNKNOWN = "amina@exemple.fr", "zelda@exemple.fr"
SECRET = re.compile(r"[\w-]{24,}(?:\.[\w-]+)*")
"""Tokens in addresses, forms and cookies: other ones each time."""
OF_PEOPLE = (
    "appointment", "participation", "answer", "claim", "citizen", "link", "waiting_list_entry", "booking_invitation",
    "citizen_feed", "citizen_identity", "hold",
)  # fmt: skip
addresses = (f"198.51.{high}.{low}" for high, low in product(range(256), range(1, 255)))
"""Of networks that asked nothing yet."""


@pytest.fixture
def database(sqlite: Database) -> Database:
    return sqlite


def said(answer: TestResponse, *typed: str) -> tuple[int, str, dict[str, str]]:
    """What anybody can tell of an answer: status, text, headers; less tokens, and what was typed."""

    def plain(text: str) -> str:
        for each in typed:
            text = text.replace(each, "…")
        return SECRET.sub("…", text)

    headers = {name: plain(value) for name, value in answer.headers if name not in {"Set-Cookie", "Date"}}
    return answer.status_code, plain(answer.text), headers


# --- e-mail addresses

Ask = Callable[[Visitor, str], list[TestResponse]]


def books(visitor: Visitor, email: str) -> list[TestResponse]:
    """Says who one is on the way to a booking, which makes an account as well."""
    visitor.open(visitor.start)
    visitor.press("Continuer avec mon adresse", follow=False, **AMINA | {"email": email})
    return [visitor.answer, visitor.open(visitor.answer.headers["Location"]) and visitor.answer]


def finds(visitor: Visitor, email: str) -> list[TestResponse]:
    """« Retrouver mes rendez-vous », which is to sign in."""
    visitor.open(f"{PORTAL}/mes-rendez-vous")
    visitor.press("Continuer", follow=False, email=email)
    first = visitor.answer
    visitor.open(first.headers["Location"])
    return [first, visitor.answer, visitor.press("Continuer", code="12") and visitor.answer]


def waits(visitor: Visitor, email: str) -> list[TestResponse]:
    """The waiting list."""
    visitor.open(visitor.waiting)
    visitor.press("M'inscrire", follow=False, email=email)
    return [visitor.answer, visitor.open(visitor.answer.headers["Location"]) and visitor.answer]


def refers(visitor: Visitor, email: str) -> list[TestResponse]:
    """A referrer describes the person."""
    visitor.open(visitor.start.replace("/vous", "/prescripteur"))
    visitor.press("Continuer", first_name="D", last_name="L", structure="M", email="d@exemple.fr", phone="")
    visitor.press("Continuer", follow=False, **AMINA | {"email": email})
    return [visitor.answer, visitor.open(visitor.answer.headers["Location"]) and visitor.answer]


@pytest.mark.parametrize("ask", [books, finds, waits, refers])
def test_known_and_unknown_addresses_are_answered_alike_at_the_same_cost(
    app: Flask,
    visitor: Visitor,
    database: Database,
    clock: StoppedClock,
    town: Town,
    statements: Callable[[Database], Any],
    ask: Ask,
) -> None:
    booked(Visitor(app, next(addresses)), database, town)
    with database.transaction() as session:
        amina = session.scalars(select(Citizen)).one()
        wait(session, clock, Wish(town.card, town.hall), address="a", citizen=amina)
    hold_slot(visitor, town, "card", "10:20, vendredi 27")
    visitor.start, visitor.waiting = visitor.path, f"{PORTAL}/liste-d-attente?motif={town.card}"
    ask(visitor, "warm@exemple.fr")

    heard, costs, spent = {}, {}, {KNOWN: [], UNKNOWN: []}
    for number in range(6):
        clock.advance(timedelta(seconds=61))
        for email in (KNOWN, UNKNOWN) if number % 2 else (UNKNOWN, KNOWN):
            visitor.environ["REMOTE_ADDR"] = next(addresses)
            if number < 4:  # a fifth mail about the waiting list is one too many
                started = thread_time()
                with statements(database) as seen:
                    answers = ask(visitor, email)
                spent[email].append(thread_time() - started)
                heard[email] = [said(each, email) for each in answers]
                costs[email] = len(seen)

    assert heard[KNOWN] == heard[UNKNOWN]
    assert costs[KNOWN] == costs[UNKNOWN]
    assert 1 / 2 < median(spent[KNOWN]) / median(spent[UNKNOWN]) < 2
    with database.reading() as session:
        query = select(Message.recipient).where(~Message.to_compose, Message.recipient.in_([KNOWN, UNKNOWN]))
        mailed = list(session.scalars(query))
    assert ask is refers or mailed.count(UNKNOWN) == 4


# --- secrets and surnames


@dataclass
class Leads:
    """A link of one kind, and what it leads to."""

    path: str
    over: Callable[[Any], Any]


def leads(app: Flask, database: Database, clock: StoppedClock, town: Town, kind: str) -> Leads:
    """A link of *kind* that opens, and how what it is about ends."""
    booked(Visitor(app, next(addresses)), database, town)
    if kind == "invitation":
        path = invite(database, clock, town)
        return Leads(path, lambda session: session.execute(update(BookingInvitation).values(expires_at=clock.now())))
    if kind == "liste-d-attente":
        with database.transaction() as session:
            amina = session.scalars(select(Citizen)).one()
            wait(session, clock, Wish(town.card, town.hall), address="a", citizen=amina)
        return Leads(
            waiting_link(database), lambda session: session.delete(session.scalars(select(WaitingListEntry)).one())
        )
    with database.transaction() as session:
        appointment = session.scalars(select(Appointment)).one()
        purpose = LinkPurpose.APPOINTMENT
        if kind == "a-replanifier":
            withdraw(session, clock, appointment.id, SYSTEM)
            purpose = LinkPurpose.REPLAN
        seat = appointment.participations[0]
        path = f"{PORTAL}/{kind}/{new_link(session, clock, seat.territory_id, seat.id, purpose)}"
    long_ago = clock.now() - timedelta(days=1)
    ended = {"starts_at": long_ago - timedelta(hours=1), "ends_at": long_ago, "status": "done"}
    return Leads(path, lambda session: session.execute(update(Appointment).values(**ended)))


@pytest.mark.parametrize("kind", ["i", "a-replanifier", "invitation", "liste-d-attente"])
def test_links_unknown_revoked_over_and_of_another_organisation_are_answered_alike(
    app: Flask,
    database: Database,
    clock: StoppedClock,
    town: Town,
    statements: Callable[[Database], Any],
    kind: str,
) -> None:
    lead = leads(app, database, clock, town, kind)
    path, token = lead.path, lead.path.rpartition("/")[2]
    assert Visitor(app, next(addresses)).open(path) is not None
    assert app.test_client().get(path).status_code == 200
    with database.transaction() as session:
        builders(session, clock, town).organisation(slug="ailleurs", name="Ville de Sainte-Anne")

    def heard(link: str) -> list[Any]:
        found = []
        for method in ("GET", "POST"):
            client, network = app.test_client(), {"REMOTE_ADDR": next(addresses)}
            client.get(PORTAL, environ_base=network)
            with statements(database) as seen:
                answer = client.open(link, method=method, environ_base=network, data={"letters": "ben"})
            found += [*said(answer, "ailleurs", "sainte-anne"), len(seen)]
        return found

    unknown = heard(path.replace(token, "x" * len(token)))
    assert unknown[0] == 404
    assert all(words in unknown[1] for words in ("Recevoir un nouveau lien", "01 23 45 67 89"))
    other = heard(path.replace("sainte-anne", "ailleurs"))
    assert [other[0], other[3:5], other[7]] == [unknown[0], unknown[3:5], unknown[7]]
    for number in range(2):
        with database.transaction() as session:
            session.execute(update(Link).values(revoked_at=clock.now() if number == 0 else None))
            if number == 1:
                lead.over(session)
        assert heard(path) == unknown


def test_a_surname_is_right_or_wrong_and_no_letter_of_it_is_told(
    app: Flask, database: Database, clock: StoppedClock, town: Town
) -> None:
    path = leads(app, database, clock, town, "i").path
    heard = []
    for letters in ("xyz", "bxy", "bex", "be"):
        browser = Visitor(app, next(addresses))
        browser.open(path)
        browser.press("Afficher mon rendez-vous", letters=letters)
        heard.append(said(browser.answer, f'value="{letters}"'))

    statuses = {status for status, _text, _headers in heard}
    texts = {re.sub(r"reste \S+ essais?", "", text) for _status, text, _headers in heard}
    assert statuses == {422}
    assert len(texts) == 1


# --- what is another's


def walk(app: Flask, own: dict[str, list[str]]) -> Iterator[tuple[str, str, Rule]]:
    """Method, path and rule of every route of citizens and their calendars, each argument said in each way of *own*."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] not in {"citizen", "webcal"}:
            continue
        names = sorted(rule.arguments)
        for values in product(*(own.get(name, ["x"]) for name in names)):
            path = rule.rule
            for name, value in zip(names, values, strict=True):
                path = re.sub(rf"<(?:[^:>]*:)?{name}>", value, path)
            for method in sorted({"GET", "POST"} & (rule.methods or set())):
                yield method, path, rule


def test_no_route_shows_or_changes_what_is_anothers(
    database: Database, clock: StoppedClock, settings: Settings, town: Town
) -> None:
    app = application(database, clock, settings, csrf=False)
    amina = booked(Visitor(app, next(addresses)), database, town)
    hold = hold_slot(amina, town, "card", "10:20, vendredi 27").path.split("/")[-2]
    with database.transaction() as session:
        person = session.scalars(select(Citizen)).one()
        make = builders(session, clock, town)
        child = make.citizen(first_name="Zéphyrin", email=None, responsible_id=person.id)
        wait(session, clock, Wish(town.card, town.hall), address="a", citizen=person)
        subscribe(session, clock, person.id, town.organisation)
        child_id, reference = child.id, session.scalars(select(Appointment.reference)).one()
        person_id = person.id
    invite(database, clock, town)
    paul = identify(
        hold_slot(Visitor(app, next(addresses)), town, "card", "11:20, vendredi 27"),
        database, first_name="Paul", last_name="Roux", email="paul@exemple.fr", phone="",
    )  # fmt: skip
    kept = paul.path.split("/")[-2]
    paul.press("Confirmer le rendez-vous")
    with database.reading() as session:
        stranger = session.scalars(select(Citizen.id).where(Citizen.email == "paul@exemple.fr")).one()
        digests = [each.digest.hex() for each in session.scalars(select(Link).order_by(Link.id))][:2]
    guesses = [str(person_id), reference, KNOWN, *digests]
    own = {
        "slug": ["sainte-anne"], "reference": [reference, "1"], "relative_id": [str(child_id)],
        "hold_token": [*guesses, kept], "link_token": guesses, "visit": guesses, "provider": ["franceconnect"],
        "territory_slug": ["guadeloupe"], "name": [f"rendez-vous-{each}" for each in guesses],
    }  # fmt: skip
    before = rows(database, stranger)
    filled = {"email": "paul@exemple.fr", "first_name": "Paul", "last_name": "Roux", "code": "123456", "letters": "ben"}
    shown, asked = [], count()
    for method, path, rule in walk(app, own):
        client = app.test_client()
        with database.transaction() as session, client.session_transaction() as cookie:
            cookie["citizen"] = open_session(session, clock, citizen_id=stranger)
            cookie["wanted"] = reference
        answer = client.open(
            path,
            method=method,
            query_string={"pour": str(person_id), "motif": str(town.card), "reference": reference},
            data=filled | {"pour": str(person_id), "who": str(child_id)} if method == "POST" else None,
            environ_base={"REMOTE_ADDR": next(addresses)},
        )
        next(asked)
        assert answer.status_code < 500, (method, path)
        hidden = [
            mark for mark in ("Amina", "Benali", "Zéphyrin", "06 12 34 56 78", "33612345678") if mark in answer.text
        ]
        if hidden or answer.mimetype == "text/calendar":
            shown.append(f"{method} {path} ({rule.endpoint}): {hidden}")
    assert shown == []
    after = rows(database, stranger)
    after["link"] = after["link"] if set(before["link"]) - set(after["link"]) else before["link"]  # Paul gets his own
    assert after == before
    assert next(asked) > 200
    assert hold not in guesses


def rows(database: Database, stranger: int) -> dict[str, list[Any]]:
    """All rows about people but those of *stranger*."""
    with database.reading() as session:
        found = {}
        for name in OF_PEOPLE:
            table = metadata.tables[name]
            query = select(table)
            if "citizen_id" in table.c:
                query = query.where(table.c.citizen_id.is_distinct_from(stranger))
            if name == "citizen":
                query = query.where(table.c.id != stranger)
            found[name] = sorted(map(repr, session.execute(query)))
        return found
