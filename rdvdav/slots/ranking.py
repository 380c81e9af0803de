"""What the choice among free agendas depends on, read in one statement at most (S-8)."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.directory.motif import Choice, Motif
from rdvdav.hours.interval import Span
from rdvdav.hours.wall import DAY, from_minutes, to_minutes
from rdvdav.slots.choice import Rank, first_registered, in_turn, least_loaded

WEEK = 7 * DAY


def ranking(session: Session, motif: Motif, agendas: Collection[int], window: Span, zone: str) -> Rank:
    """How *motif* ranks *agendas* for slots that start in *window*, epoch minutes; weeks are those of *zone*."""
    match motif.choice:
        case Choice.LEAST_LOADED:
            # A week more on each side: those the window begins and ends in count whole.
            since, until = (from_minutes(minute) for minute in (window[0] - WEEK, window[1] + WEEK))
            booked = select(Claim.agenda_id, Claim.starts_at).where(
                Claim.agenda_id.in_(agendas), Claim.holds_time, Claim.ends_at > since, Claim.starts_at < until
            )
            return least_loaded(
                ((agenda_id, to_minutes(starts_at)) for agenda_id, starts_at in session.execute(booked)), zone
            )
        case Choice.IN_TURN:
            last = (
                select(Claim.agenda_id, func.max(Appointment.id))
                .join(Appointment)
                .where(Claim.agenda_id.in_(agendas), Appointment.motif_id == motif.id)
                .group_by(Claim.agenda_id)
            )
            return in_turn(dict(session.execute(last).all()))
        case Choice.FIRST_REGISTERED:
            return first_registered
