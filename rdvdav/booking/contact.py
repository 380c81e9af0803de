"""How a known person can be reached, as they say themselves."""

from datetime import date

from sqlalchemy.orm import Session

from rdvdav.audit.record import Actor, changed, record
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.feeds.holding import holding
from rdvdav.notify.reminder import plan_for


def complete(
    session: Session, clock: Clock, citizen_id: int, *, phone: str | None = None, birth_date: date | None = None
) -> Citizen:
    """Keep what a citizen adds while booking; a known birth date stays. The caller commits.

    The number is the person's from now on: calendars that name it say the new one, and appointments made before for which
    SMS were agreed send theirs, reminders too, to it. Those for which they were not stay without (M-2): a number given for
    one appointment agrees to nothing about another.

    Args:
        phone: E.164.
    """
    citizen = session.get_one(Citizen, citizen_id)
    if phone in (None, citizen.phone) and (birth_date is None or citizen.birth_date is not None):
        return citizen
    with holding(session, clock, citizen_id):
        new_phone = phone is not None and phone != citizen.phone
        new_birth_date = birth_date is not None and citizen.birth_date is None
        before = {"phone": citizen.phone, "birth_date": said(citizen.birth_date)}
        if new_phone:
            citizen.phone = phone
            plan_for(session, clock, citizen_id)
        if new_birth_date:
            citizen.birth_date = birth_date
        if new_phone or new_birth_date:
            citizen.updated_at = clock.now()
            facts = changed(before, {"phone": citizen.phone, "birth_date": said(citizen.birth_date)})
            who = Actor.citizen(citizen.id)
            record(session, clock, who, "citizen.changed", citizen.territory_id, citizen.id, **facts)
    return citizen


def said(day: date | None) -> str | None:
    """A day as the journal keeps it."""
    return day.isoformat() if day else None
