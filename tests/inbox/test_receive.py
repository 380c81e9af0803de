"""What a mail that came in does: a bounce blocks the address it is about, an answer gets one answer, all else nothing (K-52, M-7)."""

import logging
import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from io import BytesIO

import pytest
from click.testing import CliRunner
from inbox import mails
from inbox.imap_server import mailbox
from inbox.mails import filled
from make import Maker
from notify.telling import tell
from outbox.post import Office, post_office
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.citizens.link import Link
from rdvdav.cli import main
from rdvdav.clock import Clock, StoppedClock, SystemClock
from rdvdav.database import Database
from rdvdav.directory.agent import Level
from rdvdav.doctor import examine
from rdvdav.inbox.mailbox import MailboxFailed, collect
from rdvdav.inbox.receive import Outcome, receive, take_in
from rdvdav.notify.mail import sender_of
from rdvdav.outbox.blocked import blocks
from rdvdav.outbox.deliver import deliver_due
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message, Receipt
from rdvdav.policy.installation import installation
from rdvdav.settings import Settings
from rdvdav.tokens import digest
from rdvdav.worker import Worker

TO = "amina@example.test"
NINE = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)


def book(session: Session, clock: Clock, make: Maker) -> Appointment:
    """An appointment of Amina's, whose confirmation has left."""
    make.organisation(name="Mairie de Sainte-Anne", slug="sainte-anne", phone="05 90 88 22 26")
    citizen = make.citizen(first_name="Amina", last_name="Benali", email=TO)
    agent = make.agent(
        first_name="Claire", last_name="Martin", email="claire@example.test", appointments_told=Level.ALL
    )
    make.opening_range(make.agenda_of(agent), [make.motif(name="Passeport")])
    appointment = make.appointment(make.agenda_of(agent), NINE, citizen=citizen)
    tell(session, clock, Event.APPOINTMENT_CREATED, appointment)
    for message in session.scalars(select(Message).where(~Message.to_compose)):
        message.sent_at = message.first_tried_at = clock.now()
    session.flush()
    return appointment


@pytest.fixture
def booked(session: Session, clock: StoppedClock, make: Maker) -> Appointment:
    return book(session, clock, make)


def confirmation(session: Session, to: str = TO) -> Message:
    query = select(Message).where(Message.event == Event.APPOINTMENT_CREATED, Message.recipient == to)
    return session.scalars(query).one()


def answers(session: Session) -> list[Message]:
    return list(session.scalars(select(Message).where(Message.event == Event.MAIL_ANSWERED).order_by(Message.id)))


def answered(session: Session, mail: str = mails.ANSWER, who: str = TO, **values: str) -> bytes:
    id_ = confirmation(session).message_id
    return filled(mail, **({"id": id_, "from": who} | values))


def declined(uid: str, who: str = TO) -> bytes:
    reply = filled(mails.REPLY, uid_folded=uid, partstat="DECLINED", **{"from": who})
    return filled(mails.DECLINED, calendar=b64encode(reply).decode(), **{"from": who})


@pytest.mark.parametrize(
    ("mail", "said", "blocked"),
    [(mails.POSTFIX, "5.1.1", True), (mails.GMAIL, "5.1.1", True), (mails.POSTFIX_FULL, "5.2.2", False)],
)
def test_a_mail_that_came_back_is_noted_and_an_address_that_is_none_blocked(
    session: Session, clock: StoppedClock, booked: Appointment, mail: str, said: str, *, blocked: bool
) -> None:
    message = confirmation(session)
    raw = filled(mail, id=message.message_id, to=TO.title())

    for _twice in range(2):
        assert receive(session, clock, raw) is Outcome.RETURNED

    reason = f"the mail came back ({said})"
    assert (message.receipt, message.receipt_at, message.last_error) == (Receipt.FAILED, clock.now(), reason)
    assert [found.reason for found in blocks(session, booked.territory_id, [TO])] == [reason] * blocked
    assert answers(session) == []


def test_a_bounce_of_what_we_never_sent_there_does_nothing(
    session: Session, clock: StoppedClock, booked: Appointment
) -> None:
    id_ = confirmation(session).message_id
    waiting = session.scalars(select(Message).where(Message.to_compose)).first()
    assert waiting is not None
    for forged in (
        {"id": id_, "to": "claire@example.test"},
        {"id": "<unknown@rdv.example.test>", "to": TO},
        {"id": waiting.message_id, "to": TO},
    ):
        assert receive(session, clock, filled(mails.POSTFIX, **forged)) is Outcome.IGNORED

    assert receive(session, clock, filled(mails.POSTFIX_DELAYED, id=id_, to=TO)) is Outcome.IGNORED
    assert blocks(session, booked.territory_id, [TO, "claire@example.test"]) == []
    assert confirmation(session).receipt is None


def test_who_answers_gets_one_answer_a_day_with_a_link_of_its_own(
    session: Session, clock: StoppedClock, booked: Appointment
) -> None:
    raw = answered(session)
    assert [receive(session, clock, raw) for _twice in range(2)] == [Outcome.ANSWERED, Outcome.IGNORED]
    assert receive(session, clock, raw.replace(b"CAF1", b"CAF2")) is Outcome.IGNORED

    [answer] = answers(session)
    [token] = answer.secrets
    link = session.scalars(select(Link).where(Link.digest == digest(token))).one()
    assert link.participation_id == booked.participations[0].id
    assert (answer.recipient, answer.citizen_id) == (TO, booked.participations[0].citizen_id)
    assert "Votre rendez-vous du mardi 1er décembre 2026 à 9 h est maintenu." in answer.text
    assert f"/rdv/sainte-anne/i/{token}" in answer.text
    assert "05 90 88 22 26" in answer.text
    assert booked.status is Status.PLANNED

    clock.advance(timedelta(days=1))
    assert receive(session, clock, raw) is Outcome.IGNORED, "the same mail, read again"
    assert receive(session, clock, raw.replace(b"CAF1", b"CAF3")) is Outcome.ANSWERED


def test_somebody_else_learns_nothing_of_the_appointment(
    session: Session, clock: StoppedClock, booked: Appointment
) -> None:
    assert receive(session, clock, answered(session, who="autre@example.test")) is Outcome.ANSWERED

    [answer] = answers(session)
    assert (answer.recipient, answer.secrets, answer.citizen_id) == ("autre@example.test", [], None)
    assert "décembre" not in answer.text
    assert "05 90 88 22 26" in answer.text
    assert "http://rdv.example.test/rdv/sainte-anne\n" in answer.text


def test_who_has_another_address_by_now_gets_no_link_at_the_former_one(
    session: Session, clock: StoppedClock, booked: Appointment
) -> None:
    booked.participations[0].citizen.email = "new@example.test"

    receive(session, clock, answered(session))
    assert [answer.secrets for answer in answers(session)] == [[]]


def test_a_stranger_and_ourselves_get_no_answer(session: Session, clock: StoppedClock, booked: Appointment) -> None:
    stranger = filled(mails.ANSWER, id="<unknown@example.net>", **{"from": "stranger@example.test"})
    ourselves = answered(session, who=installation(session).mail_from)

    assert [receive(session, clock, each) for each in (stranger, ourselves)] == [Outcome.IGNORED] * 2


def test_a_new_mail_from_a_known_address_is_told_how_to_reach_somebody(
    session: Session, clock: StoppedClock, booked: Appointment
) -> None:
    assert receive(session, clock, answered(session, id="<unknown@example.net>")) is Outcome.ANSWERED
    assert [answer.secrets for answer in answers(session)] == [[]]


@pytest.mark.parametrize(
    ("status", "says", "leads"),
    [
        (Status.CANCELLED_BY_STAFF, "est annulé", "/rdv/sainte-anne\n"),
        (Status.TO_REPLAN, "est à replanifier", "/rdv/sainte-anne/a-replanifier/"),
        (Status.DONE, "est passé", "/rdv/sainte-anne\n"),
    ],
)
def test_the_answer_says_how_the_appointment_stands(
    session: Session, clock: StoppedClock, booked: Appointment, status: Status, says: str, leads: str
) -> None:
    booked.status = status
    if status is Status.DONE:
        clock.advance(timedelta(days=30))

    receive(session, clock, declined(booked.participations[0].uid))

    [answer] = answers(session)
    assert says in answer.text
    assert leads in answer.text


def test_a_calendar_that_declines_changes_nothing(session: Session, clock: StoppedClock, booked: Appointment) -> None:
    before = (booked.status, booked.sequence)
    agents = declined(booked.uid, "claire@example.test")

    assert receive(session, clock, declined(booked.participations[0].uid)) is Outcome.ANSWERED
    assert receive(session, clock, agents) is Outcome.IGNORED
    assert "maintenu" in answers(session)[0].text
    assert (booked.status, booked.sequence, booked.participations[0].status) == (*before, Status.PLANNED)


def test_an_agent_who_writes_is_led_to_the_agenda(session: Session, clock: StoppedClock, booked: Appointment) -> None:
    id_ = confirmation(session, "claire@example.test").message_id
    receive(session, clock, filled(mails.ANSWER, id=id_, **{"from": "claire@example.test"}))

    [answer] = answers(session)
    assert "http://rdv.example.test/agent/agenda" in answer.text
    assert answer.secrets == []


def hand_in(raw: bytes, settings: Settings, **more: str) -> tuple[int, str]:
    environment = {"RDVDAV_DATABASE_URL": settings.database_url, "RDVDAV_PUBLIC_URL": settings.public_url} | more
    done = CliRunner().invoke(main, ["mail", "receive"], input=BytesIO(raw), env=environment)
    return done.exit_code, done.output


def round_of(database: Database, clock: Clock, office: Office, url: str) -> list[EmailMessage]:
    """What leaves now."""
    before = len(office.taken)
    deliver_due(database, clock, sender_of(Settings(smtp_url=url, mail_from="rdv@example.test")))
    return [message_from_bytes(each, policy=default) for each in office.taken[before:]]


def test_from_the_mail_server_and_back_to_it(sqlite: Database, settings: Settings) -> None:
    clock = SystemClock()  # as the command has
    with sqlite.transaction() as session:
        appointment = book(session, clock, Maker(session, clock))
        appointment.starts_at, appointment.ends_at = (clock.now() + timedelta(days=day) for day in (10, 11))
        for message in session.scalars(select(Message)):
            message.sent_at = message.first_tried_at = None
    with post_office() as (office, url):
        [ours, _agents] = round_of(sqlite, clock, office, url)
        id_ = ours["Message-ID"]

        assert hand_in(filled(mails.ANSWER, id=id_, **{"from": TO}), settings) == (0, "")
        [answer] = round_of(sqlite, clock, office, url)
        assert (answer["To"], answer["Auto-Submitted"]) == (TO, "auto-replied")
        assert answer["In-Reply-To"] == "<CAF1b2c3d4@mail.example.net>"
        assert answer["References"].split()[-2:] == [id_, "<CAF1b2c3d4@mail.example.net>"]
        assert answer["Subject"] == "Votre message n'a pas été lu – Mairie de Sainte-Anne"

        # Our answer, sent back by somebody's machine, or returned.
        assert hand_in(answer.as_bytes(), settings) == (0, "")
        assert hand_in(filled(mails.EXIM, id=str(answer["Message-ID"]), to=TO), settings) == (0, "")
        assert round_of(sqlite, clock, office, url) == []
    with sqlite.reading() as session:
        assert [each.reason for each in blocks(session, 1, [TO])] == ["the mail came back (5.1.1)"]
        assert session.scalars(select(Message.text).where(Message.event == Event.MAIL_ANSWERED)).one().count("…") == 1


def test_the_mail_server_keeps_what_can_not_be_taken_in(settings: Settings, sqlite: Database) -> None:
    secret = b"From: amina@example.test\n\nJe suis malade.\n"
    for broken in (
        {"RDVDAV_DATABASE_URL": "postgresql://127.0.0.1:1/none"},
        {"RDVDAV_DATABASE_URL": "sqlite:////nowhere/none.sqlite"},
        {"RDVDAV_CONFIG": "/nowhere.toml"},
    ):
        code, said = hand_in(secret, settings, **broken)
        assert code == 75
        assert "amina" not in said
        assert "malade" not in said
    assert hand_in(secret * 2_000_000, settings)[0] == 0


def test_a_mailbox_is_read_once(
    sqlite: Database, clock: StoppedClock, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite.transaction() as session:
        book(session, clock, Maker(session, clock))
        raw, id_ = answered(session), confirmation(session).message_id
    bad = [b"", b"\xff" * 1000, filled(mails.POSTFIX, id=id_, to=TO)]
    taken: list[Outcome] = []
    with mailbox(raw, *bad) as (folder, url):

        def take(mail: bytes) -> None:
            taken.append(take_in(sqlite, clock, mail))

        assert [collect(url, take) for _twice in range(2)] == [4, 0]
        assert folder.seen == {1, 2, 3, 4}
        assert taken == [Outcome.ANSWERED, Outcome.IGNORED, Outcome.IGNORED, Outcome.RETURNED]

        folder.seen.clear()
        worker = Worker(sqlite, clock, sender_of(settings), inbox_url=url)
        assert [worker.read_mailbox() for _twice in range(2)] == [4, 0]
        assert replace(worker, inbox_url=f"{url}/Elsewhere").read_mailbox() == 0, "it tries again later"

        def fails(_mail: bytes) -> None:
            raise ValueError(TO)

        folder.seen.clear()
        with caplog.at_level(logging.DEBUG):
            assert collect(url, fails) == 4, "one bad mail stands before no other"
        assert not re.search("amina|malade", caplog.text)
        said = [finding.what for finding in examine(sqlite, clock, replace(settings, inbox_url=url)) if finding.well]
        assert "inbox: the mailbox of the sending address is read" in said
        for wrong in (url.replace("secret", "other"), f"{url}/Elsewhere", re.sub(r":\d+$", ":1", url), f"{url}x"):
            with pytest.raises(MailboxFailed):
                collect(wrong, take)
