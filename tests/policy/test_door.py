"""Sessions and throttles: revocable, counted in the database, nothing kept in clear."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.policy.session import AGENT_SESSION, CITIZEN_SESSION, WebSession, close_session, open_session, visitor_of
from rdvdav.policy.throttle import (
    Limit,
    ThrottleCounter,
    TooMany,
    count_attempt,
    forget_attempts,
    require_room,
    take_attempt,
)

THREE_A_MINUTE = Limit("test", 3, timedelta(minutes=1))


def test_a_session_names_its_agent_until_it_is_closed(session: Session, clock: StoppedClock, make: Maker) -> None:
    agent = make.agent()
    token = open_session(session, clock, agent_id=agent.id)

    assert visitor_of(session, clock, token).agent is agent
    close_session(session, clock, token)
    assert visitor_of(session, clock, token).agent is None


def test_sessions_end_by_themselves(session: Session, clock: StoppedClock, make: Maker) -> None:
    agent, citizen = (
        open_session(session, clock, agent_id=make.agent().id),
        open_session(session, clock, citizen_id=make.citizen().id),
    )
    clock.advance(CITIZEN_SESSION)
    assert visitor_of(session, clock, citizen).citizen is None
    assert visitor_of(session, clock, agent).agent is not None
    clock.advance(AGENT_SESSION)
    assert visitor_of(session, clock, agent).agent is None


def test_one_who_left_is_signed_out(session: Session, clock: StoppedClock, make: Maker) -> None:
    agent = make.agent()
    token = open_session(session, clock, agent_id=agent.id)
    agent.left_at = clock.now()
    session.flush()

    assert visitor_of(session, clock, token).agent is None


def test_the_token_itself_is_nowhere(session: Session, clock: StoppedClock, make: Maker) -> None:
    token = open_session(session, clock, agent_id=make.agent().id)

    assert token.encode() not in session.scalars(select(WebSession.digest)).one()


def test_attempts_are_counted_until_the_limit_and_start_again_afterwards(session: Session, clock: StoppedClock) -> None:
    for _ in range(3):
        require_room(session, clock, THREE_A_MINUTE, "192.0.2.1")
        count_attempt(session, clock, THREE_A_MINUTE, "192.0.2.1")

    with pytest.raises(TooMany) as refused:
        require_room(session, clock, THREE_A_MINUTE, "192.0.2.1")
    assert refused.value.seconds == 60
    require_room(session, clock, THREE_A_MINUTE, "192.0.2.2")

    clock.advance(timedelta(minutes=1))
    require_room(session, clock, THREE_A_MINUTE, "192.0.2.1")
    count_attempt(session, clock, THREE_A_MINUTE, "192.0.2.1")
    require_room(session, clock, THREE_A_MINUTE, "192.0.2.1")


def test_a_success_forgets_the_attempts_before_it(session: Session, clock: StoppedClock) -> None:
    for _ in range(3):
        count_attempt(session, clock, THREE_A_MINUTE, "someone")
    forget_attempts(session, THREE_A_MINUTE, "someone")

    require_room(session, clock, THREE_A_MINUTE, "someone")
    assert session.scalars(select(ThrottleCounter)).all() == []


def test_counters_keep_no_address_in_clear(session: Session, clock: StoppedClock) -> None:
    count_attempt(session, clock, THREE_A_MINUTE, "192.0.2.1")

    assert b"192.0.2.1" not in session.scalars(select(ThrottleCounter.key)).one()


def test_many_at_once_get_no_more_than_the_limit(database: Database, clock: StoppedClock) -> None:
    def attempt(_number: int) -> bool:
        try:
            with database.transaction() as session:
                take_attempt(session, clock, THREE_A_MINUTE, "someone")
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(16))) == 3
