"""« Usagers » over the web: found, created, attached, read, changed, invited, merged, deleted."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from make import Maker
from sqlalchemy import select, update
from web.agent.town import MONDAY, Town, at, book, build, read, signed_in

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.booking.freely import Plan, book_freely
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.membership import Membership, Role
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.settings import Settings

URL = "/agent/usagers"


@pytest.fixture
def town(sqlite: Database, clock: StoppedClock, settings: Settings) -> Town:
    """Pages are tried on one database: what SQL differs in is the core's."""
    return build(sqlite, clock, settings)


@pytest.fixture
def claire(town: Town, sqlite: Database, clock: StoppedClock) -> FlaskClient:
    return signed_in(town, sqlite, clock, town.claire)


@pytest.fixture
def add(town: Town, sqlite: Database, clock: StoppedClock) -> Callable[..., int]:
    """Make a citizen whom Claire's organisation knows, or the one in *where*: the id."""

    def make(where: str = town.slug, **columns: Any) -> int:
        with sqlite.transaction() as session:
            here = session.scalars(select(Organisation).where(Organisation.slug == where)).one()
            columns = {"first_name": "Élise", "last_name": "Moreau", "email": None} | columns
            citizen = Maker(session, clock).citizen(territory_id=here.territory_id, **columns)
            known = {"organisation_id": here.id, "created_at": clock.now()}
            session.add(CitizenOrganisation(citizen_id=citizen.id, **known))
            return citizen.id

    return make


def test_people_are_found_and_their_records_opened(claire: FlaskClient, add: Callable[..., int]) -> None:
    elise = add(phone="+33612345678", birth_date=date(1962, 3, 4), email="elise@exemple.test")
    add(first_name="Paul", last_name="Ecker")
    add(first_name="Zoé", last_name="Écart")

    assert "Personne n'a de rendez-vous dans vos services" in read(claire.get(URL))
    for text in ("moreau el", "06 12 34", "34 56", "04/03/1962", "elise@"):
        page = read(claire.get(URL, query_string={"q": text}))
        assert f'href="{URL}/{elise}">Moreau Élise</a>' in page, text
        assert "04/03/1962" in page
        assert "Ecker" not in page
    page = read(claire.get(URL, query_string={"q": "ec"}))
    assert page.index("Écart") < page.index("Ecker")
    assert "Nobody" not in read(claire.get(URL, query_string={"q": "zzz"}))


def test_the_list_widens_from_the_own_services_to_the_organisation_by_pages(
    claire: FlaskClient, town: Town, sqlite: Database, clock: StoppedClock, add: Callable[..., int], statements: Any
) -> None:
    ids = [add(last_name=f"Martin{chr(97 + n)}") for n in range(25)]
    with sqlite.transaction() as session:
        agenda, motif = session.get_one(Agenda, town.agenda), session.get_one(Motif, town.motif)
        citizen = session.get_one(Citizen, ids[3])
        organisation_id = motif.organisation_id
        Maker(session, clock).appointment(
            agenda, at(11, day=MONDAY + timedelta(days=1)), motif=motif, citizen=citizen,
            place=None or session.get(Appointment, 1).place,
        )  # fmt: skip

    page = read(claire.get(URL))
    assert "Martind" in page
    assert "Martine" not in page
    assert "24/11/2026" in page

    with statements(sqlite) as few:
        first = read(claire.get(URL, query_string={"q": "martind"}))
    with statements(sqlite) as many:
        first = read(claire.get(URL, query_string={"organisation": organisation_id}))
    assert len(many) <= len(few)
    assert "Martint" in first
    assert "Martinu" not in first
    rest = read(claire.get(URL, query_string={"organisation": organisation_id, "apres": ids[19]}))
    assert "Martint" not in rest
    assert "Martiny" in rest
    assert "Page suivante" not in rest


def test_people_of_other_organisations_are_masked_until_attached(
    claire: FlaskClient, town: Town, add: Callable[..., int]
) -> None:
    there = add("loin", first_name="Marcel", last_name="Durieux", birth_date=date(1962, 1, 2), phone="+33611223344")

    assert "M… D…" not in read(claire.get(URL, query_string={"q": "duri"}))
    for text in ("marcel durieux", "0611223344", "durieux 02/01/1962"):
        page = read(claire.get(URL, query_string={"q": text}))
        assert "M… D…" in page, text
        assert "1962" in page
        assert f"{URL}/{there}" not in page
    assert claire.get(f"{URL}/{there}").status_code == 404

    organisation = page.split('name="organisation" value="')[1].split('"')[0]
    form = {"q": "somebody else", "usager": there, "organisation": organisation}
    assert claire.post(f"{URL}/rattacher", data=form).status_code == 404
    answer = claire.post(f"{URL}/rattacher", data=form | {"q": "durieux marcel"})
    assert answer.location == f"{URL}/{there}"
    assert "Marcel Durieux" in read(claire.get(f"{URL}/{there}"))


def test_a_record_is_created_with_names_only_and_doubles_are_shown_first(
    claire: FlaskClient, add: Callable[..., int]
) -> None:
    answer = claire.post(f"{URL}/nouveau", data={"first_name": "Noé", "last_name": "Petit", "action": "create"})
    made = answer.location
    assert "Noé Petit" in read(claire.get(made))

    again = {"first_name": "noe", "last_name": "PETIT", "action": "create"}
    page = read(claire.post(f"{URL}/nouveau", data=again))
    assert "Choisir cet usager" in page
    assert "Choisir cet usager" in read(claire.post(f"{URL}/nouveau/doublons", data=again))
    key = made.rsplit("/", 1)[1]
    assert claire.post(f"{URL}/nouveau", data=again | {"action": f"choose:{key}"}).location == made
    assert claire.post(f"{URL}/nouveau", data=again | {"action": "create-anyway"}).location != made
    child = claire.post(
        f"{URL}/nouveau?responsable={key}", data={"first_name": "Léa", "last_name": "Petit", "action": "create"}
    )
    assert "Léa Petit" in read(claire.get(made))
    assert "Responsable" in read(claire.get(child.location))
    add("loin", first_name="Marc", last_name="Loin", email="marc@exemple.test")
    known = {"first_name": "Marc", "last_name": "Autre", "email": "marc@exemple.test"}
    assert "Rattacher" in read(claire.post(f"{URL}/nouveau", data=known | {"action": "create-anyway"}))
    attached = claire.post(f"{URL}/nouveau", data=known | {"action": "attach"})
    assert "Marc Loin" in read(claire.get(attached.location))


def test_a_record_is_changed_invited_followed_and_its_history_is_for_admins(
    claire: FlaskClient, town: Town, sqlite: Database, add: Callable[..., int]
) -> None:
    elise = add(phone="+33612345678")
    form = {"first_name": "Élise", "last_name": "Moreau", "phone": "06 98 76 54 32", "email": "elise@exemple.test"}
    claire.post(f"{URL}/{elise}/modifier", data=form | {"notes": "Sonner deux fois"})
    claire.post(f"{URL}/{elise}/inviter")
    claire.post(f"{URL}/{elise}/referents", data={"referent": town.claire})
    page = read(claire.get(f"{URL}/{elise}"))
    assert "06 98 76 54 32" in page
    assert "Sonner deux fois" in page
    assert "Invitation à créer un compte" in page
    assert "Claire Martin" in page
    assert "Historique" not in page
    assert "déjà été invitée" in read(claire.post(f"{URL}/{elise}/inviter", follow_redirects=True))

    with sqlite.transaction() as session:
        membership = session.scalars(select(Membership).where(Membership.agent_id == town.claire)).one()
        membership.role = Role.ADMIN
    assert "06 12 34 56 78 → 06 98 76 54 32" in read(claire.get(f"{URL}/{elise}"))

    taken = add(email="pris@exemple.test", first_name="Paul")
    answer = read(claire.post(f"{URL}/{elise}/modifier", data=form | {"email": "pris@exemple.test"}))
    assert "Une autre fiche a cette adresse e-mail" in answer
    claire.post(f"{URL}/{taken}/modifier", data=form | {"email": ""})
    assert claire.post(f"{URL}/{taken}/inviter").status_code == 403


def test_two_records_become_one_after_a_check(claire: FlaskClient, add: Callable[..., int]) -> None:
    kept = add(phone="+33612345678")
    dropped = add(first_name="Elise", email="elise@exemple.test", phone="+33612345678")
    pair = f"{URL}/fusionner?garder={kept}&fermer={dropped}"

    found = read(claire.get(f"{URL}/fusionner?garder={kept}&q-fermer=moreau"))
    assert f"fermer={dropped}" in found
    page = read(claire.get(pair))
    assert page.count("identique") == 2  # surname, phone
    assert page.count("différent") == 2  # first name, e-mail
    choices = {"champ-first_name": "garder", "champ-email": "fermer"}
    check = read(claire.post(pair, data=choices | {"etape": "verifier"}))
    assert "Fusionner définitivement" in check
    assert "elise@exemple.test" in check
    answer = claire.post(pair, data=choices | {"etape": "fusionner"})
    assert answer.location == f"{URL}/{kept}"
    assert "elise@exemple.test" in read(claire.get(answer.location))
    assert claire.get(f"{URL}/{dropped}").status_code == 404
    assert claire.post(pair, data={"etape": "fusionner"}).location == f"{URL}/{kept}"
    assert claire.get(pair).status_code == 404
    assert claire.get(f"{URL}/fusionner?garder={kept}&fermer={kept}").status_code == 403


def test_a_record_is_deleted_once_nothing_is_to_come(
    claire: FlaskClient, town: Town, sqlite: Database, clock: StoppedClock
) -> None:
    reference = book(sqlite, clock, town, 11)
    with sqlite.transaction() as session:
        seat = session.scalars(select(Appointment).where(Appointment.reference == reference)).one().participations[0]
        here = session.scalars(select(Organisation.id).where(Organisation.slug == town.slug)).one()
        known = {"organisation_id": here, "created_at": clock.now()}
        session.add(CitizenOrganisation(citizen_id=seat.citizen_id, **known))
    url = f"{URL}/{seat.citizen_id}"

    assert "à venir" in read(claire.get(f"{url}/supprimer"))
    assert claire.post(f"{url}/supprimer").status_code == 403
    assert "Passeport" in read(claire.get(f"{url}/rendez-vous?a-venir=1"))
    clock.advance(timedelta(days=1))
    assert "À renseigner" in read(claire.get(url))
    assert "Garder la fiche" in read(claire.get(f"{url}/supprimer"))
    assert claire.post(f"{url}/supprimer").location == URL
    assert claire.get(url).status_code == 404
    assert "Usager supprimé" in read(claire.get(f"/agent/rendez-vous/{reference}"))
    assert "Durand" not in read(claire.get(f"/agent/rendez-vous/{reference}"))


def test_a_fuller_record_costs_as_many_statements(
    claire: FlaskClient, town: Town, sqlite: Database, clock: StoppedClock, add: Callable[..., int], statements: Any
) -> None:
    elise = add(email="elise@exemple.test")
    with sqlite.transaction() as session:
        session.execute(update(Motif).values(per_citizen_limit=None))

    def count() -> int:
        with statements(sqlite) as seen:
            read(claire.get(f"{URL}/{elise}"))
        return len(seen)

    def fuller(weeks: range) -> None:
        with sqlite.transaction() as session:
            for week in weeks:
                plan = Plan(
                    motif_id=town.motif,
                    citizen_id=elise,
                    starts_at=at(10, day=MONDAY + timedelta(days=2, weeks=week)),
                    minutes=30,
                    place_id=town.place,
                    agenda_ids=frozenset({town.agenda}),
                )
                book_freely(session, clock, town.claire, plan)
        for n in weeks:
            add(first_name=f"Enfant {n}", responsible_id=elise)

    fuller(range(1))
    few = count()
    fuller(range(1, 8))
    assert count() == few
    page = read(claire.get(f"{URL}/{elise}"))
    assert "Enfant 7" in page
    messages = page.partition('id="messages"')[2].partition("</table>")[0]
    assert messages.count("elise@exemple.test") == 16  # of each, the confirmation and the reminder to come
