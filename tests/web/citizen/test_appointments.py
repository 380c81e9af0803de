"""Finding, seeing, moving and cancelling one's appointments (ux 3.13 to 3.16)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import icalendar
import pytest
from flask import Flask
from make import Maker
from sqlalchemy import func, select
from web.citizen.test_booking import AMINA, booked, hold_slot, identify, live_starts
from web.citizen.town import PORTAL, Town, away, builders, change, events, last_code, last_link
from web.citizen.visitor import Visitor

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.booking.bookable import NotBookable
from rdvdav.booking.cancel import NotCancellable
from rdvdav.booking.held import NoSuchHold
from rdvdav.booking.mine import NoSuchAppointment
from rdvdav.booking.move import TooLateToMove
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import BookableBy, Modality, Motif, Visibility
from rdvdav.outbox.message import Message
from rdvdav_web.errors import notice


@pytest.fixture
def amina(visitor: Visitor, database: Database, town: Town) -> Visitor:
    """Somebody with an appointment on Thursday at nine, who looks at its confirmation."""
    return booked(visitor, database, town)


def the(database: Database) -> Appointment:
    """The only appointment, as the database has it."""
    with database.reading() as session:
        return session.scalars(select(Appointment)).one()


def find(visitor: Visitor, database: Database, email: str = "amina@exemple.fr") -> Visitor:
    """Prove an address on the way to « Mes rendez-vous »."""
    visitor.open(f"{PORTAL}/mes-rendez-vous")
    visitor.press("Continuer", email=email)
    visitor.press("Continuer", code=last_code(database))
    return visitor


def test_appointments_are_found_by_e_mail(app: Flask, amina: Visitor, database: Database) -> None:
    other = find(Visitor(app, "192.0.2.2"), database)

    words = other.page.words
    assert other.path == f"{PORTAL}/mes-rendez-vous"
    assert "Jeudi 26 novembre 2026 à 9 h Passeport Mairie centrale Amina Benali À venir" in words
    assert other.follow("Passés")
    assert "Vous n'avez pas de rendez-vous passé" in other.page.words


def test_an_unknown_address_gets_the_same_answers_until_it_is_proved(
    app: Flask, amina: Visitor, database: Database
) -> None:
    answers = []
    for number, email in enumerate(("amina@exemple.fr", "inconnue@exemple.fr")):
        other = Visitor(app, f"192.0.2.{number + 2}")
        other.open(f"{PORTAL}/mes-rendez-vous")
        other.press("Continuer", email=email)
        answers.append(other.page.words.replace(email, "…"))
    other.press("Continuer", code=last_code(database))

    assert answers[0] == answers[1]
    assert "Aucun rendez-vous n'est lié à cette adresse e-mail." in other.page.words
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Citizen)) == 1


def test_the_link_of_the_mail_finds_them_too(app: Flask, amina: Visitor, database: Database) -> None:
    other = Visitor(app, "192.0.2.2")
    other.open(f"{PORTAL}/mes-rendez-vous")
    other.press("Continuer", email="amina@exemple.fr")

    other.open(last_link(database))
    other.press("Voir mes rendez-vous")

    assert "Jeudi 26 novembre 2026 à 9 h" in other.page.words


def test_a_link_to_one_appointment_leads_there_once_identified(app: Flask, amina: Visitor, database: Database) -> None:
    other = Visitor(app, "192.0.2.2")
    path = f"{PORTAL}/rendez-vous/{the(database).reference}"

    assert "Retrouver mes rendez-vous" in other.open(path).words
    other.press("Continuer", email="amina@exemple.fr")
    other.press("Continuer", code=last_code(database))

    assert other.path == path
    assert "Passeport" in other.page.words


def test_past_appointments_stand_apart(amina: Visitor, clock: StoppedClock, database: Database, app: Flask) -> None:
    clock.advance(timedelta(days=4))

    other = find(Visitor(app), database)
    assert "Vous n'avez pas de rendez-vous à venir" in other.page.words
    other.follow("Passés")
    assert "Jeudi 26 novembre 2026 à 9 h" in other.page.words
    assert "Passé " in other.page.words
    assert not other.has_link("Déplacer")
    assert not other.has_link("Annuler")


def test_a_session_ends_after_two_hours(amina: Visitor, clock: StoppedClock) -> None:
    clock.advance(timedelta(hours=2))

    assert "Retrouver mes rendez-vous" in amina.open(f"{PORTAL}/mes-rendez-vous").words


def test_signing_out_closes_the_session_wherever_its_cookie_was_copied(amina: Visitor, app: Flask) -> None:
    copy = Visitor(app)
    for cookie in amina.client._cookies.values():
        copy.client.set_cookie(cookie.key, cookie.value)

    amina.press("Se déconnecter")

    assert "La session est fermée." in amina.page.words
    assert "Retrouver mes rendez-vous" in copy.open(f"{PORTAL}/mes-rendez-vous").words


@pytest.mark.parametrize("page", ["", "/confirme", "/annuler", "/deplacer", "/rendez-vous.ics"])
def test_another_person_s_appointment_answers_like_none(
    app: Flask, amina: Visitor, database: Database, town: Town, page: str
) -> None:
    stranger = hold_slot(Visitor(app, "192.0.2.2"), town, "card", "10:20, vendredi 27")
    identify(stranger, database, email="paul@exemple.fr")

    for reference in (the(database).reference, "inconnue", "x" * 500):
        stranger.open(f"{PORTAL}/rendez-vous/{reference}{page}")
        assert stranger.answer.status_code == 404
        assert "Nous ne trouvons pas ce rendez-vous" in stranger.page.words


def test_another_person_cancels_and_moves_nothing(app: Flask, amina: Visitor, database: Database, town: Town) -> None:
    amina.follow("Annuler")
    cancel = amina.page
    amina.open(f"{PORTAL}/rendez-vous/{the(database).reference}/deplacer")
    amina.press("10:00, vendredi 27")
    move = amina.page
    stranger = hold_slot(Visitor(app, "192.0.2.2"), town, "card", "09:20, vendredi 27")
    identify(stranger, database, email="paul@exemple.fr")
    token = stranger.button("Confirmer")[0].fields["csrf_token"]

    for page, words in ((cancel, "Annuler le"), (move, "Déplacer le")):
        stranger.page = page
        stranger.press(words, csrf_token=token)
        assert stranger.answer.status_code == 404

    assert (the(database).status, the(database).starts_at.day) == (Status.PLANNED, 26)


def test_nobody_cancels_without_being_identified(app: Flask, amina: Visitor, database: Database, town: Town) -> None:
    amina.follow("Annuler")
    nobody = hold_slot(Visitor(app, "192.0.2.2"), town, "card", "10:20, vendredi 27")
    token = nobody.button("Continuer avec")[0].fields["csrf_token"]

    nobody.page = amina.page
    nobody.press("Annuler le", csrf_token=token)

    assert "Retrouver mes rendez-vous" in nobody.page.words
    assert the(database).status is Status.PLANNED


def test_an_appointment_answers_at_its_own_organisation(
    amina: Visitor, database: Database, clock: StoppedClock, town: Town
) -> None:
    with database.transaction() as session:
        builders(session, clock, town).organisation(slug="ailleurs")
    amina.open(f"/rdv/ailleurs/rendez-vous/{the(database).reference}")
    assert amina.answer.status_code == 404

    amina.open("/rdv/ailleurs/mes-rendez-vous")
    assert "Ville de Sainte-Anne" in amina.page.words
    amina.follow("Jeudi 26 novembre")
    assert amina.path == f"{PORTAL}/rendez-vous/{the(database).reference}"


def test_a_citizen_of_one_territory_is_nobody_in_another(
    amina: Visitor, database: Database, clock: StoppedClock
) -> None:
    with database.transaction() as session:
        Maker(session, clock).organisation(slug="autre-territoire")

    assert "Retrouver mes rendez-vous" in amina.open("/rdv/autre-territoire/mes-rendez-vous").words


def test_the_file_is_the_event_of_the_mails(amina: Visitor, database: Database) -> None:
    amina.open(amina.href("Télécharger le fichier"))

    assert amina.answer.headers["Content-Type"].startswith("text/calendar")
    assert "attachment" in amina.answer.headers["Content-Disposition"]
    calendar = icalendar.Calendar.from_ical(amina.answer.data)
    event = calendar.events[0]
    with database.reading() as session:
        mailed = session.scalars(select(Message.calendar).where(Message.calendar.is_not(None))).one()
    assert str(event["UID"]) == str(icalendar.Calendar.from_ical(mailed).events[0]["UID"])
    assert "METHOD" not in calendar
    assert "ATTENDEE" not in event
    assert len(event.subcomponents) == 2


def test_other_sites_get_hours_and_place_and_nobody_s_name(amina: Visitor) -> None:
    words = amina.page.words
    assert words.count("ouvre un autre site, qui recevra la date et le lieu") == 3

    google = parse_qs(urlsplit(amina.href("Google Agenda")).query)
    assert google["text"] == ["Passeport – Ville de Sainte-Anne"]
    assert google["dates"] == ["20261126T080000Z/20261126T083000Z"]
    outlook = parse_qs(urlsplit(amina.href("Outlook.com")).query)
    assert (outlook["startdt"], outlook["enddt"]) == (["2026-11-26T08:00:00Z"], ["2026-11-26T08:30:00Z"])
    assert "Mairie centrale" in outlook["location"][0]
    for site in ("Google Agenda", "Outlook.com", "Outlook professionnel"):
        assert "enali" not in amina.href(site)


def test_a_sensitive_motif_has_a_neutral_title_outside(amina: Visitor, database: Database, town: Town) -> None:
    change(database, Motif, town.passport, sensitive=True, instructions="Dépistage")
    amina.open(amina.path)

    for site in ("Google Agenda", "Outlook.com", "Outlook professionnel"):
        assert "Passeport" not in amina.href(site)
    assert "Rendez-vous+" in amina.href("Google Agenda")
    amina.open(amina.href("Télécharger le fichier"))
    assert b"Passeport" not in amina.answer.data
    assert "Dépistage" not in amina.answer.text


def test_a_hidden_motif_is_not_named(amina: Visitor, database: Database, town: Town) -> None:
    change(database, Motif, town.passport, visibility=Visibility.HIDDEN)

    assert "Passeport" not in amina.open(f"{PORTAL}/mes-rendez-vous").words
    assert "Passeport" not in amina.follow("Jeudi 26 novembre").words


def test_moving_keeps_the_old_time_until_the_new_one_is_confirmed(
    amina: Visitor, database: Database, town: Town
) -> None:
    amina.follow("Déplacer")
    assert (
        "Votre rendez-vous actuel : jeudi 26 novembre 2026 à 9 h. Il est gardé tant que vous n'avez pas confirmé."
        in amina.page.words
    )

    amina.press("10:30, vendredi 27")
    assert "Vérifiez la nouvelle date" in amina.page.words
    assert "Jeudi 26 novembre 2026 à 9 h" in amina.page.words
    assert "Vendredi 27 novembre 2026 à 10 h 30" in amina.page.words
    assert the(database).starts_at.day == 26

    amina.press("Déplacer le rendez-vous")
    assert "Le rendez-vous est déplacé au vendredi 27 novembre 2026 à 10 h 30." in amina.page.words
    assert "Vendredi 27 novembre 2026 à 10 h 30" in amina.page.words
    assert (the(database).starts_at.day, the(database).starts_at.hour) == (27, 9)
    assert events(database)[-1] == "appointment.moved"
    assert live_starts(database) == []


def test_two_clicks_move_once(amina: Visitor, database: Database) -> None:
    amina.follow("Déplacer")
    amina.press("10:30, vendredi 27")
    check = amina.page
    for _ in range(2):
        amina.page = check
        amina.press("Déplacer le rendez-vous")

    assert "Le rendez-vous est déplacé" in amina.page.words
    assert events(database).count("appointment.moved") == 1
    assert the(database).sequence == 1


def test_a_move_leads_to_another_place_where_this_one_is_full(
    amina: Visitor, database: Database, clock: StoppedClock, town: Town
) -> None:
    away(database, clock, town, town.claire)
    amina.follow("Déplacer")
    assert "sont pris dans ce lieu : Mairie centrale" in amina.page.words

    amina.follow("Mairie annexe")
    amina.press("10:00, jeudi 26")
    assert "Mairie annexe" in amina.page.words
    amina.press("Déplacer le rendez-vous")

    assert the(database).place_id == town.annexe


def test_a_move_whose_hold_ran_out_keeps_the_old_time(amina: Visitor, database: Database, clock: StoppedClock) -> None:
    amina.follow("Déplacer")
    amina.press("10:30, vendredi 27")
    clock.advance(timedelta(minutes=15))

    amina.press("Déplacer le rendez-vous")
    assert "Le délai est dépassé." in amina.page.words
    assert the(database).starts_at.day == 26

    amina.press("Reprendre ce créneau")
    amina.press("Déplacer le rendez-vous")
    assert the(database).starts_at.day == 27


def test_a_move_to_a_time_just_taken_leads_back_to_the_list(
    app: Flask, amina: Visitor, database: Database, town: Town
) -> None:
    amina.follow("Déplacer")
    hold_slot(Visitor(app, "192.0.2.2"), town, words="10:30, vendredi 27")

    amina.press("10:30, vendredi 27")

    assert "Ce créneau vient d'être pris." in amina.page.words
    assert "Votre rendez-vous actuel" in amina.page.words
    amina.press("Vendredi 27 novembre 2026 à 11 h")
    amina.press("Déplacer le rendez-vous")
    assert the(database).starts_at.hour == 10


def test_too_late_to_move_says_why_and_whom_to_call(
    amina: Visitor, database: Database, clock: StoppedClock, app: Flask
) -> None:
    clock.advance(timedelta(days=2))
    other = find(Visitor(app), database)
    assert not other.has_link("Déplacer")

    other.open(f"{PORTAL}/rendez-vous/{the(database).reference}/deplacer")

    assert other.answer.status_code == 403
    assert "Il pouvait être déplacé en ligne jusqu'au mardi 24 novembre 2026 à 9 h." in other.page.words
    assert "01 23 45 67 89" in other.page.words
    assert other.has_link("Revenir au rendez-vous")


def test_too_late_while_choosing_moves_nothing(amina: Visitor, database: Database, town: Town) -> None:
    amina.follow("Déplacer")
    amina.press("10:30, vendredi 27")
    change(database, Motif, town.passport, may_move=False)

    amina.press("Déplacer le rendez-vous")

    assert amina.answer.status_code == 403
    assert "Ce rendez-vous ne peut pas être déplacé en ligne" in amina.page.words
    assert the(database).starts_at.day == 26


def test_a_motif_no_longer_on_line_is_not_moved_on_line(amina: Visitor, database: Database, town: Town) -> None:
    change(database, Motif, town.passport, bookable_by=BookableBy.AGENTS)

    amina.open(f"{PORTAL}/rendez-vous/{the(database).reference}/deplacer")

    assert amina.answer.status_code == 403
    assert "Ce type de rendez-vous ne peut plus être pris ni déplacé en ligne." in amina.page.words


def test_cancelling_is_a_page_of_its_own_then_done_once(amina: Visitor, database: Database, town: Town) -> None:
    change(database, Motif, town.passport, cancel_warning="Le prochain créneau est dans un mois.")
    amina.follow("Annuler")
    words = amina.page.words
    assert "Le prochain créneau est dans un mois." in words
    assert "Un message sera envoyé à a…@exemple.fr." in words
    assert amina.has_link("Garder le rendez-vous")
    page = amina.page

    for _ in range(2):
        amina.page = page
        amina.press("Annuler le rendez-vous", reason="empechement")
        assert "Le rendez-vous est annulé." in amina.page.words
        assert amina.has_link("Prendre un autre rendez-vous")

    assert the(database).status is Status.CANCELLED_BY_CITIZEN
    assert the(database).cancel_reason == "Je ne peux plus venir"
    assert events(database).count("appointment.cancelled") == 1
    hold_slot(amina, town)
    assert "Ce créneau vous est réservé" in amina.page.words


@pytest.mark.parametrize("reason", [None, "inconnue", "x" * 5000])
def test_a_reason_that_is_not_offered_is_left_out(amina: Visitor, database: Database, reason: str | None) -> None:
    amina.follow("Annuler")

    amina.press("Annuler le rendez-vous", reason=reason)

    assert the(database).status is Status.CANCELLED_BY_CITIZEN
    assert the(database).cancel_reason is None


def test_too_late_to_cancel_says_why_and_whom_to_call(
    amina: Visitor, database: Database, clock: StoppedClock, app: Flask
) -> None:
    clock.advance(timedelta(days=2, hours=22))
    other = find(Visitor(app), database)

    other.open(f"{PORTAL}/rendez-vous/{the(database).reference}/annuler")

    assert other.answer.status_code == 403
    assert "Il pouvait être annulé en ligne jusqu'au jeudi 26 novembre 2026 à 5 h." in other.page.words
    assert "01 23 45 67 89" in other.page.words
    assert the(database).status is Status.PLANNED


def test_what_is_over_can_not_be_cancelled(amina: Visitor, database: Database) -> None:
    with database.transaction() as session:
        session.scalars(select(Appointment)).one().become(Status.DONE)

    amina.open(f"{PORTAL}/rendez-vous/{the(database).reference}/annuler")

    assert amina.answer.status_code == 403
    assert "Ce rendez-vous ne peut pas être annulé en ligne" in amina.page.words


def test_a_call_may_be_moved_without_place(visitor: Visitor, database: Database, town: Town) -> None:
    identify(hold_slot(visitor, town, "advice"), database).press("Confirmer")
    assert the(database).motif_id == town.advice

    visitor.follow("Déplacer")
    visitor.press("10:15, vendredi 27")
    visitor.press("Déplacer le rendez-vous")

    assert the(database).starts_at.day == 27
    with database.reading() as session:
        assert session.get_one(Motif, town.advice).modality is Modality.PHONE


def test_the_list_takes_as_many_statements_whatever_its_length(
    amina: Visitor, database: Database, clock: StoppedClock, town: Town, statements: Callable[[Database], Any]
) -> None:
    def counted() -> int:
        with statements(database) as seen:
            amina.open(f"{PORTAL}/mes-rendez-vous")
        assert amina.answer.status_code == 200
        return len(seen)

    before = counted()
    with database.transaction() as session:
        make = builders(session, clock, town)
        citizen = session.scalars(select(Citizen)).one()
        agenda = session.get_one(Agenda, town.claire)
        for number in range(5):
            starts_at = clock.now() + timedelta(days=10 + number)
            make.appointment(agenda, starts_at, motif=make.motif(), place=make.place(), citizen=citizen)

    assert counted() == before


@pytest.mark.parametrize("email", ["", "x", "a@", "\0"])
def test_what_is_no_address_finds_nothing(visitor: Visitor, database: Database, email: str) -> None:
    visitor.open(f"{PORTAL}/mes-rendez-vous")

    visitor.press("Continuer", email=email)

    assert visitor.answer.status_code in {400, 422}
    assert events(database) == []


def test_too_many_mails_are_refused_with_a_sentence(visitor: Visitor, database: Database) -> None:
    for _ in range(9):
        visitor.open(f"{PORTAL}/mes-rendez-vous")
        visitor.press("Continuer", email=AMINA["email"])

    assert visitor.answer.status_code == 429
    assert "Trop de tentatives" in visitor.page.words or "essa" in visitor.page.words
    assert len(events(database)) == 8


def test_errors_of_the_portal_have_words_elsewhere_too(app: Flask, clock: StoppedClock) -> None:
    with app.test_request_context():
        for error in (
            NotCancellable(),
            NoSuchHold(),
            TooLateToMove(until=clock.now()),
            NotBookable(),
            NoSuchAppointment(),
        ):
            assert notice(error).actions == ()
