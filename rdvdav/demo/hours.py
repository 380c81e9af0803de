"""When agents receive: sixty opening ranges, weekly or fortnightly, endless or not, and some single days.

They are opened by the use case itself, each at a time of its own. Ranges of one agent never overlap.
"""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from rdvdav.clock import StoppedClock
from rdvdav.demo.chance import dice
from rdvdav.demo.directory import ZONE, Directory
from rdvdav.hours.recurrence import Series, weekly
from rdvdav.hours.wall import instant_of
from rdvdav.planning.opening_ranges import Plan, create

ROSTER = """
vasseur     | 12345 | 09:00-12:00 | 1    | -60 |     | hotel    | cni retrait      | Guichet des titres
vasseur     | 124   | 14:00-16:30 | 1    | -60 |     | hotel    | cni retrait pacs | Titres et Pacs
vasseur     | 3     | 14:00-17:00 | 2    | -58 |     | annexe   | cni retrait      | Permanence aux Coteaux
vasseur     | 6     | 09:00-12:00 | once | 2   |     | hotel    | cni              | Samedi des titres
vasseur     | 6     | 09:00-12:00 | once | -5  |     | hotel    | cni              | Samedi des titres
morel       | 1245  | 09:00-12:00 | 1    | -60 |     | hotel    | cni retrait      | Guichet des titres
morel       | 2     | 14:00-17:00 | 1    | -60 |     | hotel    | cni              | Guichet des titres, après-midi
morel       | 3     | 09:00-11:30 | 1    | -30 | 30  | annexe   | retrait          | Retraits aux Coteaux
morel       | 6     | 09:00-12:00 | once | 2   |     | hotel    | cni retrait      | Samedi des titres
benali      | 134   | 09:00-12:00 | 1    | -56 |     | annexe   | cni retrait      | Guichet des Coteaux
benali      | 14    | 13:30-16:30 | 1    | -56 |     | annexe   | cni              | Guichet des Coteaux, après-midi
benali      | 5     | 09:00-12:00 | 2    | -55 |     | hotel    | cni              | Renfort du vendredi
benali      | 6     | 09:00-12:00 | once | 6   |     | annexe   | cni              | Samedi aux Coteaux
lefort      | 25    | 09:00-12:00 | 1    | -60 | -9  | hotel    | cni              | Guichet des titres (ancien horaire)
lefort      | 25    | 09:00-12:30 | 1    | -8  |     | hotel    | cni retrait      | Guichet des titres
lefort      | 13    | 14:00-16:00 | 1    | -50 | 26  | hotel    | retrait          | Retraits de l'après-midi
lefort      | 4     | 09:00-12:00 | 2    | -40 |     | annexe   | cni              | Permanence aux Coteaux
gauthier    | 24    | 09:00-12:00 | 1    | -60 |     | hotel    | pacs             | Pacs
gauthier    | 35    | 14:00-17:00 | 1    | -60 |     | hotel    | pacs retrait     | Pacs et retraits
gauthier    | 1     | 09:00-12:00 | 1    | -20 | 14  | annexe   | cni              | Renfort aux Coteaux
gauthier    | 6     | 09:30-12:00 | once | 4   |     | hotel    | pacs             | Samedi des Pacs
rossi       | 5     | 14:00-16:30 | 1    | -52 |     | hotel    | cni pacs         | Vendredi après-midi
rossi       | 3     | 09:00-11:00 | 2    | -52 |     | hotel    | pacs             | Pacs, un mercredi sur deux
charpentier | 13    | 09:00-11:40 | 1    | -60 |     |          | urbanisme        | Permanence téléphonique
charpentier | 4     | 14:00-16:00 | 1    | -60 |     |          | urbanisme        | Permanence téléphonique, après-midi
charpentier | 2     | 17:00-19:00 | 2    | -30 | 40  |          | urbanisme        | En soirée
dumas       | 245   | 09:00-11:40 | 1    | -60 |     |          | urbanisme        | Permanence téléphonique
dumas       | 1     | 14:00-16:00 | 1    | -44 |     |          | urbanisme        | Lundi après-midi
dumas       | 6     | 10:00-12:00 | once | 3   |     |          | urbanisme        | Samedi des projets
lambert     | 124   | 09:00-12:00 | 1    | -60 |     | brennay  | pmi              | Consultations
lambert     | 15    | 13:30-16:30 | 1    | -60 |     | brennay  | domicile pmi     | Visites et consultations
lambert     | 3     | 09:00-12:00 | 2    | -58 |     | antenne  | pmi              | Consultations à Montclairvaux
nguyen      | 235   | 09:00-12:00 | 1    | -60 |     | brennay  | pmi sante        | Consultations
nguyen      | 2     | 13:30-17:00 | 1    | -60 |     | antenne  | pmi sante        | Consultations à Montclairvaux
nguyen      | 4     | 17:00-19:00 | 1    | -26 | 35  | brennay  | sante            | Jeudi soir
perrin      | 14    | 09:00-12:00 | 1    | -60 |     | antenne  | pmi              | Consultations à Montclairvaux
perrin      | 2     | 13:30-17:00 | 1    | -60 |     | brennay  | domicile         | Visites à domicile
perrin      | 5     | 09:00-11:00 | 2    | -50 |     | brennay  | pmi domicile     | Vendredi, une semaine sur deux
haddad      | 134   | 13:30-17:00 | 1    | -60 |     | brennay  | sante            | Contraception et santé sexuelle
haddad      | 2     | 09:00-12:00 | 1    | -60 |     | brennay  | domicile sante   | Visites et consultations
haddad      | 6     | 09:30-12:30 | once | 5   |     | brennay  | sante            | Samedi jeunes
marchand    | 125   | 09:00-12:00 | 1    | -60 |     | brennay  | social           | Accueil social
marchand    | 13    | 14:00-16:00 | 1    | -60 |     |          | suivi            | Appels de suivi
marchand    | 4     | 09:00-12:00 | 2    | -57 |     | antenne  | social           | Accueil à Montclairvaux
faure       | 24    | 09:00-12:00 | 1    | -60 |     | brennay  | social           | Accueil social
faure       | 5     | 14:00-16:15 | 1    | -33 | 20  | antenne  | social           | Vendredi à Montclairvaux
faure       | 6     | 09:00-12:00 | once | -10 |     | brennay  | social           | Samedi d'accueil
diallo      | 13    | 09:00-12:00 | 1    | -60 |     | antenne  | social           | Accueil à Montclairvaux
diallo      | 24    | 14:00-16:30 | 1    | -60 |     |          | suivi            | Appels de suivi
diallo      | 5     | 09:00-12:00 | 1    | -16 |     | antenne  | social           | Accueil du vendredi
leroux      | 125   | 14:00-17:00 | 1    | -60 |     |          | suivi            | Appels de suivi
leroux      | 3     | 09:00-12:00 | 2    | -60 |     |          | suivi            | Appels du mercredi
fontaine    | 235   | 09:30-12:30 | 1    | -60 |     | tilleuls | demarches        | Aide aux démarches
fontaine    | 4     | 14:00-18:00 | 1    | -60 |     | gare     | demarches        | Point numérique
fontaine    | 3     | 14:00-16:00 | 1    | -40 |     |          | distance         | En visio
costa       | 24    | 14:00-18:00 | 1    | -60 |     | tilleuls | atelier          | Ateliers individuels
costa       | 35    | 09:30-12:30 | 1    | -60 |     | gare     | demarches atelier | Point numérique
costa       | 6     | 09:30-12:30 | 2    | -45 |     | tilleuls | demarches        | Un samedi sur deux
arnaud      | 235   | 16:00-18:00 | 1    | -60 |     |          | distance         | En visio
arnaud      | 4     | 09:30-12:30 | 1    | -60 |     | tilleuls | atelier          | Ateliers du jeudi
"""
"""Agent | ISO weekdays | hours | every n weeks, or once | first week | last week | place | motifs | name; week 0 is the one of today."""

EXCLUDED_EVERY = 4
"""One weekly range in so many has days left out."""


class Row(NamedTuple):
    """A line of the roster."""

    agent: str
    days: str
    hours: str
    every: str
    first_week: str
    last_week: str
    place: str
    motifs: str
    name: str


def rows() -> list[Row]:
    """The roster, read."""
    return [Row(*(cell.strip() for cell in line.split("|"))) for line in ROSTER.strip().splitlines()]


def open_hours(session: Session, today: date, directory: Directory) -> None:
    """Open all ranges, each some weeks before its first day, in the order of the roster. The caller commits."""
    throws = dice(today, "hours")
    for number, row in enumerate(rows()):
        plan = _plan(row, today, directory)
        opened_on = min(plan.first_day, today) - timedelta(days=throws.randint(3, 25))
        clock = StoppedClock(instant_of(opened_on, time(throws.randint(8, 17), throws.randrange(60)), ZONE))
        opening = create(session, clock, directory.agents[row.agent], directory.agendas[row.agent], plan)
        if plan.recurrence and number % EXCLUDED_EVERY == 1:
            days = opening.series.between(today - timedelta(days=200), today + timedelta(days=200))
            opening.excluded_days = sorted(day.isoformat() for day in throws.sample(days[:-1], min(4, len(days) - 1)))
    session.flush()


def _plan(row: Row, today: date, directory: Directory) -> Plan:
    monday = today - timedelta(days=today.weekday())
    days = [int(day) - 1 for day in row.days]
    opens, closes = (datetime.strptime(hour, "%H:%M").time() for hour in row.hours.split("-"))  # noqa: DTZ007
    recurrence = None
    if row.every != "once":
        until = monday + timedelta(weeks=int(row.last_week), days=6) if row.last_week else None
        recurrence = weekly(days, int(row.every), until)
    first_day = Series(monday + timedelta(weeks=int(row.first_week), days=days[0]), recurrence).first()
    if first_day is None:
        raise ValueError(f"never open: {row}")
    return Plan(
        name=row.name,
        place_id=directory.places[row.place] if row.place else None,
        motif_ids=frozenset(directory.motifs[key] for key in row.motifs.split()),
        first_day=first_day,
        opens=opens,
        closes=closes,
        recurrence=recurrence,
    )
