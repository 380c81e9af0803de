"""« Inviter à prendre RDV » on a record: sent, listed with its state, sent again, revoked (B13, 8.4)."""

import re
from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select, update
from web.agent.test_citizens import URL, add, claire, town
from web.agent.town import Town, read

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.notify.gsm import gsm, segments
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Channel, Message
from rdvdav.policy.installation import Installation

__all__ = ["add", "claire", "town"]


def test_an_invitation_is_sent_listed_sent_again_and_revoked(
    claire: FlaskClient, town: Town, add: Callable[..., int], clock: StoppedClock
) -> None:
    elise = add(email="elise@exemple.test")
    record, form = f"{URL}/{elise}", f"{URL}/{elise}/inviter-a-prendre-rdv"
    assert f'href="{form}"' in read(claire.get(record))
    page = read(claire.get(form))
    assert f'value="motif-{town.motif}"' in page

    wrong = claire.post(form, data={"purpose": "motif-0", "last_day": "2020-01-01", "message": "Bonjour"})
    assert wrong.status_code == 422
    assert "2 erreurs à corriger" in read(wrong)
    assert "Bonjour" in read(wrong)
    sent = {"purpose": f"motif-{town.motif}", "last_day": "2026-12-11", "message": "Bonjour"}
    page = read(claire.post(form, data=sent, follow_redirects=True))

    assert "Une invitation part à l'adresse elise@exemple.test." in page
    for words in ("Invitations à prendre RDV", "Envoyée", "11/12/2026"):
        assert words in page
    again, revoke = (f"{record}/invitations/1/{action}" for action in ("renvoyer", "revoquer"))
    assert "Aucun autre n'est parti" in read(claire.post(again, follow_redirects=True))
    clock.advance(timedelta(minutes=6))
    assert "Une invitation part à l'adresse" in read(claire.post(again, follow_redirects=True))
    page = read(claire.post(revoke, follow_redirects=True))
    assert "Révoquée" in page
    assert again not in page
    assert claire.post(again).status_code == 409
    assert claire.post(f"{record}/invitations/99/revoquer").status_code == 404


def test_who_has_but_a_mobile_is_invited_by_sms(
    claire: FlaskClient, town: Town, add: Callable[..., int], sqlite: Database, clock: StoppedClock
) -> None:
    elise = add(phone="+33612345678")
    form = f"{URL}/{elise}/inviter-a-prendre-rdv"
    sent = {"purpose": f"motif-{town.motif}", "last_day": "2026-12-11", "message": "Pour votre dossier"}
    assert "ni numéro de mobile qui reçoive des SMS" in read(claire.get(form))  # nobody carries any
    with sqlite.transaction() as session:
        session.execute(update(Installation).values(sms=True))
    page = read(claire.get(form))
    assert "un SMS part vers le 06 12 34 56 78" in page

    page = read(claire.post(form, data=sent, follow_redirects=True))

    assert "Un SMS d'invitation part vers le 06 12 34 56 78." in page
    clock.advance(timedelta(minutes=6))
    again = read(claire.post(f"{URL}/{elise}/invitations/1/renvoyer", follow_redirects=True))
    assert "Un SMS d'invitation part vers le 06 12 34 56 78." in again
    with sqlite.reading() as session:
        query = select(Message).where(Message.event == Event.INVITED_TO_BOOK).order_by(Message.id)
        first, second = session.scalars(query).all()
        names = session.execute(select(Organisation.name, Organisation.slug)).first()
        motif = session.scalars(select(Motif.name)).first() or ""
    assert (first.channel, first.recipient, first.subject, first.html) == (Channel.SMS, "+33612345678", "", None)
    assert names is not None
    said = rf"{re.escape(gsm(names[0]))} vous invite à prendre RDV jusqu'au 11 décembre : "
    assert re.fullmatch(said + rf"http://\S+/rdv/{names[1]}/invitation/(\S+)", first.text)
    assert motif not in first.text
    assert "dossier" not in first.text
    assert segments(first.text) <= 2
    assert first.secrets[0] in first.text
    assert first.secrets != second.secrets


def test_who_has_no_address_is_not_invited(claire: FlaskClient, town: Town, add: Callable[..., int]) -> None:
    elise = add()

    page = read(claire.get(f"{URL}/{elise}/inviter-a-prendre-rdv"))

    assert "La fiche ne comporte ni adresse e-mail ni numéro de mobile" in page
    assert "Envoyer l'invitation" not in page
