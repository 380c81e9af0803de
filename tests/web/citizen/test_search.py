"""From the organisation to the list of slots (ux 3.1 to 3.7)."""

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from make import Maker
from sqlalchemy import delete
from web.citizen.town import PORTAL, Town, away, builders, change
from web.citizen.visitor import Visitor

from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.directory.organisation import Organisation


def slots_of(visitor: Visitor) -> list[str]:
    """The starts offered, in the order of the page."""
    return [words[:5] for words in visitor.buttons if words[2:3] == ":"]


def test_the_first_page_lists_the_organisations_of_each_territory(visitor: Visitor) -> None:
    visitor.open("/")

    assert "Guadeloupe" in visitor.page.words
    assert "Ville de Sainte-Anne" in visitor.follow("Ville de Sainte-Anne").words
    assert visitor.path == PORTAL


def test_an_organisation_says_how_to_reach_it(visitor: Visitor, database: Database, town: Town) -> None:
    change(
        database, Organisation, town.organisation, notice="Fermé le 24 décembre.", website="https://sainte-anne.example"
    )

    words = visitor.open(PORTAL).words

    for said in (
        "1 place de la Mairie, 97180 Sainte-Anne",
        "du lundi au vendredi, de 9 h à 17 h",
        "01 23 45 67 89",
        "accueil@sainte-anne.example",
        "https://sainte-anne.example",
        "Fermé le 24 décembre.",
    ):
        assert said in words
    assert visitor.has_link("Prendre rendez-vous")
    assert visitor.has_link("Retrouver mon rendez-vous")


def test_an_unknown_organisation_is_a_calm_404(visitor: Visitor) -> None:
    words = visitor.open("/rdv/nulle-part/service").words

    assert visitor.answer.status_code == 404
    assert "Cette organisation n'est pas ici" in words
    assert visitor.has_link("Voir toutes les organisations")


def test_links_lead_from_service_to_slots(visitor: Visitor, town: Town) -> None:
    visitor.open(PORTAL)
    assert "Quel service souhaitez-vous rencontrer ?" in visitor.follow("Prendre rendez-vous").words
    assert "Étape 1 sur 6" in visitor.page.words

    visitor.follow("État civil")
    assert "Quel est le motif de votre rendez-vous ?" in visitor.page.words
    assert "Étape 2 sur 6" in visitor.page.words
    assert "15 minutes · Par téléphone" in visitor.page.words

    visitor.follow("Passeport")
    assert "Où souhaitez-vous être reçu ?" in visitor.page.words
    assert "Étape 3 sur 6" in visitor.page.words
    assert "Prochain créneau : jeudi 26 novembre 2026 à 9 h" in visitor.page.words

    visitor.follow("Mairie annexe")
    assert "Choisissez un créneau" in visitor.page.words
    assert "Étape 4 sur 6" in visitor.page.words
    assert "Premier créneau libre : jeudi 26 novembre 2026 à 9 h. Durée : 30 minutes." in visitor.page.words
    assert "Horaires affichés à l'heure de Paris (UTC+1)" in visitor.page.words
    assert visitor.path == f"{PORTAL}/creneau?motif={town.passport}&lieu={town.annexe}"


def test_places_come_by_their_next_slot_and_those_without_any_last(
    visitor: Visitor, database: Database, clock: StoppedClock, town: Town
) -> None:
    with database.transaction() as session:
        make = builders(session, clock, town)
        empty = make.place(name="Antenne sans créneau")
        passport = session.get_one(Motif, town.passport)
        today = clock.now().date()
        make.opening_range(
            make.agenda(),
            [passport],
            place_id=empty.id,
            first_day=today,
            last_day=today,
            recurrence=None,
            opens=time(6),
            closes=time(7),
        )

    visitor.open(f"{PORTAL}/lieu?motif={town.passport}")

    names = [label for label, url in visitor.page.links if "&lieu=" in url and label != "Tous les lieux"]
    assert names == ["Mairie centrale", "Mairie annexe", "Antenne sans créneau"]
    assert (
        "Antenne sans créneau 1 place de la République, 97180 Sainte-Anne Aucun créneau disponible ici"
        in visitor.page.words
    )


def test_a_step_with_one_choice_is_skipped_and_the_numbering_adapts(
    visitor: Visitor, database: Database, town: Town
) -> None:
    for motif in (town.passport, town.advice, town.permit, town.never):
        change(database, Motif, motif, bookable_by=BookableBy.AGENTS)

    words = visitor.open(f"{PORTAL}/service").words

    assert visitor.path == f"{PORTAL}/creneau?motif={town.card}&lieu={town.hall}"
    assert "Étape 1 sur 3 Créneau" in words
    assert not visitor.has_link("Modifier le motif")


@pytest.mark.parametrize(
    ("preset", "leads_to"),
    [
        ("/motif?service=", "/motif?service="),
        ("/conditions?motif={permit}", "/conditions?motif={permit}"),
        ("/creneau?motif={permit}", "/conditions?motif={permit}&lieu={hall}"),
        ("/creneau?motif={permit}&lu=1", "/creneau?motif={permit}&lu=1"),
        ("/creneau?motif={passport}", "/lieu?motif={passport}"),
        ("/lieu?motif={card}", "/creneau?motif={card}&lieu={hall}"),
        ("/lieu?motif={advice}", "/creneau?motif={advice}"),
        (
            "/creneau?motif={passport}&lieu={annexe}&moment=matin",
            "/creneau?motif={passport}&lieu={annexe}&moment=matin",
        ),
        ("/creneau", "/service"),
        ("/lieu", "/service"),
    ],
)
def test_a_public_link_may_preset_any_step(visitor: Visitor, town: Town, preset: str, leads_to: str) -> None:
    if preset == leads_to == "/motif?service=":
        visitor.open(f"{PORTAL}/service")
        preset = leads_to = visitor.href("État civil").removeprefix(PORTAL)
    visitor.open(PORTAL + preset.format(**vars(town)))

    assert visitor.answer.status_code == 200
    assert visitor.path == PORTAL + leads_to.format(**vars(town))


def test_a_link_presets_the_list_and_the_steps_before_it_carry_that_along(
    visitor: Visitor, database: Database, town: Town
) -> None:
    change(database, Motif, town.passport, citizen_chooses_agent=True)

    visitor.open(f"{PORTAL}/service?du=2026-12-01&moment=matin&jours=mardi&jours=jeudi&agent={town.claire}")
    visitor.follow("État civil")
    visitor.follow("Passeport")
    visitor.follow("Mairie centrale")

    assert visitor.path == (
        f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}&du=2026-12-01&moment=matin&jours=mardi&jours=jeudi"
        f"&agent={town.claire}"
    )
    assert "Mardi 1er décembre Matin 09:00" in visitor.page.words
    visitor.follow("Retirer les filtres")
    assert visitor.path == f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}"


def test_a_change_of_the_clocks_is_said_on_the_first_day_after_it(
    visitor: Visitor, database: Database, town: Town
) -> None:
    change(database, Motif, town.card, max_notice="6 months")

    visitor.open(f"{PORTAL}/creneau?motif={town.card}")
    assert "Changement d'heure" not in visitor.page.words
    words = visitor.open(f"{PORTAL}/creneau?motif={town.card}&du=2027-03-25").words

    assert words.count("Changement d'heure") == 1
    after = words.split("Mardi 30 mars")[1]  # after Easter
    assert after.startswith(" Changement d'heure. Horaires affichés à l'heure de Paris (UTC+2) Matin 09:00")


def test_conditions_are_read_before_a_place_is_chosen(visitor: Visitor, town: Town) -> None:
    visitor.open(f"{PORTAL}/service")
    visitor.follow("Urbanisme")
    words = visitor.page.words
    assert "Réservé aux projets sur la commune." in words
    assert "À apporter Le plan" in words

    visitor.press("Continuer")
    assert "Cochez la case quand vous avez lu les conditions" in visitor.page.words

    visitor.press("Continuer", read="y")
    assert visitor.path == f"{PORTAL}/creneau?motif={town.permit}&lieu={town.hall}&lu=1"


def test_conditions_not_read_hold_no_slot(visitor: Visitor, town: Town) -> None:
    visitor.open(f"{PORTAL}/creneau?motif={town.permit}&lu=1")
    form, _ = visitor.button("09:00")
    form.action = form.action.replace("&lu=1", "")

    visitor.press("09:00")

    assert "À lire avant" in visitor.page.words


def test_an_organisation_without_motif_says_so(visitor: Visitor, database: Database, town: Town) -> None:
    for motif in (town.passport, town.card, town.advice, town.permit, town.never):
        change(database, Motif, motif, bookable_by=BookableBy.AGENTS)

    words = visitor.open(f"{PORTAL}/service").words

    assert "Ce service ne propose pas encore de rendez-vous en ligne." in words
    assert "Par téléphone : 01 23 45 67 89" in words


def test_the_next_ten_days_with_slots_are_listed_and_pages_lead_on_and_back(visitor: Visitor, town: Town) -> None:
    visitor.open(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.annexe}")
    assert visitor.page.words.count("Matin 09:00") == 10
    assert slots_of(visitor)[:6] == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]
    assert not visitor.has_link("Voir les dates précédentes")

    visitor.follow("Voir les dates suivantes")
    assert visitor.path.endswith("&du=2027-02-04")
    assert "Les rendez-vous sont ouverts jusqu'au 23 février 2027." in visitor.page.words
    assert not visitor.has_link("Voir les dates suivantes")

    visitor.follow("Voir les dates précédentes")
    assert visitor.path.endswith("&du=2026-11-26")
    assert visitor.page.words.count("Matin 09:00") == 10


def test_filters_narrow_the_list_and_stand_in_the_address(visitor: Visitor, town: Town) -> None:
    visitor.open(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}")

    visitor.press("Afficher", du="2026-11-30", moment="apres-midi", jours=["mardi"])

    assert visitor.path == (
        f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}&du=2026-11-30&moment=apres-midi&jours=mardi"
    )
    assert "Mardi 1er décembre Après-midi 14:00" in visitor.page.words
    assert "Lundi 30 novembre" not in visitor.page.words
    assert set(slots_of(visitor)) == {"14:00", "14:30", "15:00", "15:30", "16:00", "16:30"}
    assert visitor.follow("Retirer les filtres")
    assert visitor.path == f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}"


@pytest.mark.parametrize("du", ["hier", "2026-13-45", "0000-00-00", "99999-01-01", "2500-01-01", "%00", "１２"])
def test_a_date_that_is_none_is_refused_with_a_sentence(visitor: Visitor, town: Town, du: str) -> None:
    visitor.open(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}&du={du}")

    assert visitor.answer.status_code == 400
    if du != "%00":
        assert "Saisissez une date, par exemple 30/11/2026" in visitor.page.words
        assert slots_of(visitor)


@pytest.mark.parametrize(
    "query", ["moment=soir", "jours=dredi", "agent=x", "agent=1", "pris=demain", "pris=2026-99-99T08:00Z"]
)
def test_filters_that_mean_nothing_are_left_out(visitor: Visitor, town: Town, query: str) -> None:
    visitor.open(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}&{query}")

    assert visitor.answer.status_code == 200
    assert len(slots_of(visitor)) == 120


@pytest.mark.parametrize("day", ["1900-01-01", "2026-11-01", "2027-02-23", "2027-02-24", "2199-12-31"])
def test_any_day_may_be_asked_for(visitor: Visitor, town: Town, day: str) -> None:
    visitor.open(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}&du={day}")

    assert visitor.answer.status_code == 200


def test_all_places_are_searched_together_by_name(visitor: Visitor, database: Database, town: Town) -> None:
    with database.transaction() as session:
        session.execute(delete(OpeningRange).where(OpeningRange.place_id == town.hall, OpeningRange.opens == time(9)))
    visitor.open(f"{PORTAL}/lieu?motif={town.passport}")

    words = visitor.follow("Tous les lieux").words

    assert "lieu=tous" in visitor.path
    assert "Mairie annexe" in words.split("Vendredi 27 novembre")[0].split("Jeudi 26 novembre")[1]


def test_an_agent_is_chosen_where_the_motif_allows(visitor: Visitor, database: Database, town: Town) -> None:
    change(database, Motif, town.passport, citizen_chooses_agent=True)
    visitor.open(f"{PORTAL}/creneau?motif={town.passport}&lieu=tous")
    assert "N'importe quel agent" in visitor.page.words

    visitor.press("Afficher", agent=str(town.paul))
    assert len(slots_of(visitor)) == 60

    visitor.press("09:00")
    assert "Mairie annexe" in visitor.page.words


def test_no_slot_with_these_filters(visitor: Visitor, town: Town) -> None:
    words = visitor.open(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.annexe}&moment=apres-midi").words

    assert "Aucun créneau l'après-midi avant le 23 février 2027." in words
    visitor.follow("Retirer les filtres")
    assert slots_of(visitor)


def test_full_here_but_free_elsewhere(visitor: Visitor, database: Database, clock: StoppedClock, town: Town) -> None:
    away(database, clock, town, town.paul)

    words = visitor.open(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.annexe}").words

    assert "Tous les créneaux ouverts jusqu'au 23 février 2027 sont pris dans ce lieu : Mairie annexe." in words
    assert "Mairie centrale – prochain créneau : lundi 23 novembre 2026 à 9 h" in words
    visitor.follow("Mairie centrale")
    assert slots_of(visitor)


def test_full_everywhere_until_the_limit(visitor: Visitor, database: Database, clock: StoppedClock, town: Town) -> None:
    away(database, clock, town, town.paul, town.claire)

    words = visitor.open(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.annexe}").words

    assert "Tous les créneaux ouverts jusqu'au 23 février 2027 sont pris." in words
    assert "Par téléphone : 01 23 45 67 89" in words


def test_nothing_was_opened_for_the_motif(visitor: Visitor, town: Town) -> None:
    words = visitor.open(f"{PORTAL}/creneau?motif={town.never}").words

    assert "L'organisation n'a pas encore ouvert de créneaux pour ce motif." in words
    assert "accueil@sainte-anne.example" in words


@pytest.mark.parametrize(
    "path",
    [
        "/motif?service=999",
        "/motif?service=abc",
        "/lieu?motif=99999999999999999999",
        "/creneau?motif=-1",
        "/creneau?motif={passport}&lieu=999",
        "/creneau?motif={passport}&lieu=é",
        "/conditions?motif=1e9",
    ],
)
def test_what_is_not_offered_is_a_404_that_leads_on(visitor: Visitor, town: Town, path: str) -> None:
    visitor.open(PORTAL + path.format(**vars(town)))

    assert visitor.answer.status_code == 404
    assert visitor.has_link("Prendre rendez-vous")


def test_another_organisation_s_motif_and_place_are_not_offered(
    visitor: Visitor, database: Database, clock: StoppedClock, town: Town
) -> None:
    with database.transaction() as session:
        make = Maker(session, clock)
        other = make.motif()
        place = make.place()
        make.opening_range(make.agenda(), [other], place_id=place.id)
        paths = [f"/creneau?motif={other.id}", f"/creneau?motif={town.passport}&lieu={place.id}"]

    for path in paths:
        visitor.open(PORTAL + path)
        assert visitor.answer.status_code == 404


def test_pages_take_as_many_statements_whatever_there_is(
    visitor: Visitor, database: Database, clock: StoppedClock, town: Town, statements: Callable[[Database], Any]
) -> None:
    pages = ["/", f"{PORTAL}/service", f"{PORTAL}/motif?service=1", f"{PORTAL}/lieu?motif={town.passport}"]
    pages.append(f"{PORTAL}/creneau?motif={town.passport}&lieu={town.hall}")

    def counted() -> list[int]:
        counts = []
        for page in pages:
            with statements(database) as seen:
                visitor.open(page)
            assert visitor.answer.status_code == 200
            counts.append(len(seen))
        return counts

    before = counted()
    with database.transaction() as session:
        make = builders(session, clock, town)
        for _ in range(5):
            make.organisation(territory_id=town.territory)
            motif = make.motif(category="Titres")
            place = make.place()
            service = make.service(territory_id=town.territory)
            make.motif(service_id=service.id)
            make.opening_range(make.agenda(), [motif, session.get_one(Motif, town.passport)], place_id=place.id)

    assert counted() == before


def test_a_territory_lists_its_organisations(visitor: Visitor, town: Town) -> None:
    visitor.open("/")
    visitor.follow("Guadeloupe")
    assert visitor.path == "/territoire/guadeloupe"
    assert visitor.follow("Ville de Sainte-Anne").words.count("1 place de la Mairie") == 1
    visitor.open("/territoire/nowhere")
    assert visitor.answer.status_code == 404


def test_public_pages_are_kept_for_a_minute_until_a_visit_begins(visitor: Visitor, town: Town) -> None:
    for path in ("/", "/territoire/guadeloupe", PORTAL):
        visitor.open(path)
        assert visitor.answer.headers["Cache-Control"] == "public, max-age=60"
        assert {"Cookie", "Accept-Language"} <= set(visitor.answer.vary)
        assert "Set-Cookie" not in visitor.answer.headers
    visitor.open(f"{PORTAL}?langue=en")
    assert visitor.answer.headers["Cache-Control"] == "private, no-store"
    visitor.open(PORTAL)
    assert visitor.answer.headers["Cache-Control"] == "private, no-store"
