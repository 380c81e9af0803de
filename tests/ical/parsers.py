"""What two independent parsers understand of a text (K-11)."""

from typing import Any

import icalendar
import vobject

_TEXTS = ("uid", "status", "transp", "summary", "location", "description", "url", "class", "contact")
_TIMES = ("dtstamp", "created", "last-modified", "dtstart", "dtend", "recurrence-id")


def by_icalendar(text: str) -> list[dict[str, Any]]:
    """The events of *text*, as icalendar reads them."""
    return [_of_icalendar(event) for event in icalendar.Calendar.from_ical(text).walk("VEVENT")]


def by_vobject(text: str) -> list[dict[str, Any]]:
    """The events of *text*, as vobject reads them."""
    return [_of_vobject(event) for event in vobject.readOne(text).contents.get("vevent", [])]


def _of_icalendar(event: icalendar.Component) -> dict[str, Any]:
    meaning: dict[str, Any] = {name: str(event[name]) for name in _TEXTS if name in event}
    meaning |= {name: event[name].dt for name in _TIMES if name in event}
    meaning["sequence"] = int(event["sequence"])
    meaning["categories"] = [str(category) for category in event["categories"].cats] if "categories" in event else []
    for name in ("organizer", "attendee"):
        if name in event:
            meaning[name] = (str(event[name]), dict(event[name].params))
    meaning["alarms"] = [(a["action"], a["trigger"].dt, str(a["description"])) for a in event.walk("VALARM")]
    return meaning


def _of_vobject(event: Any) -> dict[str, Any]:
    content = event.contents
    meaning: dict[str, Any] = {name: content[name][0].value for name in (*_TEXTS, *_TIMES) if name in content}
    meaning["sequence"] = int(content["sequence"][0].value)
    meaning["categories"] = content["categories"][0].value if "categories" in content else []
    for name in ("organizer", "attendee"):
        if name in content:
            line = content[name][0]
            meaning[name] = (line.value, {key: values[0] for key, values in line.params.items()})
    alarms = content.get("valarm", [])
    meaning["alarms"] = [(a.action.value, a.trigger.value, a.description.value) for a in alarms]
    return meaning
