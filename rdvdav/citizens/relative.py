"""« Proches »: the people a citizen answers for and books for (B11). One level only: a relative answers for nobody."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from rdvdav.audit.record import Actor, record
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.errors import NotFound, Refused

MOST = 20
"""Relatives of one person."""


class NoSuchRelative(NotFound):
    """No such person, or nobody this citizen answers for: both answer alike."""


class TooManyRelatives(Refused):
    """One person answers for as many as may be."""


def relatives_of(session: Session, citizen_id: int) -> Sequence[Citizen]:
    """Whom the citizen answers for, by surname; one statement."""
    query = select(Citizen).where(Citizen.responsible_id == citizen_id, _live())
    return session.scalars(query.order_by(Citizen.sorted_as, Citizen.id)).all()


def relative_of(session: Session, citizen_id: int, relative_id: int) -> Citizen:
    """One of those the citizen answers for.

    Raises:
        NoSuchRelative: It is none.
    """
    found = session.scalar(
        select(Citizen).where(Citizen.id == relative_id, Citizen.responsible_id == citizen_id, _live())
    )
    if found is None:
        raise NoSuchRelative
    return found


def add_relative(
    session: Session, clock: Clock, citizen_id: int, first_name: str, last_name: str, birth_date: date
) -> Citizen:
    """Let the citizen answer for one more person; adding the same one twice is harmless. The caller commits.

    Raises:
        TooManyRelatives: There are MOST already, or somebody answers for the citizen.
    """
    # The person's row first: two at once must not both count what the other adds.
    responsible = session.scalars(select(Citizen).where(Citizen.id == citizen_id).with_for_update()).one()
    described = {"first_name": first_name, "last_name": last_name, "birth_date": birth_date}
    same = [getattr(Citizen, name) == value for name, value in described.items()]
    known = session.scalar(select(Citizen).where(Citizen.responsible_id == citizen_id, _live(), *same))
    if known is not None:
        return known
    count = session.scalar(select(func.count()).select_from(Citizen).where(Citizen.responsible_id == citizen_id))
    if responsible.responsible_id is not None or (count or 0) >= MOST:
        raise TooManyRelatives
    now = clock.now()
    relative = Citizen(
        territory_id=responsible.territory_id,
        responsible_id=citizen_id,
        first_name=first_name,
        last_name=last_name,
        birth_date=birth_date,
        created_at=now,
        updated_at=now,
    )
    session.add(relative)
    session.flush()
    record(session, clock, Actor.citizen(citizen_id), "citizen.created", relative.territory_id, relative.id)
    return relative


def _live() -> ColumnElement[bool]:
    return Citizen.merged_into_id.is_(None) & Citizen.erased_at.is_(None)
