"""Where the provider of SMS says what became of them: an address with a secret in it, for machines (N02)."""

from hmac import compare_digest
from typing import Any

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from rdvdav.notify.carriers import RECEIPTS_PATH, provider_of
from rdvdav.outbox.receipt import note_receipt
from rdvdav_web.security import csrf
from rdvdav_web.transaction import clock, house, transaction

views = Blueprint("receipts", __name__)
csrf.exempt(views)  # for machines, which have no token


@views.route(f"{RECEIPTS_PATH}<secret>", methods=["GET", "POST"])
def take(secret: str) -> ResponseReturnValue:
    """Note one delivery report; what can't be understood is answered alike, for no provider mends it by trying again."""
    expected = house().settings.sms_receipts_secret
    if not expected or not compare_digest(secret.encode(), expected.encode()):
        abort(404)
    report = provider_of(house().settings).report(_fields())
    if report is not None:
        with transaction() as work:
            note_receipt(
                work,
                clock(),
                report.provider_id,
                arrived=report.arrived,
                gone=report.gone,
                reason=report.reason,
            )
    return "", 204


def _fields() -> dict[str, Any]:
    """What stands in the address, the form, or a body that is a JSON object."""
    said = request.get_json(silent=True)
    return {**request.args, **request.form, **(said if isinstance(said, dict) else {})}
