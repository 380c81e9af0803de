"""Finding a citizen by e-mail, the only unique key (P-7), or making the record; which organisations know it (P-8)."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.audit.record import Actor, record
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.clock import Clock
from rdvdav.database import insert_or_nothing


def known_by_email(session: Session, territory_id: int, email: str) -> Citizen | None:
    """The live record with *email*, its row held until the transaction ends (D-4); None when nobody has it."""
    query = select(Citizen).where(
        Citizen.territory_id == territory_id, Citizen.email == email.lower(), Citizen.merged_into_id.is_(None)
    )
    return session.scalar(query.with_for_update())


def find_or_make(
    session: Session,
    clock: Clock,
    *,
    territory_id: int,
    email: str,
    first_name: str,
    last_name: str,
    phone: str | None = None,
    birth_date: date | None = None,
    actor: Actor | None = None,
) -> Citizen:
    """The citizen with *email*; made with what is given if nobody has it. The caller commits.

    Args:
        phone: E.164.
        actor: Who makes the record; the citizen, when None.
    """
    citizen = known_by_email(session, territory_id, email)
    if citizen is not None:
        return citizen
    now = clock.now()
    # Two at once for one new address: the second finds the first's row.
    made = insert_or_nothing(
        session,
        Citizen,
        territory_id=territory_id,
        first_name=first_name,
        last_name=last_name,
        email=email.lower(),
        phone=phone,
        birth_date=birth_date,
        created_at=now,
        updated_at=now,
    )
    citizen = known_by_email(session, territory_id, email)
    if citizen is None:
        raise LookupError("a citizen that was just made is not there")
    if made:
        who = actor or Actor.citizen(citizen.id)
        record(session, clock, who, "citizen.created", territory_id, citizen.id)
    return citizen


def attach(session: Session, clock: Clock, citizen_id: int, organisation_id: int, actor: Actor | None = None) -> bool:
    """Let the organisation know the citizen from now on (P-8), and who answers for them (B11); whether it did not before.

    The caller commits.

    Args:
        actor: Whose doing it is, for the journal; None where the caller writes the line.
    """
    # The person's row first: two bookings of one person at the same time must not both insert.
    citizen = session.get_one(Citizen, citizen_id, with_for_update=True)
    if citizen.responsible_id is not None:
        attach(session, clock, citizen.responsible_id, organisation_id, actor)
    if session.get(CitizenOrganisation, (citizen_id, organisation_id)) is not None:
        return False
    session.add(CitizenOrganisation(citizen_id=citizen_id, organisation_id=organisation_id, created_at=clock.now()))
    if actor is not None:
        facts = {"organisation_id": organisation_id}
        record(session, clock, actor, "citizen.attached", citizen.territory_id, citizen_id, **facts)
    return True
