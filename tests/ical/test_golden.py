"""Every text in the life of an appointment, byte for byte (K-53). `python tests/ical/examples.py` writes them anew."""

import pytest
from ical.examples import GOLDEN, GOLDEN_FILES
from ical.lint import problems
from ical.parsers import by_icalendar, by_vobject


@pytest.mark.parametrize("name", GOLDEN)
def test_the_text_is_the_one_agreed_on(name: str) -> None:
    assert GOLDEN[name]().encode() == (GOLDEN_FILES / f"{name}.ics").read_bytes()


@pytest.mark.parametrize("name", GOLDEN)
def test_the_text_obeys_the_standards(name: str) -> None:
    assert problems(GOLDEN[name]()) == []


@pytest.mark.parametrize("name", GOLDEN)
def test_two_parsers_understand_the_same(name: str) -> None:
    text = GOLDEN[name]()

    assert by_icalendar(text) == by_vobject(text)
    assert len(by_icalendar(text)) == text.count("BEGIN:VEVENT")


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN_FILES.iterdir()} == set(GOLDEN)


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (("UID:", "X-UID:"), "VEVENT has 0 UID"),
        (("STATUS:CONFIRMED\r\n", ""), "an event without status"),
        (("SEQUENCE:0", "SEQUENCE:0\r\nSEQUENCE:0"), "VEVENT has 2 SEQUENCE"),
        (("STATUS:", "ORGANIZER:mailto:a@b\r\nSTATUS:"), "ORGANIZER outside of a mail"),
        (("VERSION:2.0", "VERSION:2.0\r\nMETHOD:REQUEST"), "REQUEST has 0 ATTENDEE"),
        (("DTSTART:", "DTSTART;TZID=Europe/Rome:"), "TZID Europe/Rome is not defined"),
    ],
)
def test_the_lint_sees_faults(broken: tuple[str, str], complaint: str) -> None:
    assert complaint in problems(GOLDEN["object-created"]().replace(*broken))
