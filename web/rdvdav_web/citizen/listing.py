"""The list of free slots (3.6, 3.7): the same on the way to a booking and when an appointment is moved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from flask import request
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest

from rdvdav.booking.hold import Wish
from rdvdav.directory.motif import Motif
from rdvdav.directory.place import Place
from rdvdav.i18n import gettext as _
from rdvdav.i18n import wall, zone_line
from rdvdav.slots.load import Scope
from rdvdav.slots.near import nearest
from rdvdav.slots.nothing import Nothing, nothing_free
from rdvdav.slots.offer import agents_offering
from rdvdav.slots.search import SlotPage, find_days
from rdvdav.slots.slot import Slot
from rdvdav_web.citizen.demand import NotOffered
from rdvdav_web.citizen.fields import read_instant, write_instant
from rdvdav_web.citizen.forms import Filters
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
    most: int = 1
    """How many slots may be chosen in one go (B06)."""

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
        days: As the macro `day_section` takes them; by place where several are searched together.
        nothing: Why there is none and what there is instead (3.7); None when there are.
        elsewhere: Other places with their next slot and the list there.
        near: When the slot wanted has just been taken (3.7 e), the nearest ones.
        taken: Wall time of the slot that has just been taken.
        action: Where a chosen slot is posted.
        chosen: What each slot chosen so far sends, where several may be (B06).
        apart: Those of them that are not on this page.
        refused: Why what was chosen can't be taken.
    """

    search: Search
    page: SlotPage
    filters: Filters
    first: datetime | None
    days: list[dict[str, Any]]
    nothing: Nothing | None
    elsewhere: list[dict[str, Any]]
    taken: datetime | None
    near: list[Button]
    action: str
    start_url: str
    previous_day: date | None
    previous_url: str
    next_url: str
    chosen: frozenset[str] = frozenset()
    apart: Sequence[Button] = ()
    refused: str = ""

    @property
    def filtered(self) -> bool:
        """Whether any filter narrows the list."""
        return bool(self.filters.state)


def list_slots(session: Session, search: Search, address: Address, *, refused: str = "") -> Listing:
    """The list as the address of the request asks for it, and what is chosen in its form or address.

    Args:
        address: Called with `lieu`, `du`, `moment`, `jours`, `agent`, `pris` for the list's other addresses.
    """
    motif = search.motif
    agents = agents_offering(session, clock(), motif.id) if motif.citizen_chooses_agent else ()
    filters = Filters(request.args, agents)
    page = _find(session, search, filters, filters.first_day, DAYS_A_PAGE)
    scope = _scope(search, filters)
    nothing = None if page.days else nothing_free(session, clock(), motif, scope, first_free=page.first_free)
    taken = read_instant(request.args.get("pris", ""))
    state = filters.state
    previous = _previous(session, search, filters, page)
    chosen = _chosen(search)
    there = {value_of(slot.starts_at, slot.place_id) for day in page.days for slot in day.slots}
    return Listing(
        search=search,
        page=page,
        filters=filters,
        first=wall(page.first_free.starts_at, search.zone) if page.first_free else None,
        days=_days(page, search),
        nothing=nothing,
        elsewhere=[
            {"place": place, "next": wall(slot.starts_at, search.zone), "url": address(lieu=place.id)}
            for place, slot in (nothing.places if nothing else ())
        ],
        taken=wall(taken, search.zone) if taken else None,
        near=_buttons(_near(session, search, filters, taken), search) if taken else [],
        action=address(**state),
        start_url=address(),
        previous_day=previous,
        previous_url=address(**state | {"du": previous.isoformat()}) if previous else "",
        next_url=address(**state | {"du": page.next_day.isoformat()}) if page.next_day else "",
        chosen=frozenset(chosen),
        apart=[button for value, button in chosen.items() if value not in there],
        refused=refused,
    )


def wanted_slots(session: Session, search: Search) -> list[Wish]:
    """What the pressed button or the ticked boxes ask for, in the search of this request; each start once.

    Raises:
        BadRequest: One is no slot.
        NotOffered: One is at a place that does not receive for the motif.
    """
    agents = agents_offering(session, clock(), search.motif.id) if search.motif.citizen_chooses_agent else ()
    agenda_id = Filters(request.args, agents).agenda_id
    wishes: dict[datetime, Wish] = {}
    for value in request.form.getlist("creneau"):
        starts_at, place = _read(value, search)
        if starts_at is None:
            raise BadRequest
        if place is None and search.places:
            raise NotOffered
        wishes[starts_at] = Wish(starts_at, place.id if place else None, agenda_id)
    return list(wishes.values())


def wanted_slot(session: Session, search: Search) -> Wish:
    """The one slot the pressed button asks for, as `wanted_slots`."""
    wishes = wanted_slots(session, search)
    if len(wishes) != 1:
        raise BadRequest
    return wishes[0]


def refusal(search: Search, wishes: Sequence[Wish]) -> str:
    """Why these can't be taken in one go; "" when they can."""
    if not wishes:
        return _("Choose a time slot, at least one.")
    if len(wishes) > search.most:
        return _("Choose %(most)s time slots at most.", most=search.most)
    return ""


def _read(value: str, search: Search) -> tuple[datetime | None, Place | None]:
    """The start and the place a button sends."""
    moment, _at, place_id = value.partition("@")
    return read_instant(moment), search.place or next((p for p in search.places if str(p.id) == place_id), None)


def _chosen(search: Search) -> dict[str, Button]:
    """The slots chosen so far, by what they send: on this page, or on others, which the address remembers."""
    if search.most == 1:
        return {}
    found: dict[str, Button] = {}
    for value in (request.form if request.method == "POST" else request.args).getlist("creneau")[: 2 * search.most]:
        starts_at, place = _read(value, search)
        if starts_at is not None:
            sent = value_of(starts_at, place.id if place else None)
            found[sent] = Button(wall(starts_at, search.zone), sent, place)
    return found


def _days(page: SlotPage, search: Search) -> list[dict[str, Any]]:
    """The days with their slots; where clocks have changed since the day before, a note says so (1.8)."""
    days, offset = [], page.first_free and wall(page.first_free.starts_at, search.zone).utcoffset()
    for day in page.days:
        last = wall(day.slots[-1].starts_at, search.zone)
        changed = last.utcoffset() != offset
        note = _("The clocks have changed. %(zone)s", zone=zone_line(last, search.zone)) if changed else ""
        buttons = _buttons(day.slots, search)
        places = [] if search.place or not search.places else _by_place(buttons)
        days.append({"date": day.date, "slots": buttons, "places": places, "note": note})
        offset = last.utcoffset()
    return days


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


def _by_place(buttons: Sequence[Button]) -> list[tuple[str, list[Button]]]:
    def name(button: Button) -> str:
        return button.place.name if button.place else ""

    return [(place, list(group)) for place, group in groupby(sorted(buttons, key=name), key=name)]
