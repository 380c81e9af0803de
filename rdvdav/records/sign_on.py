"""A citizen whom a provider vouches for: found by the provider's subject, else by a verified e-mail, else new (B04, P-7).

What the provider vouches for replaces what the record said, and is locked there from then on.
"""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from rdvdav.audit.record import Actor, changed, record
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.identity import CERTIFIED, CitizenIdentity
from rdvdav.clock import Clock
from rdvdav.federation.claims import Vouched
from rdvdav.feeds.holding import holding


def welcome(session: Session, clock: Clock, territory_id: int, who: Vouched) -> Citizen:
    """The record of whom *who* means in the territory, made if there is none. The caller commits.

    An e-mail address that the provider does not call verified joins nobody to a record; neither does one whose record another
    person of the same provider has, or another birth date.
    """
    citizen_id = _known(session, territory_id, who)
    if citizen_id is None:
        try:
            with session.begin_nested():
                citizen_id = _make(session, clock, territory_id, who)
        except IntegrityError:  # the same person came back twice at once: the first one's record is there by now
            citizen_id = _known(session, territory_id, who) or _make(session, clock, territory_id, who, email=False)
    with holding(session, clock, citizen_id):
        citizen = session.get_one(Citizen, citizen_id)
        _note(session, clock, citizen, who)
        _take_over(session, clock, citizen, who)
    return citizen


def _known(session: Session, territory_id: int, who: Vouched) -> int | None:
    theirs = (CitizenIdentity.issuer == who.issuer) & (CitizenIdentity.subject == who.subject)
    query = select(CitizenIdentity.citizen_id).where(CitizenIdentity.territory_id == territory_id, theirs)
    citizen_id = session.scalar(query)
    if citizen_id is not None or not (who.email and who.email_verified):
        return citizen_id
    found = session.scalar(select(Citizen).where(_has(territory_id, who.email)))
    return found.id if found is not None and not _is_another(session, found, who) else None


def _is_another(session: Session, citizen: Citizen, who: Vouched) -> bool:
    """Whether people who share an address are told apart: by who they are to the provider, or by their birth dates."""
    row = (CitizenIdentity.citizen_id == citizen.id) & (CitizenIdentity.issuer == who.issuer)
    taken = session.scalar(select(CitizenIdentity.id).where(row).limit(1)) is not None
    return taken or bool(citizen.birth_date and who.birth_date and citizen.birth_date != who.birth_date)


def _has(territory_id: int, email: str) -> Any:
    return (Citizen.territory_id == territory_id) & (Citizen.email == email) & Citizen.merged_into_id.is_(None)


def _make(session: Session, clock: Clock, territory_id: int, who: Vouched, *, email: bool = True) -> int:
    now = clock.now()
    free = email and who.email and session.scalar(select(Citizen.id).where(_has(territory_id, who.email))) is None
    citizen = Citizen(
        territory_id=territory_id,
        first_name=who.first_name,
        last_name=who.last_name,
        birth_date=who.birth_date,
        email=who.email if free else None,
        email_proven_at=now if free and who.email_verified else None,
        created_at=now,
        updated_at=now,
    )
    session.add(citizen)
    session.flush()
    record(session, clock, Actor.citizen(citizen.id), "citizen.created", territory_id, citizen.id)
    _note(session, clock, citizen, who)
    return citizen.id


def _note(session: Session, clock: Clock, citizen: Citizen, who: Vouched) -> None:
    """Keep who the person is to the provider, and what that vouches for now."""
    theirs = (CitizenIdentity.issuer == who.issuer) & (CitizenIdentity.subject == who.subject)
    row = session.scalar(select(CitizenIdentity).where(CitizenIdentity.territory_id == citizen.territory_id, theirs))
    if row is None:
        row = CitizenIdentity(
            territory_id=citizen.territory_id,
            citizen_id=citizen.id,
            issuer=who.issuer,
            subject=who.subject,
            label=who.label,
            created_at=clock.now(),
            last_used_at=clock.now(),
        )
        session.add(row)
        person = Actor.citizen(citizen.id)
        record(session, clock, person, "citizen.identified", citizen.territory_id, citizen.id, provider=who.label)
    row.label, row.last_used_at = who.label, clock.now()
    for name in CERTIFIED:
        setattr(row, name, getattr(who, name) if who.certified else None)
    session.flush()


def _take_over(session: Session, clock: Clock, citizen: Citizen, who: Vouched) -> None:
    """Let the record say what is vouched for; where nothing is, only what it did not say yet."""
    wanted = {name: getattr(who, name) for name in CERTIFIED if getattr(who, name) is not None}
    if not who.certified:
        wanted = {name: value for name, value in wanted.items() if not getattr(citizen, name)}
    before = {name: _said(getattr(citizen, name)) for name in wanted}
    facts = changed(before, {name: _said(value) for name, value in wanted.items()})
    if who.email_verified and who.email and citizen.email == who.email:
        citizen.email_proven_at = citizen.email_proven_at or clock.now()
    if not facts:
        return
    for name in facts:
        setattr(citizen, name, wanted[name])
    citizen.updated_at = clock.now()
    record(session, clock, Actor.citizen(citizen.id), "citizen.changed", citizen.territory_id, citizen.id, **facts)


def _said(value: str | date | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value
