"""Whatever happens to an agenda, a client that syncs from any earlier token ends equal to a full read (I-5, K-25)."""

from collections.abc import Callable
from datetime import timedelta

from diary import DAY, TUESDAY_NINE, Diary
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from make import MONDAY

from rdvdav.agenda.absence import AbsenceKind
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.organisation import DetailLevel
from rdvdav.feeds.collecting import open_collection
from rdvdav.feeds.object import CollectionKind
from rdvdav.feeds.read import Calendar, calendars_of, every_object
from rdvdav.feeds.rebuild import differences
from rdvdav.feeds.republish import choose_level, republish_due
from rdvdav.feeds.retire import extend_series, forget_removed, move_windows, retire_cancelled
from rdvdav.feeds.sync import SyncTokenUnknown, changes_since, sync_token
from rdvdav.feeds.webcal import etag_of
from rdvdav.planning import absences

FOLLOWED = (CollectionKind.MAIN, CollectionKind.ABSENCES)


class Agenda(RuleBasedStateMachine):
    """Random changes by people and by time, and clients of two calendars who last asked at random moments."""

    database: Database
    start: StoppedClock

    def __init__(self) -> None:
        super().__init__()
        self.clock = StoppedClock(self.start.now())
        self.own = Diary(self.database, self.clock)
        self.planned: list[str] = []
        self.away: list[int] = []
        self.moments = [(kind, "", dict[str, str]()) for kind in FOLLOWED]

    days = st.integers(-35, 10)
    which = st.integers(0, 1000)

    @initialize()
    def switch_absences_on(self) -> None:
        with self.database.transaction() as session:
            open_collection(session, self.clock, self.own.agenda.id, CollectionKind.ABSENCES)

    # --- people

    @rule(days=days)
    def book(self, days: int) -> None:
        self.planned.append(self.own.book(TUESDAY_NINE + days * DAY))

    @precondition(lambda self: self.planned)
    @rule(which=which, days=days)
    def move(self, which: int, days: int) -> None:
        self.own.move(self.planned[which % len(self.planned)], TUESDAY_NINE + days * DAY)

    @precondition(lambda self: self.planned)
    @rule(which=which)
    def cancel(self, which: int) -> None:
        self.own.cancel(self.planned.pop(which % len(self.planned)))

    @rule(days=days, length=st.integers(0, 3))
    def leave(self, days: int, length: int) -> None:
        first = MONDAY + days * DAY
        plan = absences.Plan("Formation", AbsenceKind.TRAINING, first, first + length * DAY)
        with self.database.transaction() as session:
            row = absences.create(session, self.clock, self.own.agent.id, self.own.agenda.id, plan)
            self.away.append(row.id)

    @precondition(lambda self: self.away)
    @rule(which=which)
    def come_back(self, which: int) -> None:
        with self.database.transaction() as session:
            absences.remove(session, self.clock, self.own.agent.id, self.away.pop(which % len(self.away)))

    @rule(level=st.sampled_from(DetailLevel))
    def choose(self, level: DetailLevel) -> None:
        with self.database.transaction() as session:
            choose_level(session, self.clock, self.own.motif.organisation_id, level)
        while republish_due(self.database, self.clock, at_once=2):
            pass

    # --- time

    @rule(days=st.sampled_from([0.01, 1, 8, 40, 95]))
    def time_passes(self, days: float) -> None:
        self.clock.advance(timedelta(days=days))

    @rule(work=st.sampled_from([retire_cancelled, move_windows, forget_removed, extend_series]))
    def tidy(self, work: Callable[[Database, StoppedClock], int]) -> None:
        work(self.database, self.clock)

    # --- clients

    def calendar(self, kind: CollectionKind) -> Calendar:
        with self.database.reading() as session:
            [found] = [each for each in calendars_of(session, self.own.agent.id) if each.kind is kind]
            return found

    def shown(self, kind: CollectionKind) -> dict[str, str]:
        with self.database.reading() as session:
            return {each.href: each.etag for each in every_object(session, self.calendar(kind))}

    @rule(which=which)
    def client_asks(self, which: int) -> None:
        kind, token, known = self.moments[which % len(self.moments)]
        calendar, now = self.calendar(kind), self.shown(kind)
        try:
            with self.database.reading() as session:
                later, named = changes_since(session, calendar, token)
                hrefs = list(named)
        except SyncTokenUnknown:
            _scheme, _slug, level, _epoch, version, _window = token.split("/")
            assert level != calendar.level.value or int(version) < calendar.floor or self.was_reopened(token, calendar)
            return
        after = {href: etag for href, etag in known.items() if href not in hrefs}
        after |= {href: now[href] for href in hrefs if href in now}
        assert after == now
        self.moments.append((kind, later, after))

    @staticmethod
    def was_reopened(token: str, calendar: Calendar) -> bool:
        """Whether the level was given up and chosen again meanwhile: another epoch."""
        return token.split("/")[3] != calendar.epoch

    @invariant()
    def equal_tokens_mean_equal_contents_and_equal_etags(self) -> None:
        for kind in FOLLOWED:
            calendar, now = self.calendar(kind), self.shown(kind)
            token, etag = sync_token(calendar), etag_of(calendar)
            assert all(known == now for of, then, known in self.moments if (of, then) == (kind, token))
            before = self.etags.setdefault((kind, token), etag)
            assert before == etag
            assert self.tokens.setdefault((kind, etag), token) == token

    etags: dict[tuple[CollectionKind, str], str]
    tokens: dict[tuple[CollectionKind, str], str]

    def teardown(self) -> None:
        with self.database.reading() as session:
            assert differences(session, self.clock, self.own.agenda.id) == []


def test_a_client_with_any_older_token_ends_equal_whatever_happened(database: Database, clock: StoppedClock) -> None:
    Agenda.database, Agenda.start = database, clock
    Agenda.etags, Agenda.tokens = {}, {}
    run_state_machine_as_test(
        Agenda,
        settings=settings(
            max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
