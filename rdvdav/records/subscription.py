"""Subscribing to one's own appointments (B17): the address, and all there is to show, written while the agendas concerned are held."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.feeds.access import SECRET_LENGTH
from rdvdav.feeds.citizen_events import CitizenFeed, forget
from rdvdav.feeds.citizen_feed import feed_of_citizen
from rdvdav.feeds.holding import holding
from rdvdav.i18n import language
from rdvdav.records.account import count_change
from rdvdav.tokens import digest, new_slug


def subscribe(session: Session, clock: Clock, citizen_id: int, organisation_id: int) -> str:
    """The secret of a new address of the citizen, shown once; an earlier one leads nowhere from now on. The caller commits.

    Raises:
        TooMany: As `count_change`.
    """
    count_change(session, clock, citizen_id)
    with holding(session, clock, *_people(session, citizen_id)):
        row = feed_of_citizen(session, citizen_id) or CitizenFeed(citizen_id=citizen_id)
        secret = new_slug(SECRET_LENGTH)
        row.organisation_id, row.language, row.digest = organisation_id, language(), digest(secret)
        row.created_at = row.written_at = clock.now()
        row.last_read_at = row.last_reader = None
        session.add(row)
    return secret


def unsubscribe(session: Session, citizen_id: int) -> None:
    """Close the citizen's address: it answers as one that never was. The caller commits."""
    row = feed_of_citizen(session, citizen_id)
    if row is not None:
        session.delete(row)
        session.flush()
        forget(session, citizen_id)


def write_feed(session: Session, clock: Clock, citizen_id: int) -> None:
    """Write all that the citizen's address shows, as far as it is not what is stored. The caller commits."""
    with holding(session, clock, *_people(session, citizen_id)):
        row = feed_of_citizen(session, citizen_id)
        if row is not None:
            row.written_at = clock.now()


def _people(session: Session, citizen_id: int) -> list[int]:
    """The citizen and those this person answers for."""
    theirs = or_(Citizen.id == citizen_id, Citizen.responsible_id == citizen_id)
    return list(session.scalars(select(Citizen.id).where(theirs)))
