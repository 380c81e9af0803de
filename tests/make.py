"""Builders: `make.motif()` gives a motif with everything it needs, believable by default, any column changed by name."""

from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.participation import Participation
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.database import Base
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import AgentService, Membership, TerritoryAdmin
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.directory.territory import Territory
from rdvdav.feeds.change import changing
from rdvdav.feeds.collecting import open_collection
from rdvdav.feeds.object import Collection
from rdvdav.tokens import new_slug
from rdvdav.webhooks.signature import new_secret
from rdvdav.webhooks.webhook import Delivery, Kind, Webhook

Row = TypeVar("Row", bound=Base)
MONDAY = date(2026, 11, 23)
QUIET = {"appointments_told": "none", "openings_told": False, "absences_told": False, "calendar_by_mail": False}
"""Agents hear of nothing, unless a test is about that."""


class Maker:
    """Makes rows in one session; nothing is committed here.

    The first territory, organisation, service and place made are those of everything made later, unless named.
    """

    def __init__(self, session: Session, clock: Clock) -> None:
        """Build in *session*, at the time of *clock*."""
        self.session = session
        self.clock = clock
        self._number = count(1)
        self._first: dict[type, Any] = {}

    def territory(self, **columns: Any) -> Territory:
        """A département."""
        n = next(self._number)
        return self._row(Territory, columns, name=f"Territoire {n}", slug=f"territoire-{n}-{new_slug(6)}")

    def organisation(self, **columns: Any) -> Organisation:
        """A town hall in Paris time."""
        n = next(self._number)
        columns.setdefault("territory_id", self._the(Territory).id)
        return self._row(
            Organisation,
            columns,
            name=f"Mairie {n}",
            slug=f"mairie-{n}-{new_slug(6)}",
            zone="Europe/Paris",
            holiday_calendar="FR",
            phone="01 23 45 67 89",
        )

    def service(self, **columns: Any) -> Service:
        """A professional service."""
        columns.setdefault("territory_id", self._the(Territory).id)
        return self._row(Service, columns, name=f"Service {next(self._number)}")

    def place(self, **columns: Any) -> Place:
        """A place of the organisation."""
        organisation = self._the(Organisation)
        return self._row(
            Place,
            columns,
            territory_id=organisation.territory_id,
            organisation_id=organisation.id,
            name=f"Lieu {next(self._number)}",
            street="1 place de la République",
            postcode="97180",
            city="Sainte-Anne",
        )

    def motif(self, **columns: Any) -> Motif:
        """A motif of 30 minutes that everybody may book."""
        organisation = self._the(Organisation)
        return self._row(
            Motif,
            columns,
            territory_id=organisation.territory_id,
            organisation_id=columns.get("organisation_id", organisation.id),
            service_id=columns.get("service_id") or self._the(Service).id,
            name=f"Motif {next(self._number)}",
            duration_minutes=30,
            bookable_by=BookableBy.EVERYONE,
        )

    def agent(
        self,
        *,
        organisation: Organisation | None = None,
        services: list[Service] | None = None,
        administers: Territory | None = None,
        role: str = "basic",
        **columns: Any,
    ) -> Agent:
        """An agent with a membership, services, an agenda and its published collection."""
        n = next(self._number)
        organisation = organisation or self._the(Organisation)
        agent = self._row(
            Agent,
            columns,
            email=f"agent{n}.{new_slug(6)}@example.test",
            first_name="Claire",
            last_name=f"Martin{n}",
            principal=new_slug(),
            **QUIET,
        )
        self.session.add(
            Membership(
                agent_id=agent.id,
                organisation_id=organisation.id,
                territory_id=organisation.territory_id,
                role=role,
                created_at=self.clock.now(),
            )
        )
        for service in services if services is not None else [self._the(Service)]:
            self.session.add(AgentService(agent_id=agent.id, service_id=service.id))
        if administers is not None:
            self.session.add(TerritoryAdmin(agent_id=agent.id, territory_id=administers.id))
        agenda = self._row(
            Agenda,
            {},
            agent_id=agent.id,
            kind="agent",
            territory_id=organisation.territory_id,
            name=agent.name,
            zone=organisation.zone,
        )
        open_collection(self.session, self.clock, agenda.id)
        return agent

    def agenda(self, **columns: Any) -> Agenda:
        """The agenda of a new agent."""
        return self.agenda_of(self.agent(**columns))

    def room(self, **columns: Any) -> Agenda:
        """The agenda of a room, with its published collection."""
        organisation = self._the(Organisation)
        name = f"Salle {next(self._number)}"
        kept = {"territory_id": organisation.territory_id, "kind": "room", "zone": organisation.zone, "name": name}
        room = self._row(Agenda, columns, **kept)
        open_collection(self.session, self.clock, room.id)
        return room

    def agenda_of(self, agent: Agent) -> Agenda:
        """The agenda of *agent*."""
        return self.session.query(Agenda).filter_by(agent_id=agent.id).one()

    def collection_of(self, agenda: Agenda) -> Collection:
        """The main collection of *agenda*."""
        wanted = {"agenda_id": agenda.id, "kind": "main", "level": agenda.detail_level}
        return self.session.query(Collection).filter_by(**wanted).one()

    def opening_range(self, agenda: Agenda, motifs: list[Motif], **columns: Any) -> OpeningRange:
        """Every working day from nine to twelve, from Monday 23 November 2026 on, without end."""
        organisation = self._the(Organisation)
        columns.setdefault("place_id", self._the(Place).id)
        return self._row(
            OpeningRange,
            columns,
            territory_id=agenda.territory_id,
            organisation_id=organisation.id,
            agenda_id=agenda.id,
            uid=f"{new_slug()}@rdv.example.test",
            stamped_at=self.clock.now(),
            name="Permanence",
            zone=organisation.zone,
            first_day=MONDAY,
            opens=time(9),
            closes=time(12),
            recurrence="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
            excluded_days=[],
            motifs=motifs,
        )

    def absence(self, agenda: Agenda, **columns: Any) -> Absence:
        """Away for all of Tuesday 24 November 2026."""
        first_day = columns.get("first_day", MONDAY + timedelta(days=1))
        return self._row(
            Absence,
            columns,
            territory_id=agenda.territory_id,
            agenda_id=agenda.id,
            uid=f"{new_slug()}@rdv.example.test",
            stamped_at=self.clock.now(),
            title="Formation",
            zone=agenda.zone,
            first_day=first_day,
            end_day=first_day,
            last_day=columns.get("end_day", first_day),
            excluded_days=[],
        )

    def citizen(self, **columns: Any) -> Citizen:
        """A person with an e-mail address."""
        n = next(self._number)
        return self._row(
            Citizen,
            columns,
            territory_id=self._the(Territory).id,
            first_name="Amina",
            last_name=f"Benali{n}",
            email=f"citizen{n}.{new_slug(6)}@example.test",
            updated_at=self.clock.now(),
        )

    def appointment(
        self,
        agenda: Agenda,
        starts_at: datetime,
        *,
        motif: Motif | None = None,
        citizen: Citizen | None = None,
        minutes: int | None = None,
        place: Place | None = None,
        **columns: Any,
    ) -> Appointment:
        """A published appointment on *agenda* from *starts_at* on."""
        motif = motif or self._the(Motif)
        citizen = citizen or self.citizen()
        place_id = (place or self._the(Place)).id
        with changing(self.session, self.clock, [agenda.id]) as change:
            appointment = Appointment(
                territory_id=agenda.territory_id,
                organisation_id=motif.organisation_id,
                motif_id=motif.id,
                place_id=place_id,
                uid=f"{new_slug()}@rdv.example.test",
                reference=new_slug(8),
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=minutes or motif.duration_minutes),
                status="planned",
                stamped_at=self.clock.now(),
                created_at=self.clock.now(),
                **columns,
            )
            appointment.claim({agenda.id: None})
            appointment.participations = [
                Participation(
                    territory_id=agenda.territory_id,
                    citizen_id=citizen.id,
                    uid=f"{new_slug()}@rdv.example.test",
                    created_at=self.clock.now(),
                )
            ]
            self.session.add(appointment)
            self.session.flush()
            change.publish(appointment)
        return appointment

    def webhook(self, **columns: Any) -> Webhook:
        """A program that hears of appointments, of all organisations of the territory."""
        columns.setdefault("territory_id", self._the(Territory).id)
        fixed = {"name": "Dossiers", "url": "https://dossiers.example.test/rdv", "secret": new_secret()}
        return self._row(Webhook, columns, kinds=[Kind.APPOINTMENT], **fixed)

    def delivery(self, webhook: Webhook, **columns: Any) -> Delivery:
        """What a webhook is to hear next."""
        now = self.clock.now()
        fixed = {"event": "appointment.booked", "kind": Kind.APPOINTMENT, "object_id": 1, "body": "{}"}
        fixed |= {"webhook_id": webhook.id, "uid": f"evt_{new_slug()}"}
        return self._row(Delivery, columns, asked_at=now, due_at=now, **fixed)

    def _the(self, table: type[Row]) -> Row:
        """The first row of this kind that was made, made now if none was."""
        if table not in self._first:
            getattr(self, table.__name__.lower())()
        row: Row = self._first[table]
        return row

    def _row(self, table: type[Row], columns: dict[str, Any], **defaults: Any) -> Row:
        if "created_at" in table.__table__.columns:
            defaults["created_at"] = self.clock.now()
        row = table(**(defaults | columns))
        self.session.add(row)
        self.session.flush()
        self._first.setdefault(table, row)
        return row
