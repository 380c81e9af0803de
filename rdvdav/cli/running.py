"""Commands that keep an installation going: serve, migrate, worker, doctor."""

import signal
from collections.abc import Callable

import click

from rdvdav.cli.house import House, command
from rdvdav.doctor import examine
from rdvdav.migrations import is_current, upgrade
from rdvdav.policy.installation import settle
from rdvdav.serving import require_current
from rdvdav.serving import serve as serve_doors
from rdvdav.worker import Worker


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--no-worker", is_flag=True, help="Leave messages to `rdvdav worker` processes.")
@command
def serve(house: House, host: str, port: int, *, no_worker: bool) -> None:
    """Serve all doors from one process.

    Portal, agents' pages, CalDAV and webcal, with a worker thread for the messages.
    """
    url = house.settings.public_url
    click.echo(f"Portal   {url}/\nAgents   {url}/agent/\nCalDAV   {url}/dav/")
    if house.settings.demonstration:
        click.echo(f"Accounts and mails of the demonstration   {url}/demonstration")
    click.echo(f"Listening on {host}:{port}. Press Ctrl+C to stop.")
    _stop_on_signals(_interrupt)
    serve_doors(house.database, house.settings, host, port, worker=not no_worker)


@click.command()
@command
def migrate(house: House) -> None:
    """Bring the database to the newest schema.

    Harmless when it is there already.
    """
    if is_current(house.database):
        click.echo("The schema is up to date.")
    else:
        upgrade(house.database)
        click.echo("The schema is at the newest revision now.")
    with house.database.transaction() as session:
        settle(session, house.settings)


@click.command()
@command
def worker(house: House) -> None:
    """Carry messages out until stopped.

    Any number may run beside the web processes.
    """
    require_current(house.database)
    loop = Worker.of(house.database, house.clock, house.settings)
    _stop_on_signals(loop.stop.set)
    loop.run()


@click.command()
@command
def doctor(house: House) -> None:
    """Say what is wrong and how to mend it.

    Exits with 1 if anything is.
    """
    ill = 0
    for finding in examine(house.database, house.clock, house.settings):
        click.secho(f"{'ok ' if finding.well else 'NOT'}  {finding.what}", fg=None if finding.well else "red")
        if not finding.well:
            ill += 1
            click.echo(f"     → {finding.mend}")
    if ill:
        raise click.exceptions.Exit(1)


def _stop_on_signals(stop: Callable[[], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop())


def _interrupt() -> None:
    raise KeyboardInterrupt
