"""Slot search equals a brute-force, minute-by-minute oracle on random inputs (I-9).

`RDVDAV_ORACLE_CASES=20000` looks at more of them than the suite does.
"""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from slots.cases import answer, asked, cases
from slots.oracle import Case, Found, all_slots

from rdvdav.slots.free import chosen_slots, free_slots
from rdvdav.slots.next_one import first_room, next_slot
from rdvdav.slots.slot import Slot

CASES = int(os.environ.get("RDVDAV_ORACLE_CASES", "150"))
RUNS = settings(max_examples=CASES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def agrees(case: Case) -> None:
    """All slots, the earliest one, and the one shown for each start."""
    expected = all_slots(case)
    event("none" if not expected else f"{len(expected) // 10 * 10} slots or more")
    event("several agendas" if case.agents + case.rooms_needed > 1 and expected else "one agenda")
    event("a seat beside others" if any(slot.group for slot in expected) else "no group")
    question = asked(case)

    slots = free_slots(*question)

    assert Counter(map(answer, slots)) == Counter(expected)
    assert [slot.start for slot in slots] == sorted(slot.start for slot in slots)
    winners = [best_of(case, together) for _, together in groupby(slots_in_order(expected), lambda slot: slot.start)]
    earliest = next_slot(*question)
    assert (earliest is None) is (not winners)
    assert earliest is None or answer(earliest) in winners[0]
    shown = [answer(slot) for slot in chosen_slots(*question)]
    assert len(shown) == len(winners)
    assert all(slot in best for slot, best in zip(shown, winners, strict=True))
    starts_in_outline(question, slots)
    single = [(slot.start, slot.agenda_id) for slot in slots if slot.appointment_id is None]
    assert max(Counter(single).values(), default=1) == 1


def starts_in_outline(question: Any, slots: list[Slot]) -> None:
    """Where pauses, and some of what is taken, are not known, no slot comes before the first room; from there on all are found."""
    openings, taken, need, bounds, rank = question
    outline = {
        agenda: replace(known, busy=[each._replace(before=0, after=0) for each in known.busy])
        for agenda, known in taken.items()
    }
    room = first_room(openings, outline, need, bounds)
    assert room is not None or not slots
    if room is not None:
        assert free_slots(openings, taken, need, replace(bounds, earliest=room), rank) == slots
    assert first_room(openings, {}, need, bounds) is not None or not [s for s in slots if s.appointment_id is None]


def slots_in_order(found: set[Found]) -> list[Found]:
    return sorted(found, key=lambda slot: (slot.start, slot.agenda, slot.opening or 0, slot.group or 0))


def best_of(case: Case, together: Iterable[Found]) -> set[Found]:
    """Those of one start that stand equally first (S-8)."""
    slots = list(together)
    standing = {slot: (dict(case.turns).get(slot.agenda, 0), slot.opening or 0) for slot in slots}
    return {slot for slot in slots if standing[slot] == min(standing.values())}


@RUNS
@given(cases())
def test_the_search_finds_what_walking_minute_by_minute_finds(case: Case) -> None:
    agrees(case)
