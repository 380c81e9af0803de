"""A collection as one text (K-41, K-42)."""

from datetime import timedelta

import pytest
from diary import DAY, TUESDAY_NINE, Diary
from ical.lint import problems
from ical.parsers import by_icalendar, by_vobject
from sqlalchemy import update

from rdvdav.agenda.agenda import Agenda
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.feeds import webcal
from rdvdav.feeds.webcal import Feed, etag_of, feed_of


@pytest.fixture
def diary(database: Database, clock: StoppedClock) -> Diary:
    return Diary(database, clock)


def feed(diary: Diary) -> Feed:
    with diary.database.reading() as session:
        return feed_of(session, diary.calendar)


def test_two_parsers_read_what_is_shown_and_nothing_else(diary: Diary) -> None:
    first, second = diary.book(TUESDAY_NINE), diary.book(TUESDAY_NINE + DAY)
    diary.cancel(second)
    diary.withdraw(diary.book(TUESDAY_NINE + 2 * DAY))
    diary.book(TUESDAY_NINE - 60 * DAY)

    text = feed(diary).text

    assert by_icalendar(text) == by_vobject(text)
    assert {line for line in text.split("\r\n") if line.startswith("UID")} == {
        f"UID:{href.removesuffix('.ics')}@rdv.example.test" for href in (first, second)
    }
    assert text.count("STATUS:CANCELLED") == 1
    assert problems(text) == []


def test_an_empty_feed_is_a_calendar_with_the_agendas_zone(diary: Diary) -> None:
    text = feed(diary).text

    assert text.count("BEGIN:VTIMEZONE") == 1
    assert f"X-WR-CALNAME:{diary.agenda.name}\r\n" in text
    assert "METHOD" not in text
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H" in text


def test_equal_etags_mean_equal_texts(diary: Diary) -> None:
    seen: dict[str, str] = {}

    def look() -> str:
        etag, text = etag_of(diary.calendar), feed(diary).text
        assert seen.setdefault(etag, text) == text
        return etag

    etags = [look()]
    href = diary.book(TUESDAY_NINE)
    etags.append(look())
    diary.move(href, TUESDAY_NINE + timedelta(hours=1))
    etags.append(look())
    diary.set_collection(window_start=TUESDAY_NINE + DAY)
    etags.append(look())
    with diary.database.transaction() as session:
        session.execute(update(Agenda).where(Agenda.id == diary.agenda.id).values(name="Guichet 2"))
    etags.append(look())
    diary.set_collection(epoch="afterrestore")
    etags.append(look())

    assert len(set(etags)) == len(etags)
    assert look() == etags[-1]


def test_the_etag_reads_no_event(diary: Diary, statements) -> None:
    calendar = diary.calendar

    with statements(diary.database) as seen:
        etag_of(calendar)

    assert seen == []


def test_beyond_the_limit_the_far_future_is_left_out_and_said_so(diary: Diary, monkeypatch: pytest.MonkeyPatch) -> None:
    hrefs = [diary.book(TUESDAY_NINE + days * DAY) for days in (3, 1, 2)]
    whole = feed(diary)
    assert whole.cut_from is None

    with diary.database.reading() as session:
        cut = feed_of(session, diary.calendar, limit_bytes=len(whole.text.encode()) - 1)

    assert cut.cut_from == TUESDAY_NINE + 3 * DAY
    assert hrefs[0].removesuffix(".ics") not in cut.text
    assert cut.text.count("BEGIN:VEVENT") == 2
    assert problems(cut.text) == []
    assert webcal.LIMIT_BYTES <= 1_000_000
