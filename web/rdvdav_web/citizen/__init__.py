"""The citizens' portal: choose, hold, say who one is, confirm; then see, move, cancel. Every page works without JavaScript."""

from rdvdav_web.citizen import (
    appointments,
    booking,
    errors,
    identity,
    infos,
    invited,
    moving,
    referring,
    replanning,
    search,
    waiting,
)
from rdvdav_web.citizen.portal import views

__all__ = [
    "appointments",
    "booking",
    "errors",
    "identity",
    "infos",
    "invited",
    "moving",
    "referring",
    "replanning",
    "search",
    "views",
    "waiting",
]
