"""The same requests on the same events, asked of rdvdav, of Radicale's own storage and of Xandikos, in one process and one run.

    python benchmarks/peers.py [--events 1000] [--runs 9]

Milliseconds of CPU time, medians; SQLite is behind rdvdav, files are behind the others, whose caches are warm. rdvdav looks each
password up; Radicale is set to believe any, and Xandikos asks for none. Xandikos is optional, and in no list of ours:
`pip install xandikos`.
"""

import logging
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from wsgiref.types import WSGIApplication

from radicale import config
from radicale.app import Application
from town import NOW, Ask, Town, a_database, after_a_change, cases, fill, heard, report, sync, timed

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.feeds.object import CalendarObject

HEAVY_RUNS = 2
CALENDAR = "/agent/calendar/"


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, nargs="+", default=[1_000])
    parser.add_argument("--runs", type=int, default=9)
    wanted = parser.parse_args()
    for events in wanted.events:
        with a_database("sqlite") as database, TemporaryDirectory() as folder:
            ours = fill(database, StoppedClock(NOW), events)
            texts = stored(database)
            towns = {"rdvdav": replace(ours, feed=""), "Radicale": on_radicale(Path(folder) / "radicale", texts)}
            try:
                towns["Xandikos"] = on_xandikos(Path(folder) / "xandikos", texts)
            except ImportError:
                print("XANDIKOS IS NOT INSTALLED, so it is not compared: pip install xandikos")
            compare(events, towns, wanted.runs)


def compare(events: int, towns: dict[str, Town], runs: int) -> None:
    """One line for each request; a status that is none of success stands beside the figure."""
    print(f"{events:>6} events{'':24}" + "".join(f"{name:>16}" for name in towns))
    for line in zip(*(measures(town, runs) for town in towns.values()), strict=True):
        print(f"  {line[0][0]:34}" + "".join(f"{text:>16}" for _name, text in line), flush=True)


def measures(town: Town, runs: int) -> Iterator[tuple[str, str]]:
    """The name and the figure of each request."""
    for case in [*cases(town), None]:
        case = case or after_a_change(town)
        time = timed(town.application, town, case, HEAVY_RUNS if case.heavy else runs)
        yield case.name, f"{time.median_ms:.2f}" + (f" ({time.status})" if time.status >= 400 else "")


def stored(database: Database) -> dict[str, str]:
    """What is published: href → text."""
    with database.reading() as session:
        return {row.href: row.text for row in session.query(CalendarObject) if row.text is not None}


def on_radicale(folder: Path, texts: dict[str, str]) -> Town:
    """Radicale as it comes, on files."""
    logging.getLogger("radicale").setLevel(logging.ERROR)
    where = folder / "collection-root" / CALENDAR.strip("/")
    where.mkdir(parents=True)
    (where / ".Radicale.props").write_text('{"tag": "VCALENDAR"}')
    for href, text in texts.items():
        (where / href).write_bytes(text.encode())
    configuration = config.load()
    configuration.update(
        {
            "auth": {"type": "none", "delay": 0},
            "rights": {"type": "owner_only"},
            "storage": {"filesystem_folder": str(folder)},
            "web": {"type": "none"},
            "reporting": {"max_expand_occurrence": 0, "max_freebusy_occurrence": 0},
        },
        "benchmark",
    )
    return beside(Application(configuration), texts)


def on_xandikos(folder: Path, texts: dict[str, str]) -> Town:
    """Xandikos as it comes, on a Git repository that has all events in one commit.

    Raises:
        ImportError: It is not installed.
    """
    from dulwich import porcelain
    from xandikos.store import STORE_TYPE_CALENDAR
    from xandikos.web import SingleUserFilesystemBackend, XandikosApp

    logging.getLogger("xandikos").setLevel(logging.ERROR)
    folder.mkdir()
    backend = SingleUserFilesystemBackend(str(folder))
    backend.create_principal("/agent/")
    collection = backend.create_collection(CALENDAR)
    collection.store.set_type(STORE_TYPE_CALENDAR)
    where = folder / CALENDAR.strip("/")
    for href, text in texts.items():
        (where / href).write_bytes(text.encode())
    porcelain.add(str(where), [str(where / href) for href in texts])
    porcelain.commit(
        str(where), message=b"All events", author=b"Bench <bench@example.test>", committer=b"Bench <bench@example.test>"
    )
    return beside(XandikosApp(backend, "/agent/").handle_wsgi_request, texts)


def beside(application: WSGIApplication, texts: dict[str, str]) -> Town:
    """*texts* behind another server's *application*, which has them already."""
    town = Town(
        application=application,
        radicale=None,
        calendar=CALENDAR,
        hrefs=list(texts),
        feed="",
        authorization="Basic " + b64encode(b"agent:any").decode(),
        token="",
        change=_put_again(application, *next(iter(texts.items()))),
    )
    line, _headers, text = heard(application, town, report(town, sync("")))
    assert line.startswith("207"), line
    assert text.count("getetag>") == 2 * len(texts), text[:500]
    return replace(town, token=text.partition("sync-token>")[2].partition("<")[0])


def _put_again(application: WSGIApplication, href: str, text: str) -> Callable[[], None]:
    def change() -> None:
        asked = Ask(
            "PUT",
            CALENDAR + href,
            text.replace("SEQUENCE:0", "SEQUENCE:1"),
            headers=(("Content-Type", "text/calendar"),),
        )
        line = heard(application, replace(_NOBODY, application=application), asked)[0]
        assert line[:3] in ("201", "204"), line

    return change


_NOBODY = Town(lambda *_: [], None, CALENDAR, [], "", "Basic " + b64encode(b"agent:any").decode(), "", lambda: None)


if __name__ == "__main__":
    main()
