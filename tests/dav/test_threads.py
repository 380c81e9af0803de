"""Many clients at once: nobody gets what is another's, and connections come back."""

import random
from concurrent.futures import ThreadPoolExecutor

from dav.conftest import Office
from dav.door import Answer, Client
from diary import DAY, TUESDAY_NINE, Diary

from rdvdav.clock import StoppedClock
from rdvdav.database import Database

THREADS = 24
REQUESTS = 25


def test_twenty_four_clients_never_see_one_another(
    port: int, office: Office, database: Database, clock: StoppedClock
) -> None:
    people = [Diary(database, clock) for _ in range(6)]
    for number, person in enumerate(people):
        for days in range(number + 1):
            person.book(TUESDAY_NINE + days * DAY)
    paths = [f"/dav/{person.agent.principal}/{person.calendar.slug}/" for person in people]
    clients = [Client(port, person.agent.email, person.password()) for person in people]

    def visit(seed: int) -> list[str]:
        chance, wrong = random.Random(seed), []  # noqa: S311 - a test's dice
        for _ in range(REQUESTS):
            who, whose = chance.randrange(6), chance.randrange(6)
            answer = _ask(chance, clients[who], paths[whose])
            if not _is_right(answer, paths, who, whose):
                wrong.append(f"{who} asked for {whose}: {answer}")
        return wrong

    with ThreadPoolExecutor(THREADS) as pool:
        assert [wrong for wrongs in pool.map(visit, range(THREADS)) for wrong in wrongs] == []
    assert all(engine.pool.checkedout() == 0 for engine in database.engines)


def _is_right(answer: Answer, paths: list[str], who: int, whose: int) -> bool:
    """Refused, or their own and nobody else's: the person in place n has n + 1 appointments."""
    if who != whose:
        return answer.status == 403
    events = answer.body.count(b"BEGIN:VEVENT")
    foreign = any(path.encode() in answer.body for place, path in enumerate(paths) if place != who)
    return answer.status in (200, 207) and events in (0, who + 1) and not foreign


def _ask(chance: random.Random, client: Client, path: str) -> Answer:
    return chance.choice(
        [
            lambda: client.propfind(path, "CS:getctag", "owner", "current-user-principal"),
            lambda: client.propfind(path, "getetag", depth="1"),
            lambda: client.sync(path, data=True),
            lambda: client.query(path, '<C:comp-filter name="VEVENT"/>'),
            lambda: client.request("GET", path),
        ]
    )()
