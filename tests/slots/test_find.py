"""« Trouver un RDV » on real rows: by place and day, the earliest, the next one, why there is none, in how many statements."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from conftest import NOW
from make import MONDAY, Maker
from sqlalchemy.orm import Session

from rdvdav.citizens.referent import follow
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Choice, Motif
from rdvdav.slots.find import Finding, find_slots
from rdvdav.slots.search import find_days
from rdvdav.slots.why import Cause, NoSlot

TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
NINE = datetime(2026, 11, 24, 8, tzinfo=UTC)
"""Tuesday, nine o'clock in Paris."""


def laid_out(finding: Finding) -> list[tuple[str, date, int, int]]:
    """Place, day, how many starts, and how many rivals the first one has."""
    return [
        (group.place.name if group.place else "", day.date, len(day.offers), len(day.offers[0].others))
        for group in finding.places
        for day in group.days
    ]


def test_results_lie_by_place_and_day_with_the_agenda_chosen_and_its_rivals(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    motif, here, there = make.motif(), make.place(name="Annexe"), make.place(name="Mairie")
    claire, paul, ines = make.agenda(), make.agenda(), make.agenda()
    for agenda, place in ((claire, here), (paul, here), (ines, there)):
        make.opening_range(agenda, [motif], place_id=place.id, first_day=TUESDAY, last_day=TUESDAY, recurrence=None)

    found = find_slots(session, clock, motif)

    assert laid_out(found) == [("Annexe", TUESDAY, 6, 1), ("Mairie", TUESDAY, 6, 0)]
    assert found.places[0].days[0].offers[0].slot.agenda_id == claire.id
    assert (found.earliest.starts_at, found.earliest.agenda_id) == (NINE, claire.id)
    assert (found.why, found.next_one) == (None, None)
    assert found.names == {agenda.id: agenda.name for agenda in (claire, paul, ines)}
    only = find_slots(session, clock, motif, places=[here.id], agendas=[paul.id, ines.id])
    assert [(offer.slot.agenda_id, offer.others) for offer in only.places[0].days[0].offers] == [(paul.id, ())] * 6


@pytest.mark.parametrize(
    ("choice", "winner"), [(Choice.FIRST_REGISTERED, 0), (Choice.LEAST_LOADED, 1), (Choice.IN_TURN, 2)]
)
def test_the_motif_says_who_wins(
    session: Session, clock: StoppedClock, make: Maker, choice: Choice, winner: int
) -> None:
    motif, other, place = make.motif(choice=choice), make.motif(), make.place()
    agendas = [make.agenda() for _ in range(3)]
    for agenda in agendas:
        make.opening_range(agenda, [motif], place_id=place.id)
    late = NINE + timedelta(hours=2)
    make.appointment(agendas[0], late, motif=motif, place=place)
    make.appointment(agendas[1], late - timedelta(days=8), motif=motif, place=place)
    make.appointment(agendas[2], late, motif=other, place=place)

    found = find_slots(session, clock, motif)

    assert found.places[0].days[0].offers[0].slot.agenda_id == agendas[winner].id
    [first, *_] = find_days(session, clock, motif).days
    assert first.slots[0].agenda_id == agendas[winner].id


def test_an_empty_span_tells_the_next_slot_and_until_when_all_is_taken(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    motif, place, agenda = make.motif(duration_minutes=180), make.place(), make.agenda()
    make.opening_range(agenda, [motif], place_id=place.id)
    for day in range(5):
        make.appointment(agenda, NINE + timedelta(days=day - 1), motif=motif, place=place)

    found = find_slots(session, clock, motif, days=5)

    assert found.why == NoSlot(Cause.TAKEN, agendas=1, until=date(2026, 11, 29))
    assert (found.next_one.starts_at, found.earliest) == (NINE + timedelta(days=6), None)


# --- why nothing: a scene each, and what is said of it


def opened(make: Maker, **columns: Any) -> Motif:
    motif = make.motif()
    make.opening_range(make.agenda(), [motif], **columns)
    return motif


def nobody(make: Maker, _ask: dict[str, Any]) -> Motif:
    return make.motif()


def over(make: Maker, _ask: dict[str, Any]) -> Motif:
    return opened(make, first_day=MONDAY - timedelta(days=7), last_day=MONDAY - timedelta(days=7), recurrence=None)


def other_place(make: Maker, ask: dict[str, Any]) -> Motif:
    motif = opened(make)
    ask["places"] = [make.place().id]
    return motif


def other_agents(make: Maker, ask: dict[str, Any]) -> Motif:
    motif = opened(make)
    ask["agendas"] = [make.agenda().id]
    return motif


def later(make: Maker, _ask: dict[str, Any]) -> Motif:
    return opened(make, first_day=date(2026, 12, 14), last_day=date(2026, 12, 14), recurrence=None)


def too_short(make: Maker, _ask: dict[str, Any]) -> Motif:
    return opened(make, closes=time(9, 20))


def two_absent(make: Maker, _ask: dict[str, Any]) -> Motif:
    motif = make.motif()
    for _ in range(2):
        agenda = make.agenda()
        make.opening_range(agenda, [motif], first_day=TUESDAY, last_day=TUESDAY, recurrence=None)
        make.absence(agenda)
    return motif


def one_absent_one_full(make: Maker, _ask: dict[str, Any]) -> Motif:
    motif = two_absent(make, _ask)
    agenda = make.agenda()
    make.opening_range(agenda, [motif], first_day=TUESDAY, last_day=TUESDAY, recurrence=None)
    make.appointment(agenda, NINE, motif=motif, minutes=180)
    return motif


def holiday(make: Maker, ask: dict[str, Any]) -> Motif:
    ask["first_day"], ask["days"] = date(2026, 12, 25), 1
    return opened(make)


def past(make: Maker, ask: dict[str, Any]) -> Motif:
    ask["first_day"], ask["days"] = MONDAY - timedelta(days=7), 7
    return opened(make, first_day=MONDAY - timedelta(days=30))


def behind_the_limit(make: Maker, ask: dict[str, Any]) -> Motif:
    ask["first_day"], ask["staff"] = date(2027, 3, 1), False
    return opened(make)


def before_the_notice(make: Maker, ask: dict[str, Any]) -> Motif:
    ask["days"], ask["staff"] = 2, False
    motif = opened(make)
    motif.min_notice = "4 calendar_days"
    return motif


def cut_by_the_notice(make: Maker, ask: dict[str, Any]) -> Motif:
    ask["days"], ask["staff"] = 1, False
    motif = opened(make, closes=time(9, 30))
    motif.min_notice = "90 minutes"
    return motif


def nobody_said_who(make: Maker, ask: dict[str, Any]) -> Motif:
    ask["staff"] = False
    motif = opened(make)
    motif.follow_up = True
    return motif


def nobody_follows(make: Maker, ask: dict[str, Any]) -> Motif:
    motif = opened(make)
    motif.follow_up = True
    ask["citizen_id"] = make.citizen().id
    return motif


def the_referent_does_not_receive(make: Maker, ask: dict[str, Any]) -> Motif:
    motif = nobody_follows(make, ask)
    follow(make.session, make.clock, ask["citizen_id"], make.agent().id)
    return motif


def one_of_two(make: Maker, _ask: dict[str, Any]) -> Motif:
    motif = opened(make)
    motif.agents_needed = 2
    return motif


def nothing_planned(make: Maker, _ask: dict[str, Any]) -> Motif:
    return make.motif(collective=True)


SCENES: list[tuple[Callable[[Maker, dict[str, Any]], Motif], NoSlot]] = [
    (nobody, NoSlot(Cause.NO_OPENING)),
    (over, NoSlot(Cause.NO_OPENING)),
    (other_place, NoSlot(Cause.OTHER_PLACES)),
    (other_agents, NoSlot(Cause.OTHER_AGENTS, agendas=1)),
    (later, NoSlot(Cause.NONE_IN_SPAN, opens_on=date(2026, 12, 14))),
    (too_short, NoSlot(Cause.TOO_SHORT, agendas=1)),
    (two_absent, NoSlot(Cause.ABSENT, agendas=2, absent=2)),
    (one_absent_one_full, NoSlot(Cause.TAKEN, agendas=3, absent=2, until=date(2027, 11, 24))),
    (holiday, NoSlot(Cause.HOLIDAYS, agendas=1)),
    (past, NoSlot(Cause.PAST)),
    (behind_the_limit, NoSlot(Cause.MAX_NOTICE, until=date(2027, 2, 23))),
    (before_the_notice, NoSlot(Cause.MIN_NOTICE, opens_on=date(2026, 11, 27))),
    (cut_by_the_notice, NoSlot(Cause.MIN_NOTICE, agendas=1, opens_on=MONDAY)),
    (nobody_said_who, NoSlot(Cause.NO_CITIZEN)),
    (nobody_follows, NoSlot(Cause.NO_REFERENT)),
    (the_referent_does_not_receive, NoSlot(Cause.OTHER_AGENTS, agendas=1)),
    (one_of_two, NoSlot(Cause.TOO_FEW_AGENDAS, agendas=1)),
    (nothing_planned, NoSlot(Cause.NOT_PLANNED)),
]


@pytest.mark.parametrize(("scene", "reason"), SCENES, ids=[scene.__name__ for scene, _ in SCENES])
def test_the_reason_why_there_is_none(session: Session, clock: StoppedClock, make: Maker, scene, reason) -> None:
    ask: dict[str, Any] = {}
    motif = scene(make, ask)
    session.flush()

    found = find_slots(session, clock, motif, **ask)

    assert (found.places, found.why) == ([], reason)


# --- how much is asked


@pytest.mark.parametrize("full", [False, True], ids=["free", "full"])
@pytest.mark.parametrize("choice", [Choice.FIRST_REGISTERED, Choice.LEAST_LOADED])
def test_the_number_of_statements_does_not_depend_on_the_number_of_agendas(
    database: Database, statements: Callable[[Database], Any], choice: Choice, full: bool
) -> None:
    seen: dict[int, list[int]] = {}
    clock = StoppedClock(NOW)
    for agents in (1, 4):
        with database.transaction() as session:
            make = Maker(session, clock)
            motif, place = make.motif(choice=choice), make.place()
            for _ in range(agents):
                agenda = make.agenda()
                make.opening_range(agenda, [motif], place_id=place.id, recurrence=None, last_day=MONDAY)
                for n in range(6 if full else 2):
                    starts_at = NINE - timedelta(days=1) + n * timedelta(minutes=30)
                    make.appointment(agenda, starts_at, motif=motif, place=place)
                make.absence(agenda)
        counts = []
        for search in (find_slots, find_days):
            with database.reading() as session, statements(database) as run:
                search(session, clock, session.get_one(Motif, motif.id))
                counts.append(len([each for each in run if each.startswith("SELECT")]))
        seen[agents] = counts

    assert seen[1] == seen[4]
    assert seen[1][0] <= (24 if full else 12)
