"""What every page about held slots shows: one most often, or those taken in one go (B06)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from rdvdav.agenda.hold import Hold
from rdvdav.booking.held import EXTENSIONS
from rdvdav.i18n import wall
from rdvdav_web.citizen.demand import demand_of
from rdvdav_web.citizen.portal import Portal


@dataclass(frozen=True)
class Moment:
    """A wall time; *place* is named where several slots are not all at the same."""

    starts: datetime
    place: str = ""


def moments(portal: Portal, holds: Sequence[Hold]) -> list[Moment]:
    """When these slots are, by time."""
    apart = len({hold.place_id for hold in holds}) > 1
    return [
        Moment(wall(hold.starts_at, portal.zone), hold.place.name if apart and hold.place else "") for hold in holds
    ]


def shown(session: Session, portal: Portal, holds: Sequence[Hold], hold_token: str) -> dict[str, Any]:
    """Their times, the demand that led there, and until when they are kept."""
    return {
        "demand": demand_of(session, portal.organisation, holds),
        "slot": holds[0],
        "moments": moments(portal, holds),
        "hold_token": hold_token,
        "may_extend": holds[0].extensions < EXTENSIONS,
    }
