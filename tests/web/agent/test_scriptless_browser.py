"""An agent's work on appointments without any script, on the narrowest phone and by keyboard: what axe and fingers find on each page."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from browser import keep_scripts_away, look, sideways
from make import Maker
from playwright.sync_api import Page, expect
from sqlalchemy import select
from web.agent import test_browser
from web.agent.test_browser import Site
from web.agent.town import book

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.outbox.message import Message

pytestmark = pytest.mark.browser

JEANNE = "jeanne@exemple.test"
browser, opened, site = test_browser.browser, test_browser.opened, test_browser.site


@dataclass
class Hands:
    """Somebody who has but a keyboard; each page is looked at when its title is first read."""

    page: Page
    titles: set[str] = field(default_factory=set)

    def press(self, name: str, role: Any = "button") -> None:
        """A link or button, by the key Enter."""
        self.page.get_by_role(role, name=name, exact=True).first.press("Enter")
        self.page.wait_for_load_state()
        assert sideways(self.page) == 0, self.page.url
        if (title := self.page.title()) not in self.titles:
            self.titles.add(title)
            look(self.page)


@pytest.fixture
def hands(opened: Any, site: Site) -> Hands:
    """Claire's day; Jeanne Roux is known to the house, Amina receives on mornings too, and one motif is collective."""
    town = site.town
    with site.database.transaction() as session:
        make = Maker(session, site.clock)
        hers, motif = session.get_one(Agenda, town.colleagues_agenda), session.get_one(Motif, town.motif)
        jeanne = session.scalars(select(Citizen).where(Citizen.email == JEANNE)).one()
        known = {"organisation_id": town.organisation, "created_at": site.clock.now()}
        session.add(CitizenOrganisation(citizen_id=jeanne.id, **known))
        of_it = {"organisation_id": town.organisation, "territory_id": town.territory}
        make._first[Organisation] = session.get_one(Organisation, town.organisation)
        make.opening_range(hers, [motif], place_id=town.place)
        make.motif(name="Atelier", collective=True, service_id=town.service, **of_it)
    page: Page = opened("/agent/agenda", 320)
    keep_scripts_away(page)
    return Hands(page)


def test_an_agents_work_on_appointments(hands: Hands, site: Site) -> None:
    reference = _two_people_and_a_warning(hands)
    _moved_and_given_away(hands, reference)
    with site.database.reading() as session:
        appointment = session.scalars(select(Appointment).filter_by(reference=reference)).one()
        assert [claim.agenda_id for claim in appointment.claims] == [site.town.colleagues_agenda]
        assert appointment.status is Status.CANCELLED_BY_CITIZEN
        told = session.scalars(
            select(Message.event).where(~Message.to_compose).where(Message.recipient == JEANNE).order_by(Message.id)
        ).all()
    assert told == [f"appointment.{what}" for what in ("created", "moved", "reassigned", "cancelled")]
    site.clock.advance(timedelta(minutes=40))
    references = [book(site.database, site.clock, site.town, 8), site.references["overlap"]]
    _what_became_of_today(hands, references)
    _together(hands)
    with site.database.reading() as session:
        assert [session.scalars(select(Appointment.status).filter_by(reference=each)).one() for each in references] == [
            Status.NO_SHOW,
            Status.DONE,
        ]


def _two_people_and_a_warning(hands: Hands) -> str:
    """Booked where Claire is away: the reference."""
    page = hands.page
    page.goto("/agent/rendez-vous/nouveau")
    page.get_by_label("Motif").select_option("Passeport (30 minutes)")
    page.locator("main").get_by_label("Rechercher un usager").fill("roux jea")
    hands.press("Rechercher")
    hands.press("Choisir cet usager Jeanne Roux")
    page.get_by_label("Date", exact=True).fill("2026-11-24")
    page.get_by_label("Heure").fill("09:50")
    page.get_by_label("Lieu").select_option("Mairie centrale")
    page.get_by_label("Agent").first.select_option("Claire Martin")
    page.get_by_text("Ajouter un autre usager").press("Enter")
    page.get_by_text("Créer un usager").press("Enter")
    page.get_by_label("Prénom").fill("Ana")
    page.get_by_label("Nom", exact=True).fill("Costa")
    hands.press("Créer cet usager")
    hands.press("Créer le rendez-vous")
    expect(page.get_by_role("alert")).to_contain_text("Cochez chaque avertissement")
    for box in page.get_by_role("group", name="Avertissements").get_by_role("checkbox").all():
        box.press("Space")
    hands.press("Créer le rendez-vous")
    expect(page.locator("main")).to_contain_text("2 participants")
    expect(page.locator("main")).to_contain_text("accepté : ")
    return page.url.rpartition("/")[2]


def _moved_and_given_away(hands: Hands, reference: str) -> None:
    """By form to Thursday, to a colleague who is free then, and cancelled."""
    page = hands.page
    hands.press("Déplacer", "link")
    page.get_by_label("Date", exact=True).fill("2026-11-26")
    page.get_by_label("Heure").fill("10:00")
    hands.press("Continuer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Déplacer au jeudi 26 novembre à 10 h ?")
    hands.press("Déplacer")
    page.goto(f"/agent/rendez-vous/{reference}")
    hands.press("Réattribuer (1)", "link")
    page.get_by_label("Amina Roy").press("Space")
    hands.press("Réattribuer à cet agent")
    hands.press("Annuler à la demande de l'usager", "link")
    hands.press("Annuler le rendez-vous")


def _what_became_of_today(hands: Hands, references: list[str]) -> None:
    """Absent, by the page of the appointment; arrived and received, in the waiting room; the others at once, in the list."""
    page = hands.page
    page.goto(f"/agent/rendez-vous/{references[0]}")
    hands.press("Absence non excusée")
    page.goto("/agent/salle-d-attente")
    hands.press("Usager arrivé Paul Durand")
    hands.press("Honoré Paul Durand")
    page.goto("/agent/rendez-vous/a-renseigner")
    page.get_by_label("Choisir le rendez-vous de Jeanne Roux").press("Space")
    hands.press("Tout marquer honoré (rendez-vous cochés)")


def _together(hands: Hands) -> None:
    """A collective appointment of one seat, two participants, and the list of such."""
    page = hands.page
    page.goto("/agent/rdv-collectifs")
    hands.press("Nouveau RDV collectif", "link")
    page.get_by_label("Motif").select_option("Atelier (30 minutes)")
    page.get_by_label("Titre").fill("Gérer son budget")
    page.get_by_label("Places").fill("1")
    page.get_by_label("Date", exact=True).fill("2026-11-27")
    page.get_by_label("Heure").fill("14:00")
    page.get_by_label("Agent").first.select_option("Claire Martin")
    hands.press("Créer le rendez-vous")
    expect(page.get_by_role("alert")).to_contain_text("lieu")
    page.get_by_label("Lieu").select_option("Mairie centrale")
    hands.press("Créer le rendez-vous")
    for name in ("Jeanne Roux", "Ana Costa"):
        hands.press("Ajouter un participant", "link")
        page.locator("main").get_by_label("Rechercher").fill(name)
        hands.press("Rechercher")
        hands.press(f"Ajouter {name}")
    hands.press("Ajouter quand même")
    expect(page.locator("main")).to_contain_text("Ana Costa : inscription enregistrée.")
    page.goto("/agent/rdv-collectifs")
    expect(page.locator("main")).to_contain_text("2 inscrits sur 1")
