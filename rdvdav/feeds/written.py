"""What a row of a collection says, beside what it ought to say."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import cast

from rdvdav.directory.organisation import DetailLevel
from rdvdav.feeds.disclosure import Filed, Showing, Thing, shown
from rdvdav.feeds.object import CalendarObject, Collection
from rdvdav.ical.event import vevent_of


def size_of(text: str) -> int:
    """Bytes that the VEVENTs of *text* add to a feed (K-42)."""
    return len(vevent_of(text).encode())


def minutes_of(showing: Showing) -> int:
    """How long a single event lasts, rounded up."""
    return -((showing.starts_at - showing.ends_at) // timedelta(minutes=1))


def filed(row: CalendarObject) -> Filed:
    """Under what *row* is filed."""
    return Filed(row.organisation_id, row.service_id, row.place_id)


def says(row: CalendarObject | None, showing: Showing) -> bool:
    """Whether clients read in *row*, and find it, just as *showing* would write it."""
    return row is not None and (row.text, row.busy, filed(row)) == (showing.text, showing.busy, showing.filed)


def at_levels(
    thing: Thing, collections: Iterable[Collection], public_url: str, until: datetime
) -> dict[DetailLevel, Showing] | None:
    """What each level of *collections* shows of *thing*; None when it never happens."""
    found = {level: shown(thing, level, public_url, until) for level in {each.level for each in collections}}
    if None in found.values():
        return None
    return cast("dict[DetailLevel, Showing]", found)
