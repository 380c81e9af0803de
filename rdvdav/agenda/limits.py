"""Until when a citizen may move or cancel (L-3); staff may at any time."""

from datetime import datetime

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.hours.limit import Limit


def until_cancel(appointment: Appointment) -> datetime | None:
    """Last instant, included, at which the citizen may cancel; None: never."""
    return _until(appointment, appointment.motif.cancel_limit) if appointment.motif.may_cancel else None


def until_move(appointment: Appointment) -> datetime | None:
    """Last instant, included, at which the citizen may move; None: never."""
    return _until(appointment, appointment.motif.move_limit) if appointment.motif.may_move else None


def _until(appointment: Appointment, limit: str) -> datetime | None:
    if appointment.status not in {Status.PLANNED, Status.TO_REPLAN}:
        return None
    organisation = appointment.organisation
    return Limit.parse(limit).before(appointment.starts_at, organisation.zone, organisation.holidays)
