"""Which feeds are cut under the limit, and where (K-42)."""

from datetime import UTC, datetime, timedelta

import pytest
from make import Maker
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.feeds.address import FeedContent, Subject, new_feed_address, offered
from rdvdav.feeds.change import changing
from rdvdav.feeds.guard import cuts
from rdvdav.feeds.object import CalendarObject, CollectionKind
from rdvdav.feeds.publish import publish
from rdvdav.feeds.several import parts_of
from rdvdav.feeds.subscription import Subscription, served, subscriptions_of
from rdvdav.feeds.webcal import LIMIT_BYTES, Feed, feed_of, feed_of_several
from rdvdav.ical.event import vevent_of

NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def feed(session: Session, subscription: Subscription, limit: int) -> Feed:
    if subscription.calendar:
        return feed_of(session, subscription.calendar, limit)
    address = subscription.address
    parts = parts_of(session, address.agent_id, address.level)
    return feed_of_several(session, address, parts, subscription.name, subscription.zone, limit)


def test_the_page_is_told_exactly_where_feeds_are_cut(
    session: Session, make: Maker, clock: StoppedClock, database: Database, statements
) -> None:
    anne, bruno = make.agent(), make.agent()
    agendas = [make.agenda_of(anne), make.agenda_of(bruno)]
    for days in range(6):
        shared = make.appointment(agendas[0], NINE + timedelta(days=days), motif=make.motif(name="É" * 20 * days + "x"))
        make.appointment(agendas[1], NINE + timedelta(days=days))
        with changing(session, clock, [each.id for each in agendas]) as change:
            shared.claim({agenda.id: None for agenda in agendas})
            change.publish(shared)
    make.opening_range(agendas[0], [make.motif()])
    publish(session, clock, anne.id, CollectionKind.OPENINGS)
    subjects = [each.subject for each in offered(session, anne.id)]
    wanted = [each for each in subjects if each.content in {FeedContent.COLLECTION, FeedContent.ORGANISATION}]
    for subject in wanted:
        new_feed_address(session, clock, anne.id, "Google", subject)
    new_feed_address(session, clock, anne.id, "Google", Subject(FeedContent.FREE_BUSY))
    subscriptions = subscriptions_of(session, anne.id)
    assert len(subscriptions) == 4

    for limit in (1, *range(1200, 9000, 350), LIMIT_BYTES):
        with statements(database) as seen:
            told = cuts(session, subscriptions, limit)
        assert len(seen) == 1
        for each in subscriptions[:3]:
            assert told.get(each.address.id) == feed(session, each, limit).cut_from, limit
    assert told == {}
    assert cuts(session, []) == {}


def test_the_stored_size_is_that_of_the_events(session: Session, make: Maker, clock: StoppedClock) -> None:
    agenda = make.agenda()
    make.appointment(agenda, NINE, motif=make.motif(name="Carte d’identité 🪪"))
    cancelled = make.appointment(agenda, NINE)
    with changing(session, clock, [agenda.id]) as change:
        change.withdraw(cancelled.uid)

    rows = session.scalars(select(CalendarObject)).all()

    assert [row.size for row in rows if row.text] == [len(vevent_of(row.text).encode()) for row in rows if row.text]
    assert [row.size for row in rows if row.deleted] == [0]


@pytest.mark.slow
def test_a_feed_of_twenty_thousand_events_is_cut_under_a_megabyte_and_says_so(
    session: Session, make: Maker, clock: StoppedClock
) -> None:
    agent = make.agent()
    make.appointment(make.agenda_of(agent), NINE)
    row = session.scalars(select(CalendarObject)).one()
    pattern = {column.key: getattr(row, column.key) for column in CalendarObject.__table__.columns}
    half_hour = timedelta(minutes=30)
    session.execute(
        insert(CalendarObject),
        [
            pattern
            | {
                "href": f"{number}.ics",
                "uid": f"{number}@rdv.example.test",
                "starts_at": NINE + number * half_hour,
                "ends_at": NINE + (number + 1) * half_hour,
            }
            for number in range(1, 20_000)
        ],
    )
    new_feed_address(session, clock, agent.id, "Google")
    [subscription] = subscriptions_of(session, agent.id)

    told = cuts(session, [subscription])
    whole = served(session, clock, subscription).text()

    assert 990_000 < len(whole.encode()) <= LIMIT_BYTES
    shown = whole.count("BEGIN:VEVENT")
    assert told == {subscription.address.id: NINE + shown * half_hour}
