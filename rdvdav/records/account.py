"""What citizens change in their own record (B17): how they are called, and whether they are written to."""

from datetime import timedelta

from sqlalchemy.orm import Session

from rdvdav.audit.record import Actor, changed, record
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.notify.reminder import plan_for
from rdvdav.policy.throttle import Limit, take_attempt
from rdvdav.records.holding import holding

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

    Raises:
        TooMany: As `count_change`.
    """
    count_change(session, clock, citizen_id)
    wanted = {"phone": phone, "mails_wanted": mails_wanted, "sms_wanted": sms_wanted}
    with holding(session, clock, citizen_id):
        citizen = session.get_one(Citizen, citizen_id)
        facts = changed({name: getattr(citizen, name) for name in wanted}, wanted)
        if facts:
            for name in facts:
                setattr(citizen, name, wanted[name])
            citizen.updated_at = clock.now()
            plan_for(session, clock, citizen_id)
            record(
                session, clock, Actor.citizen(citizen_id), "citizen.changed", citizen.territory_id, citizen_id, **facts
            )
    return citizen
