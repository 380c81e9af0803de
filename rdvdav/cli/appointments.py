"""Commands on appointments, as staff: list, book, move, cancel."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.audit.record import SYSTEM
from rdvdav.booking.cancel import cancel as cancel_appointment
from rdvdav.booking.freely import ToAccept
from rdvdav.booking.honour import SlotTaken
from rdvdav.booking.staff import appointment_on, book_for, move_to
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.known import find_or_make, known_by_email
from rdvdav.cli.house import House, command
from rdvdav.clock import Clock
from rdvdav.feeds.change import changing
from rdvdav.feeds.listing import Served, served
from rdvdav.policy.sight import NoSuchAgenda

AGENDA = click.option("--agenda", "agenda_id", type=int, required=True, help="Id of the agenda.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="As JSON.")
UID = click.option("--uid", required=True, help="UID of the appointment, as `list` shows it.")
START = click.option("--start", required=True, metavar="TIME", help="ISO 8601; without offset, in the agenda's zone.")


@click.group()
def appointments() -> None:
    """List, book, move and cancel, as staff does."""


@appointments.command("list")
@AGENDA
@AS_JSON
@command
def list_(house: House, agenda_id: int, *, as_json: bool) -> None:
    """List what an agenda's main calendar serves now."""
    with house.database.reading() as session:
        events = served(session, agenda_id)
    click.echo(_json([_plain(event) for event in events]) if as_json else "\n".join(map(_line, events)))


@appointments.command()
@AGENDA
@click.option("--motif", "motif_id", type=int, required=True, help="Id of the motif.")
@click.option("--place", "place_id", type=int, help="Id of the place; any of the agenda's when left out.")
@START
@click.option("--email", required=True, help="Of the citizen; found by it, or made.")
@click.option("--first-name", default="", help="Of a citizen who is not known yet.")
@click.option("--last-name", default="", help="Of a citizen who is not known yet.")
@click.option("--accept", "accepted", multiple=True, metavar="WARNING", help="Book although this speaks against it.")
@AS_JSON
@command
def book(
    house: House,
    agenda_id: int,
    motif_id: int,
    place_id: int | None,
    start: str,
    email: str,
    first_name: str,
    last_name: str,
    accepted: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Book a free slot of an agenda for a citizen."""
    with house.database.transaction() as session:
        agenda = _agenda(session, agenda_id)
        with changing(session, house.clock, [agenda_id]):  # agendas are locked before people (D-4)
            citizen = _citizen(session, house.clock, agenda.territory_id, email, first_name, last_name)
        with _saying_what_helps(agenda.zone):
            appointment = book_for(
                session,
                house.clock,
                SYSTEM,
                agenda_id=agenda_id,
                motif_id=motif_id,
                starts_at=_instant(start, agenda.zone),
                citizen_id=citizen.id,
                place_id=place_id,
                accepted=frozenset(accepted),
            )
    _show(house, agenda_id, appointment.uid, as_json=as_json)


@appointments.command()
@AGENDA
@UID
@START
@AS_JSON
@command
def move(house: House, agenda_id: int, uid: str, start: str, *, as_json: bool) -> None:
    """Move an appointment to another free slot of its agenda."""
    with house.database.transaction() as session:
        zone = _agenda(session, agenda_id).zone
        with _saying_what_helps(zone):
            move_to(session, house.clock, SYSTEM, appointment_on(session, agenda_id, uid), _instant(start, zone))
    _show(house, agenda_id, uid, as_json=as_json)


@appointments.command()
@AGENDA
@UID
@click.option("--reason", default="", help="Kept with the appointment; internal.")
@AS_JSON
@command
def cancel(house: House, agenda_id: int, uid: str, reason: str, *, as_json: bool) -> None:
    """Cancel an appointment; the citizen is told."""
    with house.database.transaction() as session:
        cancel_appointment(session, house.clock, appointment_on(session, agenda_id, uid).id, SYSTEM, reason)
    _show(house, agenda_id, uid, as_json=as_json)


def _agenda(session: Session, agenda_id: int) -> Agenda:
    agenda = session.get(Agenda, agenda_id)
    if agenda is None:
        raise NoSuchAgenda
    return agenda


def _citizen(session: Session, clock: Clock, territory_id: int, email: str, first_name: str, last_name: str) -> Citizen:
    if not (first_name and last_name) and known_by_email(session, territory_id, email) is None:
        raise click.ClickException(
            f"Nobody is known under {email}. Give --first-name and --last-name to make a record."
        )
    return find_or_make(
        session,
        clock,
        territory_id=territory_id,
        email=email,
        first_name=first_name,
        last_name=last_name,
        actor=SYSTEM,
    )


def _instant(text: str, zone: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.ClickException(f"{text!r} is no time. Write it as 2026-12-01T09:30.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


@contextmanager
def _saying_what_helps(zone: str) -> Iterator[None]:
    try:
        yield
    except ToAccept as error:
        keys = " ".join(f"--accept {warned.key}" for warned in error.warnings)
        raise click.ClickException(f"Something speaks against it. To book all the same: {keys}.") from error
    except SlotTaken as error:
        free = [slot.starts_at.astimezone(ZoneInfo(zone)).isoformat() for slot in error.alternatives]
        near = f"Nearest free starts: {', '.join(free)}." if free else "No other start is free."
        raise click.ClickException(f"Nobody is free then. {near}") from error


def _show(house: House, agenda_id: int, uid: str, *, as_json: bool) -> None:
    """The event as calendars see it from now on: one object in JSON, null when they no longer do."""
    with house.database.reading() as session:
        event = next((event for event in served(session, agenda_id) if event.uid == uid), None)
    if as_json:
        click.echo(_json(_plain(event) if event else None))
    else:
        click.echo(_line(event) if event else "Done. Calendars do not show it any more.")


def _plain(event: Served) -> dict[str, str]:
    return asdict(event) | {"start": event.start.isoformat(), "end": event.end.isoformat()}


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _line(event: Served) -> str:
    when = f"{event.start:%Y-%m-%d %H:%M}–{event.end:%H:%M}"
    return f"{when}  {event.status:<9}  {event.summary}  [{event.location}]  {event.uid}"
