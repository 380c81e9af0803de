"""Whatever staff change and whatever they choose, every booking ends exactly as chosen, and each citizen is told once (I-8)."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import cycle
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from make import MONDAY, Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import AbsenceKind
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import HOLDS_TIME, Status
from rdvdav.clock import StoppedClock
from rdvdav.directory.motif import Motif
from rdvdav.directory.place import Place
from rdvdav.errors import Stale
from rdvdav.feeds.rebuild import differences
from rdvdav.outbox.message import Message
from rdvdav.planning import absences, opening_ranges
from rdvdav.planning.consequences import apply, preview
from rdvdav.planning.fates import Choice, Decisions, Fate

TUESDAY = MONDAY + timedelta(days=1)
QUARTER = timedelta(minutes=15)
QUARTERS = 16

ALL_DAY = ((0, QUARTERS), {0, 1})

stretches = st.integers(0, QUARTERS - 1).flatmap(lambda low: st.tuples(st.just(low), st.integers(low + 1, QUARTERS)))
motifs = st.sets(st.integers(0, 1), min_size=1)
ranges = st.tuples(stretches, motifs)


@dataclass(frozen=True)
class Case:
    """A Tuesday in quarters of an hour since eight, one change of it, and what is chosen in turn."""

    ranges: list[Any]
    absences: list[Any]
    bookings: list[Any]
    colleague: list[Any]
    change: tuple[str, int, Any]
    fates: list[int]
    tell: bool


cases = st.builds(
    Case,
    ranges=st.lists(ranges, max_size=2).map(lambda more: [ALL_DAY, *more]),
    absences=st.lists(stretches, max_size=2),
    bookings=st.lists(
        st.tuples(st.integers(0, QUARTERS - 4), st.integers(1, 4), st.integers(0, 1)), min_size=2, max_size=7
    ),
    colleague=st.sampled_from([[], [ALL_DAY], [((4, 12), {0})]]),
    change=st.tuples(st.sampled_from(["be away", "come back", "change", "remove"]), st.integers(0, 2), ranges),
    fates=st.lists(st.integers(0, 4), min_size=1, max_size=7),
    tell=st.booleans(),
)


def wall(quarter: int) -> time:
    return (datetime(2026, 1, 1, 8, tzinfo=UTC) + quarter * QUARTER).time()


def instant(quarter: int) -> datetime:
    return datetime.combine(TUESDAY, wall(quarter), UTC) - timedelta(hours=1)


def loses(booking: Any, before: tuple[list[Any], list[Any]], after: tuple[list[Any], list[Any]]) -> bool:
    """Whether the booking stood in a range, or clear of absences, and does not any more: said without the code under test."""
    start, length, motif = booking
    end = start + length

    def opened(hours: list[Any]) -> bool:
        return any(low <= start and end <= high and motif in carried for (low, high), carried in hours)

    def present(away: list[Any]) -> bool:
        return all(end <= low or high <= start for low, high in away)

    return (opened(before[0]) and not opened(after[0])) or (present(before[1]) and not present(after[1]))


@dataclass
class Town:
    """Claire, Bruno and two motifs, the same in every case."""

    session: Session
    clock: StoppedClock
    make: Maker
    claire: int
    agendas: list[Agenda]
    motifs: list[Motif]

    def play(self, case: Case) -> None:
        opened = [self._open(self.agendas[0], each) for each in case.ranges]
        for each in case.colleague:
            self._open(self.agendas[1], each)
        away = [self._away(each) for each in case.absences]
        booked = [self._book(each) for each in case.bookings]
        edit, ranges_after, absences_after = self._change(case, opened, away)
        lost = [
            appointment
            for appointment, each in zip(booked, case.bookings, strict=True)
            if loses(each, (case.ranges, case.absences), (ranges_after, absences_after))
        ]

        found = preview(self.session, self.clock, self.claire, [self.agendas[0].id], edit)

        assert {hit.appointment.id for hit in found} == {appointment.id for appointment in lost}
        choices = {}
        for hit, number in zip(found, cycle(case.fates), strict=False):
            fate = hit.fates[number % len(hit.fates)]
            colleague = hit.colleagues[0].agenda_id if fate is Fate.REASSIGN else None
            choices[hit.booking.appointment_id, hit.booking.sequence] = Choice(fate, colleague)
        states = {each.id: state(each) for each in booked}
        try:
            with self.session.begin_nested():
                apply(
                    self.session,
                    self.clock,
                    self.claire,
                    [self.agendas[0].id],
                    edit,
                    Decisions(choices, tell=case.tell),
                )
        except Stale as error:
            event(type(error).__name__)
            choices = {}
        self._check(booked, states, {key[0]: choice for key, choice in choices.items()}, tell=case.tell)

    def _check(
        self, booked: list[Appointment], states: dict[int, Any], chosen: dict[int, Choice], *, tell: bool
    ) -> None:
        told = Counter(self.session.scalars(select(Message.appointment_id).where(~Message.to_compose)))
        for appointment in booked:
            choice = chosen.get(appointment.id)
            fate = choice.fate if choice else None
            event(str(fate))
            was, now = states[appointment.id], state(appointment)
            match fate:
                case None:
                    assert now == was
                case Fate.KEEP:
                    assert now == was
                    assert appointment.withdrawn_at == self.clock.now()
                case Fate.REPLAN:
                    assert now == (Status.TO_REPLAN, *was[1:])
                    assert not any(claim.holds_time for claim in appointment.claims)
                case Fate.CANCEL:
                    assert now == (Status.CANCELLED_BY_STAFF, *was[1:])
                case Fate.REASSIGN:
                    assert choice
                    assert now == (Status.PLANNED, was[1], [choice.agenda_id])
                    self._require_alone(appointment)
                case Fate.NEAREST:
                    assert now[0] is Status.PLANNED
                    assert now[1:] != was[1:]
                    self._require_alone(appointment)
            assert told[appointment.id] == (tell and fate not in {None, Fate.KEEP})
        for agenda in self.agendas:
            assert differences(self.session, self.clock, agenda.id) == []

    def _require_alone(self, appointment: Appointment) -> None:
        """No double booking comes of it (I-1)."""
        assert appointment.withdrawn_at is None
        for other in self.session.scalars(select(Appointment).where(Appointment.status.in_(HOLDS_TIME))):
            shared = {each.agenda_id for each in other.claims} & {each.agenda_id for each in appointment.claims}
            if other is not appointment and shared:
                assert other.ends_at <= appointment.starts_at or appointment.ends_at <= other.starts_at

    def _open(self, agenda: Agenda, opened: Any) -> int:
        (low, high), carried = opened
        return self.make.opening_range(
            agenda,
            [self.motifs[number] for number in sorted(carried)],
            first_day=TUESDAY,
            last_day=TUESDAY,
            recurrence=None,
            opens=wall(low),
            closes=wall(high),
        ).id

    def _away(self, stretch: Any) -> int:
        return self.make.absence(self.agendas[0], starts=wall(stretch[0]), ends=wall(stretch[1])).id

    def _book(self, booking: Any) -> Appointment:
        start, length, motif = booking
        return self.make.appointment(
            self.agendas[0],
            instant(start),
            motif=self.motifs[motif],
            minutes=15 * length,
            overlap_accepted=True,
        )

    def _change(
        self, case: Case, opened: list[int], away: list[int]
    ) -> tuple[Callable[[Session], object], list[Any], list[Any]]:
        """What is done, and the ranges and absences there are then."""
        kind, number, ((low, high), carried) = case.change
        which, clock, claire = number % len(opened), self.clock, self.claire
        rest = [each for index, each in enumerate(case.ranges) if index != which]
        if kind == "remove":
            return (
                lambda work: opening_ranges.remove(work, clock, claire, opened[which]),
                rest,
                case.absences,
            )
        if kind == "change":
            ids = frozenset(self.motifs[number].id for number in carried)
            plan = opening_ranges.Plan("", self.make._the(Place).id, ids, TUESDAY, wall(low), wall(high))
            return (
                lambda work: opening_ranges.change(work, clock, claire, opened[which], plan),
                [*rest, ((low, high), carried)],
                case.absences,
            )
        if kind == "come back" and away:
            gone = number % len(away)
            left = [each for index, each in enumerate(case.absences) if index != gone]
            return lambda work: absences.remove(work, clock, claire, away[gone]), case.ranges, left
        absence = absences.Plan("", AbsenceKind.OTHER, TUESDAY, TUESDAY, wall(low), wall(high))
        return (
            lambda work: absences.create(work, clock, claire, self.agendas[0].id, absence),
            case.ranges,
            [*case.absences, (low, high)],
        )


def state(appointment: Appointment) -> tuple[Status, datetime, list[int]]:
    return appointment.status, appointment.starts_at, [claim.agenda_id for claim in appointment.claims]


def test_every_booking_ends_as_chosen_and_each_citizen_is_told_once(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    claire, bruno = make.agent(), make.agent()
    make.place()
    motifs = [make.motif(duration_minutes=15), make.motif(duration_minutes=30)]
    town = Town(session, clock, make, claire.id, [make.agenda_of(claire), make.agenda_of(bruno)], motifs)

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(cases)
    def holds(case: Case) -> None:
        savepoint = session.begin_nested()
        try:
            town.play(case)
        finally:
            savepoint.rollback()
            session.expire_all()

    holds()
