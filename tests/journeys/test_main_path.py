"""The main path on the running demonstration: booked in a browser, seen by a calendar program; moved, cancelled, and still right."""

import json
import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from subprocess import DEVNULL, Popen, check_output, run
from time import monotonic, sleep

import icalendar
import pytest
from browser import CHROMIUM, chromium, flaws
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.clock import SystemClock
from rdvdav.database import Database
from rdvdav.directory.agent import Agent
from rdvdav.feeds.access import new_app_password
from rdvdav.slots.load import Scope
from rdvdav.slots.near import offered_at

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@dataclass(frozen=True)
class Tour:
    """A demonstration that is being served.

    Attributes:
        facts: What `rdvdav demo describe --json` says.
    """

    facts: dict[str, str]
    database: Database
    mails: Path

    def mails_to(self, address: str) -> list[EmailMessage]:
        """What landed for *address*, oldest first."""
        found = [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(self.mails.glob("*.eml"))]
        mine = [mail for mail in found if mail["To"] == address]
        return sorted(mine, key=lambda mail: (mail["Date"].datetime, str(mail["Subject"])))  # type: ignore[return-value]

    def mail_with(self, address: str, pattern: str) -> re.Match[str]:
        """Wait for a mail to *address* whose text has *pattern*."""
        deadline = monotonic() + 30
        while monotonic() < deadline:
            for mail in self.mails_to(address):
                text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
                if match := re.search(pattern, text):
                    return match
            sleep(0.2)
        raise AssertionError(f"no mail with {pattern!r} came for {address}")


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tour]:
    folder = tmp_path_factory.mktemp("tour")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {
        "RDVDAV_DATABASE_URL": f"sqlite:///{folder}/rdvdav.sqlite",
        "RDVDAV_MAIL_FOLDER": str(folder / "mails"),
        "RDVDAV_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "RDVDAV_DEMONSTRATION": "1",
    }
    command = [sys.executable, "-m", "rdvdav"]
    for arguments in (["migrate"], ["demo", "load"]):
        run([*command, *arguments], env=environment, check=True, stdout=DEVNULL)
    facts = json.loads(check_output([*command, "demo", "describe", "--json"], env=environment))
    server = Popen([*command, "serve", "--port", str(port)], env=environment, stdout=DEVNULL)
    database = Database(environment["RDVDAV_DATABASE_URL"])
    try:
        deadline = monotonic() + 30
        while monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            sleep(0.1)
        yield Tour(facts, database, folder / "mails")
    finally:
        database.dispose()
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        assert os.environ.get("CI") != "true", "Chromium must be installed where CI runs"
        pytest.skip("NOT RUN: no Chromium is installed; `make clients` installs it")
    with chromium() as running:
        yield running


@pytest.mark.parametrize(
    ("width", "scripts"),
    [(390, True), pytest.param(1366, True, marks=pytest.mark.matrix), (390, False)],
    ids=["390-scripts", "1366-scripts", "390-no scripts"],
)
def test_from_the_portal_to_the_calendar_and_back(tour: Tour, browser: Browser, width: int, *, scripts: bool) -> None:
    address = f"amina.{width}.{scripts}@courriel.example".lower()
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        java_script_enabled=scripts,
        locale="fr-FR",
        timezone_id="Europe/Paris",
    )
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    reference = book(tour, page, address, check=scripts)
    with calendar_of(tour, reference) as (calendar, uid, agenda_id):
        follow = calendar.objects(load_objects=True)
        [event] = [item for item in follow if uid in item.data]
        assert "STATUS:CONFIRMED" in event.data

        move(tour, page, reference)
        _updated, removed = follow.sync()
        assert list(removed) == []
        assert changed_since(calendar, follow, uid, "STATUS:CONFIRMED")
        cancel(page)
        follow.sync()
        assert changed_since(calendar, follow, uid, "STATUS:CANCELLED")

    tour.mail_with(address, "annulé")
    invitations = [part_of(mail) for mail in tour.mails_to(address) if part_of(mail)]
    events = [icalendar.Calendar.from_ical(text).walk("VEVENT")[0] for text in invitations]
    assert len({str(event["UID"]) for event in events}) == 1
    assert sorted(int(event["SEQUENCE"]) for event in events) == [0, 1, 2]
    listed = json.loads(
        check_output(
            [sys.executable, "-m", "rdvdav", "appointments", "list", "--agenda", str(agenda_id), "--json"],
            env=os.environ | {"RDVDAV_DATABASE_URL": tour.database.url.render_as_string()},
        )
    )
    assert [row["status"] for row in listed if row["uid"] == uid] == ["CANCELLED"]
    assert said == []
    context.close()


def book(tour: Tour, page: Page, address: str, *, check: bool) -> str:
    """From the organisation's page to the confirmation; the reference shown. With scripts axe looks at each page."""

    def look() -> None:
        if check:
            assert flaws(page) == []
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        if check:
            assert page.evaluate(overflow) <= 0

    page.goto(tour.facts["portal_url"])
    look()
    page.locator("main a.button").first.click()
    while page.locator("button[name=creneau]").count() == 0:
        look()
        if page.locator("main input[type=checkbox]").count():
            page.locator("main input[type=checkbox]").first.check()
            page.locator("main form button").last.click()
        else:
            page.locator("main ul a").first.click()
    look()
    # The farthest day listed, so that the appointment may still be moved.
    page.locator("button[name=creneau]:visible").last.click()
    look()
    page.locator("input[name=first_name]").fill("Amina")
    page.locator("input[name=last_name]").fill("Bénali")
    page.locator("input[name=email]").fill(address)
    page.locator("form#you button.button:visible").last.click()
    look()
    code = tour.mail_with(address, r"(?m)^ +(\d{6})\s*$").group(1)
    page.locator("input[name=code]").fill(code)
    page.locator("form:has(input[name=code]) button").first.click()
    look()
    page.locator("main form button.button").last.click()
    look()
    match = re.search(r"/rendez-vous/([a-z0-9]+)/confirme$", page.url)
    assert match, page.url
    return match.group(1)


def move(tour: Tour, page: Page, reference: str) -> None:
    """To another time that the same agent offers first, so that one calendar shows the move; not so soon that cancelling is over."""
    page.locator("a[href$='/deplacer']").first.click()
    buttons = page.locator("button[name=creneau]:visible")
    with tour.database.reading() as session:
        appointment = session.scalars(select(Appointment).where(Appointment.reference == reference)).one()
        agendas = {claim.agenda_id for claim in appointment.claims}
        for button in buttons.all():
            starts_at = datetime.fromisoformat((button.get_attribute("value") or "").partition("@")[0])
            free = offered_at(session, SystemClock(), appointment.motif, starts_at, Scope.one(appointment.place_id))
            if free and free[0].agenda_id in agendas and starts_at > SystemClock().now() + timedelta(days=1):
                break
        else:
            raise AssertionError(f"the agent offers no later time among {buttons.count()}")
    button.click()
    page.locator("main form button.button").last.click()


def cancel(page: Page) -> None:
    """For good."""
    page.locator("a[href$='/annuler']").first.click()
    page.locator("main form button.danger, main form button.button").first.click()


@contextmanager
def calendar_of(tour: Tour, reference: str):
    """The calendar of the agent who got the appointment, found from the root address alone; the event's UID; the agenda."""
    import caldav

    with tour.database.transaction() as session:
        appointment = session.scalars(select(Appointment).where(Appointment.reference == reference)).one()
        agenda = session.scalars(select(Agenda).join(Claim).where(Claim.appointment_id == appointment.id)).one()
        agent = session.get_one(Agent, agenda.agent_id)
        _row, password = new_app_password(session, SystemClock(), agent.id, "caldav")
        uid, principal, agenda_id = appointment.uid, agent.principal, agenda.id
    with caldav.DAVClient(url=f"{tour.facts['base_url']}/", username=principal, password=password) as client:
        [calendar] = client.principal().calendars()
        yield calendar, uid, agenda_id


def changed_since(calendar, follow, uid: str, status: str) -> bool:
    """Whether the followed copy now says *status* of the event, as the server does."""
    here = [item.data for item in follow if uid in (item.data or "")]
    there = [item.data for item in calendar.events() if uid in item.data]
    return here == there and all(status in text for text in here) and len(here) == 1


def part_of(mail: EmailMessage) -> str:
    """Its calendar part."""
    for part in mail.walk():
        if part.get_content_type() == "text/calendar":
            return part.get_payload(decode=True).decode()  # type: ignore[union-attr]
    return ""


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_agent_finds_a_slot_makes_a_record_books_and_the_calendar_shows_it(
    tour: Tour, browser: Browser, *, scripts: bool
) -> None:
    address = f"nolwenn.{scripts}@courriel.example".lower()
    context = browser.new_context(java_script_enabled=scripts, locale="fr-FR", timezone_id="Europe/Paris")
    page = context.new_page()
    page.goto(f"{tour.facts['base_url']}/agent/agenda")
    page.locator("input[name=email]").fill(tour.facts["agent_email"])
    page.locator("input[name=password]").fill(tour.facts["agent_password"])
    page.locator("main form button").first.click()

    page.locator("a[href$='/trouver-un-rdv']:visible").first.click()
    motifs = page.locator("select[name=motif] option").all()
    for value in [motif.get_attribute("value") for motif in motifs[1:]]:
        page.goto(f"{tour.facts['base_url']}/agent/trouver-un-rdv?motif={value}")
        if page.locator("a.slot").count():
            break
    page.locator("a.slot:visible").last.click()
    page.locator("summary:has-text('Créer un usager')").click()
    page.locator("input[name=first_name]").fill("Nolwenn")
    page.locator("input[name=last_name]").fill(f"Tanguy {scripts}")
    page.locator("input[name=email]").fill(address)
    page.locator("button[value=create]").click()
    page.locator("button[value=book]").click()

    page.wait_for_url(re.compile(r"/agent/rendez-vous/[a-z0-9]{8,}$"))
    reference = page.url.rpartition("/")[2]
    with calendar_of(tour, reference) as (calendar, uid, _agenda_id):
        [event] = [item for item in calendar.events() if uid in item.data]
        assert "STATUS:CONFIRMED" in event.data
        assert "Tanguy" not in event.data
    tour.mail_with(address, "Votre rendez-vous")
    assert [part_of(mail) for mail in tour.mails_to(address) if part_of(mail)]
    context.close()
