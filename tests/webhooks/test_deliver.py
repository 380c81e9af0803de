"""Deliveries arrive signed, in order for each object, again for days, and are not sent twice by two workers (C15)."""

from collections import Counter
from datetime import timedelta
from functools import partial
from ipaddress import ip_network
from threading import Thread

import pytest
from conftest import NOW
from make import Maker
from sqlalchemy import select, update
from webhooks.receiver import Receiver, receiving

from rdvdav.administration.webhooks import BOTH_SIGN, renew_secret, repeat
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.territory import Territory
from rdvdav.webhooks.deliver import FIRST_DELAY, KEPT, PATIENCE, TRIED_FOR, deliver_due, tidy
from rdvdav.webhooks.signature import new_secret, sign
from rdvdav.webhooks.target import post
from rdvdav.webhooks.webhook import Delivery, Fault, Webhook

HERE = partial(post, allowed=(ip_network("127.0.0.0/8"),))
SECRET = new_secret()


def write(database: Database, clock: StoppedClock, receiver: Receiver, *objects: int) -> int:
    """A webhook of *receiver*, with a delivery about each of *objects*, in order."""
    with database.transaction() as session:
        make = Maker(session, clock)
        webhook = make.webhook(url=receiver.url, secret=SECRET)
        for number, object_id in enumerate(objects):
            make.delivery(webhook, object_id=object_id, body=f'{{"n":{number}}}')
        return webhook.id


def run(database: Database, clock: StoppedClock, at_once: int = 20) -> int:
    return deliver_due(database, clock, HERE, at_once)


def rows(database: Database) -> list[Delivery]:
    with database.reading() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def numbers(receiver: Receiver) -> list[int]:
    return [body["n"] for body in receiver.taken]


def test_the_signature_is_that_of_the_standard() -> None:
    # The example of the specification's own libraries.
    at = NOW.fromtimestamp(1614265330, NOW.tzinfo)
    found = sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}')

    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_arrives_once_signed_and_in_order(database: Database, clock: StoppedClock) -> None:
    with receiving(SECRET) as receiver:
        write(database, clock, receiver, 1, 2, 1)
        assert [run(database, clock) for _ in range(2)] == [3, 0]

    assert numbers(receiver) == [0, 1, 2]
    assert all(row.sent_at == clock.now() and row.status == 204 for row in rows(database))


def test_what_is_newer_on_the_same_object_waits_for_what_failed(database: Database, clock: StoppedClock) -> None:
    with receiving(SECRET, 500) as receiver:
        write(database, clock, receiver, 1, 1, 2)
        run(database, clock)
        assert numbers(receiver) == [2]
        assert rows(database)[0].fault is Fault.REFUSED
        clock.advance(FIRST_DELAY)
        run(database, clock)

    assert numbers(receiver) == [2, 0, 1]
    assert Counter(receiver.tries)[rows(database)[0].uid] == 2


def test_a_receiver_that_is_down_is_left_alone_and_catches_up(database: Database, clock: StoppedClock) -> None:
    down = [500] * (PATIENCE + 1)
    with receiving(SECRET, *down) as receiver:
        write(database, clock, receiver, *range(30))
        run(database, clock, 100)
        assert len(receiver.tries) == PATIENCE
        clock.advance(timedelta(seconds=10))
        run(database, clock, 100)
        assert len(receiver.tries) == PATIENCE + 1
        clock.advance(timedelta(hours=1))
        run(database, clock, 100)

    assert sorted(numbers(receiver)) == list(range(30))


def test_what_cannot_arrive_for_days_is_given_up_and_can_be_asked_for_again(
    database: Database, clock: StoppedClock
) -> None:
    with receiving(SECRET, *["hang up"] * 3) as receiver:
        webhook = write(database, clock, receiver, 1)
        tries = 0
        for _hour in range(3):
            tries += run(database, clock)
            clock.advance(timedelta(hours=1))
        clock.advance(TRIED_FOR)
        with database.transaction() as session:
            assert tidy(session, clock) == 1
        assert (tries, run(database, clock), receiver.taken) == (3, 0, [])
        [given_up] = rows(database)
        assert (given_up.dropped_at, given_up.fault) == (clock.now(), Fault.UNREACHABLE)
        with database.transaction() as session:
            agent = Maker(session, clock).agent(administers=session.get_one(Territory, 1))
            repeat(session, clock, agent.id, 1, webhook, given_up.id)
        run(database, clock)

    assert numbers(receiver) == [0]
    assert len(set(receiver.tries)) == 1


def test_two_secrets_sign_while_the_receiver_changes_over(database: Database, clock: StoppedClock) -> None:
    with receiving(SECRET) as receiver:
        webhook = write(database, clock, receiver, 1, 2, 3)
        run(database, clock, 1)
        with database.transaction() as session:
            agent = Maker(session, clock).agent(administers=session.get_one(Territory, 1))
            fresh = renew_secret(session, clock, agent.id, 1, webhook).secret
        run(database, clock, 1)
        receiver.secret = fresh
        clock.advance(BOTH_SIGN)
        run(database, clock, 1)
        receiver.secret = SECRET
        with database.transaction() as session:
            session.execute(update(Delivery).values(sent_at=None, due_at=clock.now()))
        run(database, clock, 1)

    assert numbers(receiver) == [0, 1, 2]
    assert rows(database)[0].status == 401


def test_two_workers_never_overtake_on_one_object(database: Database, clock: StoppedClock) -> None:
    with receiving(SECRET) as receiver:
        write(database, clock, receiver, *[1, 2, 3, 4] * 10)
        workers = [Thread(target=deliver_due, args=(database, clock, HERE, 100)) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        run(database, clock, 100)

    for rest in range(4):
        of_one = [number for number in numbers(receiver) if number % 4 == rest]
        assert of_one == sorted(of_one)
        assert len(of_one) == 10


def test_a_worker_that_died_is_followed_by_another_under_the_same_id(database: Database, clock: StoppedClock) -> None:
    with receiving(SECRET) as receiver:
        write(database, clock, receiver, 1)
        with database.transaction() as session:
            session.execute(update(Delivery).values(leased_until=clock.now() + timedelta(minutes=1), tries=1))
        assert run(database, clock) == 0
        clock.advance(timedelta(minutes=1))
        assert run(database, clock) == 1

    assert numbers(receiver) == [0]


def test_what_was_told_long_ago_is_no_longer_kept(database: Database, clock: StoppedClock) -> None:
    with receiving(SECRET) as receiver:
        write(database, clock, receiver, 1)
        run(database, clock)
    clock.advance(KEPT + timedelta(days=1))
    with database.transaction() as session:
        tidy(session, clock)

    assert [(row.body, row.answer, row.event) for row in rows(database)] == [("", None, "appointment.booked")]


@pytest.mark.parametrize("columns", [{"active": False}, {"paused_until": NOW + timedelta(hours=1)}])
def test_what_is_switched_off_or_paused_waits(
    sqlite: Database, clock: StoppedClock, columns: dict[str, object]
) -> None:
    with receiving(SECRET) as receiver:
        write(sqlite, clock, receiver, 1)
        with sqlite.transaction() as session:
            session.execute(update(Webhook).values(**columns))
        assert run(sqlite, clock) == 0
        with sqlite.transaction() as session:
            session.execute(update(Webhook).values(active=True, paused_until=None))
        assert run(sqlite, clock) == 1
