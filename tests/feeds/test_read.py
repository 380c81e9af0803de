"""What readers get of a collection (K-4, K-26, K-42)."""

from datetime import timedelta

import pytest
from diary import DAY, TUESDAY_NINE, Diary

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.feeds.read import every_object, objects_matching, objects_named

HALF = timedelta(minutes=30)
MOMENT = timedelta(seconds=1)


@pytest.fixture
def diary(database: Database, clock: StoppedClock) -> Diary:
    return Diary(database, clock)


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (None, None, True),
        (TUESDAY_NINE + HALF - MOMENT, None, True),
        (TUESDAY_NINE + HALF, None, False),
        (None, TUESDAY_NINE + MOMENT, True),
        (None, TUESDAY_NINE, False),
        (TUESDAY_NINE + 10 * MOMENT, TUESDAY_NINE + 10 * MOMENT, True),
        (TUESDAY_NINE - DAY, TUESDAY_NINE, False),
        (TUESDAY_NINE - DAY, TUESDAY_NINE + DAY, True),
    ],
)
def test_a_stretch_finds_what_overlaps_it_and_not_what_touches_it(
    diary: Diary, start: object, end: object, found: bool
) -> None:
    href = diary.book(TUESDAY_NINE)

    with diary.database.reading() as session:
        rows = objects_matching(session, diary.calendar, start=start, end=end)
        assert [row.href for row in rows] == ([href] if found else [])


@pytest.mark.parametrize(
    ("change", "any_case", "found"),
    [
        (str, True, True),
        (str, False, True),
        (str.upper, True, True),
        (str.upper, False, False),
        (lambda uid: uid[2:9], True, True),
        (lambda uid: uid[:3] + "%" + uid[4:], True, False),
        (lambda uid: "_" * len(uid), True, False),
        (lambda uid: "", True, True),
    ],
)
def test_a_uid_is_found_by_any_part_taken_literally(diary: Diary, change: object, any_case: bool, found: bool) -> None:
    href = diary.book(TUESDAY_NINE)
    uid = f"{href.removesuffix('.ics')}@rdv.example.test"

    with diary.database.reading() as session:
        rows = objects_matching(session, diary.calendar, uid_part=change(uid), any_case=any_case)
        assert [row.href for row in rows] == ([href] if found else [])


def test_named_objects_are_those_shown_however_many_are_named(diary: Diary) -> None:
    wanted, withdrawn = diary.book(TUESDAY_NINE), diary.book(TUESDAY_NINE + DAY)
    over = diary.book(TUESDAY_NINE - 60 * DAY)
    diary.withdraw(withdrawn)
    names = [f"n{number}.ics" for number in range(1200)] + [wanted, withdrawn, over]

    with diary.database.reading() as session:
        assert [row.href for row in objects_named(session, diary.calendar, names)] == [wanted]


def test_texts_are_read_only_when_asked_for(diary: Diary, statements) -> None:
    diary.book(TUESDAY_NINE)

    with statements(diary.database) as seen, diary.database.reading() as session:
        [light] = every_object(session, diary.calendar)
        [full] = every_object(session, diary.calendar, texts=True)

    assert light.text is None
    assert full.text is not None
    assert full.text.startswith("BEGIN:VCALENDAR\r\n")
    selected = [statement.partition("FROM")[0] for statement in seen if statement.startswith("SELECT calendar_object")]
    assert ["calendar_object.text" in columns for columns in selected] == [False, True]
