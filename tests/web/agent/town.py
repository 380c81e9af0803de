"""A town hall to sign in at: two colleagues, a stranger elsewhere, an opening range, an absence with an appointment inside."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from make import Maker
from web.application import application
from werkzeug.test import TestResponse

from rdvdav.agenda.agenda import Agenda
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Motif
from rdvdav.directory.place import Place
from rdvdav.directory.team import Team, TeamMember
from rdvdav.policy.password import hash_password
from rdvdav.policy.session import open_session
from rdvdav.settings import Settings
from rdvdav.tokens import new_slug
from rdvdav_web.signin import COOKIE_KEY

MONDAY = date(2026, 11, 23)
PASSWORD = "châtaigne bleue du marché"  # of a person who exists nowhere
HASH = hash_password(PASSWORD)


@dataclass(frozen=True)
class Town:
    """What stands in the database: ids and texts, since each request has a session of its own."""

    app: Flask
    claire: int
    bruno: int
    stranger: int
    agenda: int
    colleagues_agenda: int
    foreign_agenda: int
    opening: int
    foreign_opening: int
    absence: int
    foreign_absence: int
    motif: int
    phone_motif: int
    foreign_motif: int
    place: int
    annexe: int
    reference: str
    foreign_reference: str
    principal: str
    slug: str
    organisation: int
    territory: int
    service: int
    team: int


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    """An instant by the clocks of Paris in winter."""
    return datetime.combine(day, time(hour - 1, minute), UTC)


def build(database: Database, clock: StoppedClock, settings: Settings) -> Town:
    """Write the town and make the application."""
    with database.transaction() as session:
        make = Maker(session, clock)
        organisation = make.organisation(name="Mairie de Sainte-Anne", slug="sainte-anne")
        service = make.service(name="État civil")
        place = make.place(name="Mairie centrale")
        annexe = make.place(name="Mairie annexe")
        motif = make.motif(name="Passeport")
        phone_motif = make.motif(name="Conseil par téléphone", modality="phone", duration_minutes=20, colour=5)
        claire = make.agent(
            first_name="Claire", last_name="Martin", email="claire@sainte-anne.test", password_hash=HASH
        )
        bruno = make.agent(first_name="Amina", last_name="Roy", email="amina@sainte-anne.test", password_hash=HASH)
        agenda = make.agenda_of(claire)
        opening = make.opening_range(agenda, [motif], name="Matin")
        absence = make.absence(agenda, title="Réunion de service", starts=time(9), ends=time(12), kind="meeting")
        citizen = make.citizen(first_name="Jeanne", last_name="Roux", email="jeanne@exemple.test", phone="+33612345678")
        booked = make.appointment(agenda, at(9), motif=motif, citizen=citizen)
        elsewhere = make.organisation(name="Mairie de Loin", slug="loin")
        faraway = make.service(name="Urbanisme")
        foreign_motif = make.motif(name="Permis", organisation_id=elsewhere.id, service_id=faraway.id)
        stranger = make.agent(first_name="Paul", last_name="Loin", organisation=elsewhere, services=[faraway])
        foreign_agenda = make.agenda_of(stranger)
        foreign_opening = make.opening_range(foreign_agenda, [foreign_motif], organisation_id=elsewhere.id)
        foreign_absence = make.absence(foreign_agenda)
        foreign = make.appointment(foreign_agenda, at(10), motif=foreign_motif)
        team = Team(territory_id=organisation.territory_id, name="Accueil")
        session.add(team)
        session.flush()
        session.add(TeamMember(team_id=team.id, agent_id=claire.id))
        found = {
            "claire": claire.id,
            "bruno": bruno.id,
            "stranger": stranger.id,
            "agenda": agenda.id,
            "colleagues_agenda": make.agenda_of(bruno).id,
            "foreign_agenda": foreign_agenda.id,
            "opening": opening.id,
            "foreign_opening": foreign_opening.id,
            "absence": absence.id,
            "foreign_absence": foreign_absence.id,
            "motif": motif.id,
            "phone_motif": phone_motif.id,
            "foreign_motif": foreign_motif.id,
            "place": place.id,
            "annexe": annexe.id,
            "reference": booked.reference,
            "foreign_reference": foreign.reference,
            "principal": claire.principal,
            "slug": organisation.slug,
            "organisation": organisation.id,
            "territory": organisation.territory_id,
            "service": service.id,
            "team": team.id,
        }
    return Town(app=application(database, clock, settings, csrf=False), **found)


def book(
    database: Database, clock: StoppedClock, town: Town, hour: int, minute: int = 0, day: date = MONDAY, **more: Any
) -> str:
    """Put one more appointment into Claire's agenda: its reference."""
    with database.transaction() as session:
        make = Maker(session, clock)
        agenda, motif = session.get_one(Agenda, town.agenda), session.get_one(Motif, more.pop("motif", town.motif))
        email = more.pop("email", f"{new_slug()}@exemple.test")
        citizen = make.citizen(territory_id=agenda.territory_id, email=email, first_name="Paul", last_name="Durand")
        place = session.get_one(Place, town.place)
        return make.appointment(
            agenda, at(hour, minute, day), motif=motif, citizen=citizen, place=place, **more
        ).reference


def signed_in(town: Town, database: Database, clock: StoppedClock, agent_id: int) -> FlaskClient:
    """A browser that holds a session of the agent."""
    with database.transaction() as session:
        token = open_session(session, clock, agent_id=agent_id)
    client = town.app.test_client()
    with client.session_transaction() as cookie:
        cookie[COOKIE_KEY] = token
    return client


def read(answer: TestResponse) -> str:
    """The page as people read it: no entities, and every space a plain one."""
    return unescape(answer.get_data(as_text=True)).replace("\N{NO-BREAK SPACE}", " ")


def plain(answer: TestResponse) -> str:
    """The page without the tokens of its forms, which differ from one moment to the next."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", answer.get_data(as_text=True))
