"""Random searches, and how the search under test is asked for them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st
from slots.oracle import Case, Entry, Found, Group, Hours, Open

from rdvdav.hours.recurrence import Frequency, Rule, Series, monthly, weekly
from rdvdav.hours.wall import to_minutes, to_minutes_up
from rdvdav.hours.wall_range import WallRange
from rdvdav.slots.busy import Busy, Taken, whole_days
from rdvdav.slots.capacity import Seating
from rdvdav.slots.choice import Rank, first_registered, in_turn
from rdvdav.slots.need import Bounds, Need
from rdvdav.slots.opening import Opening
from rdvdav.slots.slot import Slot

CHANGES = [
    ("Europe/Paris", date(2026, 3, 29)),
    ("Europe/Paris", date(2026, 10, 25)),
    ("Europe/Paris", date(2026, 12, 25)),
    ("Indian/Reunion", date(2026, 3, 29)),
    ("America/Martinique", date(1980, 4, 6)),
    ("America/Martinique", date(1980, 9, 28)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2019, 2, 16)),
]
"""Zones and days on which their clocks change; in São Paulo midnight itself is skipped, and the hour before repeated."""

PAUSES = st.sampled_from([0, 0, 5, 10, 25])
OVERRIDES = st.sampled_from([None, None, 0, 10, 30])
FIVE_MINUTES = timedelta(minutes=5)


def minutes(least: int, most: int) -> st.SearchStrategy[timedelta]:
    return st.integers(least, most).map(lambda number: timedelta(minutes=number))


WINDOWS = st.sampled_from([72, 72, 48, 36, 24, 6, 0, -1]).map(lambda number: timedelta(hours=number))
SECONDS = st.sampled_from([0, 0, 0, 1, 30, 59]).map(lambda number: timedelta(seconds=number))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone, change = draw(st.sampled_from(CHANGES))
    agents, rooms_needed = draw(st.sampled_from([(1, 0)] * 6 + [(2, 0), (1, 1), (2, 1), (0, 1), (3, 0)]))
    collective = draw(st.sampled_from([False] * 7 + [True]))
    rooms = frozenset({3}) if rooms_needed else draw(st.sampled_from([frozenset(), frozenset(), frozenset({3})]))
    several = agents + rooms_needed > 1
    openings: list[Open] = []
    for number in range(draw(st.integers(2, 5) if several else st.integers(1, 4))):
        openings.append(draw(opening(number, zone, change, openings, several=several)))
    day_before = change - timedelta(days=1)
    starts = [_roughly(hours.hours, change) for hours in openings]
    near = st.sampled_from(starts).flatmap(lambda start: minutes(-90, 400).map(lambda later: start + later))
    now = draw(near) + draw(SECONDS) - draw(st.sampled_from([24, 24, 12, 48, 0])) * timedelta(hours=1)
    earliest = now + draw(minutes(0, 300))
    duration = draw(st.sampled_from([5, 7, 15, 20, 30, 45, 60]))
    agendas = sorted({opening.agenda for opening in openings})
    return Case(
        openings=tuple(openings),
        entries=tuple(draw(entries(near, agendas))),
        absences=tuple(draw(absences(zone, change, agendas, near))),
        groups=tuple(draw(groups(near, openings, rooms, duration, collective=collective))),
        holidays=draw(st.sampled_from([frozenset(), frozenset(), frozenset({change}), frozenset({day_before})])),
        holiday_zone=zone,
        ignores_holidays=draw(st.booleans()),
        duration=duration,
        before=draw(PAUSES),
        after=draw(PAUSES),
        now=now,
        earliest=earliest,
        latest=earliest + draw(WINDOWS) + draw(minutes(0, 60)),
        collective=collective,
        agents=agents,
        rooms_needed=rooms_needed,
        rooms=rooms,
        turns=draw(st.sampled_from([(), (), ((1, 7),), ((1, 3), (2, 1), (3, 2))])),
        leaders=draw(st.sampled_from([None, None, None, frozenset({1}), frozenset({2, 3})])),
    )


@st.composite
def opening(draw: st.DrawFn, number: int, zone: str, change: date, others: list[Open], *, several: bool) -> Open:
    """Overlapping the others, or beginning where one of them ends; where several are needed, out of step with them."""
    opens = draw(st.one_of(st.integers(0, 5 * 12), st.integers(0, 23 * 12))) * FIVE_MINUTES
    if others and draw(st.booleans()):
        neighbour = draw(st.sampled_from(others)).hours
        opens = timedelta(hours=neighbour.closes.hour, minutes=neighbour.closes.minute)
    if others and several and draw(st.sampled_from([True, True, False])):
        opens = timedelta(hours=others[0].hours.opens.hour, minutes=others[0].hours.opens.minute)
        opens += draw(st.integers(0, 6)) * FIVE_MINUTES
    opens = min(opens, timedelta(hours=23))
    closes = min(opens + draw(st.one_of(minutes(120, 500), minutes(10, 120))), timedelta(hours=23, minutes=59))
    hours = draw(repeated(zone, change, _wall(opens), _wall(closes)))
    if others and several and draw(st.booleans()):
        hours = replace(others[0].hours, opens=hours.opens, closes=hours.closes)
    return Open(
        id=draw(st.sampled_from([number, 9 - number])),
        agenda=draw(st.integers(1, 3)),
        place=draw(st.sampled_from([1, 1, 1, 2] if several else [None, 1, 2])),
        hours=hours,
        step=draw(st.sampled_from([None, None, 10, 15, 45])),
        before=draw(OVERRIDES),
        after=draw(OVERRIDES),
        seats=draw(st.sampled_from([1, 1, 2, 5])),
    )


@st.composite
def repeated(draw: st.DrawFn, zone: str, change: date, opens: time, closes: time, nights: int = 0) -> Hours:
    """Once, weekly, daily or monthly, before and over *change*, with days left out; moved ones are openings of their own."""
    kind = draw(st.sampled_from(["once", "weekly", "weekly", "weekly", "daily", "monthly"]))
    first_day = change - timedelta(days=draw(st.integers(-1, 1) if kind == "once" else st.integers(0, 20)))
    weekdays: frozenset[int] = frozenset()
    nth = 0
    if kind == "weekly":
        weekdays = draw(st.sampled_from([frozenset(range(7)), frozenset({5, 6}), frozenset(range(5))]))
    elif kind == "monthly":
        weekdays, last = frozenset({change.weekday()}), (change + timedelta(days=7)).month != change.month
        nth = -1 if last and draw(st.booleans()) else (change.day - 1) // 7 + 1
        first_day -= timedelta(days=draw(st.sampled_from([0, 40, 400])))
    return Hours(
        zone=zone,
        first_day=first_day,
        opens=opens,
        closes=closes,
        weekdays=weekdays,
        interval=draw(st.sampled_from([1, 1, 1, 2, 3])),
        until=draw(st.sampled_from([None, None, None, change, change + timedelta(days=1)])),
        excluded=draw(st.sampled_from([frozenset(), frozenset(), frozenset({change})])),
        daily=kind == "daily",
        nth=nth,
        nights=nights,
    )


@st.composite
def absences(
    draw: st.DrawFn, zone: str, change: date, agendas: list[int], near: st.SearchStrategy[datetime]
) -> list[tuple[int, Hours]]:
    """Hours or whole days, within a day or over nights, once or repeated."""
    made = []
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
        nights = draw(st.sampled_from([0, 0, 1, 2]))
        opens, length = draw(st.integers(0, 22 * 12)) * FIVE_MINUTES, draw(minutes(5, 400))
        closes = min(opens + length, timedelta(hours=23, minutes=59))
        whole_days = nights > 0 and draw(st.booleans())
        at = (time(), time()) if whole_days else (_wall(opens), _wall(closes))
        made.append((draw(st.sampled_from(agendas)), draw(repeated(zone, change, *at, nights))))
    return made


@st.composite
def groups(
    draw: st.DrawFn,
    near: st.SearchStrategy[datetime],
    openings: list[Open],
    rooms: frozenset[int],
    duration: int,
    *,
    collective: bool,
) -> list[Group]:
    """On openings with seats; collective ones on any agenda, from no opening."""
    made: list[Group] = []
    for number in range(draw(st.integers(0, 3))):
        chosen = {draw(st.sampled_from(openings)).agenda: draw(st.sampled_from(openings)) for _ in range(2)}
        firsts = {each.agenda: each.id for each in chosen.values()}
        start = draw(near).replace(second=0)
        if made and draw(st.booleans()):
            start = made[-1].end
        holds, booked = draw(st.integers(0, 2)), draw(st.booleans())
        if collective:
            booked = True
        ranked = sorted(firsts.items(), key=lambda part: (part[0] in rooms, part[0]))
        parts = tuple((agenda, None if collective else opening_id) for agenda, opening_id in ranked)
        made.append(
            Group(
                number=number + 1,
                start=start,
                end=start + timedelta(minutes=duration),
                left=draw(st.integers(-1, 4)),
                parts=parts[: draw(st.integers(1, len(parts)))],
                place=draw(st.sampled_from([None, 1])),
                booked=booked or not holds,
                holds=holds,
                before=draw(PAUSES),
                after=draw(PAUSES),
                kept=draw(st.sampled_from([frozenset(), frozenset(), frozenset({1, 2, 3})])),
            )
        )
    return made


@st.composite
def entries(draw: st.DrawFn, near: st.SearchStrategy[datetime], agendas: list[int], most: int = 6) -> list[Entry]:
    """Anywhere near, inside one another, touching, across the ends of openings, with seconds."""
    made: list[Entry] = []
    for _ in range(draw(st.integers(0, most))):
        start = draw(near) + draw(SECONDS)
        if made:
            last = made[-1]
            start = draw(
                st.sampled_from([start, start, last.start, last.end, last.start + (last.end - last.start) / 2])
            )
            start = start.replace(microsecond=0)
        length = draw(minutes(1, 90)) + draw(SECONDS)
        agenda = draw(st.sampled_from(agendas))
        made.append(Entry(agenda, start, start + length, draw(PAUSES), draw(PAUSES)))
    return made


def _roughly(hours: Hours, change: date) -> datetime:
    """An instant within hours of an occurrence: names are enough to be near, zones come later."""
    hours_ahead = {"Europe/Paris": 1, "Indian/Reunion": 4, "Australia/Lord_Howe": 10}.get(hours.zone, -4)
    return datetime.combine(change, hours.opens, UTC) - timedelta(hours=hours_ahead)


def _wall(since_midnight: timedelta) -> time:
    seconds = int(since_midnight.total_seconds())
    return time(seconds // 3600, seconds // 60 % 60)


# --- the same case as the search wants it


def asked(case: Case) -> tuple[list[Opening], dict[int, Taken], Need, Bounds, Rank]:
    holidays = whole_days(case.holidays, case.holiday_zone)
    seatings = [_seating(case, group) for group in case.groups]
    bounds = Bounds(to_minutes_up(case.now), to_minutes_up(case.earliest), to_minutes_up(case.latest))
    taken = {
        agenda: Taken(
            _busy(case, agenda),
            [
                span
                for who, hours in case.absences
                if who == agenda
                for span in _wall_range(hours).within(bounds.touched)
            ],
            holidays,
            [seating for seating in seatings if seating.agendas[0] == agenda],
        )
        for agenda in (1, 2, 3)
    }
    need = Need(
        case.duration,
        case.before,
        case.after,
        case.ignores_holidays,
        agents=case.agents,
        rooms=case.rooms_needed,
        collective=case.collective,
        leaders=case.leaders,
    )
    openings = [_opening(given, room=given.agenda in case.rooms) for given in case.openings]
    return openings, taken, need, bounds, in_turn(dict(case.turns)) if case.turns else first_registered


def answer(slot: Slot) -> Found:
    return Found(
        slot.starts_at, slot.agenda_id, slot.opening_id, slot.place_id, slot.seats, slot.others, slot.appointment_id
    )


def _opening(given: Open, *, room: bool) -> Opening:
    return Opening(
        given.id,
        given.agenda,
        given.place,
        _wall_range(given.hours),
        given.step,
        given.seats,
        buffer_before=given.before,
        buffer_after=given.after,
        room=room,
    )


def _wall_range(hours: Hours) -> WallRange:
    rule = _rule(hours)
    first_day_counts = rule or hours.until is None or hours.first_day <= hours.until
    excluded = hours.excluded if first_day_counts else hours.excluded | {hours.first_day}
    return WallRange(Series(hours.first_day, rule, excluded), hours.opens, hours.closes, hours.zone, hours.nights)


def _rule(hours: Hours) -> str | None:
    if hours.daily:
        return str(Rule(Frequency.DAILY, hours.interval, until=hours.until))
    if hours.nth:
        [weekday] = hours.weekdays
        return monthly(hours.nth, weekday, hours.interval, hours.until)
    return weekly(hours.weekdays, hours.interval, hours.until) if hours.weekdays else None


def _seating(case: Case, group: Group) -> Seating:
    return Seating(
        to_minutes(group.start),
        to_minutes(group.end),
        group.left,
        group.parts,
        group.place,
        group.number,
        entries=group.booked + group.holds,
        collective=case.collective,
        kept=group.kept,
    )


def _busy(case: Case, agenda: int) -> list[Busy]:
    own = [Busy.of(each.start, each.end, each.before, each.after) for each in case.entries if each.agenda == agenda]
    shared = [
        Busy.of(group.start, group.end, group.before, group.after)
        for group in case.groups
        if agenda in {each for each, _ in group.parts}
        for _ in range(group.booked + group.holds)
    ]
    return own + shared
