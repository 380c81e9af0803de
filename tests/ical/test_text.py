"""Nasty words come out as sound lines, and come back as they went in (K-12)."""

from dataclasses import replace
from xml.sax.saxutils import escape

import pytest
from defusedxml import ElementTree
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ical.examples import CITIZEN, CREATED, ORGANIZER
from ical.lint import problems
from ical.parsers import by_icalendar, by_vobject

from rdvdav.ical.event import render
from rdvdav.ical.invitation import request
from rdvdav.ical.text import clean

_PIECES = [
    "a", "é", "😀", "👨‍👩‍👧", ",", ";", ":", '"', "\\", "\\n", "\\N", "\\;", "^n", "%2C", "=", "’", "\n", "\r\n", "\r",
    "\t", " ", " " * 80, "\u00a0", "\u2028", "\u2029", "\x00", "\x0b", "\x1c", "\x7f", "\x85", "\ud800", "\ufffe",
    "\uffff", "\ufeff", "\nEND:VEVENT\nEND:VCALENDAR\n", "x" * 74, "é" * 37, "😀" * 19, "x" * 500, "quoted-printable=",
]  # fmt: skip
nasty = st.lists(st.sampled_from(_PIECES) | st.characters(), max_size=25).map("".join)


@settings(max_examples=200)
@given(summary=nasty, location=nasty, description=nasty, category=nasty)
@example(summary="C:\\Nord\\nouveau", location="x" * 73 + "😀", description=" " * 300, category="a,b;c")
def test_any_words_survive_both_parsers(summary: str, location: str, description: str, category: str) -> None:
    entry = replace(CREATED, summary=summary, location=location, description=description, categories=(category,))
    text = render(entry)

    assert text == render(entry)
    assert problems(text) == []
    # The parser keeps LF, and every other character, only where all of them are allowed.
    assert ElementTree.fromstring(f"<a>{escape(text)}</a>").text == text.replace("\r\n", "\n")
    for parse in (by_icalendar, by_vobject):
        (event,) = parse(text)
        assert event["summary"] == clean(summary).strip()
        assert event.get("location", "") == clean(location).strip()
        assert event.get("description", "") == clean(description).strip()
        assert event["categories"] == [clean(category).strip()]


@settings(max_examples=200)
@given(name=nasty, contact=nasty)
def test_any_name_fits_on_an_attendee(name: str, contact: str) -> None:
    text = request(CREATED, organizer=ORGANIZER, attendee=(name, CITIZEN[1]), alarms=True, contact=contact).decode()

    assert problems(text) == []
    for parse in (by_icalendar, by_vobject):
        (event,) = parse(text)
        address, parameters = event["attendee"]
        assert address == f"mailto:{CITIZEN[1]}"
        assert parameters["PARTSTAT"] == "ACCEPTED"
        assert parameters.get("CN", "").split() == [
            word for word in clean(name).translate(str.maketrans('"^\\', "   ")).split() if word
        ]


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("a\tb", "a b"),
        ("a\r\nb\rc\nd\u2028e", "a\nb\nc\nd\ne"),
        ("a\x00\x07\x0b\x1b\x7f\x85\x9fb", "ab"),
        ("a\ud83db\ufffec\uffff", "abc"),
        ("née 😀 \u00a0", "née 😀 \u00a0"),
    ],
)
def test_only_what_nobody_may_send_is_dropped(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned
