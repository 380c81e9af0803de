"""« Prescripteur »: somebody books for somebody else (3.19, B10)."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from web.citizen.test_booking import AMINA, hold_slot, identify
from web.citizen.town import PORTAL, Town, change, events
from web.citizen.visitor import Visitor

from rdvdav.agenda.appointment import Appointment, Channel
from rdvdav.agenda.participation import Participation
from rdvdav.audit.entry import AuditEntry
from rdvdav.booking.referral import REFERRALS_PER_ADDRESS
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.referrer import Referrer
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import Installation

DENIS = {
    "first_name": "Denis",
    "last_name": "Leroy",
    "structure": "Mission locale",
    "email": "Denis@Mission.example",
    "phone": "01 44 55 66 77",
}
LUCIE = {"first_name": "Lucie", "last_name": "Martel", "phone": "", "email": "lucie@exemple.fr"}


@pytest.fixture
def database(sqlite: Database) -> Database:
    """Pages are tried on one database."""
    return sqlite


def referred(visitor: Visitor, **person: str) -> Visitor:
    """From « Vous » to the last look, for *person*."""
    visitor.follow("Je suis un prescripteur")
    visitor.press("Continuer", **DENIS)
    visitor.press("Continuer", **LUCIE | person)
    return visitor


def test_three_pages_one_appointment_and_all_are_told(
    visitor: Visitor, database: Database, town: Town, clock: StoppedClock
) -> None:
    referred(hold_slot(visitor, town))
    for words in ("Lucie Martel", "Denis Leroy, Mission locale", "lucie@exemple.fr", "Jeudi 26 novembre 2026"):
        assert words in visitor.page.words
    assert "Elle ne recevra aucun message" not in visitor.page.words
    form, _button = visitor.button("Confirmer le rendez-vous")
    for _ in range(2):
        assert visitor.client.post(form.action, data=form.fields, environ_base=visitor.environ).status_code == 303
    visitor.open(form.action)

    words = visitor.page.words
    assert "Le rendez-vous de la personne que vous orientez est confirmé" in words
    assert "denis@mission.example" in words
    assert "Martel" not in words
    assert events(database) == ["appointment.created", "appointment.referred"]
    with database.reading() as session:
        appointment = session.scalars(select(Appointment)).one()
        referrer = session.scalars(select(Participation)).one().referrer
        mails = {mail.recipient: mail.text for mail in session.scalars(select(Message).where(~Message.to_compose))}
        actors = set(session.scalars(select(AuditEntry.actor)))
    assert appointment.channel is Channel.REFERRER
    assert referrer is not None
    assert (referrer.name, referrer.structure, referrer.phone) == ("Denis Leroy", "Mission locale", "+33144556677")
    assert "Lucie M." in mails["denis@mission.example"]
    assert "Martel" not in mails["denis@mission.example"]
    assert "/i/" in mails["lucie@exemple.fr"]
    assert actors == {"referrer"}

    visitor.follow("Orienter une autre personne")  # the own details are kept, the person's are not
    hold_slot(visitor, town, words="09:30, jeudi 26 novembre").follow("Je suis un prescripteur")
    assert visitor.button("Continuer")[0].fields["structure"] == ["Mission locale"]
    visitor.press("Continuer")
    assert visitor.button("Continuer")[0].fields["last_name"] == [""]


def test_who_cannot_be_reached_is_warned_of(visitor: Visitor, database: Database, town: Town) -> None:
    referred(hold_slot(visitor, town), email="", phone="01 23 45 67 89")
    assert "Elle ne recevra aucun message" in visitor.page.words
    visitor.follow("Modifier les coordonnées")
    visitor.press("Continuer", phone="06 12 34 56 78")
    assert "Elle ne recevra aucun message" in visitor.page.words  # nobody carries SMS
    with database.transaction() as session:
        session.execute(update(Installation).values(sms=True))
    visitor.open(visitor.path)
    assert "Elle ne recevra aucun message" not in visitor.page.words

    visitor.press("Confirmer le rendez-vous")

    assert "La personne, par SMS" in visitor.page.words
    with database.reading() as session:
        told = session.scalars(select(Message).where(~Message.to_compose).order_by(Message.id)).all()
        assert [(each.event, each.recipient) for each in told] == [
            ("appointment.created", "+33612345678"),
            ("appointment.referred", "denis@mission.example"),
        ]
        assert "Passeport" not in told[0].text
        assert "Cette personne reçoit un message de confirmation." in told[1].text
        assert session.scalars(select(Citizen.phone)).all() == ["+33612345678"]


def test_what_cannot_be_read_is_said_and_kept(visitor: Visitor, town: Town) -> None:
    hold_slot(visitor, town)
    visitor.follow("Je suis un prescripteur")
    visitor.press("Continuer", **DENIS | {"email": "denis", "structure": "", "phone": "12"})
    assert visitor.answer.status_code == 422
    assert "3 erreurs à corriger" in visitor.page.words
    assert visitor.button("Continuer")[0].fields["first_name"] == ["Denis"]
    visitor.press("Continuer", **DENIS)
    visitor.press("Continuer", **LUCIE | {"email": "lucie@", "last_name": ""})
    assert "2 erreurs à corriger" in visitor.page.words


def test_a_known_address_is_that_record_and_says_nothing_of_it(
    app: Flask, visitor: Visitor, database: Database, town: Town
) -> None:
    identify(hold_slot(visitor, town), database).press("Confirmer le rendez-vous")
    denis = Visitor(app, "192.0.2.4")

    hold_slot(denis, town, words="10:00, jeudi 26 novembre")
    referred(denis, email=AMINA["email"], first_name="Lucie", phone="06 99 99 99 99")
    denis.press("Confirmer le rendez-vous")

    assert "Amina" not in denis.answer.text
    assert "Benali" not in denis.answer.text
    with database.reading() as session:
        [amina] = session.scalars(select(Citizen)).all()
        assert (amina.first_name, amina.phone) == ("Amina", "+33612345678")
        assert not [
            mail
            for mail in session.scalars(select(Message).where(~Message.to_compose))
            if "Benali" in mail.text and "denis" in mail.recipient
        ]


def test_what_is_open_to_referrers_is_booked_by_them_alone(
    app: Flask, visitor: Visitor, database: Database, town: Town
) -> None:
    assert not visitor.open(PORTAL).links or not visitor.has_link("Je suis un prescripteur")
    change(database, Motif, town.card, bookable_by=BookableBy.REFERRERS)
    slots = f"{PORTAL}/creneau?motif={town.card}"
    assert visitor.client.get(slots).status_code == 404

    visitor.open(PORTAL)
    visitor.follow("Je suis un prescripteur")
    visitor.press("Continuer", **DENIS)
    hold_slot(visitor, town, "card")
    assert visitor.path.endswith("/prescripteur")  # not « Vous »
    hold_token = visitor.path.split("/")[-2]
    other = Visitor(app, "192.0.2.5")
    identify(hold_slot(other, town, words="14:00, jeudi 26 novembre"), database)  # somebody signed in
    answer = other.client.post(
        f"{PORTAL}/reservation/{hold_token}/verification", data=other.button("Confirmer")[0].fields
    )
    assert answer.status_code == 403
    visitor.press("Continuer")
    visitor.press("Continuer", **LUCIE)
    visitor.press("Confirmer le rendez-vous")

    assert "est confirmé" in visitor.page.words


def test_one_address_does_not_refer_without_end(
    visitor: Visitor, database: Database, town: Town, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "rdvdav.booking.referral.REFERRALS_PER_ADDRESS", type(REFERRALS_PER_ADDRESS)("referral", 1, timedelta(hours=1))
    )
    referred(hold_slot(visitor, town)).press("Confirmer le rendez-vous")
    hold_slot(visitor, town, words="09:30, jeudi 26 novembre")
    referred(visitor, email="").press("Confirmer le rendez-vous")

    assert visitor.answer.status_code == 429
    with database.reading() as session:
        assert len(session.scalars(select(Referrer)).all()) == 1


def test_a_shared_browser_forgets_on_demand(visitor: Visitor, town: Town) -> None:
    referred(hold_slot(visitor, town))
    visitor.follow("Modifier vos coordonnées")
    visitor.press("Effacer ces coordonnées")

    with visitor.client.session_transaction() as cookie:
        assert not {"referrer", "beneficiary"} & cookie.keys()


def test_how_many_appointments_somebody_has_is_not_told_to_a_referrer(
    app: Flask, visitor: Visitor, database: Database, town: Town
) -> None:
    change(database, Motif, town.passport, per_citizen_limit=1)
    identify(hold_slot(visitor, town), database).press("Confirmer le rendez-vous")
    denis = Visitor(app, "192.0.2.4")
    hold_slot(denis, town, words="10:00, jeudi 26 novembre")

    referred(denis, email=AMINA["email"]).press("Confirmer le rendez-vous")

    assert denis.answer.status_code == 403
    assert "Ce rendez-vous ne peut pas être pris en ligne pour cette personne" in denis.page.words
    assert "à venir" not in denis.page.words
