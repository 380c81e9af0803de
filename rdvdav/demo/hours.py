"""When the demonstration's agents receive, and when they are away: three opening ranges each, leave, training, meetings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence, AbsenceKind
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.demo.chance import uid_of
from rdvdav.demo.house import ZONE, House
from rdvdav.demo.staff import Colleague
from rdvdav.directory.motif import Grid
from rdvdav.hours.recurrence import Series, monthly, weekly
from rdvdav.policy.installation import installation

YEAR = timedelta(days=365)
TUESDAY, WEDNESDAY, THURSDAY, SATURDAY = 1, 2, 3, 5
MORNINGS = ((0, 1, 3), (0, 2, 4), (1, 2, 3), (0, 3, 4), (1, 2, 4))
AFTERNOONS = ((0, 2, 3), (1, 3), (0, 4), (1, 2), (0, 3))


@dataclass(frozen=True)
class Plan:
    """One range before it has an agenda: repeated from *since* on, or on that day alone."""

    name: str
    since: date
    opens: time
    closes: time
    recurrence: str | None = None
    grid: Grid | None = None

    @property
    def series(self) -> Series:
        """Its days; the first one is one of them."""
        return Series(Series(self.since, self.recurrence).first() or self.since, self.recurrence)


def open_hours(session: Session, house: House, colleague: Colleague, day: date, at: datetime) -> list[OpeningRange]:
    """Write the three ranges of one agent: mornings, afternoons, and one that differs from agent to agent."""
    team, rank = colleague.team, colleague.rank
    places = [house.places[name] for name in team.places]
    motifs = [house.motifs[name] for name in team.motifs]
    host = installation(session).uid_host
    ranges = []
    for number, plan in enumerate(_plans(rank, day)):
        series = plan.series
        ranges.append(
            OpeningRange(
                territory_id=house.territory.id,
                organisation_id=house.organisations[team.organisation].id,
                agenda_id=colleague.agenda.id,
                place_id=places[(number + rank) % len(places)].id,
                name=plan.name,
                zone=ZONE,
                first_day=series.first_day,
                last_day=series.last(),
                opens=plan.opens,
                closes=plan.closes,
                recurrence=series.recurrence,
                grid=plan.grid,
                uid=uid_of(f"{colleague.agenda.id} {plan.name}", host),
                stamped_at=at,
                created_at=at,
                motifs=motifs,
            )
        )
    session.add_all(ranges)
    session.flush()
    return ranges


def _plans(rank: int, day: date) -> Iterator[Plan]:
    since = day - YEAR
    yield Plan("Permanence du matin", since, time(9), time(12), weekly(MORNINGS[rank]))
    yield Plan("Permanence de l’après-midi", since, time(13, 30), time(17), weekly(AFTERNOONS[rank]))
    match rank:
        case 0:
            yield Plan("Nocturne du mardi", since, time(17), time(19), weekly([TUESDAY]))
        case 1:
            yield Plan("Un samedi sur deux", since, time(9), time(12), weekly([SATURDAY], 2), Grid.FIXED)
        case 2:
            until = day + timedelta(days=90)
            yield Plan("Renfort de saison", since, time(12), time(13, 30), weekly([WEDNESDAY, THURSDAY], 1, until))
        case 3:
            yield Plan("Premier samedi du mois", since, time(9), time(12), monthly(1, SATURDAY))
        case _:
            yield Plan("Journée portes ouvertes", _next(SATURDAY, day + timedelta(days=7)), time(9), time(16))


def take_leave(session: Session, colleague: Colleague, number: int, day: date, at: datetime) -> list[Absence]:
    """Write when the agent with this *number* is away: leave, training, and a meeting for the first of each team."""
    host = installation(session).uid_host
    absences = [_absence(host, colleague, at, *away) for away in _away(number, day)]
    if colleague.rank == 0:
        absences.append(_meeting(host, colleague, day, at))
    session.add_all(absences)
    session.flush()
    return absences


def _away(number: int, day: date) -> Iterator[tuple[str, AbsenceKind, date, date]]:
    """Title, kind, first and last day; staggered, so that no team is away as a whole for long."""
    for year in range(day.year - 1, day.year + 2):
        summer = _next(0, date(year, 7, 4)) + timedelta(weeks=2 * (number % 4))
        winter = _next(0, date(year, 12, 18)) + timedelta(weeks=number % 2)
        yield "Congés d’été", AbsenceKind.LEAVE, summer, summer + timedelta(days=11 + 7 * (number % 2))
        yield "Congés", AbsenceKind.LEAVE, winter, winter + timedelta(days=4)
    training = day + timedelta(days=number * 4 - 20)
    if training.weekday() < SATURDAY:
        yield "Formation aux premiers secours", AbsenceKind.TRAINING, training, training


def _absence(
    host: str, colleague: Colleague, at: datetime, title: str, kind: AbsenceKind, first: date, last: date
) -> Absence:
    return Absence(
        territory_id=colleague.agenda.territory_id,
        agenda_id=colleague.agenda.id,
        title=title,
        kind=kind,
        zone=ZONE,
        first_day=first,
        end_day=last,
        last_day=last,
        excluded_days=[],
        uid=uid_of(f"{colleague.agenda.id} {title} {first}", host),
        stamped_at=at,
        created_at=at,
    )


def _meeting(host: str, colleague: Colleague, day: date, at: datetime) -> Absence:
    """Every second Thursday before noon, without end."""
    first = _next(THURSDAY, day - YEAR)
    meeting = _absence(host, colleague, at, "Réunion de service", AbsenceKind.MEETING, first, first)
    meeting.starts, meeting.ends = time(11), time(12)
    meeting.recurrence, meeting.last_day = weekly([THURSDAY], 2), None
    return meeting


def _next(weekday: int, day: date) -> date:
    """The first such day of the week from *day* on."""
    return day + timedelta(days=(weekday - day.weekday()) % 7)
