"""A calendar program that knows nothing but the mails it gets, and files them as RFC 5546 says."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import icalendar
import recurring_ical_events


class Kept(NamedTuple):
    """The last thing heard of one UID; without text the event is gone."""

    sequence: int
    stamp: datetime
    text: str | None


class Seen(NamedTuple):
    """An event as its owner sees it."""

    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str
    status: str


@dataclass
class Client:
    """Mails in any order leave it with the newest of each event (RFC 5546 §2.1.5)."""

    email: str
    known: dict[str, Kept] = field(default_factory=dict)

    def receive(self, text: str) -> None:
        """File one calendar part; one that is not newer than what is known changes nothing."""
        calendar = icalendar.Calendar.from_ical(text)
        events = calendar.walk("VEVENT")
        assert {str(event["ATTENDEE"]) for event in events} == {f"mailto:{self.email}"}
        [uid] = {str(event["UID"]) for event in events}
        [sequence] = {int(event["SEQUENCE"]) for event in events}
        stamp = events[0]["DTSTAMP"].dt
        known = self.known.get(uid)
        if known is None or (sequence, stamp) > known[:2]:
            self.known[uid] = Kept(sequence, stamp, text if calendar["METHOD"] == "REQUEST" else None)

    def events(self) -> dict[str, Seen]:
        """Single events, by UID."""
        found = {}
        for uid, kept in self.known.items():
            events = icalendar.Calendar.from_ical(kept.text).walk("VEVENT") if kept.text else []
            if len(events) == 1 and "RRULE" not in events[0]:
                event = events[0]
                times = (event["DTSTART"].dt, event["DTEND"].dt)
                found[uid] = Seen(*times, str(event["SUMMARY"]), str(event.get("LOCATION", "")), str(event["STATUS"]))
        return found

    def occurrences(self, start: datetime, end: datetime) -> dict[str, set[tuple[datetime, datetime]]]:
        """When each event is between two instants, by UID; days as their midnights."""
        found: dict[str, set[tuple[datetime, datetime]]] = {}
        for uid, kept in self.known.items():
            if kept.text:
                each = recurring_ical_events.of(icalendar.Calendar.from_ical(kept.text)).between(
                    start, end - timedelta(seconds=1)
                )
                found[uid] = {(event["DTSTART"].dt, event["DTEND"].dt) for event in each}
        return found
