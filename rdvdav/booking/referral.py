"""A referrer books for a person (B10); an agent who books in another organisation of the territory is one, too (S06)."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.appointment import Channel as Origin
from rdvdav.agenda.participation import Participation
from rdvdav.audit.record import Actor, record
from rdvdav.booking.book import book
from rdvdav.booking.held import NoSuchHold, agendas_of, held_under, require_live
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.known import find_or_make, known_by_email
from rdvdav.citizens.phone import is_mobile
from rdvdav.citizens.referrer import Referrer
from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import Membership
from rdvdav.directory.organisation import Organisation
from rdvdav.feeds.change import changing
from rdvdav.notify.referrer import tell_referrer
from rdvdav.outbox.message import Channel
from rdvdav.policy.installation import installation
from rdvdav.policy.sight import organisations_of_sight
from rdvdav.policy.throttle import Limit, take_attempt

REFERRALS_PER_ADDRESS = Limit("referral", 20, timedelta(hours=1))
"""Each sends mail to addresses that nobody has proved."""


@dataclass(frozen=True)
class Contact:
    """A referrer, as typed; e-mail in lower case, phone in E.164."""

    first_name: str
    last_name: str
    structure: str
    email: str
    phone: str | None = None


@dataclass(frozen=True)
class Beneficiary:
    """Who is referred, as the referrer describes them; e-mail in lower case, phone in E.164."""

    first_name: str
    last_name: str
    email: str | None = None
    phone: str | None = None
    birth_date: date | None = None

    @property
    def short(self) -> str:
        """« Amina B. »: enough for who knows the person."""
        return f"{self.first_name} {self.last_name[:1]}."


def told_by(session: Session, person: Beneficiary) -> Channel | None:
    """How *person* hears of the appointment, as far as what was typed tells: by mail, else by SMS (M-2); None: not at all."""
    if person.email is not None:
        return Channel.MAIL
    return Channel.SMS if installation(session).sms and is_mobile(person.phone or "") else None


def refer(
    session: Session, clock: Clock, token: str, contact: Contact, person: Beneficiary, *, address: str
) -> Appointment:
    """Book the held slot for *person*; the referrer and the person are told. The caller commits.

    Booking twice is harmless. An e-mail that is known is that record's (P-7), of which nothing is changed nor told.

    Args:
        address: IP address of the visitor; counted, never kept in clear.

    Raises:
        TooMany: Too many referrals from this address.
        NoSuchHold, HoldExpired, SlotTaken, NotBookable: As `book`.
    """
    take_attempt(session, clock, REFERRALS_PER_ADDRESS, address)
    with changing(session, clock, agendas_of(session, token)):
        hold = held_under(session, token)
        if hold.appointment_id is not None:
            return session.get_one(Appointment, hold.appointment_id)
        require_live(hold, clock)
        referrer = Referrer(territory_id=hold.territory_id, created_at=clock.now(), **vars(contact))
        session.add(referrer)
        session.flush()
        who = Actor.referrer(referrer.id)
        citizen = _record_of(session, clock, hold.territory_id, person, who)
        appointment = book(session, clock, token, citizen.id, by_email=person.email is not None, actor=who)
        seat = appointment.seat_of(citizen.id)
        if seat is None:
            raise NoSuchHold
        _refer(appointment, [seat], referrer)
        told = told_by(session, person) is not None
        tell_referrer(session, clock, appointment, referrer, person.short, told=told)
    return appointment


def refer_as_agent(
    session: Session, clock: Clock, agent_id: int, appointment: Appointment, seats: list[Participation]
) -> None:
    """Keep that an agent who books in an organisation out of the own sight did so as a referrer. The caller commits."""
    home = organisations_of_sight(agent_id).where(Organisation.id == appointment.organisation_id)
    if session.scalar(home) is not None:
        return
    agent = session.get_one(Agent, agent_id)
    works = select(Organisation.name).join(Membership).where(Membership.agent_id == agent_id)
    structure = session.scalar(
        works.where(Organisation.territory_id == appointment.territory_id).order_by(Membership.id)
    )
    referrer = Referrer(
        territory_id=appointment.territory_id,
        first_name=agent.first_name,
        last_name=agent.last_name,
        structure=structure or "",
        email=agent.email,
        agent_id=agent_id,
        created_at=clock.now(),
    )
    session.add(referrer)
    session.flush()
    _refer(appointment, seats, referrer)


def _refer(appointment: Appointment, seats: list[Participation], referrer: Referrer) -> None:
    for seat in seats:
        seat.referrer = referrer
    if appointment.seated == seats:  # it was made for them
        appointment.channel = Origin.REFERRER


def _record_of(session: Session, clock: Clock, territory_id: int, person: Beneficiary, who: Actor) -> Citizen:
    """The record with the person's e-mail, as it is; else a new one."""
    if person.email is not None:
        known = known_by_email(session, territory_id, person.email)
        if known is not None:
            return known
        made = find_or_make(
            session,
            clock,
            territory_id=territory_id,
            email=person.email,
            first_name=person.first_name,
            last_name=person.last_name,
            actor=who,
        )
        made.phone, made.birth_date = person.phone, person.birth_date
        return made
    now = clock.now()
    made = Citizen(territory_id=territory_id, created_at=now, updated_at=now, **vars(person))
    session.add(made)
    session.flush()
    record(session, clock, who, "citizen.created", territory_id, made.id)
    return made
