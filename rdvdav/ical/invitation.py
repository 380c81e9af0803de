"""Calendar mail (iTIP, RFC 5546) to citizens and agents, and the file a citizen downloads (K-50 to K-52).

All of them are bytes, to be sent as they are. Parties are pairs of name and e-mail address.
"""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import icalendar

from rdvdav.ical.event import Entry, EventStatus, component, single
from rdvdav.ical.series import SeriesEntry, told
from rdvdav.ical.text import calendar, parameter, serialise, text

_ALARMS = (timedelta(days=-1), timedelta(hours=-1))


def request(
    entry: Entry, *, organizer: tuple[str, str], attendee: tuple[str, str], alarms: bool, contact: str | None = None
) -> bytes:
    """A REQUEST: the event is made or changed (RFC 5546 §3.2.2).

    Args:
        organizer: The sending address, never the agent's: replies must not reach people.
        attendee: The one who reads it, counted as having accepted and not asked to answer.
        alarms: A day and an hour before; for citizens.
        contact: How to reach the organisation, in words.

    Raises:
        ValueError: The entry is cancelled.
    """
    if entry.status is EventStatus.CANCELLED:
        raise ValueError(f"the event {entry.uid} is cancelled and cannot be requested")
    event = single(entry)
    _add_parties(event, organizer, attendee)
    _add_contact(event, contact)
    if alarms:
        _add_alarms(event, entry.summary)
    return _text(event, "REQUEST")


def request_series(entry: SeriesEntry, *, organizer: tuple[str, str], attendee: tuple[str, str]) -> bytes:
    """A REQUEST of a whole series: what is left out as EXDATE, a changed date as an event of its own (RFC 5546 §3.2.2).

    Raises:
        ValueError: It never happens.
    """
    timezone, parts = told(entry)
    events = [component(facts, times) for facts, times in parts]
    for event in events:
        _add_parties(event, organizer, attendee)
    return calendar(filter(None, [timezone, *map(serialise, events)]), "REQUEST").encode()


def cancel(
    entry: Entry,
    *,
    organizer: tuple[str, str],
    attendee: tuple[str, str],
    contact: str | None = None,
    whole_event: bool = True,
) -> bytes:
    """A CANCEL: the event leaves the reader's calendar (RFC 5546 §3.2.5).

    The caller raises *entry*'s sequence above that of every REQUEST sent; its status is not looked at.

    Args:
        whole_event: False when the event goes on without *attendee*, which an absent STATUS says.
    """
    event = single(entry)
    del event["STATUS"]
    if whole_event:
        event.add("STATUS", EventStatus.CANCELLED)
    _add_parties(event, organizer, attendee)
    _add_contact(event, contact)
    return _text(event, "CANCEL")


def cancel_series(entry: SeriesEntry, *, organizer: tuple[str, str], attendee: tuple[str, str]) -> bytes:
    """A CANCEL of a whole series; the caller raises its sequence, as of `cancel`.

    Raises:
        ValueError: It never happens.
    """
    timezone, ((facts, times), *_dates) = told(entry)
    event = component(replace(facts, status=EventStatus.CANCELLED), times)
    _add_parties(event, organizer, attendee)
    return calendar(filter(None, [timezone, serialise(event)]), "CANCEL").encode()


def download(entry: Entry, *, contact: str | None = None) -> bytes:
    """The file behind « add to my calendar »: no METHOD and nobody named, with the two alarms (K-12)."""
    event = single(entry)
    _add_contact(event, contact)
    _add_alarms(event, entry.summary)
    return _text(event)


def _add_parties(event: icalendar.Event, organizer: tuple[str, str], attendee: tuple[str, str]) -> None:
    event.add("ORGANIZER", _address(organizer))
    event.add("ATTENDEE", _address(attendee, PARTSTAT="ACCEPTED", RSVP="FALSE"))


def _address(party: tuple[str, str], **parameters: str) -> icalendar.vCalAddress:
    """A mailto URI (RFC 6068) with the party's name and *parameters*."""
    name, email = party
    name = parameter(name)
    return icalendar.vCalAddress(
        f"mailto:{quote(email, safe='@+!$')}", params={"CN": name} | parameters if name else parameters
    )


def _add_contact(event: icalendar.Event, contact: str | None) -> None:
    if contact:
        event.add("CONTACT", text(contact))


def _add_alarms(event: icalendar.Event, words: str) -> None:
    """Two VALARMs that show *words*."""
    for before in _ALARMS:
        alarm = icalendar.Alarm()
        alarm.add("ACTION", "DISPLAY")
        alarm.add("TRIGGER", before)
        alarm.add("DESCRIPTION", text(words))
        event.add_component(alarm)


def _text(event: icalendar.Event, method: str | None = None) -> bytes:
    return calendar([serialise(event)], method).encode()
