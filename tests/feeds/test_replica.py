"""Reading from a replica that is a moment behind (K-25, K-27)."""

import pytest
import replica
from diary import DAY, TUESDAY_NINE, Diary
from replica import catch_up

from rdvdav.clock import StoppedClock
from rdvdav.database import Database, is_behind
from rdvdav.feeds.read import Calendar, calendars_of, every_object
from rdvdav.feeds.sync import SyncTokenUnknown, changes_since, delta_since, sync_token

both, diary = replica.both, replica.diary


def seen(diary: Diary) -> tuple[Calendar, int]:
    """The calendar as the replica has it, and how many events it shows."""
    with diary.database.following() as session:
        [calendar] = calendars_of(session, diary.agent.id)
        return calendar, len(list(every_object(session, calendar)))


def test_without_a_replica_clients_read_the_database_itself(database: Database) -> None:
    with database.following() as session:
        assert not is_behind(session)


def test_a_replica_shows_what_it_has_heard_of(diary: Diary) -> None:
    diary.book(TUESDAY_NINE + DAY)
    assert seen(diary)[1] == 1

    catch_up(diary.database)
    assert seen(diary)[1] == 2


@pytest.mark.parametrize("ahead", ["version", "window"])
def test_a_token_ahead_of_the_replica_means_no_change_and_is_good_later(
    diary: Diary, clock: StoppedClock, ahead: str
) -> None:
    if ahead == "version":
        diary.book(TUESDAY_NINE + DAY)
    else:
        diary.set_collection(window_start=diary.calendar.window_start + 7 * DAY)
    token = sync_token(diary.calendar)

    with diary.database.following() as session:
        [behind] = calendars_of(session, diary.agent.id)
        changes = changes_since(session, behind, token)
        assert (changes.token, list(changes.hrefs)) == (token, [])
        assert delta_since(session, behind, token) == (token, [], [])
    with diary.database.reading() as session, pytest.raises(SyncTokenUnknown):
        changes_since(session, behind, token)

    catch_up(diary.database)
    href = diary.book(TUESDAY_NINE + 2 * DAY)
    catch_up(diary.database)
    with diary.database.following() as session:
        [caught_up] = calendars_of(session, diary.agent.id)
        assert list(changes_since(session, caught_up, token).hrefs) == [href]


def test_tokens_of_another_epoch_are_foreign_to_a_replica_too(diary: Diary) -> None:
    ahead = diary.calendar._replace(version=99, epoch="another")

    with diary.database.following() as session, pytest.raises(SyncTokenUnknown):
        changes_since(session, seen(diary)[0], sync_token(ahead))
