"""A house in which everything exists four times: of who asks, of a foreign agent, organisation and territory; and once not at all."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from make import MONDAY, Maker
from sqlalchemy.orm import Session
from web.register import Who

from rdvdav.agenda.booking_invitation import BookingInvitation
from rdvdav.citizens.citizen import CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.directory.agent import Agent
from rdvdav.directory.motif import BookableBy
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.service import Service
from rdvdav.directory.team import Team
from rdvdav.feeds.access import new_app_password
from rdvdav.feeds.address import new_feed_address
from rdvdav.outbox.message import Message

Key = int | str
MISSING: dict[str, Key] = {"appointment": "ZZZZZZZZ"}
"""By kind: a name that nothing has; for all others MISSING_ID."""
MISSING_ID = 899_999
OF_ORGANISATION = frozenset(
    {
        "citizen",
        "motif",
        "place",
        "organisation",
        "service",
        "territory",
        "agent",
        "team",
        "webhook",
        "delivery",
        "message",
        "invitation",
    }
)
"""What a colleague of the same organisation shares: no other agent's is foreign."""


@dataclass(frozen=True)
class Things:
    """Names of everything, by kind.

    Attributes:
        own: Of the basic agent who asks; the appointment is the citizen's who asks, too.
        foreign: By relation: « agent », « organisation », « territory ».
        agent, admin, chief, citizen: Ids of who asks.
    """

    own: dict[str, Key]
    foreign: dict[str, dict[str, Key]]
    agent: int
    admin: int
    chief: int
    citizen: int
    slug: str

    def others(self, kind: str, who: Who) -> list[tuple[str, Key]]:
        """What others have of a kind: the relation, and the name; to an administrator none of the own house is another's."""
        shared = {"agent"} if kind in OF_ORGANISATION else set()
        shared |= {Who.ADMIN: {"agent"}, Who.CHIEF: {"agent", "organisation"}}.get(who, set())
        if who is Who.ADMIN and kind == "service":
            shared |= {"organisation"}  # services are the territory's
        whose = self.foreign.keys() - shared
        return [(relation, of_it[kind]) for relation, of_it in self.foreign.items() if relation in whose]


def build(session: Session, clock: StoppedClock) -> Things:
    """Write it all."""
    make = Maker(session, clock)
    territory, abroad = make.territory(), make.territory()
    home, elsewhere = make.organisation(slug="chez-nous"), make.organisation()
    far = make.organisation(territory_id=abroad.id)
    own, other, foreign = make.service(), make.service(), make.service(territory_id=abroad.id)
    me = make.agent(organisation=home, services=[own])
    rows = {
        "agent": _of(make, make.agent(organisation=home, services=[other]), home, other),
        "organisation": _of(make, make.agent(organisation=elsewhere, services=[other]), elsewhere, other),
        "territory": _of(make, make.agent(organisation=far, services=[foreign]), far, foreign),
    }
    mine = _of(make, me, home, own, BookableBy.EVERYONE)
    admin = make.agent(organisation=home, services=[], role="admin")
    chief = make.agent(administers=territory)
    return Things(
        own=mine,
        foreign=rows,
        agent=me.id,
        admin=admin.id,
        chief=chief.id,
        citizen=int(mine["booked"]),
        slug="chez-nous",
    )


def _of(
    make: Maker, agent: Agent, organisation: Organisation, service: Service, by: BookableBy = BookableBy.AGENTS
) -> dict[str, Key]:
    """One of each kind that is *agent*'s, in the organisation; « citizen » has nothing to come, « booked » the appointment."""
    session = make.session
    of_it: dict[str, Any] = {"territory_id": organisation.territory_id, "organisation_id": organisation.id}
    agenda = make.agenda_of(agent)
    place = make.place(**of_it)
    motif = make.motif(service_id=service.id, bookable_by=by, **of_it)
    opening = make.opening_range(agenda, [motif], place_id=place.id, organisation_id=organisation.id)
    absence = make.absence(agenda, first_day=MONDAY, recurrence="FREQ=WEEKLY", last_day=None)
    citizen, free = (make.citizen(territory_id=organisation.territory_id) for _ in range(2))
    session.add_all(
        CitizenOrganisation(citizen_id=each.id, organisation_id=organisation.id, created_at=make.clock.now())
        for each in (citizen, free)
    )
    relative = make.citizen(territory_id=organisation.territory_id, email=None, responsible_id=citizen.id)
    starts_at = datetime.combine(MONDAY + timedelta(days=21), time(9), UTC)
    appointment = make.appointment(agenda, starts_at, motif=motif, citizen=citizen, place=place)
    team = Team(territory_id=organisation.territory_id, name=f"Équipe de {agent.id}")
    session.add(team)
    message = Message(
        territory_id=organisation.territory_id,
        key=f"test:{agent.id}",
        event="appointment.created",
        message_id=f"<{agent.id}@rdv.example.test>",
        recipient=f"citizen{agent.id}@example.test",
        subject="Rendez-vous",
        text="Bonjour",
        appointment_id=appointment.id,
        citizen_id=citizen.id,
        created_at=make.clock.now(),
        due_at=make.clock.now(),
    )
    session.add(message)
    password, _secret = new_app_password(session, make.clock, agent.id, "Téléphone")
    address, _secret = new_feed_address(session, make.clock, agent.id, "Outlook")
    webhook = make.webhook(territory_id=organisation.territory_id, active=False)
    delivery = make.delivery(webhook)
    invitation = BookingInvitation(
        **of_it, citizen_id=free.id, agent_id=agent.id, service_id=service.id, motif_id=motif.id,
        expires_at=starts_at, created_at=make.clock.now(), sent_at=make.clock.now() - timedelta(hours=1),
    )  # fmt: skip
    session.add(invitation)
    session.flush()
    return {
        "territory": organisation.territory_id,
        "organisation": organisation.id,
        "service": service.id,
        "agent": agent.id,
        "agenda": agenda.id,
        "place": place.id,
        "motif": motif.id,
        "opening_range": opening.id,
        "absence": absence.id,
        "citizen": free.id,
        "booked": citizen.id,
        "relative": relative.id,
        "appointment": appointment.reference,
        "app_password": password.id,
        "feed_address": address.id,
        "team": team.id,
        "webhook": webhook.id,
        "delivery": delivery.id,
        "message": message.id,
        "invitation": invitation.id,
    }
