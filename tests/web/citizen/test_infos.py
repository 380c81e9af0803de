"""« Infos/Annulation »: the link of a message, the first letters of the surname, and what they open (4.1, 4.4, B09)."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from web.citizen.test_booking import booked
from web.citizen.test_replanning import last_mail, the
from web.citizen.town import PORTAL, Town, builders, change, events
from web.citizen.visitor import Visitor

from rdvdav.agenda.status import Status
from rdvdav.audit.record import SYSTEM
from rdvdav.booking.withdraw import withdraw
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.link import Link, LinkPurpose, new_link
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.outbox.deliver import BLANK, deliver_due

MINUTES = timedelta(minutes=1)


@pytest.fixture
def database(sqlite: Database) -> Database:
    """Pages are tried on one database."""
    return sqlite


@pytest.fixture
def path(visitor: Visitor, database: Database, town: Town) -> str:
    """Path of the link in the confirmation of an appointment on Thursday at nine."""
    booked(visitor, database, town)
    return next(part for part in last_mail(database).text.split() if "/i/" in part).removeprefix(
        "http://rdv.example.test"
    )


@pytest.fixture
def somebody(app: Flask, path: str) -> Visitor:
    """A browser that knows nothing, on the page of the link."""
    found = Visitor(app, "192.0.2.9")
    found.open(path)
    return found


def say(visitor: Visitor, letters: str) -> Visitor:
    visitor.press("Afficher mon rendez-vous", letters=letters)
    return visitor


def test_nothing_is_told_before_the_letters_are_said(somebody: Visitor, path: str) -> None:
    words = somebody.page.words

    assert "saisissez les 3 premières lettres de votre nom de famille" in words
    assert "01 23 45 67 89" in words  # the organisation's contact, always
    for hidden in ("Benali", "Amina", "Passeport", "26 novembre", "Mairie centrale"):
        assert hidden not in words
    for more in ("/annuler", "/rendez-vous.ics"):
        somebody.open(f"{path}{more}")
        assert "Passeport" not in somebody.answer.text
        assert somebody.path == path
    say(somebody, "xyz")
    assert somebody.answer.status_code == 422
    assert "Passeport" not in somebody.answer.text


def test_the_letters_open_date_place_instructions_contact_and_cancelling(
    somebody: Visitor, path: str, database: Database, clock: StoppedClock
) -> None:
    words = say(somebody, "bén").page.words

    for shown in ("Jeudi 26 novembre 2026 à 9 h", "Mairie centrale", "Venez seul.", "Une photo", "01 23 45 67 89"):
        assert shown in words
    for hidden in ("Amina", "exemple.fr", "06 12"):
        assert hidden not in words
    assert "BEGIN:VEVENT" in somebody.client.get(somebody.href("Télécharger le fichier")).text
    somebody.follow("Annuler")
    somebody.press("Annuler le rendez-vous")
    assert "Le rendez-vous est annulé." in somebody.page.words
    assert the(database).status is Status.CANCELLED_BY_CITIZEN
    assert events(database)[-1] == "appointment.cancelled"
    somebody.open(f"{path}/annuler")  # once more is harmless
    assert somebody.path == path
    clock.advance(31 * MINUTES)  # on a shared device it closes by itself
    somebody.open(path)
    assert "3 premières lettres" in somebody.page.words


def test_too_late_to_cancel_is_said_with_the_contact(somebody: Visitor, path: str, clock: StoppedClock) -> None:
    clock.advance(timedelta(days=2, hours=20) + 59 * MINUTES)
    say(somebody, "ben")
    assert somebody.has_link("Annuler")
    clock.advance(2 * MINUTES)

    somebody.open(path)
    assert not somebody.has_link("Annuler")
    assert "Il ne peut plus être annulé en ligne" in somebody.page.words
    assert "01 23 45 67 89" in somebody.page.words
    somebody.open(f"{path}/annuler")
    assert somebody.answer.status_code == 403
    assert "01 23 45 67 89" in somebody.page.words
    assert somebody.client.post(f"{path}/annuler").status_code in (400, 403)


def test_five_tries_then_a_quarter_of_an_hour(
    app: Flask, somebody: Visitor, path: str, database: Database, clock: StoppedClock
) -> None:
    with database.transaction() as session:
        seat = the(database).id, session.scalars(select(Link)).first()
        assert seat[1] is not None
        again = new_link(session, clock, seat[1].territory_id, seat[1].participation_id or 0)
    for left in (4, 3, 2, 1, 0):
        say(somebody, "xyz")
        assert f"Il vous reste {left} essai" in somebody.page.words or left == 0

    elsewhere = Visitor(app, "192.0.2.77")
    for link in (path, f"{PORTAL}/i/{again}"):  # all links of the person, from everywhere
        elsewhere.open(link)
        say(elsewhere, "ben")  # even the right ones
        assert elsewhere.answer.status_code == 429
        assert "15" in elsewhere.page.words
    clock.advance(16 * MINUTES)
    elsewhere.open(path)
    assert "Passeport" in say(elsewhere, "ben").page.words


def test_one_address_may_not_try_the_names_of_many(
    app: Flask, path: str, database: Database, town: Town, clock: StoppedClock
) -> None:
    paths = [path]
    for number in range(7):
        with database.transaction() as session:
            make = builders(session, clock, town)
            made = make.appointment(make.agenda(), the_start(clock, number), citizen=make.citizen())
            paths.append(f"{PORTAL}/i/{new_link(session, clock, made.territory_id, made.participations[0].id)}")
    browser = Visitor(app, "192.0.2.50")

    answers = []
    for each in paths:
        for _ in range(4):
            browser.open(each)
            answers.append(say(browser, "xyz").answer.status_code)

    assert answers == [422] * 30 + [429] * 2


def the_start(clock: StoppedClock, number: int) -> Any:
    return clock.now() + timedelta(days=2 + number)


def test_the_link_of_a_confirmation_shows_nothing_where_no_name_is_asked(
    somebody: Visitor, path: str, database: Database, clock: StoppedClock
) -> None:
    token = path.rpartition("/")[2]
    with database.transaction() as session:
        withdraw(session, clock, the(database).id, SYSTEM)
    somebody.open(f"{PORTAL}/a-replanifier/{token}")
    assert somebody.answer.status_code == 404

    somebody.open(path)
    say(somebody, "ben")
    assert "ne peut plus vous recevoir" in somebody.page.words
    somebody.follow("Déplacer")
    somebody.press("10:00")
    assert the(database).status is Status.PLANNED
    with database.reading() as session:
        purposes = session.scalars(select(Link.purpose).order_by(Link.id)).all()
    assert purposes == [LinkPurpose.APPOINTMENT, LinkPurpose.REPLAN, LinkPurpose.APPOINTMENT]
    assert "/i/" in last_mail(database).text


def test_the_token_stands_in_the_outbox_only_until_it_has_left(
    path: str, database: Database, clock: StoppedClock
) -> None:
    token = path.rpartition("/")[2]
    assert token in (last_mail(database).html or "")
    assert token not in (last_mail(database).calendar or "")

    deliver_due(database, clock, lambda _message: None)

    assert token not in f"{last_mail(database).text}{last_mail(database).html}"
    assert BLANK in last_mail(database).text


def test_a_link_opens_its_own_appointment_at_its_own_organisation_alone(
    app: Flask, somebody: Visitor, path: str, database: Database, town: Town, clock: StoppedClock
) -> None:
    mine = the(database).reference
    with database.transaction() as session:
        make = builders(session, clock, town)
        make.organisation(slug="ailleurs")
        other = make.appointment(make.agenda(), the_start(clock, 3), citizen=make.citizen(last_name="Zola"))
        reference = other.reference
    say(somebody, "ben")
    token = path.rpartition("/")[2]

    for address in (f"/rdv/ailleurs/i/{token}", f"{PORTAL}/i/{other.uid}", f"{PORTAL}/i/{reference}"):
        assert somebody.client.get(address).status_code == 404
    for address in (f"{PORTAL}/rendez-vous/{reference}", f"{PORTAL}/rendez-vous/{mine}"):
        assert somebody.client.get(address).status_code == 303  # the surname signs nobody in
    assert "Zola" not in somebody.open(path).words
    with somebody.client.session_transaction() as cookie:
        assert token not in repr(dict(cookie))


def test_who_answers_for_a_child_says_the_own_name(
    somebody: Visitor, database: Database, town: Town, clock: StoppedClock
) -> None:
    with database.transaction() as session:
        parent = builders(session, clock, town).citizen(last_name="Zola").id
        child = session.scalars(select(Citizen.id).where(Citizen.last_name == "Benali")).one()
    change(database, Citizen, child, responsible_id=parent)

    assert "Passeport" in say(somebody, "zol").page.words
