"""The commands of an installation. Each opens its own transaction; errors say what to do next and exit with 1."""

import json
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import update_wrapper
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy.exc import OperationalError

from rdvdav import demo as demonstration
from rdvdav import settings as all_settings
from rdvdav.agenda.agenda import Agenda
from rdvdav.audit.record import SYSTEM
from rdvdav.booking.cancel import cancel as cancel_appointment
from rdvdav.booking.hold import SlotTaken
from rdvdav.booking.staff import appointment_on, book_for, move_to
from rdvdav.citizens.known import find_or_make
from rdvdav.clock import Clock, SystemClock
from rdvdav.database import Database
from rdvdav.doctor import examine
from rdvdav.errors import RdvdavError
from rdvdav.feeds.change import changing
from rdvdav.feeds.listing import Served, served
from rdvdav.migrations import is_current, upgrade
from rdvdav.policy.installation import settle
from rdvdav.policy.sight import NoSuchAgenda
from rdvdav.serving import NotMigrated
from rdvdav.serving import serve as serve_doors
from rdvdav.settings import Settings, SettingsUnreadable
from rdvdav.worker import Worker


@dataclass(frozen=True)
class Installation:
    """What each command works on."""

    settings: Settings
    database: Database
    clock: Clock


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Hand *function* the installation first, and turn errors into sentences."""

    def run(*arguments: Any, **options: Any) -> None:
        with _sentences():
            settings = all_settings.load()
            logging.basicConfig(level=settings.log_level, format="%(levelname)s %(name)s: %(message)s")
            database = Database(settings.database_url)
            try:
                function(Installation(settings, database, SystemClock()), *arguments, **options)
            finally:
                database.dispose()

    return update_wrapper(run, function)


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except (SettingsUnreadable, NotMigrated) as error:
        raise click.ClickException(str(error)) from error
    except SlotTaken as error:
        near = ", ".join(slot.starts_at.isoformat() for slot in error.alternatives) or "none"
        raise click.ClickException(f"Nobody is free then. Nearest free starts: {near}.") from error
    except RdvdavError as error:
        first_line = (type(error).__doc__ or type(error).__name__).strip().splitlines()[0]
        raise click.ClickException(first_line) from error
    except OperationalError as error:
        raise click.ClickException(
            f"The database did not answer as expected ({type(error.orig).__name__}). Run `rdvdav doctor` to see why."
        ) from error


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="rdvdav")
def main() -> None:
    """Appointments for public services, in the calendars people already use.

    Settings come from the file that RDVDAV_CONFIG names and from RDVDAV_… variables; config/rdvdav.toml shows them all.
    A first look: `rdvdav migrate`, `rdvdav demo load`, `rdvdav serve`.
    """


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--no-worker", is_flag=True, help="Leave messages to `rdvdav worker` processes.")
@command
def serve(house: Installation, host: str, port: int, *, no_worker: bool) -> None:
    """Serve portal, agents' pages, CalDAV and webcal from one process, with a worker thread."""
    url = house.settings.public_url
    click.echo(f"Portal   {url}/\nAgents   {url}/agent/\nCalDAV   {url}/dav/")
    if house.settings.demonstration:
        click.echo(f"Accounts and mails of the demonstration   {url}/demonstration")
    click.echo(f"Listening on {host}:{port}. Press Ctrl+C to stop.")
    _stop_on_signals(_interrupt)
    serve_doors(house.database, house.settings, host, port, worker=not no_worker)


@main.command()
@command
def migrate(house: Installation) -> None:
    """Bring the database to the newest schema; harmless when it is there already."""
    if is_current(house.database):
        click.echo("The schema is up to date.")
    else:
        upgrade(house.database)
        click.echo("The schema is at the newest revision now.")
    with house.database.transaction() as session:
        settle(session, house.settings)


@main.command()
@command
def worker(house: Installation) -> None:
    """Carry messages out until stopped; any number may run beside the web processes."""
    loop = Worker.of(house.database, house.clock, house.settings)
    _stop_on_signals(loop.stop.set)
    loop.run()


def _stop_on_signals(stop: Callable[[], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop())


def _interrupt() -> None:
    raise KeyboardInterrupt


@main.command()
@command
def doctor(house: Installation) -> None:
    """Look for what is wrong, and say how to mend it; exits with 1 if anything is."""
    ill = 0
    for finding in examine(house.database, house.clock, house.settings):
        click.secho(f"{'ok ' if finding.well else 'NOT'}  {finding.what}", fg=None if finding.well else "red")
        if not finding.well:
            ill += 1
            click.echo(f"     → {finding.mend}")
    if ill:
        raise click.exceptions.Exit(1)


# --- the demonstration


@main.group()
def demo() -> None:
    """The demonstration territory: invented people, believable days."""


@demo.command()
@click.option(
    "--today", type=click.DateTime(["%Y-%m-%d"]), help="The day it is made for; the same day gives the same rows."
)
@click.option("--if-empty", is_flag=True, help="Do nothing when the database holds a territory already.")
@command
def load(house: Installation, today: datetime | None, *, if_empty: bool) -> None:
    """Fill an empty database with a territory: 20 agents, 3,000 appointments over two years."""
    with house.database.reading() as session:
        empty = demonstration.is_empty(session)
    if if_empty and not empty:
        click.echo("The database holds a territory already; nothing was loaded.")
        with suppress(demonstration.NotLoaded):
            _tell(demonstration.describe(house.settings))
        return
    day = today.date() if today else datetime.now(ZoneInfo("Europe/Paris")).date()
    with click.progressbar(length=demonstration.STEPS, label="Loading the demonstration") as bar:
        demonstration.load(house.database, day, house.settings, bar.update)
    _tell(demonstration.describe(house.settings))


@demo.command()
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@command
def describe(house: Installation, *, as_json: bool) -> None:
    """Print the addresses and accounts of the demonstration that was loaded."""
    facts = demonstration.describe(house.settings)
    if as_json:
        click.echo(json.dumps(facts, indent=2))
    else:
        _tell(facts)


def _tell(facts: dict[str, Any]) -> None:
    for key, value in facts.items():
        for line in [f"{who} ({what})" for who, what in value.items()] if isinstance(value, dict) else [value]:
            click.echo(f"{key.replace('_', ' '):<20} {line}")


# --- appointments


@main.group()
def appointments() -> None:
    """List, book, move and cancel, as staff does."""


AGENDA = click.option("--agenda", "agenda_id", type=int, required=True, help="Id of the agenda.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="As JSON.")
START = click.option("--start", required=True, metavar="TIME", help="ISO 8601; without offset, in the agenda's zone.")


@appointments.command("list")
@AGENDA
@AS_JSON
@command
def list_(house: Installation, agenda_id: int, *, as_json: bool) -> None:
    """List exactly what the agenda's main calendar serves now."""
    with house.database.reading() as session:
        _print(served(session, agenda_id), as_json=as_json)


@appointments.command()
@AGENDA
@click.option("--motif", "motif_id", type=int, required=True, help="Id of the motif.")
@click.option("--place", "place_id", type=int, help="Id of the place; any of the agenda's when left out.")
@START
@click.option("--email", required=True, help="Of the citizen; found by it, or made.")
@click.option("--first-name", default="", help="Of a citizen who is not known yet.")
@click.option("--last-name", default="", help="Of a citizen who is not known yet.")
@AS_JSON
@command
def book(
    house: Installation,
    agenda_id: int,
    motif_id: int,
    place_id: int | None,
    start: str,
    email: str,
    first_name: str,
    last_name: str,
    *,
    as_json: bool,
) -> None:
    """Book a free slot of an agenda for a citizen."""
    with house.database.transaction() as session:
        agenda = session.get(Agenda, agenda_id)
        if agenda is None:
            raise NoSuchAgenda
        with changing(session, house.clock, [agenda_id]):  # agendas are locked before people (D-4)
            citizen = find_or_make(
                session,
                house.clock,
                territory_id=agenda.territory_id,
                email=email,
                first_name=first_name,
                last_name=last_name,
                actor=SYSTEM,
            )
        appointment = book_for(
            session,
            house.clock,
            SYSTEM,
            agenda_id=agenda_id,
            motif_id=motif_id,
            starts_at=_instant(start, agenda.zone),
            citizen_id=citizen.id,
            place_id=place_id,
        )
    _print_one(house, agenda_id, appointment.uid, as_json=as_json)


@appointments.command()
@AGENDA
@click.option("--uid", required=True, help="UID of the appointment, as `list` shows it.")
@START
@AS_JSON
@command
def move(house: Installation, agenda_id: int, uid: str, start: str, *, as_json: bool) -> None:
    """Move an appointment to another free slot of its agenda."""
    with house.database.transaction() as session:
        appointment = appointment_on(session, agenda_id, uid)
        starts_at = _instant(start, session.get_one(Agenda, agenda_id).zone)
        move_to(session, house.clock, SYSTEM, appointment, starts_at)
    _print_one(house, agenda_id, uid, as_json=as_json)


@appointments.command()
@AGENDA
@click.option("--uid", required=True, help="UID of the appointment, as `list` shows it.")
@click.option("--reason", default="", help="Kept with the appointment; internal.")
@AS_JSON
@command
def cancel(house: Installation, agenda_id: int, uid: str, reason: str, *, as_json: bool) -> None:
    """Cancel an appointment; the citizen is told."""
    with house.database.transaction() as session:
        cancel_appointment(session, house.clock, appointment_on(session, agenda_id, uid).id, SYSTEM, reason)
    _print_one(house, agenda_id, uid, as_json=as_json)


def _instant(text: str, zone: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.ClickException(f"{text!r} is no time. Write it as 2026-12-01T09:30.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def _print_one(house: Installation, agenda_id: int, uid: str, *, as_json: bool) -> None:
    with house.database.reading() as session:
        found = [event for event in served(session, agenda_id) if event.uid == uid]
    _print(found, as_json=as_json)


def _print(events: list[Served], *, as_json: bool) -> None:
    if as_json:
        click.echo(
            json.dumps([asdict(event) for event in events], indent=2, default=datetime.isoformat, ensure_ascii=False)
        )
        return
    for event in events:
        when = f"{event.start:%Y-%m-%d %H:%M}–{event.end:%H:%M}"
        click.echo(f"{when}  {event.status:<9}  {event.summary}  [{event.location}]  {event.uid}")
