"""Two records of one person become one: field by field choice, the rest moves, the other record is closed (P-7, ux 8.5)."""

from collections.abc import Collection

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED, Status
from rdvdav.agenda.waiting_list import WaitingListEntry
from rdvdav.audit.record import Actor, record
from rdvdav.booking.people import citizen_in_sight
from rdvdav.citizens.citizen import Citizen, write_words
from rdvdav.citizens.identity import locked_by_citizen
from rdvdav.citizens.merge import repoint
from rdvdav.clock import Clock
from rdvdav.errors import Refused
from rdvdav.feeds.holding import holding

FIELDS = ("first_name", "last_name", "email", "phone", "birth_date", "notes")
"""What is chosen one by one; an address takes along whether it was proven."""


class NotTwo(Refused):
    """The two are one record, or of two territories."""


def pair_in_sight(session: Session, agent_id: int, kept_id: int, dropped_id: int) -> tuple[Citizen, Citizen]:
    """The two records, if *agent_id* may see both.

    Raises:
        NoSuchCitizen: One does not exist, or not for this agent.
        NotTwo: They are the same, or of two territories.
    """
    kept, dropped = (citizen_in_sight(session, agent_id, each) for each in (kept_id, dropped_id))
    if kept is dropped or kept.territory_id != dropped.territory_id:
        raise NotTwo
    return kept, dropped


def what_moves(session: Session, dropped_id: int) -> dict[str, int]:
    """How many appointments, relatives and places on waiting lists go over to the kept record; three statements."""
    seats = select(func.count(Participation.appointment_id.distinct())).where(Participation.citizen_id == dropped_id)
    relatives = select(func.count()).where(Citizen.responsible_id == dropped_id, Citizen.merged_into_id.is_(None))
    waits = select(func.count()).where(WaitingListEntry.citizen_id == dropped_id, WaitingListEntry.ended_at.is_(None))
    wanted = {"appointments": seats, "relatives": relatives, "waiting": waits}
    return {name: session.scalar(query) or 0 for name, query in wanted.items()}


def vouched_side(session: Session, kept_id: int, dropped_id: int) -> dict[str, tuple[bool, str]]:
    """The fields nobody may choose, for a provider vouches for them: whether the closed record's is taken, and the provider's label.

    Where both are vouched for, that of the kept record stays. One statement.
    """
    locked = locked_by_citizen(session, (kept_id, dropped_id))
    theirs = {name: (True, label) for name, label in locked.get(dropped_id, {}).items()}
    return theirs | {name: (False, label) for name, label in locked.get(kept_id, {}).items()}


def merge(
    session: Session, clock: Clock, agent_id: int, kept_id: int, dropped_id: int, taken: Collection[str] = ()
) -> Citizen:
    """Let the kept record stand for both; merging the same two again is harmless. The caller commits.

    Args:
        taken: Those of FIELDS that are taken from the record that is closed; what a provider vouches for stands whatever is said here.

    Raises:
        NoSuchCitizen: One does not exist, or not for this agent; it may have been merged with another meanwhile.
        NotTwo: They are the same, or of two territories.
    """
    with holding(session, clock, kept_id, dropped_id):
        other = session.get(Citizen, dropped_id)
        if other is not None and other.merged_into_id == kept_id:
            return citizen_in_sight(session, agent_id, kept_id)
        kept, dropped = pair_in_sight(session, agent_id, kept_id, dropped_id)
        vouched = vouched_side(session, kept_id, dropped_id)
        chosen = [name for name in FIELDS if (vouched[name][0] if name in vouched else name in taken)]
        values = {name: getattr(dropped, name) for name in chosen}
        if "email" in values:
            values["email_proven_at"] = dropped.email_proven_at
        responsible = kept.responsible_id or dropped.responsible_id
        dropped.email = None
        _give_up_double_seats(session, kept_id, dropped_id)
        repoint(session, kept_id, dropped_id)
        for name, value in values.items():
            setattr(kept, name, value)
        kept.responsible_id = None if responsible in (kept_id, dropped_id) else responsible
        kept.updated_at = dropped.updated_at = clock.now()
        dropped.merged_into_id = kept_id
        session.flush()
        write_words(session.connection(), kept_id)
        who = Actor.agent(agent_id)
        record(
            session, clock, who, "citizen.merged", kept.territory_id, kept_id, other=dropped_id, taken=sorted(values)
        )
        record(session, clock, who, "citizen.closed", kept.territory_id, dropped_id, kept=kept_id)
    return kept


def _give_up_double_seats(session: Session, kept_id: int, dropped_id: int) -> None:
    """Where both have a seat in one appointment, the person keeps one of them."""
    kept_seats = select(Participation.appointment_id).where(
        Participation.citizen_id == kept_id, Participation.status.not_in(CANCELLED)
    )
    doubles = select(Participation).where(
        Participation.citizen_id == dropped_id,
        Participation.status.not_in(CANCELLED),
        Participation.appointment_id.in_(kept_seats),
    )
    for seat in session.scalars(doubles):
        seat.status = Status.CANCELLED_BY_STAFF
    # Both may have the one appointment that one person may have: they stay, and the kept one has it (D-4).
    session.execute(update(Participation).where(Participation.citizen_id == dropped_id).values(sole=None))
