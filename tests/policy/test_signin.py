"""Signing in, step by step: what is counted, what is not, and what may change between the steps."""

from datetime import timedelta

import pytest
from make import Maker
from sqlalchemy.orm import Session

from rdvdav.clock import StoppedClock
from rdvdav.policy.session import visitor_of
from rdvdav.policy.signin import PER_ACCOUNT, PER_ADDRESS, SignInRefused, admit, attempt, note_failure
from rdvdav.policy.throttle import TooMany

HERE = "192.0.2.7"


def test_an_attempt_finds_the_account_however_its_address_is_typed(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    agent = make.agent(email="claire@mairie.test", password_hash="kept")

    found = attempt(session, clock, "  Claire@Mairie.TEST ", HERE)

    assert (found.agent_id, found.password_hash) == (agent.id, "kept")


def test_unknown_and_departed_accounts_look_alike(session: Session, clock: StoppedClock, make: Maker) -> None:
    make.agent(email="gone@mairie.test", password_hash="kept", left_at=clock.now())

    for email in ("nobody@mairie.test", "gone@mairie.test"):
        found = attempt(session, clock, email, HERE)
        assert (found.agent_id, found.password_hash) == (None, None)
        with pytest.raises(SignInRefused):
            admit(session, clock, found)


def test_who_is_admitted_holds_a_token_of_their_own(session: Session, clock: StoppedClock, make: Maker) -> None:
    agent = make.agent(email="claire@mairie.test", password_hash="kept")

    token = admit(session, clock, attempt(session, clock, agent.email, HERE))

    assert visitor_of(session, clock, token).agent is agent


def test_a_password_changed_meanwhile_admits_nobody(session: Session, clock: StoppedClock, make: Maker) -> None:
    agent = make.agent(email="claire@mairie.test", password_hash="kept")
    found = attempt(session, clock, agent.email, HERE)
    agent.password_hash = "another"
    session.flush()

    with pytest.raises(SignInRefused):
        admit(session, clock, found)


def test_ten_failures_close_an_account_known_or_not_for_a_quarter_of_an_hour(
    session: Session, clock: StoppedClock
) -> None:
    for _ in range(PER_ACCOUNT.count):
        note_failure(session, clock, attempt(session, clock, "nobody@mairie.test", HERE))

    with pytest.raises(TooMany) as refused:
        attempt(session, clock, "NOBODY@mairie.test", "198.51.100.1")
    assert refused.value.seconds == 15 * 60

    clock.advance(timedelta(minutes=15))
    attempt(session, clock, "nobody@mairie.test", HERE)


def test_fifty_failures_close_an_address_for_every_account(session: Session, clock: StoppedClock) -> None:
    for number in range(PER_ADDRESS.count):
        note_failure(session, clock, attempt(session, clock, f"agent{number}@mairie.test", HERE))

    with pytest.raises(TooMany):
        attempt(session, clock, "somebody.else@mairie.test", HERE)
    attempt(session, clock, "somebody.else@mairie.test", "198.51.100.1")


def test_a_town_hall_that_signs_in_together_is_no_attack(session: Session, clock: StoppedClock, make: Maker) -> None:
    agent = make.agent(email="claire@mairie.test", password_hash="kept")

    for _ in range(2 * PER_ADDRESS.count):
        admit(session, clock, attempt(session, clock, agent.email, HERE))


def test_a_sign_in_forgets_the_failures_of_its_account(session: Session, clock: StoppedClock, make: Maker) -> None:
    agent = make.agent(email="claire@mairie.test", password_hash="kept")
    for _ in range(2 * PER_ACCOUNT.count):
        found = attempt(session, clock, agent.email, HERE)
        note_failure(session, clock, found)
        admit(session, clock, found)
