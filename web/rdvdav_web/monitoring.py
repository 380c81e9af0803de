"""Figures for a monitoring system, behind a bearer token (N04)."""

from hmac import compare_digest

from flask import Blueprint, Response, abort, request

from rdvdav.metrics import metrics
from rdvdav_web.transaction import clock, house

views = Blueprint("monitoring", __name__)


@views.get("/metrics")
def show() -> Response:
    """The state of the outbox, in the text format of Prometheus."""
    token = house().settings.metrics_token
    if not token or not compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()):
        abort(404)
    return Response(metrics(house().database, clock()), mimetype="text/plain")
