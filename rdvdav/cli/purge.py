"""Commands that delete what is old enough. Each says first, with `--dry-run`, what it would delete."""

from datetime import timedelta

import click

from rdvdav.cli.house import House, command
from rdvdav.privacy.purge import purge_opening_ranges
from rdvdav.serving import require_current

DRY_RUN = click.option("--dry-run", is_flag=True, help="Only count; nothing is deleted.")


@click.group()
def purge() -> None:
    """Delete what has been kept long enough.

    How long is a setting of each. Meant to run once a day, by cron or a systemd timer; twice is harmless.
    """


@purge.command("opening-ranges")
@DRY_RUN
@command
def opening_ranges(house: House, *, dry_run: bool) -> None:
    """Delete opening ranges that ended long ago.

    Those whose last date is more than opening_range_days back, a year unless set otherwise. They leave calendars; appointments stay.
    """
    require_current(house.database)
    kept = timedelta(days=house.settings.opening_range_days)
    purged = purge_opening_ranges(house.database, house.clock, kept, dry_run=dry_run)
    verb = "would be deleted" if dry_run else "were deleted"
    click.echo(
        f"{purged.opening_ranges} opening ranges of {purged.agendas} agendas, ended before {purged.before}, {verb}."
    )
