"""The commands of an installation. Each opens its own transaction; errors say what to do next and exit with 1."""

import click

from rdvdav.cli.appointments import appointments
from rdvdav.cli.calendars import calendars
from rdvdav.cli.demonstration import demo
from rdvdav.cli.mail import mail
from rdvdav.cli.purge import purge
from rdvdav.cli.running import doctor, migrate, serve, worker
from rdvdav.cli.territory import territory


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="rdvdav")
def main() -> None:
    """Appointments for public services, in the calendars people already use.

    Settings come from the file that RDVDAV_CONFIG names and from RDVDAV_… variables; config/rdvdav.toml shows them all.
    A first look: `rdvdav migrate`, `rdvdav demo load`, `rdvdav serve`.
    """


for each in (serve, migrate, worker, doctor, territory, demo, appointments, calendars, mail, purge):
    main.add_command(each)
