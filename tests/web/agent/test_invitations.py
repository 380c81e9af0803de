"""« Inviter à prendre RDV » on a record: sent, listed with its state, sent again, revoked (B13, 8.4)."""

from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from web.agent.test_citizens import URL, add, claire, town
from web.agent.town import Town, read

from rdvdav.clock import StoppedClock

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


def test_who_has_no_address_is_not_invited(claire: FlaskClient, town: Town, add: Callable[..., int]) -> None:
    elise = add()

    page = read(claire.get(f"{URL}/{elise}/inviter-a-prendre-rdv"))

    assert "La fiche ne comporte pas d'adresse e-mail." in page
    assert "Envoyer l'invitation" not in page
