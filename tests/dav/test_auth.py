"""Signing in (K-22)."""

import logging
import time
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from dav.conftest import Office
from dav.door import Client, serving
from diary import Diary
from sqlalchemy import select, text, update
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.agent import Agent
from rdvdav.feeds.access import AppPassword, app_passwords, revoke_app_password
from rdvdav.migrations import upgrade
from rdvdav.policy.installation import settle
from rdvdav.settings import Settings
from rdvdav_radicale import make_application
from rdvdav_radicale.auth import BY_ADDRESS, BY_LOGIN


def status(port: int, login: str, password: str, path: str = "/dav/") -> int:
    return Client(port, login, password).propfind(path, "current-user-principal").status


def test_one_signs_in_by_address_or_principal(port: int, office: Office) -> None:
    agent = office.own.agent
    for login in (agent.email, agent.email.upper(), agent.email.replace("@", "%40"), agent.principal):
        assert status(port, login, office.password, office.calendar) == 207


def test_the_accounts_own_password_does_not_open(port: int, office: Office) -> None:
    with office.database.transaction() as session:
        session.execute(update(Agent).where(Agent.id == office.own.agent.id).values(password_hash="geheim"))

    assert status(port, office.own.agent.email, "geheim") == 401


def test_a_password_of_another_does_not_open(port: int, office: Office) -> None:
    assert status(port, office.own.agent.email, office.other.password()) == 401


def test_a_revoked_password_closes_at_once(port: int, office: Office, clock: StoppedClock) -> None:
    assert status(port, office.own.agent.email, office.password) == 207
    with office.database.transaction() as session:
        [row] = app_passwords(session, office.own.agent.id)
        revoke_app_password(session, clock, office.own.agent.id, row.id)

    assert status(port, office.own.agent.email, office.password) == 401


def test_who_left_is_refused(port: int, office: Office, clock: StoppedClock) -> None:
    with office.database.transaction() as session:
        session.execute(update(Agent).where(Agent.id == office.own.agent.id).values(left_at=clock.now()))

    assert status(port, office.own.agent.email, office.password) == 401


def test_known_and_unknown_people_are_refused_alike(port: int, office: Office) -> None:
    answers = [
        Client(port, login, "wrong").propfind(office.calendar, "getetag")
        for login in (office.own.agent.email, "nobody@example.test", office.own.agent.principal)
    ]

    assert {answer.status for answer in answers} == {401}
    assert len({answer.body for answer in answers}) == 1


def test_too_many_failures_are_told_to_wait_and_nobody_sleeps(port: int, office: Office, clock: StoppedClock) -> None:
    login = office.own.agent.email
    before = time.perf_counter()
    statuses = [status(port, login, f"wrong{number}") for number in range(BY_LOGIN.count + 3)]

    assert statuses == [401] * BY_LOGIN.count + [429] * 3
    assert time.perf_counter() - before < BY_LOGIN.count / 2, "far from a second each"
    answer = Client(port, login, "wrong").propfind("/dav/", "getetag")
    assert 0 < int(answer.headers["Retry-After"]) <= BY_LOGIN.within.total_seconds()
    assert status(port, "nobody@example.test", "wrong") == 401
    assert status(port, login, office.password) == 207

    clock.advance(BY_LOGIN.within)
    assert status(port, login, "wrong") == 401


def test_failures_from_one_address_are_counted_over_all_logins(port: int, office: Office) -> None:
    statuses = [status(port, f"nobody{number}@example.test", "wrong") for number in range(BY_ADDRESS.count + 1)]

    assert statuses == [401] * BY_ADDRESS.count + [429]


def test_a_later_failure_is_as_fast_after_a_slow_one(port: int, database: Database, office: Office) -> None:
    with database.engine.connect().execution_options(begin="BEGIN IMMEDIATE") as blocker, blocker.begin():
        if not database.is_sqlite:
            blocker.execute(text("LOCK TABLE throttle_counter IN ACCESS EXCLUSIVE MODE"))
        slow = Thread(target=status, args=(port, office.own.agent.email, "wrong"))
        slow.start()
        slow.join(0.6)
        assert slow.is_alive()
    slow.join()

    took = []
    for _ in range(5):
        before = time.perf_counter()
        status(port, office.own.agent.email, "wrong")
        took.append(time.perf_counter() - before)
    assert min(took) < 0.3


def test_the_last_use_is_noted_once_an_hour_after_the_answer(
    client: Client, office: Office, clock: StoppedClock
) -> None:
    def last() -> object:
        with office.database.reading() as session:
            return session.scalars(
                select(AppPassword.last_used_at).where(AppPassword.agent_id == office.own.agent.id)
            ).one()

    def settled(expected: object) -> bool:
        client.propfind(office.calendar, "getetag")
        deadline = time.monotonic() + 5
        while last() != expected and time.monotonic() < deadline:
            time.sleep(0.01)
        return last() == expected

    first = clock.now()
    assert last() is None
    assert settled(first)
    clock.advance(timedelta(minutes=59))
    assert settled(first)
    clock.advance(timedelta(minutes=1))
    assert settled(first + timedelta(hours=1))


def test_two_applications_in_one_process_do_not_mix(
    office: Office, database: Database, clock: StoppedClock, settings: Settings, tmp_path: Path
) -> None:
    elsewhere = Database(f"sqlite:///{tmp_path}/elsewhere.sqlite")
    upgrade(elsewhere)
    with elsewhere.transaction() as session:
        settle(session, settings)
    there = Diary(elsewhere, clock)
    here, other = (make_application(base, clock, settings) for base in (database, elsewhere))
    mounts = {"/dav": here, "/there": other}
    with serving(DispatcherMiddleware(NotFound(), mounts)) as port:
        assert status(port, office.own.agent.email, office.password) == 207
        assert status(port, office.own.agent.email, office.password, "/there/") == 401
        assert status(port, there.agent.email, there.password(), "/there/") == 207
        assert status(port, there.agent.email, there.password(), "/dav/") == 401
    elsewhere.dispose()


def test_no_name_and_no_password_reaches_the_log(port: int, office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    caplog.clear()

    status(port, office.own.agent.email, office.password, office.calendar)
    status(port, office.own.agent.email, "a-wrong-password")
    Client(port, office.own.agent.email, office.password).sync(office.calendar, "foreign")

    told = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("sqlalchemy"))
    for secret in (office.own.agent.email, office.password, "a-wrong-password"):
        assert secret not in told


def test_no_name_reaches_the_log_when_the_database_fails(
    port: int, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    def rename(old: str, new: str) -> None:
        with office.database.transaction() as session:
            session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    rename("app_password", "out_of_order")
    try:
        assert status(port, office.own.agent.email, office.password) == 500
    finally:
        rename("out_of_order", "app_password")

    told = " ".join(logging.Formatter().format(record) for record in caplog.records)
    assert "Traceback" in told
    assert office.own.agent.email not in told
