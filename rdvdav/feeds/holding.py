"""Changing what a record says of somebody: the agendas that publish this person first, then the row (D-1, D-4), then the events again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.participation import Participation
from rdvdav.citizens.citizen import LOCKED_IN, Citizen
from rdvdav.clock import Clock
from rdvdav.feeds.change import Change, changing
from rdvdav.feeds.object import CalendarObject
from rdvdav.feeds.things import TO_SHOW


@contextmanager
def holding(session: Session, clock: Clock, *citizen_ids: int) -> Iterator[Change]:
    """Hold the citizens and the agendas that publish their appointments; at the end, publish those whose text is another one now.

    Nothing read before decides anything. The caller commits.

    Raises:
        MovedMeanwhile: One of their appointments went to another agenda while this waited for the old one.
    """
    with changing(session, clock, showing(session, *citizen_ids)) as change:
        rows = select(Citizen.id).where(Citizen.id.in_(citizen_ids)).order_by(*LOCKED_IN)
        session.scalars(rows.with_for_update()).all()
        yield change
        session.flush()
        shown = select(Appointment).where(Appointment.id.in_(_published(*citizen_ids))).options(*TO_SHOW)
        for appointment in session.scalars(shown.order_by(Appointment.id)):
            change.require_held(appointment)
            change.publish(appointment)


def showing(session: Session, *citizen_ids: int) -> Sequence[int]:
    """Ids of the agendas that publish the citizens' appointments: for a use case that changes more than `holding` does."""
    agendas = select(Claim.agenda_id).where(Claim.appointment_id.in_(_published(*citizen_ids))).distinct()
    return session.scalars(agendas).all()


def _published(*citizen_ids: int) -> Select[int]:
    """Ids of the citizens' appointments that stand in calendars."""
    return (
        select(Participation.appointment_id)
        .join(CalendarObject, CalendarObject.appointment_id == Participation.appointment_id)
        .where(Participation.citizen_id.in_(citizen_ids), CalendarObject.text.is_not(None))
    )
