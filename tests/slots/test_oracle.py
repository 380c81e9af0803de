"""Slot search equals a brute-force, minute-by-minute oracle on random inputs (I-9)."""

from collections import Counter

from hypothesis import event, given, settings
from slots.cases import answer, asked, cases
from slots.oracle import Case, all_slots

from rdvdav.slots.choice import one_per_start
from rdvdav.slots.free import free_slots
from rdvdav.slots.next_one import next_slot

RUNS = settings(max_examples=300, deadline=None)


def agrees(case: Case) -> None:
    """The list of slots, the earliest one, and the one shown for each start."""
    expected = all_slots(case)
    event("none" if not expected else f"{len(expected) // 10 * 10} slots or more")
    question = asked(case)

    slots = free_slots(*question)

    assert answer(slots, case.duration) == expected
    earliest = next_slot(*question)
    assert answer([earliest] if earliest else [], case.duration) == expected[:1]
    first_of_each = {start: (start, *rest) for start, *rest in reversed(expected)}
    assert answer(one_per_start(slots), case.duration) == [first_of_each[start] for start in sorted(first_of_each)]
    assert max(Counter((slot.start, slot.agenda_id) for slot in slots).values(), default=1) == 1


@RUNS
@given(cases())
def test_the_search_finds_what_walking_minute_by_minute_finds(case: Case) -> None:
    agrees(case)
