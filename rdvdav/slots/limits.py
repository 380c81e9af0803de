"""Between which instants a slot may start: for citizens as the motif says, for staff a year (S-6, S-9)."""

from datetime import timedelta

from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.directory.motif import Motif
from rdvdav.hours.limit import Limit
from rdvdav.slots.need import Bounds

STAFF_SEES = timedelta(days=366)


def bounds_of(session: Session, clock: Clock, motif: Motif, *, staff: bool = False) -> Bounds:
    """Between which instants a slot of *motif* may start (S-6)."""
    now = clock.now()
    if staff:
        return Bounds.for_staff(now, now + STAFF_SEES)
    organisation = motif.organisation
    notice, most = Limit.parse(motif.min_notice), Limit.parse(motif.max_notice)
    return Bounds.for_citizens(now, notice, most, organisation.zone, organisation.holidays)
