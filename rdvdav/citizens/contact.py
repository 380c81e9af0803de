"""How a known person can be reached, as they say themselves."""

from datetime import date

from sqlalchemy.orm import Session

from rdvdav.audit.record import Actor, changed, record
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock


def complete(
    session: Session, clock: Clock, citizen_id: int, *, phone: str | None = None, birth_date: date | None = None
) -> Citizen:
    """Keep what a signed-in citizen adds for an appointment; a known birth date stays. The caller commits.

    Args:
        phone: E.164.
    """
    citizen = session.get_one(Citizen, citizen_id, with_for_update=True)
    new_phone = phone is not None and phone != citizen.phone
    new_birth_date = birth_date is not None and citizen.birth_date is None
    before = {"phone": citizen.phone, "birth_date": said(citizen.birth_date)}
    if new_phone:
        citizen.phone = phone
    if new_birth_date:
        citizen.birth_date = birth_date
    if new_phone or new_birth_date:
        citizen.updated_at = clock.now()
        facts = changed(before, {"phone": citizen.phone, "birth_date": said(citizen.birth_date)})
        record(session, clock, Actor.citizen(citizen.id), "citizen.changed", citizen.territory_id, citizen.id, **facts)
    return citizen


def said(day: date | None) -> str | None:
    """A day as the journal keeps it."""
    return day.isoformat() if day else None
