"""An invitation to book, from the mail to the appointment: no code, no name, one appointment (4.3, B13)."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from web.citizen.test_replanning import last_mail, link_of
from web.citizen.town import PORTAL, Town, away, builders, change, events
from web.citizen.visitor import Visitor

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.booking_invitation import BookingInvitation
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.agent import Agent
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.records.invitations import invite_to_book

MESSAGE = "Nous devons compléter votre dossier."


@pytest.fixture
def database(sqlite: Database) -> Database:
    """Pages are tried on one database."""
    return sqlite


def invite(database: Database, clock: StoppedClock, town: Town, motif: str = "", **about: object) -> str:
    """Claire invites Amina to a motif, or to whatever the service offers: the path of the link."""
    with database.transaction() as session:
        agent = session.scalars(select(Agent.id).where(Agent.last_name == "Martin")).one()
        known = session.scalars(select(Citizen.id).where(Citizen.last_name == "Benali")).first()
        if known is None:
            make = builders(session, clock, town)
            known = make.citizen(**{"last_name": "Benali", "email": "amina@exemple.fr", "phone": None} | about).id
            kept = {"citizen_id": known, "organisation_id": town.organisation, "created_at": clock.now()}
            session.add(CitizenOrganisation(**kept))
        service = session.get_one(Motif, town.passport).service_id
        key = f"motif-{getattr(town, motif)}" if motif else f"service-{town.organisation}-{service}"
        invite_to_book(session, clock, agent, known, key, MESSAGE, date(2026, 12, 4))
    return link_of(last_mail(database))


def test_from_the_mail_to_the_appointment_without_saying_who_one_is(
    visitor: Visitor, database: Database, town: Town, clock: StoppedClock
) -> None:
    change(database, Motif, town.card, bookable_by=BookableBy.AGENTS)  # opened by the invitation
    path = invite(database, clock, town, "card")
    mail = last_mail(database)
    assert mail.subject == "Invitation à prendre rendez-vous – Ville de Sainte-Anne"
    for fact in (MESSAGE, "Claire Martin (État civil, Ville de Sainte-Anne)", "Carte d'identité", "4 décembre 2026"):
        assert fact in mail.text

    words = visitor.open(path).words
    for fact in ("Amina, nous vous invitons", "Claire Martin", MESSAGE, "vendredi 4 décembre 2026", "Carte d'identité"):
        assert fact in words
    assert "Benali" not in words
    visitor.press("09:00, jeudi 26 novembre")
    assert "Vérifiez votre rendez-vous" in visitor.page.words
    visitor.press("Prolonger de 5 minutes")
    clock.advance(timedelta(minutes=18))
    visitor.press("Confirmer le rendez-vous")

    words = visitor.page.words
    assert "Votre rendez-vous est confirmé." in words
    assert "Jeudi 26 novembre 2026 à 9 h" in words
    assert "/i/" in visitor.path
    assert events(database)[-1] == "appointment.created"
    visitor.open(path)  # the link shows nothing of it any more
    assert "Cette invitation a déjà servi" in visitor.page.words
    assert "26 novembre" not in visitor.page.words


def test_of_a_service_one_chooses_and_what_is_missing_is_asked(
    visitor: Visitor, database: Database, town: Town, clock: StoppedClock
) -> None:
    change(database, Motif, town.advice, asks_birth_date=True, restriction="Munissez-vous de votre dossier.")
    visitor.open(invite(database, clock, town))
    assert not visitor.has_link("Permis")
    visitor.follow("Conseil")
    assert "Munissez-vous de votre dossier." in visitor.page.words
    visitor.press("09:00, jeudi 26 novembre")

    visitor.press("Confirmer le rendez-vous", phone="", birth_date="")
    assert visitor.answer.status_code == 422
    assert "3 erreurs à corriger" in visitor.page.words
    visitor.press("Confirmer le rendez-vous", phone="06 12 34 56 78", birth_date="1980-01-02", read="y")

    assert "Votre rendez-vous est confirmé." in visitor.page.words
    with database.reading() as session:
        citizen = session.scalars(select(Citizen)).one()
    assert (citizen.phone, citizen.birth_date) == ("+33612345678", date(1980, 1, 2))


def test_a_slot_taken_or_kept_too_long_leads_back_to_the_invitation(
    visitor: Visitor, database: Database, town: Town, clock: StoppedClock
) -> None:
    path = invite(database, clock, town, "passport")
    visitor.open(path)
    visitor.press("09:00, jeudi 26 novembre")
    clock.advance(timedelta(minutes=16))
    visitor.press("Confirmer le rendez-vous")
    assert visitor.path.startswith(path)
    assert "Le délai est dépassé." in visitor.page.words

    visitor.press("09:30, jeudi 26 novembre")
    away(database, clock, town, town.claire, town.paul)
    visitor.open(path)
    assert "Aucun créneau" in visitor.page.words
    with database.reading() as session:
        assert session.scalars(select(Appointment)).all() == []


def test_the_held_slot_and_the_link_open_nothing_else(
    app: Flask, visitor: Visitor, database: Database, town: Town, clock: StoppedClock
) -> None:
    mine, other = invite(database, clock, town, "card"), invite(database, clock, town, "card")
    visitor.open(mine)
    visitor.press("09:00, jeudi 26 novembre")
    hold_token = visitor.path.rpartition("/")[2]
    stranger = Visitor(app, "192.0.2.8")

    for path in (f"{other}/{hold_token}", f"{PORTAL}/i/{mine.rpartition('/')[2]}", f"{PORTAL}/invitation/{'x' * 27}"):
        assert stranger.client.get(path).status_code == 404
    with database.transaction() as session:
        session.execute(update(BookingInvitation).values(revoked_at=clock.now()))
    answers = [stranger.client.get(path) for path in (mine, other, f"{mine}/{hold_token}")]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert all("Ce lien n'est plus valable" in answer.text.replace("&#39;", "'") for answer in answers)


def test_what_is_booked_ordinarily_is_no_invitation(
    visitor: Visitor, database: Database, town: Town, clock: StoppedClock
) -> None:
    path = invite(database, clock, town, "passport")
    visitor.open(path)
    visitor.press("09:00, jeudi 26 novembre")
    visitor.press("Confirmer le rendez-vous")
    again = invite(database, clock, town, "passport")

    visitor.open(again)

    assert "nous vous invitons" in visitor.page.words
