"""App passwords and secret addresses (K-22, K-40)."""

from datetime import timedelta

import pytest
from make import Maker
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rdvdav.audit.entry import AuditEntry
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.feeds.access import (
    AppPassword,
    NoSuchKey,
    agent_by_app_password,
    app_passwords,
    new_app_password,
    note_sign_in,
    revoke_app_password,
)
from rdvdav.feeds.address import (
    FeedAddress,
    feed_addresses,
    new_feed_address,
    note_feed_read,
    reset_feed_address,
    revoke_feed_address,
)
from rdvdav.feeds.subscription import feed_by_secret
from rdvdav.tokens import digest


def test_an_app_password_opens_by_address_and_by_principal(session: Session, make: Maker, clock: StoppedClock) -> None:
    agent = make.agent()
    _, clear = new_app_password(session, clock, agent.id, "Téléphone")

    for login in (agent.email, agent.email.upper(), agent.principal, f" {agent.email}"):
        reader = agent_by_app_password(session, login, clear)
        assert reader is not None
        assert reader.principal == agent.principal
        assert [calendar.slug for calendar in reader.calendars] == [make.collection_of(make.agenda_of(agent)).slug]


@pytest.mark.parametrize(
    "typed", [str.upper, lambda clear: clear.replace("-", " "), lambda clear: clear.replace("-", "")]
)
def test_a_password_may_be_typed_without_its_dashes(
    session: Session, make: Maker, clock: StoppedClock, typed: object
) -> None:
    agent = make.agent()
    _, clear = new_app_password(session, clock, agent.id, "Téléphone")

    assert agent_by_app_password(session, agent.email, typed(clear)) is not None


def test_it_opens_for_nobody_else(session: Session, make: Maker, clock: StoppedClock) -> None:
    agent, other = make.agent(), make.agent()
    _, clear = new_app_password(session, clock, agent.id, "Téléphone")

    assert agent_by_app_password(session, other.email, clear) is None
    assert agent_by_app_password(session, agent.email, clear + "x") is None
    assert agent_by_app_password(session, agent.email, "") is None


def test_a_revoked_password_and_a_gone_agent_are_refused(session: Session, make: Maker, clock: StoppedClock) -> None:
    agent = make.agent()
    row, clear = new_app_password(session, clock, agent.id, "Téléphone")
    _, second = new_app_password(session, clock, agent.id, "Ordinateur")

    revoke_app_password(session, clock, agent.id, row.id)
    assert agent_by_app_password(session, agent.email, clear) is None
    assert agent_by_app_password(session, agent.email, second) is not None
    assert [left.label for left in app_passwords(session, agent.id)] == ["Ordinateur"]

    agent.left_at = clock.now()
    assert agent_by_app_password(session, agent.email, second) is None


def test_only_digests_are_stored_and_secrets_are_long(session: Session, make: Maker, clock: StoppedClock) -> None:
    agent = make.agent()
    password, clear = new_app_password(session, clock, agent.id, "Téléphone")
    address, secret = new_feed_address(session, clock, agent.id, "Google")

    assert password.digest == digest(clear.replace("-", ""))
    assert address.digest == digest(secret)
    assert len(clear.replace("-", "")) == len(secret) == 28


def test_nobody_revokes_or_resets_anothers_key(session: Session, make: Maker, clock: StoppedClock) -> None:
    agent, other = make.agent(), make.agent()
    password, _ = new_app_password(session, clock, agent.id, "Téléphone")
    address, _ = new_feed_address(session, clock, agent.id, "Google")

    for act in (
        lambda: revoke_app_password(session, clock, other.id, password.id),
        lambda: revoke_feed_address(session, clock, other.id, address.id),
        lambda: reset_feed_address(session, clock, other.id, address.id),
    ):
        with pytest.raises(NoSuchKey):
            act()
    assert password.revoked_at is None
    assert address.revoked_at is None


def test_an_address_leads_to_its_calendar_until_it_is_reset_or_revoked(
    session: Session, make: Maker, clock: StoppedClock
) -> None:
    agent = make.agent()
    collection = make.collection_of(make.agenda_of(agent))
    row, first = new_feed_address(session, clock, agent.id, "Google")
    found = feed_by_secret(session, first)
    assert found is not None
    assert found.calendar is not None
    assert found.calendar.slug == collection.slug

    _, second = reset_feed_address(session, clock, agent.id, row.id)
    assert feed_by_secret(session, first) is None
    assert feed_by_secret(session, second) is not None
    assert [left.label for left in feed_addresses(session, agent.id)] == ["Google"]

    revoke_feed_address(session, clock, agent.id, row.id)
    assert feed_by_secret(session, second) is None
    assert feed_addresses(session, agent.id) == []


def test_an_address_closes_when_its_agent_leaves(session: Session, make: Maker, clock: StoppedClock) -> None:
    agent = make.agent()
    _, secret = new_feed_address(session, clock, agent.id, "Google")

    agent.left_at = clock.now()

    assert feed_by_secret(session, secret) is None


def test_signing_in_takes_one_statement(session: Session, database: Database, make: Maker, clock, statements) -> None:
    agent = make.agent()
    _, clear = new_app_password(session, clock, agent.id, "Téléphone")
    session.flush()

    with statements(database) as seen:
        agent_by_app_password(session, agent.email, clear)

    assert len(seen) == 1


def test_the_last_use_is_noted_once_an_hour(session: Session, make: Maker, clock: StoppedClock) -> None:
    agent = make.agent()
    password, _ = new_app_password(session, clock, agent.id, "Téléphone")
    address, _ = new_feed_address(session, clock, agent.id, "Google")
    first = clock.now()

    for minutes in (0, 59):
        clock.advance(timedelta(minutes=minutes))
        note_sign_in(session, clock, password.id)
        note_feed_read(session, clock, address.id, "Thunderbird")
        assert (password.last_used_at, address.last_read_at) == (first, first)

    clock.advance(timedelta(minutes=1))
    note_sign_in(session, clock, password.id)
    note_feed_read(session, clock, address.id, "Evolution")
    assert password.last_used_at == address.last_read_at == first + timedelta(hours=1)
    assert address.last_reader == "Evolution"


def test_each_key_made_or_closed_is_in_the_journal(session: Session, make: Maker, clock: StoppedClock) -> None:
    agent = make.agent()
    password, clear = new_app_password(session, clock, agent.id, "Téléphone")
    address, secret = new_feed_address(session, clock, agent.id, "Google")
    reset_feed_address(session, clock, agent.id, address.id)
    revoke_feed_address(session, clock, agent.id, address.id)
    revoke_app_password(session, clock, agent.id, password.id)

    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()

    assert [entry.kind for entry in entries] == [
        "app_password.created",
        "feed_address.created",
        "feed_address.reset",
        "feed_address.revoked",
        "app_password.revoked",
    ]
    told = " ".join(f"{entry.details} {entry.personal}" for entry in entries)
    assert clear not in told
    assert secret not in told
    assert session.scalar(select(func.count()).select_from(AppPassword)) == 1
    assert session.scalar(select(func.count()).select_from(FeedAddress)) == 1
