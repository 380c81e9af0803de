"""Commands of the demonstration: load, describe."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from rdvdav import demo as territory
from rdvdav.cli.house import House, command
from rdvdav.demo.house import ZONE
from rdvdav.demo.tour import Facts


@click.group()
def demo() -> None:
    """Invented people, believable days."""


@demo.command()
@click.option(
    "--today", type=click.DateTime(["%Y-%m-%d"]), help="The day it is made for; the same day gives the same rows."
)
@click.option("--if-empty", is_flag=True, help="Do nothing when the database holds a territory already.")
@command
def load(house: House, today: datetime | None, *, if_empty: bool) -> None:
    """Fill an empty database with a territory.

    Three organisations, 20 agents, 3,000 appointments over two years.
    """
    with house.database.reading() as session:
        empty = territory.is_empty(session)
    if if_empty and not empty:
        click.echo("The database holds a territory already; nothing was loaded.")
        return
    if not empty:
        raise territory.NotEmpty
    day = (today or house.clock.now().astimezone(ZoneInfo(ZONE))).date()
    with click.progressbar(length=territory.STEPS, label="Loading the demonstration") as bar:
        territory.load(house.database, day, house.settings, bar.update)
    _tell(territory.describe(house.settings))


@demo.command()
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@command
def describe(house: House, *, as_json: bool) -> None:
    """Print its addresses and accounts."""
    facts = territory.describe(house.settings)
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
    else:
        _tell(facts)


def _tell(facts: Facts) -> None:
    accounts = facts.pop("accounts")
    for key, value in facts.items():
        click.echo(f"{key.replace('_', ' '):<20} {value}")
    click.echo(f"\nAccounts, all with the password {facts['agent_password']}:")
    for email, role in accounts.items():
        click.echo(f"  {email:<44} {role}")
