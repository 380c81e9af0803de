"""Takes the pictures of the README and of docs/screens from the demonstration, in the system's Chromium, at 390 and 1366 px.

    make screens

A demonstration of its own is loaded into a temporary folder and served on a free port; nothing else is touched.
"""

import json
import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from subprocess import DEVNULL, Popen, check_output, run
from tempfile import TemporaryDirectory
from time import monotonic, sleep

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tests"))
from browser import chromium  # noqa: E402 - the tests' browser, found just above
from playwright.sync_api import Page  # noqa: E402

WIDTHS = {1366: 900, 390: 844}
SCREENS = ROOT / "docs/screens"
LISTS = {
    "appointments": "rendez-vous",
    "to-complete": "rendez-vous/a-renseigner",
    "waiting-room": "salle-d-attente",
    "collective": "rdv-collectifs",
    "new-appointment": "rendez-vous/nouveau",
    "online-booking": "reservation-en-ligne",
}
"""The agents' lists, by the name of their picture."""
RDVDAV = [sys.executable, "-m", "rdvdav"]


@contextmanager
def demonstration() -> Iterator[dict[str, str]]:
    """What `rdvdav demo describe` says of a demonstration that is being served, and its `database_url`."""
    with TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        environment = os.environ | {
            "RDVDAV_DATABASE_URL": f"sqlite:///{folder}/rdvdav.sqlite",
            "RDVDAV_MAIL_FOLDER": f"{folder}/mails",
            "RDVDAV_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "RDVDAV_DEMONSTRATION": "1",
        }
        for command in (["migrate"], ["demo", "load"]):
            run([*RDVDAV, *command], env=environment, check=True, stdout=DEVNULL)
        facts = json.loads(check_output([*RDVDAV, "demo", "describe", "--json"], env=environment))
        server = Popen([*RDVDAV, "serve", "--port", str(port)], env=environment, stdout=DEVNULL)
        try:
            _wait(port)
            yield facts | {
                "database_url": environment["RDVDAV_DATABASE_URL"],
                "mail_folder": environment["RDVDAV_MAIL_FOLDER"],
            }
        finally:
            server.terminate()
            server.wait()


def _wait(port: int) -> None:
    deadline = monotonic() + 30
    while monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        sleep(0.1)
    raise SystemExit("The demonstration does not answer.")


def take(page: Page, name: str, width: int, *, whole: bool = False) -> None:
    """One picture, once the page is there."""
    page.wait_for_load_state()
    page.screenshot(path=SCREENS / f"{name}-{width}.png", full_page=whole)
    print(f"docs/screens/{name}-{width}.png")


def portal(page: Page, facts: dict[str, str], width: int) -> None:
    """From the organisation's page to the one where the citizen says who comes."""
    page.goto(facts["portal_url"])
    page.locator(".header").get_by_role("link", name="English").click()
    take(page, "organisation-english", width)
    page.locator(".header").get_by_role("link", name="Français").click()
    take(page, "organisation", width)
    page.locator("main a.button").first.click()
    while page.locator("form button[name=creneau]").count() == 0:
        if page.locator("main form input[type=checkbox]").count():
            page.locator("main form input[type=checkbox]").first.check()
            page.locator("main form button").last.click()
        else:
            page.locator("main ul a").first.click()
    take(page, "slots", width)
    slots = page.url
    page.get_by_role("link", name="M'inscrire sur la liste d'attente").first.click()
    take(page, "waiting-list", width)
    page.goto(slots)
    page.locator("form button[name=creneau]").first.click()
    take(page, "you", width)
    page.get_by_role("link", name="Je suis un prescripteur").click()
    take(page, "referrer", width)


def links(page: Page, facts: dict[str, str], width: int) -> None:
    """What the links of messages open: an appointment once the surname is said, a place on the waiting list, an invitation."""
    page.goto(facts["link_url"])
    take(page, "link", width)
    page.locator("input[name=letters]").fill(facts["link_surname"][:3])
    page.locator("main form button").first.click()
    take(page, "link-opened", width, whole=True)
    page.goto(facts["waiting_url"])
    take(page, "waiting-entry", width)
    page.goto(facts["invitation_url"])
    take(page, "invitation", width)


def account(page: Page, facts: dict[str, str], width: int) -> None:
    """A citizen's appointments, relatives and details, once the address is proved."""
    page.goto(f"{facts['portal_url']}/mes-rendez-vous")
    page.locator("input[type=email]").fill(facts["citizen_email"])
    page.locator("main form button").last.click()
    page.locator("input[name=code]").fill(_code(Path(facts["mail_folder"])))
    page.locator("main form button").first.click()
    take(page, "my-appointments", width)
    page.get_by_role("link", name="Mes proches").click()
    for label, text in {"Prénom": "Sami", "Nom": "Morel", "Date de naissance": "2018-05-04"}.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Ajouter").click()
    take(page, "my-relatives", width)
    page.get_by_role("link", name="Mes informations").click()
    take(page, "my-details", width)


def _code(mails: Path) -> str:
    """The code of the newest mail, once it has left."""
    deadline = monotonic() + 20
    while monotonic() < deadline:
        for path in sorted(mails.glob("*.eml"), reverse=True):
            message = message_from_bytes(path.read_bytes(), policy=default)
            found = re.search(r"^ {4}(\d{6})\s*$", message.get_body(("plain",)).get_content(), re.MULTILINE)
            if found:
                path.unlink()
                return found[1]
        sleep(0.2)
    raise SystemExit("No mail with a code has come.")


def several_slots(page: Page, facts: dict[str, str], width: int) -> None:
    """Slots taken in one go, two of three."""
    page.goto(facts["base_url"])
    page.get_by_role("link", name="Espace numérique").first.click()
    page.locator("main a.button").first.click()
    page.get_by_role("link", name="Prise en main").click()
    if page.locator("label.slot").count() == 0:
        page.locator("main ul a").first.click()
    for box in page.locator("label.slot").all()[:2]:
        box.click()
    take(page, "several-slots", width)


def office(page: Page, facts: dict[str, str], width: int) -> None:
    """The agent's agenda in its views, an appointment that moves, the opening ranges, the calendars page."""
    page.goto(f"{facts['base_url']}/agent/agenda")
    page.locator("input[type=email]").fill(facts["agent_email"])
    page.locator("input[type=password]").fill(facts["agent_password"])
    page.locator("main form button").last.click()
    page.get_by_role("link", name="Suivante").click()
    take(page, "agenda", width)
    for view, name in (("Mois", "agenda-month"), ("Liste", "agenda-list"), ("Jour", "agenda-day")):
        page.get_by_role("link", name=view, exact=True).click()
        take(page, name, width)
    if page.locator(".picker input").count():
        page.locator(".picker summary").click()
        for box in page.locator(".picker input").all()[:4]:
            box.check()
        page.locator(".picker button").click()
        take(page, "agenda-side-by-side", width)
    page.locator(".block[data-move]").first.click()
    page.get_by_role("link", name="Déplacer").click()
    page.locator("#heure").fill("15:35")
    page.get_by_role("button", name="Continuer").click()
    take(page, "move", width)
    page.goto(f"{facts['base_url']}/agent/plages")
    take(page, "opening-ranges", width)
    for name, path in LISTS.items():
        page.goto(f"{facts['base_url']}/agent/{path}")
        take(page, name, width)
    page.goto(f"{facts['base_url']}/agent/mes-agendas")
    take(page, "calendars", width)
    page.goto(f"{facts['base_url']}/agent/mon-compte/notifications")
    take(page, "notifications", width, whole=True)
    page.goto(f"{facts['base_url']}/agent/usagers")
    take(page, "citizens", width)
    page.locator("main tbody th a").first.click()
    take(page, "citizen", width)
    page.get_by_role("link", name="Inviter à prendre RDV").click()
    take(page, "invite-to-book", width)
    page.goto(f"{facts['base_url']}/aide")
    take(page, "help", width)


def administration(page: Page, facts: dict[str, str], width: int) -> None:
    """What an administrator of the territory sees: getting started, motifs, one of them, agents, services."""
    page.goto(f"{facts['base_url']}/agent/connexion?next=/agent/organisation")
    page.locator("input[type=email]").fill(facts["admin_email"])
    page.locator("input[type=password]").fill(facts["agent_password"])
    page.locator("main form button").last.click()
    for name, link in (
        ("motifs", "Motifs"),
        ("members", "Agents"),
        ("embedding", "Intégration"),
        ("getting-started", "Mise en route"),
    ):
        page.get_by_role("navigation", name="Paramètres").get_by_role("link", name=link).click()
        take(page, name, width)
    page.get_by_role("navigation", name="Paramètres").get_by_role("link", name="Motifs").click()
    page.locator("tbody th a").first.click()
    take(page, "motif", width)
    page.get_by_role("navigation", name="Paramètres").get_by_role("link", name="Messages").click()
    take(page, "messages", width, whole=True)
    page.get_by_role("link", name="Rendez-vous déplacé – À l'usager").click()
    take(page, "message", width, whole=True)
    page.goto(f"{facts['base_url']}/agent/territoire")
    page.get_by_role("link", name="Services", exact=True).click()
    take(page, "services", width)
    page.goto(f"{facts['base_url']}/agent/journal")
    take(page, "journal", width)
    page.goto(f"{facts['base_url']}/agent/envois")
    take(page, "sendings", width)


def main() -> None:
    """Take them all."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    with demonstration() as facts, chromium() as browser:
        for width, height in WIDTHS.items():
            for visit in (portal, links, several_slots, account, office, administration):
                context = browser.new_context(viewport={"width": width, "height": height}, locale="fr-FR")
                visit(context.new_page(), facts, width)
                context.close()


if __name__ == "__main__":
    main()
