"""SMS: who gets one, what it says and how long it is (M-2, N02)."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from make import Maker
from notify.telling import tell
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.citizens.link import Link
from rdvdav.citizens.phone import is_mobile
from rdvdav.clock import StoppedClock
from rdvdav.directory.motif import Visibility
from rdvdav.notify.before import Before
from rdvdav.notify.gsm import BASIC, EXTENDED, gsm, places, segments
from rdvdav.notify.reminder import compose_reminder
from rdvdav.notify.sms import earlier_words
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Channel, Message
from rdvdav.policy.installation import settle
from rdvdav.settings import Settings
from rdvdav.tokens import digest

FRIDAY = datetime(2026, 11, 27, 8, tzinfo=UTC)
MONDAY_AFTER = FRIDAY + timedelta(days=3)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("é à è ù ì ò É Ç ä ö ü ñ ß £ § ¿", "é à è ù ì ò É Ç ä ö ü ñ ß £ § ¿"),
        ("forêt, âge, île, hôtel, où, août", "foret, age, ile, hotel, où, aout"),
        ("ça reçoit, Noël, maïs, aiguë", "ca recoit, Noel, mais, aigue"),
        ("cœur, Œuvre, Æ", "coeur, OEuvre, Æ"),
        ("« Mairie » – l’annexe…", '"Mairie" - l\'annexe...'),
        ("9\N{NARROW NO-BREAK SPACE}h\N{NO-BREAK SPACE}30", "9 h 30"),
        ("À Êtes-vous ÎLE Ô", "A Etes-vous ILE O"),
        ("10 € {a} [b] ~ | ^", "10 € {a} [b] ~ | ^"),
        ("Łódź, Čapek, Nguyễn", "?odz, Capek, Nguyen"),
        ("日本 🙂", "?? ?"),
    ],
)
def test_texts_are_written_in_the_alphabet_of_networks(text: str, written: str) -> None:
    assert gsm(text) == written
    assert set(written) <= BASIC | EXTENDED


@pytest.mark.parametrize(
    ("text", "width", "count"),
    [
        ("", 0, 1),
        ("a" * 160, 160, 1),
        ("é" * 160, 160, 1),
        ("a" * 161, 161, 2),
        ("a" * 306, 306, 2),
        ("a" * 307, 307, 3),
        ("€" * 80, 160, 1),
        ("€" * 81, 162, 2),
        ("a" * 152 + "€" + "a" * 152, 306, 3),  # the sign of two places does not fit the last one of the first message
        ("a" * 151 + "€" + "a" * 153, 306, 2),
    ],
)
def test_messages_that_are_paid_for_are_counted(text: str, width: int, count: int) -> None:
    assert (places(text), segments(text)) == (width, count)


@pytest.mark.parametrize(
    ("number", "mobile"),
    [
        ("+33612345678", True),
        ("+33756789012", True),
        ("+33123456789", False),
        ("+33801234567", False),
        ("+590690123456", True),
        ("+590590123456", False),
        ("+594694123456", True),
        ("+596696123456", True),
        ("+262692123456", True),
        ("+262639012345", True),
        ("+508551234", True),
        ("+508411234", False),
        ("+687751234", True),
        ("+68987123456", True),
        ("+681821234", True),
        ("+4915112345678", False),
        ("06 12", False),
    ],
)
def test_mobiles_of_france_and_its_territories_get_sms(number: str, mobile: bool) -> None:
    assert is_mobile(number) is mobile


@pytest.fixture
def booked(make: Maker, settings: Settings) -> Appointment:
    settle(make.session, replace(settings, sms_provider="log"))
    make.organisation(name="Mairie de Sainte-Anne", slug="sainte-anne")
    motif = make.motif(name="Dépistage du diabète")
    citizen = make.citizen(first_name="Amina", last_name="Benali", email=None, phone="+33612345678")
    return make.appointment(make.agenda(), FRIDAY, motif=motif, citizen=citizen, place=make.place(name="Annexe"))


def texts(session: Session, event: Event) -> list[str]:
    query = select(Message).where(Message.channel == Channel.SMS, Message.event == event)
    return [message.text for message in session.scalars(query)]


def test_each_change_is_told_in_fixed_words_that_never_name_the_motif(
    session: Session, clock: StoppedClock, booked: Appointment
) -> None:
    before = Before.of(booked)
    link = r"http://rdv\.example\.test/rdv/sainte-anne/i/[\w-]{27}"
    again = r"http://rdv\.example\.test/rdv/sainte-anne"
    said = {
        Event.APPOINTMENT_CREATED: (
            rf"Mairie de Sainte-Anne : rendez-vous confirmé le vendredi 27 novembre à 9 h \(Annexe\)\. Infos, annulation : {link}"
        ),
        Event.APPOINTMENT_MOVED: (
            r"Mairie de Sainte-Anne : rendez-vous déplacé au lundi 30 novembre à 9 h \(Annexe\), "
            rf"au lieu du vendredi 27 novembre à 9 h\. Infos, annulation : {link}"
        ),
        Event.APPOINTMENT_WITHDRAWN: (
            r"Mairie de Sainte-Anne : nous ne pouvons plus vous recevoir le lundi 30 novembre à 9 h\. "
            rf"Choisissez un autre horaire : {again}/a-replanifier/[\w-]{{27}}"
        ),
        Event.APPOINTMENT_CANCELLED: (
            r"Mairie de Sainte-Anne : votre rendez-vous du lundi 30 novembre à 9 h est annulé\. "
            rf"Reprendre rendez-vous : {again}"
        ),
    }
    for event, expected in said.items():
        if event is Event.APPOINTMENT_MOVED:
            booked.reschedule(MONDAY_AFTER, MONDAY_AFTER + timedelta(minutes=30))
        tell(session, clock, event, booked, before=before if event is Event.APPOINTMENT_MOVED else None)
        [text] = texts(session, event)
        assert re.fullmatch(expected, text), text
        assert "diab" not in text
        assert segments(text) <= 2
    row = session.scalars(select(Message).where(Message.event == Event.APPOINTMENT_CREATED)).one()
    assert (row.recipient, len(row.secrets)) == ("+33612345678", 1)
    link_row = session.scalars(select(Link).where(Link.digest == digest(row.secrets[0]))).one()
    assert link_row.participation_id == booked.participations[0].id


def test_the_reminder_comes_by_sms_too(session: Session, clock: StoppedClock, booked: Appointment) -> None:
    tell(session, clock, Event.APPOINTMENT_CREATED, booked)
    row = session.scalars(select(Message).where(Message.event == Event.APPOINTMENT_REMINDED)).one()
    clock.advance(row.due_at - clock.now())

    assert compose_reminder(session, clock, row)
    assert row.text.startswith(
        "Rappel : rendez-vous le vendredi 27 novembre à 9 h, Mairie de Sainte-Anne (Annexe). Infos, annulation : http"
    )
    assert len(row.secrets) == 1


def test_who_answers_for_somebody_is_told_and_reminded(
    session: Session, clock: StoppedClock, booked: Appointment, make: Maker
) -> None:
    parent = make.citizen(email="parent@example.test", phone="+33698765432")
    child = booked.participations[0].citizen
    child.phone, child.responsible_id = None, parent.id
    session.flush()
    session.expire(child)
    tell(session, clock, Event.APPOINTMENT_CREATED, booked)

    query = select(Message).where(Message.event == Event.APPOINTMENT_REMINDED).order_by(Message.id)
    mail, sms = session.scalars(query)
    assert (mail.recipient, sms.recipient) == ("parent@example.test", "+33698765432")
    clock.advance(mail.due_at - clock.now())
    parent.email = "new@example.test"
    assert all(compose_reminder(session, clock, row) for row in (mail, sms))
    confirmation = session.scalars(
        select(Message).filter_by(event=Event.APPOINTMENT_CREATED, channel=Channel.MAIL)
    ).one()
    assert (mail.recipient, mail.thread) == ("new@example.test", confirmation.thread)
    parent.sms_wanted = False
    assert not compose_reminder(session, clock, sms)


@pytest.mark.parametrize("why", ["switched off", "not wanted", "no mobile", "hidden motif", "no provider"])
def test_who_gets_no_sms(
    session: Session, clock: StoppedClock, booked: Appointment, settings: Settings, why: str
) -> None:
    [seat] = booked.participations
    match why:
        case "switched off":
            seat.by_sms = False
        case "not wanted":
            seat.citizen.sms_wanted = False
        case "no mobile":
            seat.citizen.phone = "+33123456789"
        case "hidden motif":
            booked.motif.visibility = Visibility.HIDDEN
        case _:
            settle(session, settings)
    tell(session, clock, Event.APPOINTMENT_CREATED, booked)

    assert session.scalars(select(Message)).all() == []


def test_the_waiting_list_says_when_and_that_nothing_is_kept(booked: Appointment) -> None:
    said = earlier_words(booked.organisation, FRIDAY, "http://x.test/l")
    assert said == (
        "Mairie de Sainte-Anne : un créneau se libère le vendredi 27 novembre à 9 h. "
        "Le premier qui le réserve l'obtient : http://x.test/l"
    )


def test_a_long_name_is_cut(booked: Appointment) -> None:
    booked.organisation.name = "Centre communal d'action sociale de la commune nouvelle de Saint-Germain"
    assert segments(earlier_words(booked.organisation, FRIDAY, "http://rdv.example.test/rdv/x/i/" + "a" * 27)) <= 2
