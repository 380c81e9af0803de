"""Three thousand appointments over two years, in free time of the ranges, published as booking publishes them.

They are drawn, not booked one by one: nobody is told, and each agenda is locked once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest
from math import exp
from random import Random

from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.appointment import Appointment, Channel
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED, Status
from rdvdav.clock import Clock
from rdvdav.demo.chance import slug, uid
from rdvdav.demo.house import ZONE, House
from rdvdav.demo.journal import trace
from rdvdav.demo.staff import Colleague
from rdvdav.directory.motif import BookableBy, Modality, Motif
from rdvdav.feeds.change import changing
from rdvdav.hours.interval import Interval, Intervals, Span
from rdvdav.hours.wall import DAY, from_minutes, local_day, to_minutes
from rdvdav.policy.installation import installation
from rdvdav.slots.busy import whole_days

AHEAD, BEHIND = 700, 2300
"""How many lie in each direction; 3,000 in all."""
DAYS = 365
REFERENCE_LENGTH = 10
REASONS = ("Je ne suis plus disponible", "J’ai trouvé une autre solution", "Je n’ai plus besoin de ce rendez-vous", "")
COMMENTS = (
    "A demandé un accès de plain-pied.",
    "Vient avec un interprète.",
    "Rappeler la veille.",
    "Dossier incomplet.",
)
WEIGHTS = {"carte": 6, "retrait": 4, "nourrisson": 4, "demarche": 3, "accueil": 2, "suivi": 3}
"""How often a motif is wanted; the others once."""


@dataclass(frozen=True)
class Spot:
    """A stretch of free time that might be booked; epoch minutes."""

    start: int
    end: int
    agenda_id: int
    range_id: int
    place_id: int | None
    motif: str


def spots(
    chance: Random, house: House, ranges: Sequence[OpeningRange], absences: Sequence[Absence], now: datetime
) -> Iterator[Spot]:
    """The time of one agenda cut into appointments, a year back and a year ahead; none overlaps another."""
    today = to_minutes(now)
    window = Interval(today - DAYS * DAY, today + DAYS * DAY)
    closed: list[Span] = [span for absence in absences for span in absence.hours.within(window)]
    organisation = next(each for each in house.organisations.values() if each.id == ranges[0].organisation_id)
    first, last = (local_day(minute, ZONE) for minute in window)
    closed += whole_days(organisation.holidays.between(first, last), ZONE)
    for opening in ranges:
        occurrences = list(opening.hours.within(window))
        for gap in Intervals(closed).gaps(occurrences):
            yield from _cut(chance, house, opening, gap)
        closed += occurrences


def _cut(chance: Random, house: House, opening: OpeningRange, gap: Span) -> Iterator[Spot]:
    """One appointment after the other, each of a motif drawn by how often it is wanted."""
    names = {motif.id: name for name, motif in house.motifs.items()}
    wanted = [names[motif.id] for motif in opening.motifs]
    weights = [WEIGHTS.get(name, 1) for name in wanted]
    at, end = gap
    while at < end:
        name = chance.choices(wanted, weights)[0]
        motif = house.motifs[name]
        over = at + motif.duration_minutes
        if over <= end:
            place = opening.place_id if motif.modality is Modality.ON_SITE else None
            yield Spot(at, over, opening.agenda_id, opening.id, place, name)
        at = over + max(motif.buffer_before_minutes, motif.buffer_after_minutes)


def drawn(chance: Random, found: Sequence[Spot], now: datetime) -> list[Spot]:
    """Those that are booked, in order of time: days near today are fuller than days far from it."""
    today = to_minutes(now)

    def key(spot: Spot) -> float:
        # Efraimidis and Spirakis: the largest of these keys are a weighted draw without replacement.
        days = abs(spot.start - today) / DAY
        least = 0.15 if spot.start < today else 0.02
        return float(chance.random() ** (1 / (least + exp(-days / 21))))

    keyed = [(key(spot), spot) for spot in found]
    behind = [each for each in keyed if each[1].start < today]
    ahead = [each for each in keyed if each[1].start >= today]
    kept = nlargest(BEHIND, behind, key=lambda each: each[0]) + nlargest(AHEAD, ahead, key=lambda each: each[0])
    return sorted((spot for _, spot in kept), key=lambda spot: (spot.start, spot.agenda_id))


def write(
    session: Session,
    clock: Clock,
    chance: Random,
    house: House,
    colleague: Colleague,
    mine: Sequence[Spot],
    citizens: Sequence[int],
) -> None:
    """Write and publish the appointments of one agent; what was cancelled too long ago is not shown (K-42)."""
    agenda_id, agent_id, now = colleague.agenda.id, colleague.agent.id, clock.now()
    with changing(session, clock, [agenda_id]) as change:
        host, since = installation(session).uid_host, now - installation(session).cancelled_for
        appointments = [
            _appointment(chance, house.motifs[spot.motif], spot, chance.choice(citizens), host, now) for spot in mine
        ]
        session.add_all(appointments)
        session.flush()
        for appointment in appointments:
            appointment.comment_author_id = agent_id if appointment.comment else None
            trace(session, appointment, agent_id)
            if appointment.cancelled_at is None or appointment.cancelled_at > since:
                change.publish(appointment)


def _appointment(chance: Random, motif: Motif, spot: Spot, citizen_id: int, host: str, now: datetime) -> Appointment:
    starts_at = from_minutes(spot.start)
    online = motif.bookable_by is BookableBy.EVERYONE and starts_at < now + timedelta(days=85) and chance.random() < 0.7
    created_at = min(starts_at, now) - timedelta(minutes=chance.randint(60, 30 * DAY))
    status = _status(chance, starts_at, now)
    appointment = Appointment(
        territory_id=motif.territory_id,
        organisation_id=motif.organisation_id,
        motif_id=motif.id,
        place_id=spot.place_id,
        uid=uid(chance, host),
        reference=slug(chance, REFERENCE_LENGTH),
        starts_at=starts_at,
        ends_at=from_minutes(spot.end),
        status=status,
        channel=Channel.INTERNET if online else Channel.AGENT,
        comment=chance.choice(COMMENTS) if not online and chance.random() < 0.2 else None,
        stamped_at=created_at,
        created_at=created_at,
    )
    if status in CANCELLED:
        appointment.cancelled_at = created_at + (min(starts_at, now) - created_at) * chance.random()
        appointment.cancel_reason = chance.choice(REASONS) or None
    appointment.claim({spot.agenda_id: spot.range_id})
    appointment.participations = [
        Participation(
            territory_id=motif.territory_id,
            citizen_id=citizen_id,
            uid=uid(chance, host),
            status=status,
            created_at=created_at,
        )
    ]
    return appointment


def _status(chance: Random, starts_at: datetime, now: datetime) -> Status:
    """What became of it; the outcome of a few of the last days is still to be filled in."""
    drawn = chance.random()
    if drawn < 0.08:
        return Status.CANCELLED_BY_CITIZEN if drawn < 0.06 else Status.CANCELLED_BY_STAFF
    if starts_at >= now or (starts_at > now - timedelta(days=4) and drawn < 0.4):
        return Status.PLANNED
    return Status.NO_SHOW if drawn > 0.94 else Status.DONE
