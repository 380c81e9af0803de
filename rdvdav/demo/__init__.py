"""The demonstration territory: invented, in French, believable, and the same for the same day of loading.

`load` fills an empty database in one transaction; `describe` tells what a newcomer needs to look around.
"""

from collections.abc import Callable
from datetime import date, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.demo import diary, hours, letters, people, staff, tour, wishes, workshops
from rdvdav.demo import house as directory
from rdvdav.demo.chance import chance_of
from rdvdav.demo.tour import NotLoaded, describe
from rdvdav.directory.territory import Territory
from rdvdav.errors import Refused
from rdvdav.hours.wall import instant_of
from rdvdav.policy.installation import settle
from rdvdav.policy.password import hash_password
from rdvdav.settings import Settings
from rdvdav.tokens import new_slug

__all__ = ["STEPS", "NotEmpty", "NotLoaded", "describe", "is_empty", "load"]

CITIZENS = 1400
STEPS = 2 + sum(len(team.agents) for team in staff.TEAMS)
"""How often `load` tells that it went a step further."""
MORNING = time(6)


class NotEmpty(Refused):
    """The database holds a territory already; the demonstration goes into an empty one."""


def is_empty(session: Session) -> bool:
    """Whether nobody works in this database yet."""
    return not session.scalar(select(func.count()).select_from(Territory))


def load(database: Database, day: date, settings: Settings, tick: Callable[[int], None]) -> None:
    """Write the demonstration as it stands on the morning of *day*, and keep its facts beside the database.

    Args:
        tick: Called STEPS times, with 1.

    Raises:
        NotEmpty: There is a territory already.
    """
    clock, chance = StoppedClock(instant_of(day, MORNING, directory.ZONE)), chance_of(day)
    password = new_slug(12)
    password_hash = hash_password(password)  # slow on purpose: not while a transaction is open
    with database.transaction() as session:
        if not is_empty(session):
            raise NotEmpty
        settle(session, settings)
        at = clock.now()
        house = directory.build(session, day, at)
        colleagues = staff.hire(session, clock, chance, house, password_hash)
        ranges = [hours.open_hours(session, house, each, day, at) for each in colleagues]
        absences = [hours.take_leave(session, each, number, day, at) for number, each in enumerate(colleagues)]
        citizens = people.write(session, chance, house.territory.id, CITIZENS, day, at)
        tick(1)
        days = zip(ranges, absences, strict=True)
        found = [spot for opened, away in days for spot in diary.spots(chance, house, opened, away, at)]
        booked = diary.drawn(chance, found, at)
        tick(1)
        for each in colleagues:
            mine = [spot for spot in booked if spot.agenda_id == each.agenda.id]
            diary.write(session, clock, chance, house, each, mine, citizens)
            tick(1)
        workshops.hold(session, clock, chance, house, colleagues, citizens, day)
        people.attach(session, at)
        links = wishes.write(session, clock, tour.first_seen(colleagues), day)
        tour.keep(session, clock, settings, colleagues, password, links)
    letters.write(database, clock)
