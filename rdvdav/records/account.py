"""What citizens change in their own record (B17): how they are called, and whether they are written to."""

from sqlalchemy.orm import Session

from rdvdav.audit.record import Actor, changed, record
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.records.holding import holding


def change_contact(
    session: Session, clock: Clock, citizen_id: int, *, phone: str | None, mails_wanted: bool, sms_wanted: bool
) -> Citizen:
    """Keep the citizen's phone number, E.164, and switches; calendars that name the number follow. The caller commits."""
    wanted = {"phone": phone, "mails_wanted": mails_wanted, "sms_wanted": sms_wanted}
    with holding(session, clock, citizen_id):
        citizen = session.get_one(Citizen, citizen_id)
        facts = changed({name: getattr(citizen, name) for name in wanted}, wanted)
        if facts:
            for name in facts:
                setattr(citizen, name, wanted[name])
            citizen.updated_at = clock.now()
            record(
                session, clock, Actor.citizen(citizen_id), "citizen.changed", citizen.territory_id, citizen_id, **facts
            )
    return citizen
