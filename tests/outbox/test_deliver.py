"""Messages leave at least once each, and a second time only after a crash (M-5, M-6, I-10)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event as ThreadEvent
from time import monotonic

import pytest
from conftest import NOW
from make import Maker
from outbox.hands import run_workers
from outbox.post import a_message, post_office
from outbox.storm import Weather, storm
from sqlalchemy import select, update

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.metrics import metrics
from rdvdav.notify.mail import refused_recipient, sender_of
from rdvdav.outbox.blocked import blocks
from rdvdav.outbox.circuit import FIRST_DELAY, LONGEST_DELAY, LONGEST_PAUSE, delay
from rdvdav.outbox.claim import LEASE
from rdvdav.outbox.deliver import KEEP_TRYING, Postman, SendFailed, deliver_due, drop_expired, retry, waiting
from rdvdav.outbox.message import Channel, Message
from rdvdav.outbox.rate import MOST
from rdvdav.policy.installation import Installation
from rdvdav.settings import Settings
from rdvdav.worker import Worker
from rdvdav_web import create_app


def write(database: Database, clock: StoppedClock, numbers: Sequence[int] = (1,), **columns: object) -> None:
    with database.transaction() as session:
        territory = Maker(session, clock).territory()
        for number in numbers:
            a_message(session, clock.now(), number, territory.id, **columns)


def messages(database: Database) -> list[Message]:
    with database.reading() as session:
        return list(session.scalars(select(Message).order_by(Message.id)))


def test_a_message_leaves_once_and_its_secrets_are_blanked(database: Database, clock: StoppedClock) -> None:
    write(database, clock)
    with post_office() as (office, url):
        send = sender_of(Settings(smtp_url=url, mail_from="rdv@example.test"))
        assert [deliver_due(database, clock, send) for _ in range(3)] == [1, 0, 0]

    [mail] = office.taken
    assert b"123456" in mail
    [row] = messages(database)
    assert (row.sent_at, row.secrets, row.tries) == (clock.now(), [], 1)
    for body in (row.subject, row.text, row.html or ""):
        assert "123456" not in body
        assert "https://rdv.example.test/abc" not in body


@pytest.mark.parametrize("answer", ["421 come back later", "451 try again", "250 then hang up"])
def test_what_fails_for_now_is_tried_again_with_growing_delay(
    database: Database, clock: StoppedClock, answer: str
) -> None:
    write(database, clock)
    with post_office(answer, answer) as (office, url):
        send = sender_of(Settings(smtp_url=url, mail_from="rdv@example.test"))
        deliver_due(database, clock, send)
        assert deliver_due(database, clock, send) == 0
        clock.advance(FIRST_DELAY * 1.5)
        deliver_due(database, clock, send)
        clock.advance(FIRST_DELAY * 1.9)
        assert deliver_due(database, clock, send) == 0
        clock.advance(FIRST_DELAY * 1.1)
        assert deliver_due(database, clock, send) == 1

    [row] = messages(database)
    assert row.sent_at is not None
    assert row.tries == 3
    assert set(office.ids) == {"<1@rdv.example.test>"}


@pytest.mark.parametrize("columns", [{"recipient": "unknown@example.test"}, {}])
def test_what_can_never_arrive_is_given_up_with_the_reason(
    database: Database, clock: StoppedClock, columns: dict[str, str]
) -> None:
    write(database, clock, **columns)
    with post_office(*([] if columns else ["554 no"])) as (office, url):
        send = sender_of(Settings(smtp_url=url, mail_from="rdv@example.test"))
        deliver_due(database, clock, send)

        [row] = messages(database)
        assert row.dropped_at is not None
        assert "55" in (row.last_error or "")
        assert "@" not in (row.last_error or "")
        clock.advance(timedelta(days=1))
        assert deliver_due(database, clock, send) == 0

        with database.transaction() as session:
            session.get_one(Message, row.id).recipient = "known@example.test"
            retry(session, clock, row.id)
        assert deliver_due(database, clock, send) == 1
    assert office.recipients == ["known@example.test"]


def test_a_server_that_is_down_loses_nothing_for_days(database: Database, clock: StoppedClock) -> None:
    write(database, clock)
    send = sender_of(Settings(smtp_url="smtp://127.0.0.1:1", mail_from="rdv@example.test"))
    began, tries = clock.now(), []
    while clock.now() - began <= KEEP_TRYING + timedelta(hours=9):
        tries += [clock.now() - began] * deliver_due(database, clock, send)
        clock.advance(timedelta(minutes=10))

    [row] = messages(database)
    assert 15 < len(tries) < 30
    assert KEEP_TRYING <= tries[-1] < KEEP_TRYING + timedelta(hours=9)
    assert row.dropped_at is not None
    assert row.secrets, "nothing is blanked before it has left"


def test_a_worker_that_died_leaves_its_message_to_the_next_after_the_lease(
    database: Database, clock: StoppedClock
) -> None:
    write(database, clock)

    def die(message: Message) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver_due(database, clock, die)

    sent: list[str] = []
    clock.advance(LEASE - timedelta(seconds=1))
    assert deliver_due(database, clock, lambda message: sent.append(message.message_id)) == 0
    clock.advance(timedelta(seconds=1))
    assert deliver_due(database, clock, lambda message: sent.append(message.message_id)) == 1
    assert sent == ["<1@rdv.example.test>"]


def test_what_is_over_before_it_could_leave_is_given_up_and_blanked(database: Database, clock: StoppedClock) -> None:
    write(database, clock, expires_at=clock.now() + timedelta(minutes=30))
    clock.advance(timedelta(minutes=30))

    assert deliver_due(database, clock, lambda message: None) == 0
    with database.transaction() as session:
        assert drop_expired(session, clock) == 1
    [row] = messages(database)
    assert row.dropped_at is not None
    assert "123456" not in row.text


def test_one_bad_message_does_not_hold_the_others_up(database: Database, clock: StoppedClock) -> None:
    write(database, clock, range(1, 6))

    def send(message: Message) -> None:
        if message.id == messages(database)[0].id:
            raise SendFailed("no")

    deliver_due(database, clock, send)

    with database.reading() as session:
        assert waiting(session) == 1


def test_a_message_that_can_not_be_put_on_the_wire_does_not_stop_the_worker(
    database: Database, clock: StoppedClock, settings: Settings
) -> None:
    write(database, clock, [1], recipient="two\nlines@example.test")
    write(database, clock, [2])
    worker = Worker.of(database, clock, settings)

    assert [worker.work() for _ in range(2)] == [2, 0]

    bad, good = messages(database)
    assert (bad.sent_at, bad.last_error) == (None, "it can't be put on the wire (ValueError)")
    assert good.sent_at is not None


def test_a_slow_server_lets_no_lease_run_out_behind_it(database: Database, clock: StoppedClock) -> None:
    write(database, clock, range(1, 6))
    sent: list[str] = []

    def slowly(message: Message) -> None:
        clock.advance(LEASE / 2)
        if message.id != messages(database)[-1].id:
            assert deliver_due(database, clock, lambda other: sent.append(other.message_id), at_once=1) == 1
        sent.append(message.message_id)

    deliver_due(database, clock, slowly)

    assert len(sent) == len(set(sent)) == 5


def test_a_worker_told_to_stop_ends_after_the_message_in_hand(database: Database, clock: StoppedClock) -> None:
    write(database, clock, range(1, 4))
    worker = Worker(database, clock, lambda _message: worker.stop.set())

    worker.run()

    with database.reading() as session:
        assert waiting(session) == 2


def test_a_mail_taken_in_is_not_sent_again_because_the_server_forgot_to_say_goodbye(
    database: Database, clock: StoppedClock
) -> None:
    write(database, clock)
    with post_office() as (office, url):
        office.hangs_up_on_quit = True
        deliver_due(database, clock, sender_of(Settings(smtp_url=url, mail_from="rdv@example.test")))

    [row] = messages(database)
    assert row.sent_at is not None
    assert set(office.ids.values()) == {1}


def test_a_sender_the_server_refuses_drops_no_mail(database: Database, clock: StoppedClock) -> None:
    write(database, clock)
    with post_office() as (office, url):
        office.refused_sender = "rdv@example.test"
        deliver_due(database, clock, sender_of(Settings(smtp_url=url, mail_from="rdv@example.test")))

    [row] = messages(database)
    assert (row.dropped_at, row.last_error) == (None, "the server did not take it (553)")


def test_a_slow_send_keeps_its_lease_from_other_workers(database: Database, clock: StoppedClock) -> None:
    write(database, clock)
    renewed = ThreadEvent()

    def slowly(message: Message) -> None:
        clock.advance(LEASE * 0.9)
        deadline = monotonic() + 10
        while monotonic() < deadline and not renewed.is_set():
            [row] = messages(database)
            if row.leased_until and row.leased_until > clock.now() + LEASE / 2:
                renewed.set()
        clock.advance(LEASE * 0.9)
        assert deliver_due(database, clock, lambda other: None) == 0, "another worker took it"

    assert Postman(database, clock, slowly, renew_seconds=0.02).round() == 1
    assert renewed.is_set()
    assert messages(database)[0].sent_at is not None


def test_a_failing_server_is_tried_by_few_then_all_leave_in_order(database: Database, clock: StoppedClock) -> None:
    write(database, clock, range(1, 201))
    up, tried, sent = False, [], []

    def send(message: Message) -> None:
        tried.append(message.id)
        if not up:
            raise SendFailed("nobody there", unreached=True)
        sent.append(message.id)

    postman = Postman(database, clock, send)
    day = clock.now() + timedelta(days=1)
    while clock.now() < day:
        postman.round()
        clock.advance(timedelta(minutes=1))
    assert len(tried) < 24 * 60 / 5 + 20, "a probe each five minutes, and a few at the start"

    up = True
    clock.advance(LONGEST_PAUSE)
    while postman.round():
        pass
    assert len(sent) == len(set(sent)) == 200
    probe, rest = sent[0], sent[1:]
    assert rest == sorted(set(sent) - {probe})
    assert waiting_of(database) == 0


def waiting_of(database: Database) -> int:
    with database.reading() as session:
        return waiting(session)


def test_messages_refused_for_themselves_close_no_way_out(database: Database, clock: StoppedClock) -> None:
    write(database, clock, range(1, 21))

    def send(message: Message) -> None:
        if message.id % 2:
            raise SendFailed("mailbox busy")

    Postman(database, clock, send).round()

    assert waiting_of(database) == 10


def test_one_mailbox_gets_so_many_at_once_and_the_rest_later(database: Database, clock: StoppedClock) -> None:
    most, within = MOST[Channel.MAIL]
    write(database, clock, range(most + 5), recipient="agent@example.test")
    write(database, clock, [most + 5], recipient="other@example.test")
    send = lambda message: None  # noqa: E731

    assert deliver_due(database, clock, send, at_once=100) == most + 1
    assert deliver_due(database, clock, send, at_once=100) == 0
    clock.advance(within)
    assert deliver_due(database, clock, send, at_once=100) == 5


def test_an_address_that_does_not_exist_is_not_written_to_again(database: Database, clock: StoppedClock) -> None:
    write(database, clock, [1], recipient="unknown@example.test")
    with post_office() as (_office, url):
        send = sender_of(Settings(smtp_url=url, mail_from="rdv@example.test"))
        deliver_due(database, clock, send)
        with database.transaction() as session:
            territory_id = session.scalars(select(Message.territory_id)).one()
            a_message(session, clock.now(), 2, territory_id, recipient="Unknown@example.test")
            [blocked] = blocks(session, territory_id, ["unknown@example.test"])
            assert blocked.reason == "the server refused the recipient (550)"
        deliver_due(database, clock, send)
    assert [row.tries for row in messages(database)] == [1, 0]
    assert all(row.dropped_at and row.last_error == blocked.reason for row in messages(database))


@pytest.mark.parametrize(
    ("code", "answer", "permanent", "gone"),
    [
        (450, b"4.2.0 mailbox busy", False, False),
        (451, b"4.7.1 greylisted", False, False),
        (550, b"no such mailbox", True, True),
        (550, b"5.1.1 unknown user", True, True),
        (551, b"user not local", True, True),
        (550, b"5.2.1 disabled", True, True),
        (552, b"5.2.2 mailbox full", True, False),
        (550, b"5.7.1 relaying denied", True, False),
        (554, b"your address is on a list", True, False),
    ],
)
def test_only_an_address_that_is_none_is_blocked(code: int, answer: bytes, permanent: bool, gone: bool) -> None:
    failure = refused_recipient(code, answer)
    assert (failure.permanent, failure.blocks, failure.unreached) == (permanent, gone, False)


def test_words_that_can_not_be_written_do_not_stop_the_worker(database: Database, clock: StoppedClock) -> None:
    write(database, clock, [1], to_compose=True)
    write(database, clock, [2])

    def compose(session: object, clock: object, message: Message) -> bool:
        raise KeyError("a field")

    assert Postman(database, clock, lambda message: None, compose).round() == 1
    bad, good = messages(database)
    assert (bad.sent_at, bad.last_error) == (None, "it can't be composed (KeyError)")
    assert good.sent_at is not None


def test_delays_double_and_never_come_at_once() -> None:
    first = [delay(1, f"key {number}") for number in range(100)]
    assert all(FIRST_DELAY <= each <= FIRST_DELAY * 1.5 for each in first)
    assert len(set(first)) == 100
    for tries in range(1, 30):
        whole = min(FIRST_DELAY * 2 ** (tries - 1), LONGEST_DELAY)
        assert whole <= delay(tries, "key") <= whole * 1.5


@pytest.mark.slow
def test_two_workers_send_each_message_once(database: Database, tmp_path) -> None:
    write(database, StoppedClock(NOW - timedelta(days=400)), range(1, 101))
    with post_office() as (office, url):
        run_workers(database, url, str(tmp_path), office, 100)

    assert len(office.ids) == 100
    assert set(office.ids.values()) == {1}


@pytest.mark.slow
def test_workers_killed_on_a_bad_day_lose_nothing(database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        territory_id = Maker(session, StoppedClock(NOW)).territory().id
    figures = storm(
        database,
        territory_id,
        tmp_path,
        messages=40,
        workers=2,
        kill_seconds=1,
        pace=40,
        patience=timedelta(minutes=1),
        weather=Weather(stalls=0),
        limit_seconds=200,
    )

    assert figures.kills > 0
    assert (figures.lost, figures.waiting, figures.unexplained, figures.changed) == (0, 0, 0, 0), figures


def test_the_figures_of_the_outbox_say_depth_and_age(
    database: Database, clock: StoppedClock, settings: Settings
) -> None:
    write(database, clock, [1, 2])
    write(database, clock, [3], channel=Channel.SMS, due_at=clock.now() + timedelta(days=2))
    write(database, clock, [4], dropped_at=clock.now())
    write(database, clock, [5], sent_at=clock.now())
    with database.transaction() as session:
        session.execute(update(Installation).values(worker_seen_at=clock.now()))
    clock.advance(timedelta(seconds=90))

    said = set(metrics(database, clock).decode().splitlines())

    assert said >= {
        'rdvdav_outbox_messages{channel="mail",state="due"} 2.0',
        'rdvdav_outbox_messages{channel="mail",state="given_up"} 1.0',
        'rdvdav_outbox_messages{channel="sms",state="later"} 1.0',
        'rdvdav_outbox_messages{channel="sms",state="due"} 0.0',
        'rdvdav_outbox_oldest_seconds{channel="mail"} 90.0',
        'rdvdav_outbox_oldest_seconds{channel="sms"} 0.0',
        "rdvdav_worker_seen_seconds 90.0",
    }


def test_figures_are_for_who_knows_the_token(sqlite: Database, clock: StoppedClock, settings: Settings) -> None:
    asked = {"Authorization": "Bearer t0ken"}
    open_, closed = (create_app(sqlite, clock, replace(settings, metrics_token=token)) for token in ("t0ken", ""))

    assert open_.test_client().get("/metrics", headers=asked).status_code == 200
    assert open_.test_client().get("/metrics").status_code == 404
    assert closed.test_client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
