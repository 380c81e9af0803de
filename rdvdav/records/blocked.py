"""Addresses of a person that nothing is sent to any more: seen on the record, lifted by an administrator (M-7)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.audit.record import Actor, record
from rdvdav.booking.people import NoSuchCitizen
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.outbox.blocked import BlockedAddress, blocks
from rdvdav.policy.right import people_administered


def blocked_of(session: Session, citizen: Citizen) -> Sequence[BlockedAddress]:
    """Which of the person's address and number are blocked; one statement."""
    return blocks(session, citizen.territory_id, [each for each in (citizen.reached.email, citizen.called) if each])


def unblock_person(session: Session, clock: Clock, agent_id: int, citizen_id: int) -> None:
    """Let the person be written to again; twice is harmless. The caller commits.

    Raises:
        NoSuchCitizen: There is none, or not for this agent to administer.
    """
    citizen = session.scalar(select(Citizen).where(Citizen.id == citizen_id, people_administered(agent_id)))
    if citizen is None:
        raise NoSuchCitizen
    found = blocked_of(session, citizen)
    for each in found:
        session.delete(each)
    if found:
        who = Actor.agent(agent_id)
        record(session, clock, who, "citizen.address_unblocked", citizen.territory_id, citizen_id)
