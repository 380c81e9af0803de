"""How an appointment was before it changed: messages say old and new (M-2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from rdvdav import i18n
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Elsewhere, Place
from rdvdav.feeds.disclosure import location_at, location_of
from rdvdav.i18n import gettext as _
from rdvdav.outbox.event import Event


@dataclass(frozen=True)
class Before:
    """How an appointment was before it changed: old and new are both said."""

    starts_at: datetime
    ends_at: datetime
    where: Place | Elsewhere | None
    motif: Motif
    status: Status = Status.PLANNED

    @classmethod
    def of(cls, appointment: Appointment) -> "Before":
        """As *appointment* is now, to be kept while it changes."""
        return cls(appointment.starts_at, appointment.ends_at, appointment.where, appointment.motif, appointment.status)

    @property
    def lasts(self) -> timedelta:
        """Its duration."""
        return self.ends_at - self.starts_at

    def location(self, organisation: Organisation) -> str:
        """Where it was, in the language spoken now."""
        return location_at(self.motif.modality, self.where, organisation, i18n.language())

    def event(self, appointment: Appointment) -> Event:
        """What the change to how *appointment* is now is called: a new time says more than all else, an agent less.

        What was to be re-planned had no time any more, so it has a new one, be it the old (L-5).
        """
        if self.starts_at != appointment.starts_at or self.status is Status.TO_REPLAN:
            return Event.APPOINTMENT_MOVED
        same = (self.ends_at, self.where, self.motif) == (appointment.ends_at, appointment.where, appointment.motif)
        return Event.APPOINTMENT_REASSIGNED if same else Event.APPOINTMENT_CHANGED


def former(before: Before | None, appointment: Appointment, *, motif: bool = True) -> list[str]:
    """What is not any more as it was *before*, a sentence each; of the motif only where it may be named."""
    if before is None:
        return []
    zone, location = appointment.organisation.zone, before.location(appointment.organisation)
    said = {
        _("It was: %(moment)s", moment=i18n.moment(i18n.wall(before.starts_at, zone))): before.starts_at
        != appointment.starts_at,
        _("Former place: %(place)s", place=location): location != location_of(appointment, i18n.language()),
        _("Former duration: %(length)s", length=i18n.duration(before.lasts)): before.lasts
        != appointment.ends_at - appointment.starts_at,
        _("Former motif: %(motif)s", motif=before.motif.name): motif
        and not before.motif.sensitive
        and before.motif is not appointment.motif,
    }
    return [sentence for sentence, holds in said.items() if holds]
