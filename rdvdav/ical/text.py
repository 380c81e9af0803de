"""From values to the lines of an iCalendar text: cleaned, escaped, folded, in an order that never changes."""

import re
from collections.abc import Iterable

import icalendar

PRODID = "-//rdvdav//rdvdav//FR"
"""Without a version: an upgrade must not change the text of every event (K-4)."""

END = "END:VCALENDAR\r\n"

_LINE_ENDS = re.compile("\r\n?|\u2028|\u2029")
_UNSPEAKABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_UNSAFE_IN_PARAMETER = re.compile(r'["^\\\s]+')


class Text(icalendar.vText):
    r"""A TEXT value (RFC 5545 §3.3.11) that keeps a typed `\N`, which icalendar takes for a line end."""

    def to_ical(self) -> bytes:
        """The value with backslash, semicolon, comma and line end escaped."""
        escaped = self.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
        return escaped.encode()


def clean(text: str) -> str:
    """*text* without what XML 1.0 or RFC 5545 forbids, its line ends as "\\n", tabulations as spaces (K-12).

    One control character in one event would make a whole multistatus invalid XML. Byte order marks go too: parsers drop them.
    """
    return _UNSPEAKABLE.sub("", _LINE_ENDS.sub("\n", text).replace("\t", " "))


def text(value: str) -> Text:
    """A TEXT value holding *value*, cleaned."""
    return Text(clean(value).strip())


def categories(values: Iterable[str]) -> icalendar.vCategory:
    """A list of TEXT values."""
    listed = icalendar.vCategory([])
    listed.cats = [text(value) for value in values]  # its constructor would turn them into icalendar's own
    return listed


def uri(value: str) -> icalendar.vUri:
    """A URI value; white space, which no URI holds, is dropped."""
    return icalendar.vUri("".join(clean(value).split()))


def parameter(value: str) -> str:
    """*value* fit for a property parameter, on one line.

    Quotes, carets and backslashes need the escapes of RFC 6868, which few readers know: they become spaces.
    """
    return _UNSAFE_IN_PARAMETER.sub(" ", clean(value)).strip()


def serialise(component: icalendar.Component) -> str:
    """The lines of *component*: CRLF, folded at 75 octets, properties in the order they were added."""
    lines: bytes = component.to_ical(sorted=False)
    return lines.decode()


def calendar(components: Iterable[str], method: str | None = None) -> str:
    """A whole VCALENDAR around *components*, texts that `serialise` made."""
    head = icalendar.Calendar()
    head.add("VERSION", "2.0")
    head.add("PRODID", PRODID)
    if method:
        head.add("METHOD", method)
    return opened(head) + "".join(components) + END


def opened(head: icalendar.Calendar) -> str:
    """The text of *head* up to where its components go; they and END follow."""
    return serialise(head).removesuffix(END)
