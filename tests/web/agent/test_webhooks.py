"""« Webhooks » in « Espace Admin »: made, tried, read, renewed, removed (C15)."""

import re
from functools import partial
from ipaddress import ip_network

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from web.agent.town import Town
from webhooks.receiver import receiving

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.membership import TerritoryAdmin
from rdvdav.webhooks.deliver import deliver_due
from rdvdav.webhooks.target import post
from rdvdav.webhooks.webhook import Delivery, Webhook

POST = partial(post, allowed=(ip_network("127.0.0.0/8"),))


@pytest.fixture
def chief(town: Town, claire: FlaskClient, database: Database) -> FlaskClient:
    with database.transaction() as session:
        session.add(TerritoryAdmin(agent_id=town.claire, territory_id=town.territory))
    return claire


def test_from_the_form_to_a_delivery_that_is_read_and_sent_again(
    chief: FlaskClient, town: Town, database: Database, clock: StoppedClock
) -> None:
    base = f"/agent/territoire/{town.territory}/webhooks"
    with receiving() as receiver:
        typed = {"name": "Dossiers", "url": receiver.url, "organisation": "0", "kinds": ["appointment"], "active": "y"}
        page = chief.post(f"{base}/nouveau", data=typed, follow_redirects=True)
        receiver.secret = re.search(r'value="(whsec_[^"]+)"', page.text)[1]  # type: ignore[index]
        one = page.request.path
        chief.post(f"{one}/essai")
        chief.post(f"/agent/rendez-vous/{town.reference}/annuler", data={"by": "staff", "reason": "Grève", "tell": "y"})
        deliver_due(database, clock, POST)
        assert [each["type"] for each in receiver.taken] == ["webhook.tried", "appointment.cancelled"]
        assert "arrivé" in chief.get(f"{one}?etat=sent").text
        with database.reading() as session:
            last = session.scalars(select(Delivery).order_by(Delivery.id.desc())).first()
        assert last is not None
        assert "cancelled_by_" in chief.get(f"{one}/envois/{last.id}").text
        chief.post(f"{one}/envois/{last.id}/relancer")
        deliver_due(database, clock, POST)
        assert [receiver.taken[n]["id"] for n in (1, 2)] == [last.uid] * 2

    assert "Pendant une semaine" in chief.get(f"{one}/secret").text
    renewed = chief.post(f"{one}/secret", follow_redirects=True).text
    assert receiver.secret not in renewed
    assert "signe aussi jusqu" in renewed
    assert "Dossiers" in chief.post(f"{one}/supprimer", follow_redirects=True).text
    with database.reading() as session:
        assert session.scalars(select(Webhook)).all() == []


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"url": "dossiers"}, "Saisissez une adresse web"),
        ({"url": "ftp://dossiers.example/"}, "Saisissez une adresse web"),
        ({"url": "https://moi:secret@dossiers.example/"}, "Saisissez une adresse web"),
        ({"url": "https://dossiers.example:99999/"}, "Saisissez une adresse web"),
        ({"name": ""}, "Nommez le webhook"),
        ({"kinds": []}, "Choisissez au moins un type"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(
    chief: FlaskClient, town: Town, typed: dict[str, object], says: str
) -> None:
    whole = {"name": "Dossiers", "url": "https://dossiers.example/", "organisation": "0", "kinds": ["absence"]}
    page = chief.post(f"/agent/territoire/{town.territory}/webhooks/nouveau", data=whole | typed)

    assert says in page.text
