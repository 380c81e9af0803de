"""When agents are away: holidays behind and ahead, trainings, meetings. Nobody takes leave in the next two weeks."""

from datetime import date, time, timedelta
from random import Random

from sqlalchemy.orm import Session

from rdvdav.agenda.absence import AbsenceKind
from rdvdav.clock import StoppedClock
from rdvdav.demo.catalogue import FEATURED
from rdvdav.demo.chance import dice
from rdvdav.demo.directory import ZONE, Directory
from rdvdav.hours.wall import instant_of
from rdvdav.planning.absences import Plan, create

TITLES = {
    AbsenceKind.LEAVE: ("Congés", "Congés annuels", "RTT"),
    AbsenceKind.TRAINING: ("Formation accueil du public", "Formation logiciel métier", "Formation premiers secours"),
    AbsenceKind.MEETING: ("Réunion de service", "Réunion avec les partenaires", "Point d'équipe"),
    AbsenceKind.OTHER: ("Rendez-vous personnel",),
}
MORNING, AFTERNOON = (time(8, 30), time(12, 30)), (time(13, 30), time(17, 30))


def be_away(session: Session, today: date, directory: Directory) -> None:
    """Note the absences of all agents, three each and one more for the featured one. The caller commits."""
    throws = dice(today, "absences")
    monday = today - timedelta(days=today.weekday())
    for key in directory.agents:
        past = _leave(throws, monday - timedelta(weeks=throws.randint(10, 45)))
        coming = _leave(throws, monday + timedelta(weeks=throws.randint(3, 14)))
        half = _half_day(throws, monday + timedelta(weeks=throws.randint(-8, 8)))
        plans = [past, coming, half]
        if key == FEATURED:
            plans.append(_half_day(throws, monday + timedelta(weeks=1)))
        for plan in plans:
            noted_on = min(plan.first_day, today) - timedelta(days=throws.randint(2, 30))
            clock = StoppedClock(instant_of(noted_on, time(throws.randint(8, 17), throws.randrange(60)), ZONE))
            create(session, clock, directory.agents[key], directory.agendas[key], plan)


def _leave(throws: Random, monday: date) -> Plan:
    days = throws.choice((4, 4, 11, 11, 18))
    return Plan(throws.choice(TITLES[AbsenceKind.LEAVE]), AbsenceKind.LEAVE, monday, monday + timedelta(days=days))


def _half_day(throws: Random, monday: date) -> Plan:
    kind = throws.choice((AbsenceKind.TRAINING, AbsenceKind.MEETING, AbsenceKind.OTHER))
    day = monday + timedelta(days=throws.randrange(5))
    starts, ends = throws.choice((MORNING, AFTERNOON))
    return Plan(throws.choice(TITLES[kind]), kind, day, day, starts, ends)
