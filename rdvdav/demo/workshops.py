"""Collective appointments of the demonstration: an evening workshop a week, one nearly full, with who comes (S13)."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment, Channel
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.demo.chance import slug, uid
from rdvdav.demo.house import ZONE, House
from rdvdav.demo.staff import Colleague
from rdvdav.directory.motif import Motif
from rdvdav.feeds.change import changing
from rdvdav.hours.wall import instant_of
from rdvdav.policy.installation import installation

HOST = "Delphine Arnaud"
BEGINS = time(18)
"""When nobody receives any more."""
THURSDAY = 3
WORKSHOPS = (
    ("Tenir son budget au quotidien", -1, 6),
    ("Comprendre ses factures d’énergie", 1, 7),
    ("Tenir son budget au quotidien", 2, 3),
    ("Préparer sa retraite", 3, 0),
)
"""Title, in which week from the day of loading, how many are registered."""


def hold(
    session: Session,
    clock: Clock,
    chance: Random,
    house: House,
    colleagues: Sequence[Colleague],
    citizens: Sequence[int],
    day: date,
) -> None:
    """Write and publish the workshops."""
    host = next(each for each in colleagues if each.agent.name == HOST)
    thursday = day + timedelta(days=(THURSDAY - day.weekday()) % 7)
    with changing(session, clock, [host.agenda.id]) as change:
        for title, week, registered in WORKSHOPS:
            starts_at = instant_of(thursday + timedelta(weeks=week), BEGINS, ZONE)
            appointment = _workshop(session, chance, house, starts_at, clock.now())
            appointment.title = title
            appointment.claim({host.agenda.id: None})
            appointment.participations = [
                Participation(
                    territory_id=house.territory.id,
                    citizen_id=citizen_id,
                    uid=uid(chance, installation(session).uid_host),
                    status=appointment.status,
                    created_at=appointment.created_at,
                )
                for citizen_id in chance.sample(citizens, registered)
            ]
            session.add(appointment)
            session.flush()
            change.publish(appointment)
            opener, of_it = Actor.agent(host.agent.id), (house.territory.id, appointment.id)
            opened_at = starts_at.isoformat()
            record(session, clock, opener, "appointment.opened", *of_it, starts_at=opened_at, seats=appointment.seats)


def _workshop(session: Session, chance: Random, house: House, starts_at: datetime, now: datetime) -> Appointment:
    motif: Motif = house.motifs["atelier"]
    made_at = min(now, starts_at) - timedelta(days=20)
    return Appointment(
        territory_id=motif.territory_id,
        organisation_id=motif.organisation_id,
        motif_id=motif.id,
        place_id=house.places["mds"].id,
        uid=uid(chance, installation(session).uid_host),
        reference=slug(chance, 10),
        starts_at=starts_at,
        ends_at=starts_at + motif.duration,
        status=Status.DONE if starts_at < now else Status.PLANNED,
        channel=Channel.AGENT,
        seats=motif.seats,
        stamped_at=made_at,
        created_at=made_at,
    )
