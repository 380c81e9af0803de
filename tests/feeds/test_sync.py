"""Sync tokens: whoever holds an older one and asks what changed knows what is there now (K-25)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from diary import DAY, TUESDAY_NINE, Diary
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.feeds.read import every_object
from rdvdav.feeds.sync import SyncTokenUnknown, changes_since, delta_since, sync_token


@pytest.fixture
def diary(database: Database, clock: StoppedClock) -> Diary:
    return Diary(database, clock)


def shown(diary: Diary) -> dict[str, str]:
    """What a full read gives: href → ETag."""
    with diary.database.reading() as session:
        return {found.href: found.etag for found in every_object(session, diary.calendar)}


def changed(diary: Diary, token: str) -> tuple[str, list[str]]:
    """The next token, and the hrefs to look at; the members that come with them must be the same, as they are now."""
    there = shown(diary)
    with diary.database.reading() as session:
        calendar = diary.calendar
        after, hrefs = changes_since(session, calendar, token)
        named = sorted(hrefs)
        delta = delta_since(session, calendar, token)
    etags = {found.href: found.etag for found in delta.shown}
    assert etags.keys().isdisjoint(delta.gone)
    assert (delta.token, sorted([*etags, *delta.gone])) == (after, named)
    assert etags == {href: there[href] for href in etags}
    assert there.keys().isdisjoint(delta.gone)
    return after, named


def test_a_first_sync_names_all_that_is_shown_and_nothing_removed(diary: Diary) -> None:
    kept, withdrawn = diary.book(TUESDAY_NINE), diary.book(TUESDAY_NINE + DAY)
    diary.withdraw(withdrawn)
    diary.book(TUESDAY_NINE - 60 * DAY)

    assert changed(diary, "") == (sync_token(diary.calendar), [kept])


def test_without_a_change_the_token_stays_and_names_nothing(diary: Diary) -> None:
    diary.book(TUESDAY_NINE)
    token = sync_token(diary.calendar)

    assert changed(diary, token) == (token, [])


@pytest.mark.parametrize("change", ["move", "cancel", "withdraw"])
def test_a_change_names_the_one_appointment_it_touched(diary: Diary, change: str) -> None:
    href, _ = diary.book(TUESDAY_NINE), diary.book(TUESDAY_NINE + DAY)
    token = sync_token(diary.calendar)

    what: dict[str, Callable[[], None]] = {
        "move": lambda: diary.move(href, TUESDAY_NINE + timedelta(hours=1)),
        "cancel": lambda: diary.cancel(href),
        "withdraw": lambda: diary.withdraw(href),
    }
    what[change]()

    assert changed(diary, token)[1] == [href]


def test_what_the_window_left_behind_is_named_once(diary: Diary) -> None:
    old, _recent = diary.book(TUESDAY_NINE - 20 * DAY), diary.book(TUESDAY_NINE)
    token = sync_token(diary.calendar)

    diary.set_collection(window_start=TUESDAY_NINE - 7 * DAY)

    later, hrefs = changed(diary, token)
    assert hrefs == [old]
    assert old not in shown(diary)
    assert changed(diary, later) == (later, [])


def test_an_event_that_ends_as_the_window_starts_is_not_shown(diary: Diary) -> None:
    href = diary.book(TUESDAY_NINE)
    end = TUESDAY_NINE + timedelta(minutes=30)

    diary.set_collection(window_start=end - timedelta(seconds=1))
    assert href in shown(diary)

    diary.set_collection(window_start=end)
    assert href not in shown(diary)


def test_a_token_from_below_the_floor_is_refused(diary: Diary) -> None:
    diary.book(TUESDAY_NINE)
    token = sync_token(diary.calendar)
    for days in range(1, 4):
        diary.book(TUESDAY_NINE + days * DAY)

    diary.set_collection(floor=1)
    assert len(changed(diary, token)[1]) == 3

    diary.set_collection(floor=2)
    with pytest.raises(SyncTokenUnknown):
        changed(diary, token)


def test_a_new_epoch_makes_every_older_token_foreign(diary: Diary) -> None:
    token = sync_token(diary.calendar)

    diary.set_collection(epoch="afterrestore")

    with pytest.raises(SyncTokenUnknown):
        changed(diary, token)


def test_another_collections_token_is_foreign(diary: Diary, database: Database, clock: StoppedClock) -> None:
    other = Diary(database, clock)
    other.set_collection(epoch=diary.calendar.epoch)

    with pytest.raises(SyncTokenUnknown):
        changed(diary, sync_token(other.calendar))


MALFORMED = {
    "not a token": lambda token: "x",
    "white space": lambda token: f" {token}",
    "a line end": lambda token: f"{token}\n",
    "something after it": lambda token: f"{token}/1",
    "a future version": lambda token: _with(token, 4, "2"),
    "a negative version": lambda token: _with(token, 4, "-1"),
    "a huge version": lambda token: _with(token, 4, "9" * 30),
    "other digits": lambda token: _with(token, 4, "١"),
    "leading zeros": lambda token: _with(token, 4, "01"),
    "no version": lambda token: _with(token, 4, ""),
    "a later window": lambda token: _with(token, 5, "99999999999"),
    "another level": lambda token: _with(token, 2, "full"),
    "another scheme": lambda token: token.replace("rdvdav:", "http://"),
    "a control character": lambda token: _with(token, 3, "a\x00b"),
}


def _with(token: str, place: int, value: str) -> str:
    parts = token.split("/")
    parts[place] = value
    return "/".join(parts)


@pytest.mark.parametrize("how", MALFORMED)
def test_a_token_we_never_sent_is_refused(diary: Diary, how: str) -> None:
    diary.book(TUESDAY_NINE)
    token = sync_token(diary.calendar)

    with pytest.raises(SyncTokenUnknown):
        changed(diary, MALFORMED[how](token))


def test_the_token_reads_nothing_until_its_changes_are_asked_for(diary: Diary, statements) -> None:
    diary.book(TUESDAY_NINE)
    calendar = diary.calendar

    with statements(diary.database) as seen, diary.database.reading() as session:
        changes_since(session, calendar, "")
        changes_since(session, calendar, sync_token(calendar))

    assert [statement for statement in seen if not statement.startswith("BEGIN")] == []


class Replicas(RuleBasedStateMachine):
    """Random changes, and clients who last asked at random moments."""

    diary: Diary
    clock: StoppedClock

    def __init__(self) -> None:
        super().__init__()
        self.own = Diary(self.diary.database, self.clock)
        self.alive: list[str] = []
        self.planned: list[str] = []
        self.moments: list[tuple[str, dict[str, str]]] = [("", {})]

    days = st.integers(-35, 5)  # around the first day shown, which moves through them
    which = st.integers(0, 1000)

    @rule(days=days)
    def book(self, days: int) -> None:
        href = self.own.book(TUESDAY_NINE + days * DAY)
        self.alive.append(href)
        self.planned.append(href)

    @precondition(lambda self: self.planned)
    @rule(which=which, days=days)
    def move(self, which: int, days: int) -> None:
        self.own.move(self.planned[which % len(self.planned)], TUESDAY_NINE + days * DAY)

    @precondition(lambda self: self.planned)
    @rule(which=which)
    def cancel(self, which: int) -> None:
        self.own.cancel(self.planned.pop(which % len(self.planned)))

    @precondition(lambda self: self.alive)
    @rule(which=which)
    def withdraw(self, which: int) -> None:
        href = self.alive.pop(which % len(self.alive))
        if href in self.planned:
            self.planned.remove(href)
        self.own.withdraw(href)

    @rule(days=st.integers(1, 6))
    def time_passes(self, days: int) -> None:
        start = self.own.calendar.window_start + days * DAY
        self.own.set_collection(window_start=start)

    def shown(self) -> dict[str, str]:
        return shown(self.own)

    def changed(self, token: str) -> tuple[str, list[str]]:
        return changed(self.own, token)

    @rule(which=which)
    def client_asks(self, which: int) -> None:
        token, known = self.moments[which % len(self.moments)]
        later, hrefs = self.changed(token)
        now = self.shown()
        after = {href: etag for href, etag in known.items() if href not in hrefs}
        after |= {href: now[href] for href in hrefs if href in now}

        assert after == now
        self.moments.append((later, after))

    @invariant()
    def equal_tokens_mean_equal_contents(self) -> None:
        token, now = sync_token(self.own.calendar), self.shown()
        assert all(known == now for then, known in self.moments if then == token)


def test_a_client_with_any_older_token_ends_up_with_what_is_there(database: Database, clock: StoppedClock) -> None:
    Replicas.diary, Replicas.clock = Diary(database, clock), clock
    run_state_machine_as_test(
        Replicas,
        settings=settings(
            max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
