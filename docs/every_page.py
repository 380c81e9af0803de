"""Opens every page of the agents' house once, on the demonstration, at 320 px: what axe finds, what sticks out, titles.

    python docs/every_page.py

Which pages there are is read from the routes and from tests/web/register.py, so that a new one cannot be forgotten; `make screens`
runs this after the pictures. Ends with a list of flaws, and with 1 if there is any.
"""

import re
import sys
from collections.abc import Iterator
from typing import Any

from screens import ROOT, chromium, demonstration
from sqlalchemy import Select, select

sys.path.append(str(ROOT / "tests"))
from browser import SMALL_TARGETS, flaws, sideways
from playwright.sync_api import Page
from web.register import PLAIN, REGISTER, Who
from werkzeug.routing import Rule

from rdvdav.administration import webhooks
from rdvdav.administration.webhooks import Wanted
from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.clock import SystemClock
from rdvdav.database import Database
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import Membership, TerritoryAdmin
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.directory.team import Team
from rdvdav.feeds.access import new_app_password
from rdvdav.feeds.address import new_feed_address
from rdvdav.settings import Settings
from rdvdav.webhooks.webhook import Kind
from rdvdav_web import create_app

OPEN = ("signin", "passwords", "help", "pages")
"""What of the house is open to everybody."""
PLAIN_VALUES = {
    "client": ["mac", "google"],
    "calendar": ["plages"],
    "link_token": ["x" * 27],
    "key": ["x"],
    "wording": ["usager-confirmation"],
}
"""What an argument may say that names nothing of anybody; « day » depends on what happens then."""
UNKNOWN = "/agent/connexion/mot-de-passe/x"
"""A link that opens nothing: the page that says so."""
TITLE = re.compile(r"^\S.* – \S.*$")
"""« step or object – page – organisation » (ux 1.4)."""


def main() -> None:
    """Walk, and tell."""
    with demonstration() as facts, chromium() as browser:
        page = browser.new_page(viewport={"width": 320, "height": 844}, base_url=facts["base_url"], locale="fr-FR")
        said: list[str] = []
        page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
        paths = [*_paths(Database(facts["database_url"]), facts)]
        _sign_in(page, facts)
        flawed = [path for path in paths if _told(path, flaws_of(page, path))]
    said = [line for line in said if UNKNOWN not in line]  # a browser itself remarks that this one answers 404
    print(*said, f"{len(paths)} pages opened, {len(flawed)} with flaws, {len(said)} words on the console", sep="\n")
    sys.exit(bool(flawed or said))


def _told(path: str, lines: list[str]) -> bool:
    if lines:
        print(path, *(f"    {line}" for line in lines), sep="\n", flush=True)
    return bool(lines)


def flaws_of(page: Page, path: str) -> list[str]:
    """What speaks against one page; nothing of files and of parts of pages."""
    answer = page.request.get(path)
    if "text/html" not in answer.headers.get("content-type", "") or "<html" not in answer.text():
        return [] if answer.ok else [f"answers {answer.status}"]
    page.goto(path)
    found = flaws(page) + [f"small: {each}" for each in page.evaluate(SMALL_TARGETS)]
    found += [f"{wide} px too wide"] if (wide := sideways(page)) else []
    found += [f"{count} h1"] if (count := page.locator("h1").count()) != 1 else []
    found += [f"title: {page.title()}"] if not TITLE.match(page.title()) else []
    expected = 404 if path.startswith(UNKNOWN) else 200
    return found + ([] if answer.status == expected else [f"answers {answer.status}"])


def _sign_in(page: Page, facts: dict[str, str]) -> None:
    page.goto("/agent/connexion")
    page.locator("input[type=email]").fill(facts["admin_email"])
    page.locator("input[type=password]").fill(facts["agent_password"])
    page.locator("main form button").last.click()
    page.wait_for_url(lambda url: "/connexion" not in url)


def _paths(database: Database, facts: dict[str, str]) -> Iterator[str]:
    """The address of every GET route of the house, about something that exists."""
    app = create_app(database, SystemClock(), Settings(public_url=facts["base_url"]))
    values = _values(database) | _own_keys(database, facts["admin_email"])
    for rule in app.url_map.iter_rules():
        entry = REGISTER[rule.endpoint]
        house = entry.who in {Who.AGENT, Who.ADMIN, Who.CHIEF} or rule.endpoint.partition(".")[0] in OPEN
        if house and "GET" in (rule.methods or ()) and rule.endpoint != "signin.sign_out":
            yield from _filled(rule, entry.arguments, values)
            if "motif" in entry.query:
                yield from (f"{path}?motif={values['motif'][0]}" for path in _filled(rule, entry.arguments, values))


def _filled(rule: Rule, kinds: dict[str, str], values: dict[str, list[Any]]) -> Iterator[str]:
    days = "absence_day" if "absence" in kinds.values() else "day"
    texts = PLAIN_VALUES | {"day": values[days]}
    nothing = [
        name
        for name, kind in kinds.items()
        if not (texts if kind == PLAIN else values).get(name if kind == PLAIN else kind)
    ]
    if nothing:
        print(f"NOT OPENED {rule.rule}: nothing is known to stand for {', '.join(nothing)}", flush=True)
        return
    named = {name: texts[name] if kind == PLAIN else values[kind] for name, kind in kinds.items()}
    if not rule.rule.endswith(">"):  # only what shows a thing is asked of several: not all can be moved, or removed
        named = {name: some[:1] for name, some in named.items()}
    suffix = "?portee=une" if "day" in named else ""
    if rule.endpoint == "agent.citizens.merge_two":
        suffix = "?garder={}&fermer={}".format(*values["citizen"])
    for number in range(max([len(some) for some in named.values()], default=1)):
        chosen = {name: some[number % len(some)] for name, some in named.items()}
        path = re.sub(r"<(?:[^:>]*:)?(\w+)>", lambda found, chosen=chosen: str(chosen[found[1]]), rule.rule)
        yield path + suffix


def _own_keys(database: Database, email: str) -> dict[str, list[Any]]:
    """A device and a link of who walks, to be asked whether to drop them."""
    with database.transaction() as session:
        agent_id = session.scalars(select(Agent.id).where(Agent.email == email)).one()
        password, _secret = new_app_password(session, SystemClock(), agent_id, "Téléphone")
        address, _secret = new_feed_address(session, SystemClock(), agent_id, "Outlook")
        home = session.scalars(select(Membership.organisation_id).where(Membership.agent_id == agent_id)).first()
        online = select(Motif.id).where(Motif.organisation_id == home, Motif.bookable_by == BookableBy.EVERYONE)
        found: dict[str, list[Any]] = {"app_password": [password.id], "feed_address": [address.id]}
        if motifs := session.scalars(online.order_by(Motif.id).limit(2)).all():
            places = session.scalars(select(Place.id).where(Place.organisation_id == home).order_by(Place.id).limit(2))
            members = select(Membership.agent_id).where(
                Membership.organisation_id == home, Membership.agent_id != agent_id
            )
            found["agent"] = [*session.scalars(members.order_by(Membership.agent_id).limit(2))]
            found |= {"organisation": [home], "motif": [*motifs], "place": [*places]}
        chief = session.scalars(select(TerritoryAdmin).where(TerritoryAdmin.agent_id == agent_id)).first()
        if chief is not None:
            wanted = Wanted("Logiciel métier", "https://logiciel.example/rdv", None, frozenset(Kind), active=False)
            webhook = webhooks.create(session, SystemClock(), agent_id, chief.territory_id, wanted)
            webhooks.send_trial(session, SystemClock(), agent_id, chief.territory_id, webhook.id)
            tried = webhooks.deliveries(session, webhook).rows
            found |= {"webhook": [webhook.id], "delivery": [row.id for row in tried], "territory": [chief.territory_id]}
        return found


def _values(database: Database) -> dict[str, list[Any]]:
    """By kind, names of some that exist."""
    agent = select(Agent.id).join(Membership).where(Agent.left_at.is_(None)).order_by(Agent.id)
    to_come = select(Participation.citizen_id).join(Appointment).where(Appointment.starts_at > SystemClock().now())
    series = OpeningRange.recurrence.is_not(None)
    queries: dict[str, Select[Any]] = {
        "organisation": select(Membership.organisation_id).order_by(Membership.organisation_id),
        "territory": select(Membership.territory_id),
        "service": select(Service.id),
        "team": select(Team.id),
        "agent": agent,
        "agenda": select(Agenda.id),
        "place": select(Place.id).order_by(Place.organisation_id),
        "motif": select(Motif.id).order_by(Motif.organisation_id),
        "opening_range": select(OpeningRange.id).where(series),
        "absence": select(Absence.id).where(Absence.recurrence.is_not(None)),
        # The first has nothing to come, so that the record could be removed.
        "citizen": select(Citizen.id)
        .join(CitizenOrganisation)
        .where(Citizen.id.not_in(to_come))
        .distinct()
        .order_by(Citizen.id),
    }
    with database.reading() as session:
        values: dict[str, list[Any]] = {kind: [*session.scalars(query.limit(2))] for kind, query in queries.items()}
        references = (
            select(Appointment.reference).where(Appointment.status == status).order_by(Appointment.starts_at.desc())
            for status in (Status.PLANNED, Status.DONE, Status.CANCELLED_BY_STAFF)
        )
        values["appointment"] = [found for query in references if (found := session.scalars(query.limit(1)).first())]
        values["day"] = [session.get_one(OpeningRange, values["opening_range"][0]).first_day]
        values["absence_day"] = [session.get_one(Absence, values["absence"][0]).first_day]
    return values


if __name__ == "__main__":
    main()
