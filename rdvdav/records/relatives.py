"""The relatives a citizen answers for: one more, and what is written in their records (B11); agendas that name them follow."""

from datetime import date

from sqlalchemy.orm import Session

from rdvdav.audit.record import Actor, changed, record
from rdvdav.booking.contact import said
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.identity import locked_fields
from rdvdav.citizens.relative import add_relative, relative_of
from rdvdav.clock import Clock
from rdvdav.feeds.holding import holding
from rdvdav.records.account import count_change


def answer_for(
    session: Session, clock: Clock, citizen_id: int, first_name: str, last_name: str, birth_date: date
) -> Citizen:
    """As `add_relative`, for the citizen who asks. The caller commits.

    Raises:
        TooManyRelatives: As `add_relative`.
        TooMany: As `count_change`.
    """
    count_change(session, clock, citizen_id)
    return add_relative(session, clock, citizen_id, first_name, last_name, birth_date)


def change_relative(
    session: Session,
    clock: Clock,
    citizen_id: int,
    relative_id: int,
    first_name: str,
    last_name: str,
    born: date | None,
) -> Citizen:
    """Let the record of a relative say these names and birth date, but for what a provider vouches for. The caller commits.

    Raises:
        NoSuchRelative: The citizen does not answer for this person.
        TooMany: As `count_change`.
    """
    count_change(session, clock, citizen_id)
    with holding(session, clock, relative_id):
        relative = relative_of(session, citizen_id, relative_id)
        locked = locked_fields(session, relative_id)
        wanted = {"first_name": first_name, "last_name": last_name, "birth_date": born}
        free = {name: value for name, value in wanted.items() if name not in locked}
        before = {"birth_date": said(relative.birth_date)} | {
            name: getattr(relative, name) for name in free if name != "birth_date"
        }
        after = {name: said(born) if name == "birth_date" else value for name, value in free.items()}
        facts = changed(before, after)
        if facts:
            for name, value in free.items():
                setattr(relative, name, value)
            relative.updated_at = clock.now()
            who = Actor.citizen(citizen_id)
            record(session, clock, who, "citizen.changed", relative.territory_id, relative_id, **facts)
    return relative
