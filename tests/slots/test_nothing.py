"""Which case an empty list is, and what there is instead (ux 3.7)."""

from datetime import date, timedelta

import pytest
from make import MONDAY, Maker
from sqlalchemy.orm import Session

from rdvdav.citizens.referent import follow
from rdvdav.clock import StoppedClock
from rdvdav.directory.motif import Motif
from rdvdav.slots.load import Scope
from rdvdav.slots.nothing import Case, Nothing, nothing_free
from rdvdav.slots.search import DayPart, find_days
from rdvdav.slots.why import Cause

LATE = date(2027, 3, 1)
"""Behind the three months one may book."""


def found(session: Session, clock: StoppedClock, motif: Motif, scope: Scope, **filters: object) -> Nothing:
    """What somebody is told whose list is empty."""
    page = find_days(session, clock, motif, scope=scope, **filters)
    assert page.days == []
    return nothing_free(session, clock, motif, scope, first_free=page.first_free)


@pytest.fixture
def motif(make: Maker) -> Motif:
    return make.motif()


def test_filters_leave_nothing_of_what_is_free(
    session: Session, clock: StoppedClock, make: Maker, motif: Motif
) -> None:
    busy, free = make.agenda(), make.agenda()
    for agenda in (busy, free):
        make.opening_range(agenda, [motif])
    make.absence(busy, first_day=MONDAY, end_day=LATE, last_day=LATE)

    assert found(session, clock, motif, Scope(), part=DayPart.AFTERNOON).case is Case.FILTERED
    assert found(session, clock, motif, Scope(), weekdays={6}).case is Case.FILTERED
    assert found(session, clock, motif, Scope.one(None, busy.id)).case is Case.FILTERED


def test_what_is_full_here_but_free_elsewhere_names_the_places(
    session: Session, clock: StoppedClock, make: Maker, motif: Motif
) -> None:
    full, free, later = (make.place(name=name) for name in ("A", "B", "C"))
    closed = make.agenda()
    make.opening_range(closed, [motif], place_id=full.id)
    make.absence(closed, first_day=MONDAY, end_day=LATE, last_day=LATE)
    make.opening_range(make.agenda(), [motif], place_id=free.id, first_day=MONDAY + timedelta(days=7))
    make.opening_range(make.agenda(), [motif], place_id=later.id, first_day=MONDAY + timedelta(days=1))

    nothing = found(session, clock, motif, Scope.one(full.id))

    assert nothing.case is Case.ELSEWHERE
    assert [place.name for place, _slot in nothing.places] == ["C", "B"]


def test_what_is_full_says_when_more_can_be_booked(
    session: Session, clock: StoppedClock, make: Maker, motif: Motif
) -> None:
    agenda = make.agenda()
    make.opening_range(agenda, [motif], recurrence="FREQ=WEEKLY;BYDAY=FR")
    make.absence(agenda, first_day=MONDAY, end_day=LATE, last_day=LATE)

    nothing = found(session, clock, motif, Scope())

    assert (nothing.case, nothing.why.cause) == (Case.FULL, Cause.ABSENT)
    # Three months after 23 November is Tuesday 23 February: Friday the 26th can be booked from 26 November on.
    assert nothing.reopens_on == date(2026, 11, 26)


@pytest.mark.parametrize(("first_day", "reopens_on"), [(None, None), (LATE, date(2026, 12, 1))])
def test_nothing_opened_yet(
    session: Session,
    clock: StoppedClock,
    make: Maker,
    motif: Motif,
    first_day: date | None,
    reopens_on: date | None,
) -> None:
    if first_day is not None:
        make.opening_range(make.agenda(), [motif], first_day=first_day)

    nothing = found(session, clock, motif, Scope())

    assert (nothing.case, nothing.reopens_on) == (Case.CLOSED, reopens_on)


def test_a_follow_up_needs_somebody_who_is_followed(session: Session, clock: StoppedClock, make: Maker) -> None:
    motif, agent, other, citizen = make.motif(follow_up=True), make.agent(), make.agent(), make.citizen()
    make.opening_range(make.agenda_of(agent), [motif])

    assert found(session, clock, motif, Scope()).case is Case.WHO
    assert found(session, clock, motif, Scope(citizen_id=citizen.id)).case is Case.NOT_FOLLOWED
    follow(session, clock, citizen.id, other.id)
    assert found(session, clock, motif, Scope(citizen_id=citizen.id)).case is Case.NOT_FOLLOWED


def test_no_session_of_a_collective_motif(session: Session, clock: StoppedClock, make: Maker) -> None:
    motif = make.motif(collective=True)

    nothing = found(session, clock, motif, Scope())

    assert (nothing.case, nothing.why.cause) == (Case.CLOSED, Cause.NOT_PLANNED)
