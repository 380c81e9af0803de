"""Pages of settings, « Espace Admin », account and help: what was typed is kept, who may not sees nothing, one wording for failures."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from make import Maker
from sqlalchemy import select, update
from web.agent.town import PASSWORD, Town, plain, read, signed_in

from rdvdav.agenda.appointment import Appointment
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import Membership, Role, TerritoryAdmin
from rdvdav.directory.motif import BookableBy, LimitScope, Motif
from rdvdav.directory.organisation import DetailLevel, Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.question import Question, QuestionKind
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import Installation
from rdvdav.settings import Settings
from rdvdav_web import create_app
from rdvdav_web.agent.account import program_words

MOTIF = {
    "name": "Carte d'identité", "duration_minutes": "20", "colour": "3", "modality": "on_site", "seats": "1",
    "bookable_by": "everyone", "min_notice_n": "2", "min_notice_unit": "working_days", "max_notice_n": "2",
    "max_notice_unit": "months", "cancel_limit_n": "4", "cancel_limit_unit": "hours", "move_limit_n": "48",
    "move_limit_unit": "hours", "may_cancel": "y", "hold_minutes": "15", "visibility": "visible_and_notified",
    "buffer_before_minutes": "0", "buffer_after_minutes": "5", "grid": "flow", "choice": "least_loaded",
    "agents_needed": "1", "rooms_needed": "0",
}  # fmt: skip


@pytest.fixture
def admin(town: Town, claire: FlaskClient, database: Database) -> FlaskClient:
    """Claire, who administers her town hall."""
    with database.transaction() as session:
        session.execute(update(Membership).where(Membership.agent_id == town.claire).values(role=Role.ADMIN))
    return claire


@pytest.fixture
def chief(town: Town, admin: FlaskClient, database: Database) -> FlaskClient:
    """Claire, who administers the territory too."""
    with database.transaction() as session:
        session.add(TerritoryAdmin(agent_id=town.claire, territory_id=town.territory))
    return admin


def here(town: Town, page: str) -> str:
    return f"/agent/organisation/{town.organisation}/{page}"


def there(town: Town, page: str) -> str:
    return f"/agent/territoire/{town.territory}/{page}"


def settings_paths(town: Town, organisation: int) -> list[str]:
    base = f"/agent/organisation/{organisation}"
    pages = (
        "mise-en-route", "informations", "lieux", "lieux/nouveau", f"lieux/{town.place}", "motifs", "motifs/nouveau",
        f"motifs/{town.motif}", f"motifs/{town.motif}/archiver", f"motifs/selection?motif={town.motif}", "agents",
        "agents/inviter", f"agents/{town.bruno}/retirer",
    )  # fmt: skip
    return [f"{base}/{page}" for page in pages]


def test_who_administers_nothing_finds_no_settings_whether_they_exist_or_not(
    town: Town, database: Database, clock: StoppedClock
) -> None:
    for agent_id in (town.bruno, town.stranger):
        browser = signed_in(town, database, clock, agent_id)
        keys = (town.territory, 999_999)
        organisations = [
            *settings_paths(town, town.organisation),
            *settings_paths(town, 999_999),
            "/agent/organisation",
        ]
        territories = [f"/agent/territoire/{key}/{page}" for key in keys for page in ("services", "equipes", "agents")]
        for paths in (organisations, [*territories, "/agent/territoire"]):
            answers = [browser.get(path) for path in paths]
            assert {answer.status_code for answer in answers} == {404}
            assert len({plain(answer) for answer in answers}) == 1
        assert "Paramètres" not in read(browser.get("/agent/agenda"))


def test_a_motif_is_made_with_its_options_and_summed_up(admin: FlaskClient, town: Town, database: Database) -> None:
    wrong = MOTIF | {"max_notice_n": "1", "max_notice_unit": "hours", "service_id": str(town.service)}
    page = read(admin.post(here(town, "motifs/nouveau"), data=wrong))
    assert page.count("Le délai maximum doit être plus long que le délai minimum.") == 2
    assert 'value="Carte d\'identité"' in page

    answer = admin.post(here(town, "motifs/nouveau"), data=MOTIF | {"service_id": str(town.service)})
    assert answer.status_code == 303
    page = read(admin.get(here(town, "motifs")))
    assert "Réservable par tous, de 2 jours ouvrés à 2 mois à l'avance, annulable jusqu'à 4 heures avant." in page
    with database.reading() as session:
        made = session.scalars(select(Motif).where(Motif.name == "Carte d'identité")).one()
        assert (made.may_move, made.buffer_after_minutes, made.choice.value) == (False, 5, "least_loaded")
    preview = read(admin.post(here(town, "motifs/apercu"), data=MOTIF | {"bookable_by": "agents"}))
    assert "Réservé par les agents uniquement, à tout moment." in preview
    assert "Il manque des nombres" in read(admin.post(here(town, "motifs/apercu"), data={"min_notice_n": ""}))


def test_a_motif_of_another_organisation_is_not_changed_through_ones_own(
    admin: FlaskClient, town: Town, database: Database
) -> None:
    unknown = plain(admin.get(here(town, "motifs/999999")))
    assert plain(admin.get(here(town, f"motifs/{town.foreign_motif}"))) == unknown
    data = MOTIF | {"service_id": str(town.service)}
    assert admin.post(here(town, f"motifs/{town.foreign_motif}"), data=data).status_code == 404
    assert admin.post(here(town, f"motifs/{town.foreign_motif}/archiver")).status_code == 404
    answer = admin.get(here(town, f"motifs/selection?motif={town.foreign_motif}"))
    assert answer.status_code == 303
    with database.reading() as session:
        assert session.get_one(Motif, town.foreign_motif).name == "Permis"


def test_ticked_motifs_are_changed_together(admin: FlaskClient, town: Town, database: Database) -> None:
    path = here(town, f"motifs/selection?motif={town.motif}&motif={town.phone_motif}")
    units = {f"{name}_unit": "hours" for name in ("min_notice", "max_notice", "cancel_limit", "move_limit")}
    assert "Choisissez au moins une chose à modifier." in read(admin.post(path, data=units))
    late = read(admin.post(path, data=units | {"min_notice_n": "4", "min_notice_unit": "months"}))
    assert "ne serait jamais ouvert" in late

    answer = admin.post(path, data=units | {"bookable_by": "agents", "cancel_limit_n": "24", "colour": "0"})
    assert answer.status_code == 303
    assert "2 motifs sont modifiés." in read(admin.get(here(town, "motifs")))
    with database.reading() as session:
        found = [session.get_one(Motif, key) for key in (town.motif, town.phone_motif)]
        assert {(each.bookable_by, each.cancel_limit) for each in found} == {(BookableBy.AGENTS, "24 hours")}
        assert len({each.colour for each in found}) == 2


def test_a_place_is_checked_changed_and_closed(admin: FlaskClient, town: Town, database: Database) -> None:
    typed = {"name": "Salle", "street": "1 rue", "postcode": "9940", "city": "Lorme", "phone": "no number"}
    page = read(admin.post(here(town, "lieux/nouveau"), data=typed))
    for words in ("Saisissez un code postal à cinq chiffres.", "Saisissez un numéro de téléphone"):
        assert page.count(words) == 2
    assert admin.post(here(town, "lieux/nouveau"), data=typed | {"postcode": "99400", "phone": ""}).status_code == 303
    admin.post(here(town, f"lieux/{town.place}/fermer"))
    with database.reading() as session:
        assert not session.get_one(Place, town.place).enabled
    assert "Fermé aux réservations" in read(admin.get(here(town, "lieux")))
    admin.post(here(town, f"lieux/{town.place}/rouvrir"))
    with database.reading() as session:
        assert session.get_one(Place, town.place).enabled


def test_data_of_an_organisation_are_checked_and_saved(admin: FlaskClient, town: Town, database: Database) -> None:
    typed = {
        "name": "Mairie de Loin", "email": "mairie", "website": "nowhere", "zone": "Europe/Paris",
        "holiday_calendar": "FR", "level": "busy",
    }  # fmt: skip
    page = read(admin.post(here(town, "informations"), data=typed))
    assert page.count("Saisissez une adresse e-mail") == 2
    assert page.count("Saisissez l'adresse d'un site web") == 2
    right = typed | {"email": "Contact@mairie.test", "website": "www.mairie.test"}
    assert "porte ce nom" in read(admin.post(here(town, "informations"), data=right))

    assert admin.post(here(town, "informations"), data=right | {"name": "Mairie"}).status_code == 303
    with database.reading() as session:
        found = session.get_one(Organisation, town.organisation)
        assert (found.name, found.email, found.website) == ("Mairie", "contact@mairie.test", "https://www.mairie.test")
        assert found.detail_level is DetailLevel.BUSY


def test_an_invitation_leads_to_a_password_and_the_agenda(
    admin: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    typed = {"email": "eve@mairie.test", "first_name": "Eve", "last_name": "Roux", "role": "basic"}
    page = read(admin.post(here(town, "agents/inviter"), data=typed))
    assert page.count("Cochez au moins un service.") == 2
    admin.post(here(town, "agents/inviter"), data=typed | {"services": str(town.service)})
    assert "Invitation envoyée le 23/11/2026" in read(admin.get(here(town, "agents")))
    with database.reading() as session:
        [token] = session.scalars(select(Message).where(Message.recipient == "eve@mairie.test")).one().secrets

    eve = town.app.test_client()
    assert "Bonjour Eve." in read(eve.get(f"/agent/connexion/mot-de-passe/{token}"))
    weak = eve.post(f"/agent/connexion/mot-de-passe/{token}", data={"new_password": "eve.roux-2026"})
    assert "reprend moins votre nom" in read(weak)
    answer = eve.post(f"/agent/connexion/mot-de-passe/{token}", data={"new_password": PASSWORD})
    assert answer.location == "/agent/"
    assert "Agenda d'Eve Roux" in read(eve.get("/agent/agenda"))
    gone = eve.get(f"/agent/connexion/mot-de-passe/{token}")
    assert (gone.status_code, "Ce lien ne fonctionne plus" in read(gone)) == (404, True)


def test_a_forgotten_password_is_answered_alike_for_all(town: Town, database: Database) -> None:
    pages = set()
    for email in ("claire@sainte-anne.test", "nobody@sainte-anne.test"):
        browser = town.app.test_client()
        answer = browser.post("/agent/connexion/mot-de-passe-oublie", data={"email": email})
        pages.add((answer.status_code, answer.location, plain(browser.get(answer.location))))
    assert len(pages) == 1
    with database.reading() as session:
        assert session.scalars(select(Message.recipient)).all() == ["claire@sainte-anne.test"]
    for _ in range(3):
        answer = town.app.test_client().post(
            "/agent/connexion/mot-de-passe-oublie", data={"email": "nobody@sainte-anne.test"}
        )
    assert answer.status_code == 429


def test_rights_and_teams_are_the_territorys(chief: FlaskClient, town: Town, database: Database) -> None:
    with database.reading() as session:
        elsewhere = session.scalars(select(Organisation.id).where(Organisation.slug == "loin")).one()
    path = there(town, f"agents/{town.bruno}")
    typed = {f"organisation-{elsewhere}": "admin", f"organisation-{town.organisation}": "basic"}
    chief.post(path, data=typed | {"services": str(town.service)})
    with database.reading() as session:
        query = select(Membership.organisation_id, Membership.role).where(Membership.agent_id == town.bruno)
        assert dict(map(tuple, session.execute(query))) == {
            elsewhere: Role.ADMIN,
            town.organisation: Role.BASIC,
        }
    booked = chief.post(there(town, f"agents/{town.stranger}"), data={f"organisation-{town.organisation}": "basic"})
    assert (booked.status_code, "Des rendez-vous sont encore à venir" in read(booked)) == (409, True)
    kept = chief.post(there(town, f"agents/{town.claire}"), data={f"organisation-{town.organisation}": "admin"})
    assert (kept.status_code, "Un territoire garde un administrateur" in read(kept)) == (403, True)
    taken = read(chief.post(there(town, "equipes/nouvelle"), data={"name": "ACCUEIL"}))
    assert taken.count("Une autre équipe du territoire porte ce nom") == 2
    chief.post(there(town, "equipes/nouvelle"), data={"name": "Volants", "agents": [str(town.bruno), "999999"]})
    assert "Volants" in read(chief.get(there(town, "equipes")))
    assert chief.post(there(town, f"equipes/{town.team}/supprimer")).status_code == 303
    assert chief.get(there(town, f"equipes/{town.team}")).status_code == 404


def test_services_are_switched_on_and_an_unknown_one_is_not_there(chief: FlaskClient, town: Town) -> None:
    chief.post(there(town, "services/pmi/activer"))
    assert "Le service Protection maternelle et infantile est activé." in read(chief.get(there(town, "services")))
    assert chief.post(there(town, "services/magie/activer")).status_code == 404
    used = chief.post(there(town, f"services/{town.service}/desactiver"))
    assert (used.status_code, "Le service État civil est utilisé" in read(used)) == (409, True)


def test_an_account_changes_its_password_and_signs_other_devices_out(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    other = signed_in(town, database, clock, town.claire)
    path, new = "/agent/mon-compte/mot-de-passe", "une phrase toute neuve"
    assert "Ce n'est pas votre mot de passe actuel." in read(
        claire.post(path, data={"present": "wrong", "new_password": new})
    )
    claire.post(path, data={"present": PASSWORD, "new_password": new})
    assert other.get("/agent/agenda").status_code == 303
    assert "Vos autres appareils sont déconnectés." in read(claire.get("/agent/mon-compte"))

    another = signed_in(town, database, clock, town.claire)
    claire.post("/agent/mon-compte/appareils")
    assert another.get("/agent/agenda").status_code == 303
    claire.post("/agent/mon-compte/touches", data={})
    assert 'data-keys="off"' in read(claire.get("/agent/agenda"))
    claire.post("/agent/mon-compte/nom", data={"first_name": "Clara", "last_name": "Martin"})
    assert "Agenda de Clara Martin" in read(claire.get("/agent/agenda"))


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Linux"),
        (None, "Navigateur inconnu"),
        ("curl/8", "Navigateur inconnu"),
    ],
)
def test_a_device_is_called_as_people_call_it(program: str | None, words: str) -> None:
    assert program_words(program) == words


def test_help_is_in_every_header_and_tells_the_state_of_the_service(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock, settings: Settings, tmp_path: Path
) -> None:
    for browser, path in (
        (claire, "/agent/agenda"),
        (town.app.test_client(), "/agent/connexion"),
        (town.app.test_client(), f"/rdv/{town.slug}"),
    ):
        assert 'href="/aide"' in read(browser.get(path))
    nobody = town.app.test_client()
    assert "rdv@example.test" in read(nobody.get("/aide/service-informatique"))
    assert "Perturbé" in read(nobody.get("/aide/etat"))
    with database.transaction() as session:
        session.execute(update(Installation).values(worker_seen_at=clock.now()))
    assert "Tout fonctionne." in read(nobody.get("/aide/etat"))
    broken = create_app(database, clock, settings)
    broken.extensions["rdvdav"] = replace(broken.extensions["rdvdav"], database=Database(f"sqlite:///{tmp_path}"))
    answer = broken.test_client().get("/aide/etat")
    assert (answer.status_code, "Perturbé" in read(answer)) == (503, True)


def test_who_has_no_organisation_yet_begins_in_the_admin_space(
    chief: FlaskClient, town: Town, database: Database
) -> None:
    with database.transaction() as session:
        session.query(Membership).filter_by(agent_id=town.claire).delete()
        assert session.scalars(select(Appointment.id)).first()
    assert chief.get("/agent/agenda").location == "/agent/territoire"
    page = read(chief.get(there(town, "organisations")))
    assert "Espace Admin" in page
    assert "Plages d'ouverture" not in page
    with database.reading() as session:
        assert session.get_one(Agent, town.claire).left_at is None


def test_who_works_in_two_organisations_chooses_the_one_that_counts(
    claire: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    assert "organisation-courante" not in read(claire.get("/agent/agenda"))
    with database.transaction() as session:
        make = Maker(session, clock)
        second = make.organisation(territory_id=town.territory, name="Mairie annexe", slug="annexe")
        session.flush()
        joined = {"territory_id": town.territory, "agent_id": town.claire, "created_at": clock.now()}
        session.add(Membership(organisation_id=second.id, role=Role.ADMIN, **joined))
        key = second.id

    page = read(claire.get("/agent/usagers"))
    assert 'name="retour" value="/agent/usagers"' in page
    chosen = claire.post("/agent/organisation-courante", data={"organisation": key, "retour": "/agent/usagers"})
    assert chosen.location == "/agent/usagers"
    page = read(claire.get("/agent/usagers"))
    assert "Vous travaillez pour Mairie annexe." in page
    assert "– Mairie annexe</title>" in page
    assert claire.get("/agent/organisation").location.startswith(f"/agent/organisation/{key}/")
    form = {"action": "create-anyway", "first_name": "Ana", "last_name": "Nunez"}
    assert claire.post("/agent/usagers/nouveau", data=form).status_code == 303
    with database.reading() as session:
        homes = select(CitizenOrganisation.organisation_id).join(Citizen, Citizen.id == CitizenOrganisation.citizen_id)
        assert session.scalars(homes.where(Citizen.last_name == "Nunez")).all() == [key]
    elsewhere = {"organisation": town.organisation, "retour": "https://example.fr/"}
    assert claire.post("/agent/organisation-courante", data=elsewhere).location == "/agent/agenda"
    assert claire.post("/agent/organisation-courante", data={"organisation": 999_999}).status_code == 404


def test_sites_that_may_embed_are_named_and_the_code_is_there_to_copy(
    town: Town, admin: FlaskClient, database: Database, clock: StoppedClock
) -> None:
    bruno = signed_in(town, database, clock, town.bruno)
    address = here(town, "integration")
    wrong = admin.post(address, data={"sites": "www.sainte-anne.fr\nhttp://x"})
    assert wrong.status_code == 422
    assert "Corrigez « http://x »" in plain(wrong)
    assert "www.sainte-anne.fr\nhttp://x" in wrong.text.replace("\r", "")
    assert "Gardez 20 sites au plus." in plain(admin.post(address, data={"sites": "\n".join(["a.fr"] * 21)}))
    assert "iframe" not in admin.get("/agent/reservation-en-ligne").text

    admin.post(address, data={"sites": " www.Sainte-Anne.fr/rdv \n\nhttps://sainte-anne.fr"})
    assert "https://www.sainte-anne.fr\nhttps://sainte-anne.fr" in admin.get(address).text.replace("\r", "")
    for client, path in ((admin, address), (bruno, "/agent/reservation-en-ligne")):
        assert f"/cadre/rdv/{town.slug}&#34; title=" in client.get(path).text.replace("&quot;", "&#34;")
    motif = bruno.get(f"/agent/reservation-en-ligne/{town.motif}").text
    assert f"/cadre/rdv/{town.slug}/creneau?motif={town.motif}" in motif
    assert f'/rdv/{town.slug}/creneau?motif={town.motif}">Voir comme un usager' in motif
    assert bruno.get(address).status_code == 404
    assert bruno.get(f"/agent/reservation-en-ligne/{town.foreign_motif}").status_code == 404


def test_a_motif_asks_questions_and_says_what_is_missing(admin: FlaskClient, town: Town, database: Database) -> None:
    asked = MOTIF | {
        "name": "Mariage", "service_id": str(service_of(database, town)), "per_citizen_limit": "1",
        "limit_scope": "service", "slots_at_once": "2", "question_0_text": "Combien de témoins ?",
        "question_0_kind": "choice", "question_0_choices": "Deux", "question_0_required": "y",
        "question_3_text": "Nom du conjoint", "question_3_kind": "text",
    }  # fmt: skip
    page = admin.post(here(town, "motifs/nouveau"), data=asked)
    assert "Écrivez au moins deux réponses, une par ligne." in read(page)

    admin.post(here(town, "motifs/nouveau"), data=asked | {"question_0_choices": "Deux\nTrois\nDeux"})

    with database.reading() as session:
        motif = session.scalars(select(Motif).where(Motif.name == "Mariage")).one()
    assert motif.questions == (
        Question("Combien de témoins ?", QuestionKind.CHOICE, ("Deux", "Trois"), required=True),
        Question("Nom du conjoint"),
    )
    assert (motif.per_citizen_limit, motif.limit_scope, motif.slots_at_once) == (1, LimitScope.SERVICE, 2)
    page = read(admin.get(here(town, f"motifs/{motif.id}")))
    assert 'name="question_1_text"' in page
    admin.post(
        here(town, "motifs/nouveau"),
        data=asked | {"name": "Sans limite", "per_citizen_limit": "", "question_0_choices": "A\nB"},
    )
    with database.reading() as session:
        assert session.scalars(select(Motif.per_citizen_limit).where(Motif.name == "Sans limite")).one() is None
    emptied = {"per_citizen_limit": "", "question_0_text": "", "question_1_text": ""}
    admin.post(here(town, f"motifs/{motif.id}"), data=asked | emptied)
    with database.reading() as session:
        motif = session.get_one(Motif, motif.id)
        assert (motif.per_citizen_limit, motif.questions) == (None, (Question("Nom du conjoint"),))


def service_of(database: Database, town: Town) -> int:
    with database.reading() as session:
        return session.get_one(Motif, town.motif).service_id
