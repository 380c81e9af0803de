"""The citizens' portal: choose, hold, say who one is, confirm; then see, move, cancel. Every page works without JavaScript."""

from rdvdav_web.citizen import (
    account,
    appointments,
    booking,
    errors,
    guard,
    identity,
    infos,
    invited,
    late,
    moving,
    referring,
    relatives,
    replanning,
    search,
    sign_on,
    waiting,
)
from rdvdav_web.citizen.portal import views

__all__ = [
    "account",
    "appointments",
    "booking",
    "errors",
    "guard",
    "identity",
    "infos",
    "invited",
    "late",
    "moving",
    "referring",
    "relatives",
    "replanning",
    "search",
    "sign_on",
    "views",
    "waiting",
]
