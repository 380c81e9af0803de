"""Holding, saying who one is, checking, booking (ux 3.9, 3.11 to 3.13)."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from web.citizen.town import PORTAL, Town, away, builders, change, events, last_code, last_link
from web.citizen.visitor import Visitor

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.hold import Hold, HoldClaim
from rdvdav.agenda.participation import Answer, Participation
from rdvdav.booking.seats import take_seat
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.link import EmailProof
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Motif
from rdvdav.directory.question import Question, QuestionKind
from rdvdav.feeds.object import CalendarObject
from rdvdav.outbox.message import Channel, Message
from rdvdav.policy.installation import Installation

AMINA = {"first_name": "Amina", "last_name": "Benali", "email": "Amina@Exemple.fr", "phone": "06 12 34 56 78"}


def hold_slot(
    visitor: Visitor, town: Town, motif: str = "passport", words: str = "09:00, jeudi 26 novembre"
) -> Visitor:
    """Choose the slot of Thursday at nine."""
    place = f"&lieu={town.hall}" if motif == "passport" else ""
    visitor.open(f"{PORTAL}/creneau?motif={getattr(town, motif)}{place}")
    visitor.press(words)
    return visitor


def identify(visitor: Visitor, database: Database, **changed: str) -> Visitor:
    """Say who one is and type the code of the mail."""
    visitor.press("Continuer avec mon adresse e-mail", **AMINA | changed)
    visitor.press("Continuer", code=last_code(database))
    return visitor


def booked(visitor: Visitor, database: Database, town: Town) -> Visitor:
    identify(hold_slot(visitor, town), database).press("Confirmer le rendez-vous")
    return visitor


def counted(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def live_starts(database: Database) -> list[str]:
    with database.reading() as session:
        return [
            f"{start:%d %H:%M}" for start in session.scalars(select(HoldClaim.starts_at).order_by(HoldClaim.starts_at))
        ]


def test_a_slot_is_held_then_named_checked_and_booked(
    visitor: Visitor, database: Database, clock: StoppedClock, town: Town
) -> None:
    hold_slot(visitor, town)
    words = visitor.page.words
    assert visitor.path.endswith("/vous")
    assert "Étape 5 sur 6" in words
    assert "Ce créneau vous est réservé jusqu'à 8 h 15." in words
    assert "Jeudi 26 novembre 2026 à 9 h" in words

    visitor.press("Continuer avec mon adresse e-mail", **AMINA)
    assert "Consultez votre messagerie" in visitor.page.words
    assert "amina@exemple.fr" in visitor.page.words

    visitor.press("Continuer", code=f" {last_code(database)[:3]} {last_code(database)[3:]}")
    words = visitor.page.words
    assert "Vérifiez votre rendez-vous" in words
    assert "Étape 6 sur 6" in words
    for said in ("Jeudi 26 novembre 2026 à 9 h", "30 minutes", "Mairie centrale", "Amina Benali", "06 12 34 56 78"):
        assert said in words

    visitor.press("Confirmer le rendez-vous")
    words = visitor.page.words
    assert visitor.path.endswith("/confirme")
    assert "Votre rendez-vous est confirmé" in words
    assert "Un e-mail vient d'être envoyé à a…@exemple.fr" in words
    assert "À apporter Une photo Un justificatif" in words
    assert "Vous pouvez déplacer ce rendez-vous jusqu'au mardi 24 novembre 2026 à 9 h." in words
    assert "Vous pouvez l'annuler jusqu'au jeudi 26 novembre 2026 à 5 h." in words

    assert events(database) == ["proof.asked", "appointment.created"]
    with database.reading() as session:
        appointment = session.scalars(select(Appointment)).one()
        citizen = session.scalars(select(Citizen)).one()
        assert appointment.reference in words
        assert (citizen.email, citizen.phone, citizen.name) == ("amina@exemple.fr", "+33612345678", "Amina Benali")
        assert len(session.scalars(select(CalendarObject).where(CalendarObject.text.contains("Passeport"))).all()) == 1


def test_reloading_the_confirmation_books_nothing(visitor: Visitor, database: Database, town: Town) -> None:
    booked(visitor, database, town)

    visitor.open(visitor.path)

    assert "Votre rendez-vous est confirmé" in visitor.page.words
    assert counted(database, Appointment) == 1


def test_two_clicks_make_one_appointment(visitor: Visitor, database: Database, town: Town) -> None:
    identify(hold_slot(visitor, town), database)
    check = visitor.page

    references = set()
    for _ in range(2):
        visitor.page = check
        visitor.press("Confirmer le rendez-vous")
        references.add(visitor.path)

    assert len(references) == 1
    assert counted(database, Appointment) == 1
    assert events(database).count("appointment.created") == 1


def test_two_clicks_on_a_slot_hold_it_once(visitor: Visitor, database: Database, town: Town) -> None:
    visitor.open(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}")
    slots = visitor.page
    tokens = set()
    for _ in range(2):
        visitor.page = slots
        visitor.press("09:00, jeudi")
        assert "Ce créneau vous est réservé" in visitor.page.words
        tokens.add(visitor.path)

    assert len(tokens) == 2
    assert live_starts(database) == ["26 08:00"]


def test_choosing_another_slot_gives_the_first_one_up(visitor: Visitor, database: Database, town: Town) -> None:
    hold_slot(visitor, town)
    visitor.follow("Modifier le créneau")

    visitor.press("10:00, jeudi")

    assert live_starts(database) == ["26 09:00"]


def test_a_slot_that_has_just_been_taken_leads_to_the_nearest_ones(
    app: Flask, visitor: Visitor, database: Database, town: Town
) -> None:
    late = Visitor(app, "192.0.2.2")
    late.open(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}")
    hold_slot(visitor, town)

    late.press("09:00, jeudi")

    assert "Ce créneau vient d'être pris." in late.page.words
    near = [words for words in late.buttons if words.startswith(("Jeudi 26 novembre 2026", "Mercredi", "Vendredi 27"))]
    assert [words.partition(",")[0] for words in near] == [
        "Jeudi 26 novembre 2026 à 9 h 30",
        "Jeudi 26 novembre 2026 à 10 h",
        "Jeudi 26 novembre 2026 à 10 h 30",
    ]
    late.press("Jeudi 26 novembre 2026 à 9 h 30")
    assert "Ce créneau vous est réservé" in late.page.words


def test_a_visit_keeps_three_slots_at_most(
    visitor: Visitor, database: Database, clock: StoppedClock, town: Town
) -> None:
    with database.transaction() as session:
        make = builders(session, clock, town)
        more = [make.motif() for _ in range(4)]
        make.opening_range(make.agenda(), more, place_id=town.hall)
        ids = [motif.id for motif in more]

    for number, motif_id in enumerate(ids):
        visitor.open(f"{PORTAL}/creneau?motif={motif_id}&du=2026-11-{24 + number}")
        visitor.press("09:00")

    assert visitor.answer.status_code == 429
    assert "Vous réservez déjà plusieurs créneaux" in visitor.page.words
    assert len(live_starts(database)) == 3


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"first_name": ""}, "Saisissez votre prénom"),
        ({"first_name": "   "}, "Saisissez votre prénom"),
        ({"last_name": "x" * 101}, "Raccourcissez ce nom"),
        ({"last_name": "Be\x07nali"}, "Retirez les caractères spéciaux"),
        ({"email": "amina"}, "Saisissez une adresse e-mail, par exemple nom@exemple.fr"),
        ({"email": "a@b@exemple.fr"}, "Saisissez une adresse e-mail, par exemple nom@exemple.fr"),
        ({"email": "x" * 250 + "@exemple.fr"}, "Cette adresse e-mail est trop longue"),
        ({"phone": "12"}, "Saisissez un numéro de téléphone, par exemple 06 12 34 56 78"),
    ],
)
def test_what_can_not_be_used_is_said_and_what_was_typed_is_kept(
    visitor: Visitor, database: Database, town: Town, typed: dict[str, str], said: str
) -> None:
    hold_slot(visitor, town)

    visitor.press("Continuer avec mon adresse e-mail", **AMINA | typed)

    assert visitor.answer.status_code == 422
    assert "1 erreur à corriger" in visitor.page.words
    assert visitor.page.words.count(said) == 2
    kept = visitor.button("Continuer avec")[0].fields
    for name in AMINA.keys() - typed.keys():
        assert kept[name] == [AMINA[name]]
    assert counted(database, EmailProof) == 0


def test_prolonging_keeps_what_was_typed(visitor: Visitor, clock: StoppedClock, town: Town) -> None:
    hold_slot(visitor, town)
    clock.advance(timedelta(minutes=12))

    visitor.press("Prolonger de 5 minutes", first_name="Amina", email="pas encore")

    assert "jusqu'à 8 h 20" in visitor.page.words
    assert "erreur" not in visitor.page.words
    kept = visitor.button("Continuer avec")[0].fields
    assert (kept["first_name"], kept["email"]) == (["Amina"], ["pas encore"])


def test_a_hold_is_prolonged_ten_times_and_says_when_no_more(visitor: Visitor, town: Town) -> None:
    hold_slot(visitor, town)
    page = visitor.page
    for _ in range(10):
        visitor.press("Prolonger de 5 minutes")
    assert "jusqu'à 9 h 05" in visitor.page.words
    assert "Prolonger de 5 minutes" not in visitor.page.words

    visitor.page = page
    visitor.press("Prolonger de 5 minutes")

    assert "Ce créneau ne peut pas être réservé plus longtemps." in visitor.page.words


def test_the_first_button_of_the_form_is_not_the_one_that_prolongs(visitor: Visitor, town: Town) -> None:
    hold_slot(visitor, town)
    text = visitor.answer.text

    assert text.index('form="you" tabindex="-1"') < text.index('name="prolonger"')


def test_wrong_codes_are_counted_and_five_are_enough(visitor: Visitor, database: Database, town: Town) -> None:
    hold_slot(visitor, town)
    visitor.press("Continuer avec mon adresse e-mail", **AMINA)
    wrong = "000000" if last_code(database) != "000000" else "111111"

    for left in ("4 essais", "3 essais", "2 essais", "1 essai"):
        visitor.press("Continuer", code=wrong)
        assert f"Ce code n'est pas le bon. Il vous reste {left}." in visitor.page.words
        assert visitor.answer.status_code == 422
    visitor.press("Continuer", code=wrong)
    assert "Ce code n'est plus valable" in visitor.page.words
    assert counted(database, Citizen) == 0

    visitor.follow("Demander un autre message")
    assert visitor.button("Continuer avec")[0].fields["first_name"] == ["Amina"]
    identify(visitor, database)
    assert "Vérifiez votre rendez-vous" in visitor.page.words


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "1234567", "１２３４５６"])
def test_what_is_no_code_costs_no_try(visitor: Visitor, database: Database, town: Town, code: str) -> None:
    hold_slot(visitor, town)
    visitor.press("Continuer avec mon adresse e-mail", **AMINA)

    visitor.press("Continuer", code=code)

    assert "Saisissez les 6 chiffres du code" in visitor.page.words
    with database.reading() as session:
        assert session.scalars(select(EmailProof.tries_left)).all() == [5]


def test_another_message_is_sent_after_a_minute(
    visitor: Visitor, database: Database, clock: StoppedClock, town: Town
) -> None:
    hold_slot(visitor, town)
    visitor.press("Continuer avec mon adresse e-mail", **AMINA)
    first = last_code(database)

    visitor.press("Renvoyer")
    assert "Vous pourrez en demander un autre dans 60 s." in visitor.page.words
    assert events(database) == ["proof.asked"]

    clock.advance(timedelta(seconds=60))
    visitor.press("Renvoyer")
    assert "Un nouveau message vient de vous être envoyé." in visitor.page.words
    assert events(database) == ["proof.asked"] * 2
    visitor.press("Continuer", code=first)
    assert "Vérifiez votre rendez-vous" in visitor.page.words


def test_the_link_works_on_another_device_and_looking_at_it_uses_nothing_up(
    app: Flask, visitor: Visitor, database: Database, town: Town
) -> None:
    hold_slot(visitor, town)
    visitor.press("Continuer avec mon adresse e-mail", **AMINA)
    link = last_link(database)
    phone = Visitor(app, "192.0.2.7")

    for _ in range(3):
        phone.client.head(link)
        phone.open(link)
    assert "Confirmez votre adresse e-mail" in phone.page.words
    assert counted(database, Citizen) == 0

    phone.press("Continuer ma réservation")
    phone.press("Confirmer le rendez-vous")
    assert "Votre rendez-vous est confirmé" in phone.page.words
    assert counted(database, Appointment) == 1


def test_nobody_books_before_the_address_is_proved(visitor: Visitor, database: Database, town: Town) -> None:
    hold_slot(visitor, town)
    visitor.press("Continuer avec mon adresse e-mail", **AMINA)
    token = visitor.path.split("/")[4]

    visitor.open(f"{PORTAL}/reservation/{token}/verification")
    assert visitor.path.endswith("/vous")
    form, _ = visitor.button("Continuer avec")
    form.action, form.fields = f"{PORTAL}/reservation/{token}/verification", form.fields | {"by_email": ["y"]}
    visitor.press("Continuer avec")

    assert counted(database, Appointment) == 0


def test_a_known_person_keeps_the_name_staff_gave(
    visitor: Visitor, database: Database, clock: StoppedClock, town: Town
) -> None:
    with database.transaction() as session:
        builders(session, clock, town).citizen(email="amina@exemple.fr", first_name="Amina", last_name="Connue")

    identify(hold_slot(visitor, town), database)

    assert "Amina Connue" in visitor.page.words
    assert counted(database, Citizen) == 1


def test_who_is_signed_in_skips_the_mail(visitor: Visitor, database: Database, town: Town) -> None:
    booked(visitor, database, town)

    hold_slot(visitor, town, "card", "10:20, vendredi 27")
    assert "Continuer en tant que Amina Benali" in visitor.buttons
    visitor.press("Continuer en tant que")
    visitor.press("Confirmer le rendez-vous")

    assert "Votre rendez-vous est confirmé" in visitor.page.words
    assert events(database) == ["proof.asked", "appointment.created", "appointment.created"]


def test_who_is_signed_in_may_give_another_address(visitor: Visitor, database: Database, town: Town) -> None:
    booked(visitor, database, town)
    hold_slot(visitor, town, "card", "10:20, vendredi 27")

    visitor.follow("Utiliser une autre adresse e-mail")
    identify(visitor, database, first_name="Paul", email="paul@exemple.fr")

    assert "Paul Benali" in visitor.page.words


def test_a_call_needs_a_number(visitor: Visitor, database: Database, town: Town) -> None:
    hold_slot(visitor, town, "advice")

    visitor.press("Continuer avec mon adresse e-mail", **AMINA | {"phone": ""})
    assert "Saisissez le numéro auquel nous pouvons vous appeler, par exemple 06 12 34 56 78" in visitor.page.words

    identify(visitor, database, phone="0690 12 34 56").press("Confirmer le rendez-vous")
    assert "Nous vous appellerons au 0690 12 34 56." in visitor.page.words


def test_who_is_signed_in_is_asked_only_for_what_is_missing(visitor: Visitor, database: Database, town: Town) -> None:
    identify(hold_slot(visitor, town), database, phone="").press("Confirmer le rendez-vous")
    hold_slot(visitor, town, "advice", "10:15, vendredi 27")
    check = visitor.path.replace("/vous", "/verification")
    visitor.open(check)
    assert visitor.path.endswith("/vous")

    visitor.press("Continuer en tant que", phone="")
    assert visitor.answer.status_code == 422
    visitor.press("Continuer en tant que", phone="06 12 34 56 78")

    assert visitor.path == check
    assert "06 12 34 56 78" in visitor.page.words


def test_the_birth_date_is_asked_where_the_motif_does(visitor: Visitor, database: Database, town: Town) -> None:
    change(database, Motif, town.passport, asks_birth_date=True)
    hold_slot(visitor, town)

    for typed in ("", "31/02/1990", "2030-01-01", "0001-01-01"):
        visitor.press("Continuer avec mon adresse e-mail", **AMINA | {"birth_date": typed})
        assert visitor.answer.status_code == 422
    identify(visitor, database, birth_date="31/01/1990")

    with database.reading() as session:
        assert str(session.scalars(select(Citizen.birth_date)).one()) == "1990-01-31"


def test_no_messages_by_mail_when_the_box_is_not_ticked(visitor: Visitor, database: Database, town: Town) -> None:
    identify(hold_slot(visitor, town), database)

    visitor.press("Confirmer le rendez-vous", by_email=None)

    assert "Un e-mail vient d'être envoyé" not in visitor.page.words
    assert events(database) == ["proof.asked"]
    with database.reading() as session:
        assert session.scalars(select(Participation.by_email)).all() == [False]


@pytest.mark.parametrize("wished", [True, False])
def test_sms_are_offered_to_a_mobile_and_can_be_switched_off(
    visitor: Visitor, database: Database, town: Town, wished: bool
) -> None:
    change(database, Installation, 1, sms=True)
    identify(hold_slot(visitor, town), database, phone="06 12 34 56 78")
    assert "Messages par SMS" in visitor.page.words
    assert "au 06 12 34 56 78" in visitor.page.words

    visitor.press("Confirmer le rendez-vous", **({} if wished else {"by_sms": None}))

    with database.reading() as session:
        assert session.scalars(select(Participation.by_sms)).all() == [wished]
        query = select(Message.recipient).where(Message.channel == Channel.SMS, ~Message.to_compose)
        assert session.scalars(query).all() == ["+33612345678"] * wished


def test_an_expired_hold_is_taken_again_with_what_was_typed(
    visitor: Visitor, database: Database, clock: StoppedClock, town: Town
) -> None:
    hold_slot(visitor, town)
    clock.advance(timedelta(minutes=15))

    visitor.press("Continuer avec mon adresse e-mail", **AMINA)
    assert visitor.answer.status_code == 409
    assert "Le délai est dépassé." in visitor.page.words
    assert counted(database, EmailProof) == 0

    visitor.press("Reprendre ce créneau")
    assert "jusqu'à 8 h 30" in visitor.page.words
    kept = visitor.button("Continuer avec")[0].fields
    assert {name: kept[name][0] for name in AMINA} == AMINA


def test_an_expired_hold_that_is_taken_offers_the_nearest(
    app: Flask, visitor: Visitor, database: Database, clock: StoppedClock, town: Town
) -> None:
    identify(hold_slot(visitor, town), database)
    clock.advance(timedelta(minutes=15))
    hold_slot(Visitor(app, "192.0.2.2"), town)

    visitor.press("Confirmer le rendez-vous")

    assert "il a été pris" in visitor.page.words
    assert counted(database, Appointment) == 0
    visitor.press("Jeudi 26 novembre 2026 à 9 h 30")
    visitor.press("Continuer en tant que Amina Benali")
    visitor.press("Confirmer le rendez-vous")
    assert "Jeudi 26 novembre 2026 à 9 h 30" in visitor.page.words


def test_taking_again_too_late_leads_to_the_nearest(
    app: Flask, visitor: Visitor, clock: StoppedClock, town: Town
) -> None:
    hold_slot(visitor, town)
    clock.advance(timedelta(minutes=15))
    visitor.open(visitor.path)
    hold_slot(Visitor(app, "192.0.2.2"), town)

    visitor.press("Reprendre ce créneau")

    assert "Ce créneau vient d'être pris." in visitor.page.words


def test_staff_who_used_the_time_meanwhile_win(
    visitor: Visitor, database: Database, clock: StoppedClock, town: Town
) -> None:
    identify(hold_slot(visitor, town), database)
    with database.transaction() as session:
        starts_at = session.scalars(select(HoldClaim.starts_at)).one()
        builders(session, clock, town).appointment(
            session.get_one(Agenda, town.claire), starts_at, overlap_accepted=True
        )

    visitor.press("Confirmer le rendez-vous")

    assert "Ce créneau vient d'être pris." in visitor.page.words
    assert counted(database, Appointment) == 1


@pytest.mark.parametrize("page", ["vous", "verification", "code/x", "lien/x"])
@pytest.mark.parametrize("token", ["x", "1", "é", "a" * 3000])
def test_a_token_that_opens_nothing_is_a_404(visitor: Visitor, page: str, token: str) -> None:
    visitor.open(f"{PORTAL}/reservation/{token}/{page}")

    assert visitor.answer.status_code == 404
    assert visitor.has_link("Prendre rendez-vous")


def test_a_hold_answers_at_its_own_organisation_only(
    visitor: Visitor, database: Database, clock: StoppedClock, town: Town
) -> None:
    with database.transaction() as session:
        builders(session, clock, town).organisation(slug="ailleurs")
    hold_slot(visitor, town)
    visitor.press("Continuer avec mon adresse e-mail", **AMINA)

    for path in (visitor.path, visitor.path.partition("/code")[0] + "/vous", last_link(database)):
        visitor.open(path.replace("sainte-anne", "ailleurs"))
        assert visitor.answer.status_code == 404


def test_no_address_of_a_page_says_who_one_is(visitor: Visitor, database: Database, town: Town) -> None:
    paths = []
    booked(visitor, database, town)
    paths.append(visitor.path)
    visitor.follow("Mes rendez-vous")
    paths += [visitor.path, *(url for _, url in visitor.page.links)]

    for secret in ("amina", "benali", "exemple.fr", "612345678"):
        assert not [path for path in paths if secret in path.lower()]


def test_a_form_without_its_token_changes_nothing(visitor: Visitor, database: Database, town: Town) -> None:
    visitor.open(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}")
    form, _ = visitor.button("09:00")
    form.fields["csrf_token"] = ["forged"]

    visitor.press("09:00")

    assert visitor.answer.status_code == 400
    assert counted(database, Hold) == 0


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "2026-11-26T08:07Z",
        "2026-11-26T08:00Z@",
        "2026-11-26T08:00",
        "9999-12-31T23:59Z",
        "2199-12-31T23:59Z",
        "2026-02-31T08:00Z",
        "\0",
    ],
)
def test_what_is_no_slot_holds_nothing(visitor: Visitor, database: Database, town: Town, value: str) -> None:
    visitor.open(f"{PORTAL}/creneau?motif={town.passport}&lieu=tous")
    form, (words, name, _) = visitor.button("09:00")
    form.buttons = [(words, name, value)]

    visitor.press("09:00")

    assert visitor.answer.status_code < 500
    assert counted(database, Hold) == 0


def test_full_days_hold_nothing(visitor: Visitor, database: Database, clock: StoppedClock, town: Town) -> None:
    visitor.open(f"{PORTAL}/creneau?motif={town.card}")
    away(database, clock, town, town.claire)

    visitor.press("09:00")

    assert "Aucun autre n'est libre à une date proche." in visitor.page.words
    assert counted(database, Hold) == 0


def at(town: Town, *hours: str) -> list[str]:
    """What the boxes of Thursday's slots at the town hall send; hours of UTC."""
    return [f"2026-11-26T{hour}Z@{town.hall}" for hour in hours]


def several(visitor: Visitor, database: Database, town: Town) -> Visitor:
    """The list of a motif that gives three slots in one go."""
    change(database, Motif, town.passport, slots_at_once=3)
    visitor.open(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}")
    return visitor


def taken_by_staff(database: Database, clock: StoppedClock, town: Town) -> None:
    """Somebody of the town hall uses Thursday at nine."""
    with database.transaction() as session:
        agenda, nine = session.get_one(Agenda, town.claire), datetime(2026, 11, 26, 8, tzinfo=UTC)
        builders(session, clock, town).appointment(agenda, nine)


def test_several_slots_are_chosen_held_checked_and_booked_in_one_go(
    visitor: Visitor, database: Database, clock: StoppedClock, town: Town
) -> None:
    several(visitor, database, town)
    assert "Choisissez jusqu'à 3 créneaux." in visitor.page.words
    visitor.press("Voir les dates suivantes", creneau=at(town, "08:00", "08:30"))
    assert "du=2026-12-07" in visitor.path
    assert "Choisis à d'autres dates Jeudi 26 novembre 2026 à 9 h Jeudi 26 novembre 2026 à 9 h 30" in visitor.page.words
    taken_by_staff(database, clock, town)

    visitor.press("Continuer", creneau=at(town, "08:00", "09:00", "09:30"))
    assert "Le créneau du jeudi 26 novembre 2026 à 9 h vient d'être pris." in visitor.page.words
    assert "Ces 2 créneaux vous sont réservés jusqu'à 8 h 15." in visitor.page.words
    identify(visitor, database)
    assert "Jeudi 26 novembre 2026 à 10 h Jeudi 26 novembre 2026 à 10 h 30" in visitor.page.words
    visitor.press("Confirmer les 2 rendez-vous")

    assert "Vos 2 rendez-vous sont confirmés" in visitor.page.words
    assert "2 e-mails viennent d'être envoyés à a…@exemple.fr" in visitor.page.words
    assert events(database) == ["proof.asked", "appointment.created", "appointment.created"]
    files = [href for label, href in visitor.page.links if label.startswith("Télécharger le fichier")]
    texts = [visitor.client.get(href).text for href in files]
    assert len({text for text in texts if "BEGIN:VEVENT" in text}) == 2
    visitor.open(visitor.path)
    assert counted(database, Appointment) == 3  # with that of staff


def test_what_staff_took_of_several_slots_is_said_and_the_others_stay(
    visitor: Visitor, database: Database, clock: StoppedClock, town: Town
) -> None:
    several(visitor, database, town).press("Continuer", creneau=at(town, "08:00", "08:30"))
    identify(visitor, database)
    taken_by_staff(database, clock, town)

    visitor.press("Confirmer les 2 rendez-vous")

    assert "Votre rendez-vous est confirmé" in visitor.page.words
    assert "Un créneau vient d'être pris par quelqu'un d'autre Jeudi 26 novembre 2026 à 9 h " in visitor.page.words
    assert visitor.has_link("Choisir un autre créneau")


@pytest.mark.parametrize(
    ("hours", "says"),
    [((), "Choisissez au moins un créneau."), (("08:00", "08:30", "09:00", "09:30"), "Choisissez 3 créneaux au plus.")],
)
def test_too_many_or_no_slots_are_refused_with_what_was_chosen(
    visitor: Visitor, database: Database, town: Town, hours: tuple[str, ...], says: str
) -> None:
    several(visitor, database, town).press("Continuer", creneau=at(town, *hours))

    assert visitor.answer.status_code == 422
    assert says in visitor.page.words
    assert visitor.answer.text.count(" checked>") == len(hours)
    assert counted(database, Hold) == 0


def test_several_slots_expire_together_and_those_still_free_are_taken_again(
    visitor: Visitor, database: Database, clock: StoppedClock, town: Town
) -> None:
    several(visitor, database, town).press("Continuer", creneau=at(town, "08:00", "09:00"))
    clock.advance(timedelta(minutes=15))
    taken_by_staff(database, clock, town)

    visitor.press("Continuer avec mon adresse e-mail", **AMINA)
    assert "Plus libres : Jeudi 26 novembre 2026 à 9 h." in visitor.page.words
    visitor.press("Reprendre ce créneau")

    assert "Jeudi 26 novembre 2026 à 10 h" in visitor.page.words
    assert visitor.button("Continuer avec")[0].fields["email"] == ["Amina@Exemple.fr"]


def test_nobody_takes_more_than_one_may_have(visitor: Visitor, database: Database, town: Town) -> None:
    change(database, Motif, town.passport, per_citizen_limit=1)
    booked(visitor, database, town)

    visitor.open(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}")
    visitor.press("10:00, jeudi 26")

    assert visitor.answer.status_code == 403
    assert "une personne ne peut avoir qu'un seul rendez-vous à venir de ce type" in visitor.page.words
    assert visitor.has_link("Mes rendez-vous")


def test_people_register_for_a_collective_appointment_until_it_is_full(
    app: Flask, visitor: Visitor, database: Database, clock: StoppedClock, town: Town
) -> None:
    with database.transaction() as session:
        make = builders(session, clock, town)
        motif, agenda = make.motif(name="Atelier", collective=True, seats=2), session.get_one(Agenda, town.claire)
        day = datetime(2026, 11, 27, 13, tzinfo=UTC)
        make.appointment(agenda, day, motif=motif, seats=2, title="Faire son budget")
        full = make.appointment(agenda, day + timedelta(days=3), motif=motif, seats=2)
        take_seat(session, full, make.citizen().id, by_email=False, at=clock.now())
        path = f"{PORTAL}/creneau?motif={motif.id}"
    visitor.open(f"{PORTAL}/motif?service={service_of_passport(database, town)}")
    assert "30 minutes · Sur place · Rendez-vous collectif" in visitor.page.words
    visitor.follow("Atelier")
    assert visitor.path == path
    assert "Vendredi 27 novembre 2026 de 14 h à 14 h 30 Faire son budget Mairie centrale" in visitor.page.words
    assert "1 place restante" in visitor.page.words
    assert "Complet" in visitor.page.words.split("Lundi 30 novembre")[1]
    slow = Visitor(app, "192.0.2.7")
    slow.open(path)

    visitor.press("S'inscrire vendredi 27 novembre 2026 à 14 h")
    slow.press("S'inscrire")
    assert "La dernière place vient d'être prise. Choisissez une autre date." in slow.page.words
    identify(visitor, database).press("Confirmer le rendez-vous")

    assert "Votre rendez-vous est confirmé" in visitor.page.words
    with database.reading() as session:
        assert session.scalars(select(Participation.appointment_id)).all().count(1) == 2


def service_of_passport(database: Database, town: Town) -> int:
    with database.reading() as session:
        return session.get_one(Motif, town.passport).service_id


QUESTIONS = (
    Question("Combien de photos ?", QuestionKind.CHOICE, ("Une", "Deux"), required=True),
    Question("Est-ce urgent ?", QuestionKind.YES_NO),
    Question("Ancien numéro"),
)


def test_questions_are_asked_kept_with_the_seat_and_told_to_nobody_outside(
    visitor: Visitor, database: Database, clock: StoppedClock, town: Town
) -> None:
    change(database, Motif, town.passport, questions=QUESTIONS)
    identify(hold_slot(visitor, town), database)
    for wrong in ({}, {"question_0": "Trois"}):
        visitor.press("Confirmer le rendez-vous", question_2="12AB34567", **wrong)
        assert visitor.answer.status_code == 422
        assert visitor.button("Confirmer")[0].fields["question_2"] == ["12AB34567"]
    assert "Erreur" in visitor.page.words

    clock.advance(timedelta(minutes=15))
    visitor.press("Confirmer le rendez-vous", question_0="Deux", question_2="12AB34567")
    visitor.press("Reprendre ce créneau")
    visitor.press("Continuer en tant que Amina Benali")
    visitor.press("Confirmer le rendez-vous")

    assert "Votre rendez-vous est confirmé" in visitor.page.words
    with database.reading() as session:
        kept = [(each.question, each.answer) for each in session.scalars(select(Answer).order_by(Answer.position))]
        outside = [*session.scalars(select(CalendarObject.text)), *session.scalars(select(Message.text))]
    assert kept == [("Combien de photos ?", "Deux"), ("Ancien numéro", "12AB34567")]
    assert not any("12AB34567" in text or "photos" in text for text in outside)
