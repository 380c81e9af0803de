"""What RFC 5545 and RFC 5546 ask of the texts rdvdav writes, checked on the bare lines, without a parser."""

import re
from collections import Counter
from dataclasses import dataclass, field

_LINE = re.compile(r'[A-Z-]+(?:;[A-Z-]+=(?:"[^"\x00-\x1f]*"|[^";:,\x00-\x1f]*))*:[^\x00-\x1f\x7f-\x9f]*')
_ONCE = {
    "VCALENDAR": {"PRODID", "VERSION"},
    "VEVENT": {
        "UID",
        "DTSTAMP",
        "DTSTART",
        "CREATED",
        "LAST-MODIFIED",
        "SEQUENCE",
        "SUMMARY",
        "STATUS",
        "TRANSP",
    },
    "VFREEBUSY": {"UID", "DTSTAMP", "DTSTART", "DTEND"},
    "VALARM": {"ACTION", "TRIGGER", "DESCRIPTION"},
    "VTIMEZONE": {"TZID"},
    "STANDARD": {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"},
    "DAYLIGHT": {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE"},
}
_AT_MOST_ONCE = {"CLASS", "DESCRIPTION", "LOCATION", "URL", "RRULE", "RECURRENCE-ID", "ORGANIZER", "METHOD", "TZNAME"}
_IN_MAIL = {"ORGANIZER", "ATTENDEE"}


@dataclass
class _Part:
    name: str
    properties: list[tuple[str, str]] = field(default_factory=list)
    parts: list["_Part"] = field(default_factory=list)

    def count(self) -> Counter[str]:
        return Counter(name.partition(";")[0] for name, _ in self.properties)

    def value(self, name: str) -> str:
        return next((value for key, value in self.properties if key.partition(";")[0] == name), "")


def problems(text: str) -> list[str]:
    """All that is wrong with *text*, in words; nothing when it is sound."""
    found = lines_of(text)
    if found:
        return found
    calendar = _tree(_unfolded(text))
    return [*_counts(calendar), *_references(calendar), *_method(calendar)]


def lines_of(text: str) -> list[str]:
    """All that is wrong with the lines of *text*, whatever its components."""
    found = [f"line over 75 octets: {line}" for line in text.split("\r\n") if len(line.encode()) > 75]
    if not text.endswith("\r\n") or re.search(r"(?<!\r)\n|\r(?!\n)", text):
        found.append("lines do not end with CRLF")
    return found + [f"no content line: {line}" for line in _unfolded(text) if not _LINE.fullmatch(line)]


def _unfolded(text: str) -> list[str]:
    return text.removesuffix("\r\n").replace("\r\n ", "").split("\r\n")


def _tree(lines: list[str]) -> _Part:
    stack = [_Part("")]
    for line in lines:
        match = re.match(r'((?:"[^"]*"|[^":])*):(.*)', line)
        assert match
        name, value = match.groups()
        if name == "BEGIN":
            stack.append(_Part(value))
        elif name == "END":
            part = stack.pop()
            assert part.name == value, f"{part.name} ends as {value}"
            stack[-1].parts.append(part)
        else:
            stack[-1].properties.append((name, value))
    (calendar,) = stack[0].parts
    return calendar


def _counts(part: _Part) -> list[str]:
    count = part.count()
    required = _ONCE[part.name] - ({"STATUS"} if part.name == "VEVENT" and not count["STATUS"] else set())
    found = [f"{part.name} has {count[name]} {name}" for name in required if count[name] != 1]
    found += [f"{part.name} has {count[name]} {name}" for name in _AT_MOST_ONCE if count[name] > 1]
    if part.name == "VEVENT" and count["DTEND"] + count["DURATION"] != 1:
        found.append("VEVENT without one end")
    for inner in part.parts:
        found += _counts(inner)
    return found


def _references(calendar: _Part) -> list[str]:
    """Each TZID used must be defined, and a calendar must hold something."""
    defined = {part.value("TZID") for part in calendar.parts if part.name == "VTIMEZONE"}
    used = {
        match[1]
        for part in calendar.parts
        for name, _ in part.properties
        if (match := re.search(r';TZID="?([^";]+)', name))
    }
    found = [f"TZID {zone} is not defined" for zone in used - defined]
    return found if calendar.parts else [*found, "a calendar without components"]


def _method(calendar: _Part) -> list[str]:
    """RFC 5546 §3.2.2, §3.2.5: who is named, and what the status may be."""
    method = calendar.value("METHOD")
    found = []
    for event in (part for part in calendar.parts if part.name == "VEVENT"):
        count, status = event.count(), event.value("STATUS")
        if method:
            found += [f"{method} has {count[name]} {name}" for name in _IN_MAIL if count[name] != 1]
        else:
            found += [f"{name} outside of a mail" for name in _IN_MAIL if count[name]]
        if method == "CANCEL" and (status not in ("", "CANCELLED") or event.parts):
            found.append(f"CANCEL with status {status} and {len(event.parts)} alarms")
        if method == "REQUEST" and status not in ("CONFIRMED", "TENTATIVE"):
            found.append(f"REQUEST with status {status}")
        if method != "CANCEL" and not status:
            found.append("an event without status")
    return found
