"""The list of free slots (3.6, 3.7): the same on the way to a booking and when an appointment is moved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from flask import request
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest

from rdvdav.directory.motif import Motif
from rdvdav.directory.place import Place
from rdvdav.i18n import wall
from rdvdav.slots.load import Scope
from rdvdav.slots.near import nearest
from rdvdav.slots.offer import agents_offering, has_openings
from rdvdav.slots.search import SlotPage, find_days, places_with_next
from rdvdav.slots.slot import Slot
from rdvdav_web.citizen.demand import NotOffered
from rdvdav_web.citizen.forms import Filters, read_instant, write_instant
from rdvdav_web.transaction import clock

Address = Callable[..., str]
"""Builds the list's own address, with other answers or filters."""

DAYS_A_PAGE = 10
DAYS_BACK = 400
"""More than any list has: to find where the page before began."""


@dataclass(frozen=True)
class Search:
    """What is searched: at one place, or at several together (*place* is None)."""

    motif: Motif
    place: Place | None
    places: Sequence[Place]
    zone: str
    citizen_id: int | None = None
    """Who is signed in: a follow-up motif is offered with this person's referents."""

    @property
    def place_id(self) -> int | None:
        """The place asked of the core."""
        return self.place.id if self.place else None


@dataclass(frozen=True)
class Button:
    """One start: its wall time, and what the button sends."""

    starts: datetime
    value: str
    place: Place | None


@dataclass(frozen=True)
class Listing:
    """All the page shows.

    Attributes:
        days: As the macro `day_list` takes them.
        days_by_place: The same with the slots of each place apart, where several are searched together.
        empty: Why there is none: "filters" (3.7 a), "here" (b), "full" (c), "closed" (d); "" when there are.
        elsewhere: Other places with their next slot and the list there.
        near: When the slot wanted has just been taken (3.7 e), the nearest ones.
        taken: Wall time of the slot that has just been taken.
        action: Where a chosen slot is posted.
    """

    search: Search
    page: SlotPage
    filters: Filters
    first: datetime | None
    days: list[dict[str, Any]]
    days_by_place: list[dict[str, Any]]
    empty: str
    elsewhere: list[dict[str, Any]]
    taken: datetime | None
    near: list[Button]
    action: str
    start_url: str
    previous_url: str
    next_url: str

    @property
    def filtered(self) -> bool:
        """Whether any filter narrows the list."""
        return bool(self.filters.state)


def list_slots(session: Session, search: Search, address: Address) -> Listing:
    """The list as the address of the request asks for it.

    Args:
        address: Called with `lieu`, `du`, `moment`, `jours`, `agent`, `pris` for the list's other addresses.
    """
    motif = search.motif
    agents = agents_offering(session, clock(), motif.id) if motif.citizen_chooses_agent else ()
    filters = Filters(request.args, agents)
    page = _find(session, search, filters, filters.first_day, DAYS_A_PAGE)
    others = _elsewhere(session, search, address) if search.place and page.first_free is None else []
    taken = read_instant(request.args.get("pris", ""))
    state = filters.state
    previous = _previous(session, search, filters, page)
    return Listing(
        search=search,
        page=page,
        filters=filters,
        first=wall(page.first_free.starts_at, search.zone) if page.first_free else None,
        days=[{"date": day.date, "slots": _buttons(day.slots, search)} for day in page.days],
        days_by_place=[] if search.place else [_by_place(day.date, day.slots, search) for day in page.days],
        empty=_why_empty(session, search, page, filters, others),
        elsewhere=others,
        taken=wall(taken, search.zone) if taken else None,
        near=_buttons(_near(session, search, filters, taken), search) if taken else [],
        action=address(**state),
        start_url=address(),
        previous_url=address(**state | {"du": previous.isoformat()}) if previous else "",
        next_url=address(**state | {"du": page.next_day.isoformat()}) if page.next_day else "",
    )


@dataclass(frozen=True)
class Wanted:
    """The slot a button sent."""

    starts_at: datetime
    place_id: int | None
    agenda_id: int | None


def wanted_slot(session: Session, search: Search) -> Wanted:
    """What the pressed button asks for, in the search of this request.

    Raises:
        BadRequest: It is no slot.
        NotOffered: It names a place that does not receive for the motif.
    """
    moment, _at, place_id = request.form.get("creneau", "").partition("@")
    starts_at = read_instant(moment)
    if starts_at is None:
        raise BadRequest
    place = search.place or next((place for place in search.places if str(place.id) == place_id), None)
    if place is None and search.places:
        raise NotOffered
    agents = agents_offering(session, clock(), search.motif.id) if search.motif.citizen_chooses_agent else ()
    return Wanted(starts_at, place.id if place else None, Filters(request.args, agents).agenda_id)


def value_of(starts_at: datetime, place_id: int | None) -> str:
    """What a slot's button sends."""
    return write_instant(starts_at) + (f"@{place_id}" if place_id is not None else "")


def _find(session: Session, search: Search, filters: Filters, first: date | None, count: int) -> SlotPage:
    return find_days(
        session,
        clock(),
        search.motif,
        scope=_scope(search, filters),
        first_day=first,
        count=count,
        part=filters.part,
        weekdays=filters.weekdays,
    )


def _scope(search: Search, filters: Filters) -> Scope:
    return Scope.one(search.place_id, filters.agenda_id, citizen_id=search.citizen_id)


def _previous(session: Session, search: Search, filters: Filters, page: SlotPage) -> date | None:
    """The day the page before this one begins at."""
    first = filters.first_day
    if first is None or first <= page.opens_on:
        return None
    before = [day.date for day in _find(session, search, filters, None, DAYS_BACK).days if day.date < first]
    return before[-DAYS_A_PAGE:][0] if before else None


def _near(session: Session, search: Search, filters: Filters, taken: datetime) -> list[Slot]:
    return nearest(session, clock(), search.motif, taken, _scope(search, filters))


def _buttons(slots: Sequence[Slot], search: Search) -> list[Button]:
    places = {place.id: place for place in search.places}
    return [
        Button(
            wall(slot.starts_at, search.zone), value_of(slot.starts_at, slot.place_id), places.get(slot.place_id or 0)
        )
        for slot in slots
    ]


def _by_place(day: date, slots: Sequence[Slot], search: Search) -> dict[str, Any]:
    buttons = sorted(_buttons(slots, search), key=lambda button: button.place.name if button.place else "")
    groups = groupby(buttons, key=lambda button: button.place.name if button.place else "")
    return {"date": day, "places": [(name, list(group)) for name, group in groups]}


def _elsewhere(session: Session, search: Search, address: Address) -> list[dict[str, Any]]:
    return [
        {"place": place, "next": wall(slot.starts_at, search.zone), "url": address(lieu=place.id)}
        for place, slot in places_with_next(session, clock(), search.motif, Scope(citizen_id=search.citizen_id))
        if slot is not None and place.id != search.place_id
    ]


def _why_empty(
    session: Session, search: Search, page: SlotPage, filters: Filters, elsewhere: Sequence[dict[str, Any]]
) -> str:
    if page.days:
        return ""
    if filters.state and (page.first_free is not None or filters.agenda_id is not None):
        return "filters"
    if elsewhere:
        return "here"
    return "full" if has_openings(session, clock(), search.motif) else "closed"
