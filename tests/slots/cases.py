"""Random searches, and how the search under test is asked for them."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st
from slots.oracle import Case, Entry, Found, Hours, Open

from rdvdav.hours.recurrence import Series, weekly
from rdvdav.hours.wall import to_minutes, to_minutes_up
from rdvdav.hours.wall_range import WallRange
from rdvdav.slots.busy import Busy, Taken, whole_days
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
    openings: list[Open] = []
    for number in range(draw(st.integers(1, 4))):
        openings.append(draw(opening(number, zone, change, openings)))
    day_before = change - timedelta(days=1)
    starts = [_roughly(hours.hours, change) for hours in openings]
    near = st.sampled_from(starts).flatmap(lambda start: minutes(-90, 400).map(lambda later: start + later))
    now = draw(near) + draw(SECONDS) - draw(st.sampled_from([24, 24, 12, 48, 0])) * timedelta(hours=1)
    earliest = now + draw(minutes(0, 300))
    return Case(
        openings=tuple(openings),
        entries=tuple(draw(entries(near, sorted({opening.agenda for opening in openings})))),
        absences=tuple(
            (entry.agenda, entry.start.replace(second=0), entry.end.replace(second=0))
            for entry in draw(entries(near, [1, 2], most=2))
            if entry.end.replace(second=0) > entry.start.replace(second=0)
        ),
        holidays=draw(st.sampled_from([frozenset(), frozenset(), frozenset({change}), frozenset({day_before})])),
        holiday_zone=zone,
        ignores_holidays=draw(st.booleans()),
        duration=draw(st.sampled_from([5, 7, 15, 20, 30, 45, 60])),
        before=draw(PAUSES),
        after=draw(PAUSES),
        now=now,
        earliest=earliest,
        latest=earliest + draw(WINDOWS) + draw(minutes(0, 60)),
    )


@st.composite
def opening(draw: st.DrawFn, number: int, zone: str, change: date, others: list[Open]) -> Open:
    """Overlapping the others, or beginning where one of them ends."""
    opens = draw(st.one_of(st.integers(0, 5 * 12), st.integers(0, 23 * 12))) * FIVE_MINUTES
    if others and draw(st.booleans()):
        neighbour = draw(st.sampled_from(others)).hours
        opens = timedelta(hours=neighbour.closes.hour, minutes=neighbour.closes.minute)
    opens = min(opens, timedelta(hours=23))
    closes = min(opens + draw(st.one_of(minutes(120, 500), minutes(10, 120))), timedelta(hours=23, minutes=59))
    weekdays = draw(st.sampled_from([frozenset(range(7)), frozenset(), frozenset({5, 6}), frozenset(range(5))]))
    first_day = change - timedelta(days=draw(st.integers(0, 20) if weekdays else st.integers(-1, 1)))
    return Open(
        id=draw(st.sampled_from([number, 9 - number])),
        agenda=draw(st.integers(1, 2)),
        place=draw(st.sampled_from([None, 1, 2])),
        hours=Hours(
            zone=zone,
            first_day=first_day,
            opens=_wall(opens),
            closes=_wall(closes),
            weekdays=weekdays,
            interval=draw(st.sampled_from([1, 1, 1, 2, 3])),
            until=draw(st.sampled_from([None, None, None, change, change + timedelta(days=1)])),
            excluded=draw(st.sampled_from([frozenset(), frozenset(), frozenset({change})])),
        ),
        step=draw(st.sampled_from([None, None, 10, 15, 45])),
        before=draw(OVERRIDES),
        after=draw(OVERRIDES),
    )


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


def asked(case: Case) -> tuple[list[Opening], dict[int, Taken], Need, Bounds]:
    holidays = whole_days(case.holidays, case.holiday_zone)
    taken = {agenda: Taken(_busy(case, agenda), _closed(case, agenda), holidays) for agenda in (1, 2)}
    need = Need(case.duration, case.before, case.after, case.ignores_holidays)
    bounds = Bounds(to_minutes_up(case.now), to_minutes_up(case.earliest), to_minutes_up(case.latest))
    return [_opening(given) for given in case.openings], taken, need, bounds


def answer(slots: list[Slot], duration: int) -> list[Found]:
    assert all(slot.ends_at - slot.starts_at == timedelta(minutes=duration) for slot in slots)
    return [(slot.starts_at, slot.agenda_id, slot.opening_id, slot.place_id) for slot in slots]


def _opening(given: Open) -> Opening:
    hours = given.hours
    rule = weekly(hours.weekdays, hours.interval, hours.until) if hours.weekdays else None
    first_day_counts = hours.weekdays or hours.until is None or hours.first_day <= hours.until
    excluded = hours.excluded if first_day_counts else hours.excluded | {hours.first_day}
    when = WallRange(Series(hours.first_day, rule, excluded), hours.opens, hours.closes, hours.zone)
    return Opening(
        given.id,
        given.agenda,
        given.place,
        when,
        given.step,
        buffer_before=given.before,
        buffer_after=given.after,
    )


def _busy(case: Case, agenda: int) -> list[Busy]:
    return [
        Busy.of(entry.start, entry.end, entry.before, entry.after) for entry in case.entries if entry.agenda == agenda
    ]


def _closed(case: Case, agenda: int) -> list[tuple[int, int]]:
    return [(to_minutes(start), to_minutes_up(end)) for who, start, end in case.absences if who == agenda]
