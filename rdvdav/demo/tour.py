"""What a newcomer needs to look around: addresses, accounts and clear secrets, in a file that only its owner reads.

Secrets are hashed in the database; this file alone has them in clear, and only those of the demonstration.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import func, make_url, select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.demo.house import ORGANISATIONS
from rdvdav.demo.staff import FIRST_SEEN, ORGANISATION_ADMINS, SECRETARY, TERRITORY_ADMIN, Colleague, address_of
from rdvdav.demo.wishes import Links
from rdvdav.errors import NotFound
from rdvdav.feeds.access import new_app_password
from rdvdav.feeds.address import new_feed_address
from rdvdav.feeds.object import Collection
from rdvdav.settings import Settings

FOLDER = Path("var")
"""Where the file goes when the database is no file itself."""
NAME = "demonstration.json"
LABEL = "Démonstration"

Facts = dict[str, Any]


class NotLoaded(NotFound):
    """No demonstration was loaded into this database: run `rdvdav demo load`."""


def facts_path(settings: Settings) -> Path:
    """Where the facts about the demonstration in this database are kept."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        database = Path(url.database)
        return database.with_name(f"{database.stem}.{NAME}")
    return FOLDER / f"{url.database}.{NAME}"


def describe(settings: Settings) -> Facts:
    """The facts, under today's public address.

    Raises:
        NotLoaded: There is no such file.
    """
    try:
        text = facts_path(settings).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise NotLoaded from error
    facts: Facts = json.loads(text)
    base = facts["base_url"]
    for name, value in facts.items():
        if name.endswith("_url"):
            facts[name] = settings.public_url + value.removeprefix(base)
    return facts


def keep(
    session: Session, clock: Clock, settings: Settings, colleagues: Sequence[Colleague], password: str, links: Links
) -> None:
    """Give the first agent a key to the calendar and an address of its feed, and keep all facts, readable by this user alone."""
    base = settings.public_url
    facts = _facts(session, clock, base, colleagues, password) | {
        "link_url": f"{base}{links.infos}",
        "link_surname": links.surname,
        "waiting_url": f"{base}{links.waiting}",
        "invitation_url": f"{base}{links.invitation}",
    }
    path = facts_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # its rights would outlive a mere rewriting
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        json.dump(facts, file, indent=2, ensure_ascii=False)


def first_seen(colleagues: Sequence[Colleague]) -> Colleague:
    """Whom a newcomer signs in as first."""
    return next(each for each in colleagues if each.agent.name == FIRST_SEEN)


def _facts(session: Session, clock: Clock, base: str, colleagues: Sequence[Colleague], password: str) -> Facts:
    own = first_seen(colleagues)
    other = next(each for each in colleagues if each.team.organisation != own.team.organisation)
    calendar, hidden = (
        session.scalars(select(Collection).where(Collection.agenda_id == each.agenda.id)).one() for each in (own, other)
    )
    _, app_password = new_app_password(session, clock, own.agent.id, LABEL)
    _, secret = new_feed_address(session, clock, own.agent.id, LABEL)
    return {
        "base_url": base,
        "portal_url": f"{base}/rdv/{ORGANISATIONS[own.team.organisation]['slug']}",
        "agent_email": own.agent.email,
        "admin_email": address_of(TERRITORY_ADMIN),
        "agent_password": password,
        "app_password": app_password,
        "principal": own.agent.principal,
        "calendar_url": f"{base}/dav/{own.agent.principal}/{calendar.slug}/",
        "other_calendar_url": f"{base}/dav/{other.agent.principal}/{hidden.slug}/",
        "webcal_url": f"{base}/calendrier/agenda-{secret}.ics",
        "agenda": own.agenda.id,
        "citizen_email": _busy_citizen(session, clock),
        "accounts": {
            address_of(FIRST_SEEN): "agent",
            address_of(ORGANISATION_ADMINS[0]): "organisation admin",
            address_of(SECRETARY): "secretariat",
            address_of(TERRITORY_ADMIN): "territory admin",
        },
    }


def _busy_citizen(session: Session, clock: Clock) -> str:
    """The address of somebody with most appointments to come: a good visitor of « Mes rendez-vous »."""
    query = (
        select(Citizen.email)
        .join(Participation, Participation.citizen_id == Citizen.id)
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .where(Appointment.starts_at > clock.now(), Appointment.status == Status.PLANNED, Citizen.email.is_not(None))
        .group_by(Citizen.id, Citizen.email)
        .order_by(func.count().desc(), Citizen.id)
        .limit(1)
    )
    return session.scalars(query).one() or ""
