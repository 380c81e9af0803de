"""Commands on what calendars show: compare with what should be there, write again, choose how much is shown."""

from collections.abc import Sequence

import click
from sqlalchemy import select

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.claim import flawed, redraw
from rdvdav.cli.house import House, command
from rdvdav.directory.organisation import DetailLevel, Organisation
from rdvdav.feeds.change import changing
from rdvdav.feeds.citizen_events import flawed as flawed_citizens
from rdvdav.feeds.object import Collection
from rdvdav.feeds.rebuild import differences
from rdvdav.feeds.rebuild import rebuild as rebuild_agenda
from rdvdav.feeds.republish import choose_level
from rdvdav.hours.wall import to_minutes
from rdvdav.records.subscription import write_feed

AGENDA = click.option("--agenda", "agenda_id", type=int, help="Id of one agenda; all of them when left out.")


@click.group()
def calendars() -> None:
    """Verify and rebuild what calendars show, choose how much they show."""


@calendars.command()
@AGENDA
@command
def verify(house: House, agenda_id: int | None) -> None:
    """Render everything afresh and compare, and with it the outline of the time taken, which searches over a year read.

    Nothing is changed. Exits with 1 when something differs.
    """
    found = []
    with click.progressbar(_agendas(house, agenda_id), label="Verifying the calendars") as bar:
        for id_ in bar:
            with house.database.reading() as session:
                slugs = {row.id: row.slug for row in session.execute(select(Collection.id, Collection.slug))}
                found += [
                    f"{each.flaw:<9}  {slugs[each.collection_id]}/{each.href}"
                    for each in differences(session, house.clock, id_)
                ]
                found += [f"outline    agenda {id_}" for _ in flawed(session, id_, to_minutes(house.clock.now()))]
    if agenda_id is None:
        with house.database.reading() as session:
            found += [f"different  calendar of citizen {id_}" for id_ in flawed_citizens(session, house.clock)]
    for line in found:
        click.echo(line)
    if found:
        raise click.ClickException(f"{len(found)} differences. `rdvdav calendars rebuild` writes those again.")
    click.echo("No difference.")


@calendars.command()
@AGENDA
@command
def rebuild(house: House, agenda_id: int | None) -> None:
    """Write again what differs from what should be there.

    Calendar programs fetch just those objects again.
    """
    count = 0
    with click.progressbar(_agendas(house, agenda_id), label="Rebuilding the calendars") as bar:
        for id_ in bar:
            with house.database.transaction() as session:
                count += rebuild_agenda(session, house.clock, id_)
            with house.database.transaction() as session, changing(session, house.clock, [id_]):
                count += redraw(session, id_, to_minutes(house.clock.now()))
    if agenda_id is None:
        with house.database.reading() as session:
            citizens = flawed_citizens(session, house.clock)
        for id_ in citizens:
            with house.database.transaction() as session:
                write_feed(session, house.clock, id_)
        count += len(citizens)
    click.echo(f"{count} objects and outlines were written again." if count else "Nothing had to be written again.")


@calendars.command()
@click.option("--organisation", "slug", required=True, help="Its name in the address of its public page.")
@click.option("--level", type=click.Choice([level.value for level in DetailLevel]), required=True)
@command
def detail(house: House, slug: str, level: str) -> None:
    """Choose how much of an organisation's appointments calendars show.

    busy: only when. motif: the motif, the place, a link. full: also who comes, with names and phone numbers, in every calendar
    program of its agents. The worker then writes the calendars again.
    """
    with house.database.transaction() as session:
        organisation = session.scalar(select(Organisation).where(Organisation.slug == slug))
        if organisation is None:
            raise click.ClickException(f"No organisation has the address /rdv/{slug}.")
        choose_level(session, house.clock, organisation.id, DetailLevel(level))
        name = organisation.name
    click.echo(f"Calendars show appointments of {name} at level {level} as soon as the worker has written them again.")


def _agendas(house: House, agenda_id: int | None) -> Sequence[int]:
    with house.database.reading() as session:
        known = session.scalars(select(Agenda.id).order_by(Agenda.id)).all()
    if agenda_id is not None and agenda_id not in known:
        raise click.ClickException(f"There is no agenda {agenda_id}.")
    return known if agenda_id is None else [agenda_id]
