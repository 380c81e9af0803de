"""What citizens change in their own record (B17): how they are called, and whether they are written to."""

from datetime import timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.audit.record import Actor, changed, record
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.phone import is_mobile
from rdvdav.clock import Clock
from rdvdav.feeds.holding import holding
from rdvdav.notify.reminder import plan_for
from rdvdav.policy.throttle import Limit, take_attempt

CHANGES_PER_CITIZEN = Limit("account-change", 60, timedelta(hours=1))
"""Of one's own record, relatives and calendar address: each is journalled, or holds agendas."""


def count_change(session: Session, clock: Clock, citizen_id: int) -> None:
    """Count a change that a citizen makes to what is kept about them. The caller commits.

    Raises:
        TooMany: That was one too many.
    """
    take_attempt(session, clock, CHANGES_PER_CITIZEN, str(citizen_id))


def change_contact(
    session: Session, clock: Clock, citizen_id: int, *, phone: str | None, mails_wanted: bool, sms_wanted: bool
) -> Citizen:
    """Keep the citizen's phone number, E.164, and switches; calendars that name the number, and reminders, follow. The caller commits.

    The switch speaks of all appointments: who can get SMS from now on, and could not before, agrees to those about all that is
    to come (M-2).

    Raises:
        TooMany: As `count_change`.
    """
    count_change(session, clock, citizen_id)
    wanted = {"phone": phone, "mails_wanted": mails_wanted, "sms_wanted": sms_wanted}
    with holding(session, clock, citizen_id):
        citizen = session.get_one(Citizen, citizen_id)
        facts, got_sms = changed({name: getattr(citizen, name) for name in wanted}, wanted), _gets_sms(citizen)
        if facts:
            for name in facts:
                setattr(citizen, name, wanted[name])
            citizen.updated_at = clock.now()
            if _gets_sms(citizen) and not got_sms:
                _agree_to_sms(session, clock, citizen_id)
            plan_for(session, clock, citizen_id)
            record(
                session, clock, Actor.citizen(citizen_id), "citizen.changed", citizen.territory_id, citizen_id, **facts
            )
    return citizen


def _gets_sms(citizen: Citizen) -> bool:
    return citizen.sms_wanted and is_mobile(citizen.phone or "")


def _agree_to_sms(session: Session, clock: Clock, citizen_id: int) -> None:
    """For all that is to come of the person, and of those who are called on this person's number."""
    called = (Citizen.responsible_id == citizen_id) & Citizen.phone.is_(None)
    people = select(Citizen.id).where(or_(Citizen.id == citizen_id, called))
    to_come = select(Appointment.id).where(Appointment.starts_at > clock.now())
    seats = Participation.citizen_id.in_(people) & Participation.appointment_id.in_(to_come)
    session.execute(update(Participation).where(seats).values(by_sms=True))
