"""Commands on territories: the first administrator comes from here, everything else from screens."""

import click

from rdvdav.administration.territories import create_territory
from rdvdav.citizens.email import NotAnEmail, read_email
from rdvdav.cli.house import House, command
from rdvdav.policy.installation import settle


@click.group()
def territory() -> None:
    """Make a territory and its first administrator."""


@territory.command()
@click.argument("name")
@click.option("--admin", "email", required=True, help="E-mail address the administrator will sign in with.")
@click.option("--first-name", default="", help="Of the administrator; taken from the address when left out.")
@click.option("--last-name", default="", help="Of the administrator; taken from the address when left out.")
@command
def create(house: House, name: str, email: str, first_name: str, last_name: str) -> None:
    """Make the territory NAME with one service, and invite its administrator.

    The administrator gets a mail with a link to choose a password, which is printed too; then creates the organisations on screen.
    """
    name, address = " ".join(name.split()), _address(email)
    if not name:
        raise click.ClickException('Give the territory a name, for example "Département de l\'Aude".')
    first, last = _names(address)
    with house.database.transaction() as session:
        settle(session, house.settings)
        founded = create_territory(session, house.clock, name, address, first_name or first, last_name or last)
    click.echo(f"The territory {name} is there. {address} chooses a password at:\n\n  {founded.link}\n")
    click.echo("The link works for 14 days; it leaves by mail too, as soon as a worker runs.")


def _address(email: str) -> str:
    try:
        return read_email(email)
    except NotAnEmail as error:
        raise click.ClickException(f"{email!r} is no e-mail address.") from error


def _names(address: str) -> tuple[str, str]:
    """First name and surname as an address like claire.martin@ says them."""
    first, _dot, last = address.partition("@")[0].partition(".")
    return first.title(), last.replace(".", " ").title() or "–"
