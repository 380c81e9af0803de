"""What a citizen gets: words, MIME shape, calendar part (K-50, K-52, ux 4.5)."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from html import unescape
from pathlib import Path

import icalendar
import pytest
from ical.lint import problems
from make import Maker
from notify.telling import tell
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.clock import StoppedClock
from rdvdav.directory.motif import Modality, Visibility
from rdvdav.notify.before import Before
from rdvdav.notify.mail import FolderSender, mime_of
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message

NINE = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
SENDER = Address("Rendez-vous", addr_spec="rdv@example.test")


@pytest.fixture
def appointment(make: Maker) -> Appointment:
    make.organisation(name="Mairie de Sainte-Anne", phone="05 90 88 22 26", email="contact@example.test")
    make.place(name="Mairie centrale", access="Rampe à droite de l'entrée.")
    motif = make.motif(name="Passeport : dépôt", pieces="Une photo\nUn justificatif", instructions="Venez à l'heure.")
    citizen = make.citizen(first_name="Amina", last_name="Benali", email="amina@example.test", phone="+33612345678")
    return make.appointment(make.agenda(), NINE, motif=motif, citizen=citizen)


def told(session: Session, clock: StoppedClock, event: Event, appointment: Appointment, **more: object) -> Message:
    tell(session, clock, event, appointment, **more)
    return session.scalars(select(Message).where(~Message.to_compose).order_by(Message.id.desc())).first()  # type: ignore[return-value]


def below_the_head(message: Message) -> str:
    """The HTML form without what lists of mails show of it."""
    return (message.html or "").partition("<h1")[2]


def on_the_wire(message: Message) -> EmailMessage:
    return message_from_bytes(mime_of(message, SENDER).as_bytes(), policy=default)  # type: ignore[return-value]


def test_a_confirmation_says_all_there_is_to_know(
    session: Session, clock: StoppedClock, appointment: Appointment
) -> None:
    message = told(session, clock, Event.APPOINTMENT_CREATED, appointment)

    assert message.subject == "Rendez-vous du 1er décembre à 9 h – Mairie de Sainte-Anne"
    for body in (message.text, message.html or ""):
        for fact in (
            "mardi 1er décembre 2026 à 9 h",
            "30 minutes",
            "Mairie centrale",
            "Passeport : dépôt",
            "Une photo",
            "05 90 88 22 26",
            appointment.reference,
            f"http://rdv.example.test/rdv/{appointment.organisation.slug}/i/{message.secrets[0]}",
        ):
            assert fact in body, fact
    assert "Venez à l'heure." in message.text
    for body in (message.text, below_the_head(message)):
        order = [
            "1er décembre",
            appointment.reference,
            "Une photo",
            "Mairie centrale",
            "Rampe",
            "openstreetmap",
            "/i/",
        ]
        assert order == sorted(order, key=body.index)
        assert "déplacer ce rendez-vous jusqu'au dimanche 29 novembre 2026 à 9 h" in unescape(body)
        assert "annuler jusqu'au mardi 1er décembre 2026 à 5 h" in unescape(body)


def test_what_people_typed_is_text_in_the_html_form(
    session: Session, clock: StoppedClock, appointment: Appointment
) -> None:
    appointment.motif.instructions = "<img src=x> & co"
    message = told(session, clock, Event.APPOINTMENT_CREATED, appointment)

    assert "<img" not in (message.html or "")
    assert "<img src=x> & co" in message.text


def test_another_place_is_said_with_the_former_one(
    session: Session, clock: StoppedClock, appointment: Appointment, make: Maker
) -> None:
    before = Before.of(appointment)
    appointment.place = make.place(name="Mairie annexe")
    session.flush()
    message = told(session, clock, Event.APPOINTMENT_MOVED, appointment, before=before)

    for body in (message.text, below_the_head(message)):
        assert body.index("Mairie centrale") < body.index("Mairie annexe")


def test_each_try_sends_the_same_bytes(session: Session, clock: StoppedClock, appointment: Appointment) -> None:
    message = told(session, clock, Event.APPOINTMENT_CREATED, appointment)

    first, second = (mime_of(message, SENDER).as_bytes() for _ in range(2))

    assert first == second


def test_a_cancellation_asks_for_nothing(session: Session, clock: StoppedClock, appointment: Appointment) -> None:
    message = told(session, clock, Event.APPOINTMENT_CANCELLED, appointment)

    for body in (message.text, message.html or ""):
        assert "Une photo" not in body
        assert "jusqu" not in body
        assert f"http://rdv.example.test/rdv/{appointment.organisation.slug}" in body


def test_the_mail_has_one_calendar_part_and_the_same_bytes_attached(
    session: Session, clock: StoppedClock, appointment: Appointment
) -> None:
    mail = on_the_wire(told(session, clock, Event.APPOINTMENT_CREATED, appointment))

    parts = [part.get_content_type() for part in mail.walk()]
    assert parts == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    calendar, attached = (
        part for part in mail.walk() if part.get_content_type() in {"text/calendar", "application/ics"}
    )
    assert (calendar.get_param("method"), calendar.get_param("charset")) == ("REQUEST", "utf-8")
    assert attached.get_filename() == "invite.ics"
    assert calendar.get_payload(decode=True) == attached.get_payload(decode=True)
    assert problems(calendar.get_payload(decode=True).decode()) == []  # type: ignore[union-attr]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["To"] == "amina@example.test"


def test_a_move_says_old_and_new_and_a_cancellation_takes_the_event_away(
    session: Session, clock: StoppedClock, appointment: Appointment
) -> None:
    first = told(session, clock, Event.APPOINTMENT_CREATED, appointment)
    before = Before.of(appointment)
    appointment.reschedule(NINE + timedelta(hours=2), NINE + timedelta(hours=2, minutes=30))
    moved = told(session, clock, Event.APPOINTMENT_MOVED, appointment, before=before)
    gone = told(session, clock, Event.APPOINTMENT_CANCELLED, appointment)

    assert "mardi 1er décembre 2026 à 9 h" in moved.text
    assert "mardi 1er décembre 2026 à 11 h" in moved.text
    assert "annulé" in gone.subject
    events = [icalendar.Calendar.from_ical(m.calendar or "") for m in (first, moved, gone)]
    assert [str(c["METHOD"]) for c in events] == ["REQUEST", "REQUEST", "CANCEL"]
    vevents = [c.walk("VEVENT")[0] for c in events]
    assert len({str(e["UID"]) for e in vevents}) == 1
    assert [int(e["SEQUENCE"]) for e in vevents] == [0, 1, 2]
    assert [len(e.walk("VALARM")) for e in vevents] == [2, 2, 0]
    assert str(vevents[2]["STATUS"]) == "CANCELLED"
    assert [str(e["ORGANIZER"]) for e in vevents] == ["mailto:rdv@example.test"] * 3


def test_a_sensitive_motif_is_named_nowhere(session: Session, clock: StoppedClock, appointment: Appointment) -> None:
    appointment.motif.sensitive = True
    appointment.motif.instructions = None
    message = told(session, clock, Event.APPOINTMENT_CREATED, appointment)

    for text in (message.subject, message.text, message.html or "", message.calendar or ""):
        assert "Passeport" not in text


def test_a_phone_appointment_says_which_number_is_called(
    session: Session, clock: StoppedClock, appointment: Appointment
) -> None:
    appointment.motif.modality = Modality.PHONE
    message = told(session, clock, Event.APPOINTMENT_CREATED, appointment)

    assert "Par téléphone" in message.text
    assert "06 12 34 56 78" in message.text


@pytest.mark.parametrize("reason", ["hidden motif", "unwanted", "no address"])
def test_who_is_not_to_hear_gets_nothing_but_the_sequence_grows(
    session: Session, clock: StoppedClock, appointment: Appointment, reason: str
) -> None:
    [seat] = appointment.participations
    match reason:
        case "hidden motif":
            appointment.motif.visibility = Visibility.HIDDEN
        case "unwanted":
            seat.by_email = False
        case _:
            seat.citizen.email = None
    told(session, clock, Event.APPOINTMENT_CREATED, appointment)
    told(session, clock, Event.APPOINTMENT_CANCELLED, appointment)

    assert session.scalars(select(Message).where(~Message.to_compose)).all() == []
    assert seat.sequence == 1


def test_the_folder_gets_each_mail_whole_under_a_name_that_tells_nothing(
    session: Session, clock: StoppedClock, appointment: Appointment, tmp_path: Path
) -> None:
    message = told(session, clock, Event.APPOINTMENT_CREATED, appointment)
    send = FolderSender(str(tmp_path / "mails"), SENDER)
    send(message)
    send(message)

    [path] = (tmp_path / "mails").iterdir()
    assert "amina" not in path.name
    assert message_from_bytes(path.read_bytes(), policy=default)["Message-ID"] == message.message_id
