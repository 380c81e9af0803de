"""« À replanifier »: from the mail of the service to another slot, or to none (4.2, B14, L-5)."""

import re
from datetime import timedelta

import icalendar
import pytest
from sqlalchemy import select
from web.citizen.test_appointments import find
from web.citizen.test_booking import booked
from web.citizen.town import PORTAL, Town, away, change, events
from web.citizen.visitor import Visitor

from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.audit.record import SYSTEM
from rdvdav.booking.withdraw import withdraw
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.outbox.deliver import BLANK, deliver_due
from rdvdav.outbox.message import Message


def the(database: Database) -> Appointment:
    """The only appointment, as the database has it."""
    with database.reading() as session:
        return session.scalars(select(Appointment)).one()


def last_mail(database: Database) -> Message:
    with database.reading() as session:
        return (
            session.scalars(select(Message).where(~Message.to_compose).order_by(Message.id.desc())).first() or Message()
        )


def link_of(mail: Message) -> str:
    """Path of the link a mail carries."""
    return re.findall(r"https?://[^/\s]+(/\S+)", mail.text)[-1]


@pytest.fixture
def amina(visitor: Visitor, database: Database, town: Town, clock: StoppedClock) -> Visitor:
    """Somebody whose appointment on Thursday at nine was taken away, on the page the mail leads to."""
    booked(visitor, database, town)
    clock.advance(timedelta(days=2))  # Wednesday: too late to move it or to cancel it by the rules of the motif
    with database.transaction() as session:
        withdraw(session, clock, the(database).id, SYSTEM, "Réunion de service")
    visitor.client.delete_cookie("session")
    visitor.open(link_of(last_mail(database)))
    return visitor


def test_the_mail_says_why_takes_the_event_away_and_leads_to_the_page(
    amina: Visitor, database: Database, clock: StoppedClock
) -> None:
    mail = last_mail(database)

    assert (mail.event, mail.method) == ("appointment.withdrawn", "CANCEL")
    assert mail.subject == "Rendez-vous du 26 novembre à 9 h à replanifier – Ville de Sainte-Anne"
    assert "Ville de Sainte-Anne ne peut plus vous recevoir le jeudi 26 novembre 2026 à 9 h." in mail.text
    assert "Raison : Réunion de service" in mail.text
    assert mail.html
    assert link_of(mail) in mail.html
    event = icalendar.Calendar.from_ical(mail.calendar or "").walk("VEVENT")[0]
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 1)
    deliver_due(database, clock, lambda _message: None)
    assert link_of(mail).rpartition("/")[2] not in last_mail(database).text
    assert BLANK in last_mail(database).text


def test_the_page_says_what_happened_and_offers_slots_at_once(amina: Visitor) -> None:
    words = amina.page.words

    assert amina.answer.status_code == 200
    assert "Ville de Sainte-Anne ne peut plus vous recevoir le jeudi 26 novembre 2026 à 9 h." in words
    assert "Réunion de service" in words
    assert "Benali" not in words
    assert any("10:00" in button for button in amina.buttons)


def test_a_slot_pressed_is_the_new_time_and_tells_so_once(amina: Visitor, database: Database) -> None:
    amina.press("10:00")

    assert "Votre rendez-vous a une nouvelle date" in amina.page.words
    appointment = the(database)
    assert (appointment.status, appointment.withdrawn_at, appointment.withdrawn_reason) == (Status.PLANNED, None, None)
    with database.reading() as session:
        assert session.scalars(select(Claim.holds_time)).all() == [True]
        assert session.scalars(select(Participation.status)).all() == [Status.PLANNED]
    assert events(database)[-2:] == ["appointment.withdrawn", "appointment.moved"]
    amina.open(link_of(_mail(database, "appointment.withdrawn")))
    assert "Votre rendez-vous a une nouvelle date" in amina.page.words  # the link stays good, and moves nothing again


def _mail(database: Database, event: str) -> Message:
    with database.reading() as session:
        return session.scalars(select(Message).where(~Message.to_compose).filter_by(event=event)).one()


def test_pressing_twice_moves_once(amina: Visitor, database: Database) -> None:
    form, (_, name, value) = amina.button("10:00")

    for _ in range(2):
        answer = amina.client.post(form.action, data=form.fields | {name: value}, environ_base=amina.environ)
        assert answer.status_code == 303
    assert events(database).count("appointment.moved") == 1


def test_a_slot_taken_meanwhile_is_said_on_the_same_page(
    amina: Visitor, database: Database, town: Town, clock: StoppedClock
) -> None:
    path = amina.path
    away(database, clock, town, town.claire)

    amina.press("10:00")

    assert amina.path.startswith(f"{path}?pris=")
    assert "Ce créneau vient d'être pris." in amina.page.words
    assert the(database).status is Status.TO_REPLAN


def test_who_wants_no_appointment_any_more_is_asked_once(amina: Visitor, database: Database) -> None:
    amina.follow("Je ne souhaite plus de rendez-vous")
    assert the(database).status is Status.TO_REPLAN

    amina.press("Je ne souhaite plus de rendez-vous")

    assert the(database).status is Status.CANCELLED_BY_CITIZEN
    assert "Vous n'avez plus de rendez-vous" in amina.page.words
    assert events(database)[-1] == "appointment.cancelled"


def test_what_is_not_booked_on_line_is_arranged_with_the_service(
    amina: Visitor, database: Database, town: Town
) -> None:
    change(database, Motif, town.passport, bookable_by=BookableBy.AGENTS)

    amina.open(link_of(last_mail(database)))

    assert "Contactez-nous pour une autre date" in amina.page.words
    assert "01 23 45 67 89" in amina.page.words
    assert not any("10:00" in button for button in amina.buttons)
    assert amina.has_link("Je ne souhaite plus")


def test_a_link_that_opens_nothing_says_so_and_no_more(amina: Visitor, database: Database, clock: StoppedClock) -> None:
    good = link_of(last_mail(database))
    amina.press("10:00")
    clock.advance(timedelta(days=60))

    answers = [amina.client.get(path) for path in (good, f"{PORTAL}/a-replanifier/nothing", f"{good}/renoncer")]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert all("Ce lien n'est plus valable" in answer.text.replace("&#39;", "'") for answer in answers)
    assert all("Recevoir un nouveau lien" in answer.text for answer in answers)


def test_my_appointments_let_it_be_moved_whatever_the_limits(
    visitor: Visitor, database: Database, town: Town, clock: StoppedClock
) -> None:
    booked(visitor, database, town)
    clock.advance(timedelta(days=2))
    find(visitor, database)
    visitor.open(f"{PORTAL}/rendez-vous/{the(database).reference}")
    assert not visitor.has_link("Déplacer")
    with database.transaction() as session:
        withdraw(session, clock, the(database).id, SYSTEM)

    visitor.open(visitor.page.url)

    assert "À replanifier" in visitor.page.words
    assert not visitor.has_link("Télécharger le fichier")
    visitor.follow("Déplacer")
    assert "ne peut plus vous recevoir" in visitor.page.words
    visitor.press("10:00")
    visitor.press("Déplacer le rendez-vous")
    assert the(database).status is Status.PLANNED
