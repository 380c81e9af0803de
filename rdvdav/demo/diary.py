"""What is booked: three thousand starts cut from the openings, chosen so that days around today are the fullest.

Nothing is written here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from rdvdav.agenda.appointment import Channel
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.status import CANCELLED, Status
from rdvdav.demo.directory import ZONE
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.hours.interval import Interval, Intervals, Span
from rdvdav.hours.limit import Limit
from rdvdav.hours.wall import day_bounds, from_minutes, instant_of

CITIZENS = 1200
APPOINTMENTS = 3000
PAST, NEAR = 1300, 1350
"""How many of them are over, and how many come within NEAR_DAYS; the rest comes later."""
NEAR_DAYS = 61
DAY = 1440
HALF = 15
"""Days from today after which a day is half as full."""

OUTCOMES = ((Status.DONE, 86), (Status.NO_SHOW, 5), (Status.CANCELLED_BY_CITIZEN, 5), (Status.CANCELLED_BY_STAFF, 4))
PLANS = ((Status.PLANNED, 93), (Status.CANCELLED_BY_CITIZEN, 4), (Status.CANCELLED_BY_STAFF, 3))
REASONS = ("Agent absent", "Fermeture exceptionnelle du lieu", "Dossier incomplet, à reprendre plus tard")


@dataclass(frozen=True)
class Booking:
    """One appointment to be; *citizen* is a number below CITIZENS."""

    opening: OpeningRange
    motif: Motif
    starts_at: datetime
    ends_at: datetime
    citizen: int
    channel: Channel
    status: Status
    created_at: datetime
    cancelled_at: datetime | None

    @property
    def day(self) -> date:
        """Its local day."""
        return _day(self.starts_at)


@dataclass(frozen=True)
class Start:
    """Time that can be booked, in epoch minutes."""

    opening: OpeningRange
    motif: Motif
    start: int


def bookings(
    throws: Random, today: date, openings: Iterable[OpeningRange], closed: Mapping[int, Intervals]
) -> list[Booking]:
    """The appointments of the year behind and the year ahead, by start.

    Args:
        closed: Absences and holidays of each agenda.
    """
    chosen = _chosen(throws, today, list(_starts(throws, openings, closed, year_around(today))))
    citizens = _citizens(throws, chosen)
    return [_booking(throws, today, start, citizen) for start, citizen in zip(chosen, citizens, strict=True)]


def year_around(today: date) -> Interval:
    """A year back and a year on, in epoch minutes."""
    year = timedelta(days=364)
    return Interval(day_bounds(today - year, ZONE).start, day_bounds(today + year, ZONE).end)


def _starts(
    throws: Random, openings: Iterable[OpeningRange], closed: Mapping[int, Intervals], window: Interval
) -> Iterator[Start]:
    for opening in openings:
        shortest = min(opening.motifs, key=lambda motif: motif.duration_minutes)
        for start, end in closed[opening.agenda_id].gaps(opening.hours.within(window)):
            while start + shortest.duration_minutes <= end:
                fitting = [motif for motif in opening.motifs if start + motif.duration_minutes <= end]
                motif = throws.choice(fitting)
                yield Start(opening, motif, start)
                start += motif.duration_minutes + max(motif.buffer_before_minutes, motif.buffer_after_minutes)


def _chosen(throws: Random, today: date, starts: list[Start]) -> list[Start]:
    midnight = day_bounds(today, ZONE).start
    parts: list[tuple[int, Span]] = [
        (PAST, (0, midnight)),
        (NEAR, (midnight, midnight + NEAR_DAYS * DAY)),
        (APPOINTMENTS - PAST - NEAR, (midnight + NEAR_DAYS * DAY, midnight + 400 * DAY)),
    ]
    chosen: list[Start] = []
    for count, (low, high) in parts:
        drawn = [(_lot(throws, abs(each.start - midnight) / DAY), each) for each in starts if low <= each.start < high]
        drawn.sort(key=lambda pair: pair[0])
        chosen += [each for _lot_drawn, each in drawn[-count:]]
    return sorted(chosen, key=lambda each: (each.start, each.opening.id))


def _lot(throws: Random, days: float) -> float:
    """A lot whose chance shrinks with *days*: the highest of many are a weighted sample (Efraimidis and Spirakis)."""
    return throws.random() ** (1 + days / HALF)


def _citizens(throws: Random, chosen: list[Start]) -> list[int]:
    """Who comes: everybody once or more, nobody twice a day."""
    numbers = [*range(CITIZENS), *throws.choices(range(CITIZENS), k=len(chosen) - CITIZENS)]
    throws.shuffle(numbers)
    seen: set[tuple[int, int]] = set()
    for place, (number, start) in enumerate(zip(numbers, chosen, strict=True)):
        day = start.start // DAY
        while (number, day) in seen:
            number = throws.randrange(CITIZENS)
        seen.add((number, day))
        numbers[place] = number
    return numbers


def _booking(throws: Random, today: date, start: Start, citizen: int) -> Booking:
    starts_at = from_minutes(start.start)
    created_at = _created(throws, today, _day(starts_at))
    channel = _channel(throws, start.motif, created_at, starts_at)
    statuses, weights = zip(*(OUTCOMES if _day(starts_at) < today else PLANS), strict=True)
    status = throws.choices(statuses, weights)[0]
    cancelled_at = None
    if status in CANCELLED:
        last = min(starts_at - timedelta(hours=5), instant_of(today, time(), ZONE))
        cancelled_at = created_at + throws.random() * (last - created_at)
    return Booking(
        opening=start.opening,
        motif=start.motif,
        starts_at=starts_at,
        ends_at=starts_at + start.motif.duration,
        citizen=citizen,
        channel=channel,
        status=status,
        created_at=created_at,
        cancelled_at=cancelled_at.replace(microsecond=0) if cancelled_at else None,
    )


def _created(throws: Random, today: date, day: date) -> datetime:
    """When somebody booked for *day*: some weeks before, and yesterday at the latest."""
    booked_on = day - timedelta(days=1 + min(int(throws.expovariate(1 / 16)), 80))
    if booked_on >= today:
        booked_on = today - timedelta(days=1 + int(throws.triangular(0, 25, 3)))
    return instant_of(booked_on, time(throws.randint(7, 18), throws.randrange(60)), ZONE)


def _channel(throws: Random, motif: Motif, created_at: datetime, starts_at: datetime) -> Channel:
    """By internet where the motif let people book at that time, else by staff or a referrer."""
    notice, most = Limit.parse(motif.min_notice), Limit.parse(motif.max_notice)
    early, late = notice.after(created_at, ZONE), most.last_day(created_at, ZONE)
    if motif.bookable_by is BookableBy.EVERYONE and early <= starts_at and _day(starts_at) <= late:
        return throws.choices((Channel.INTERNET, Channel.AGENT), (7, 3))[0]
    referred = motif.bookable_by is BookableBy.REFERRERS and throws.random() < 0.2
    return Channel.REFERRER if referred else Channel.AGENT


def _day(instant: datetime) -> date:
    return instant.astimezone(ZoneInfo(ZONE)).date()
