"""A small town that takes appointments, and what its mails say."""

import re
from dataclasses import dataclass
from datetime import time, timedelta
from itertools import count
from typing import Any

from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.clock import Clock
from rdvdav.database import Base, Database
from rdvdav.directory.motif import Modality, Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.directory.territory import Territory
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message

PORTAL = "/rdv/sainte-anne"
_thousands = count(1000, 1000)


@dataclass(frozen=True)
class Town:
    """Ids of what the tests name.

    Attributes:
        passport: On site, at both places. card: at the town hall only. advice: by phone. permit: of the other service, with
            conditions and pieces to bring. never: no opening carries it.
    """

    territory: int
    organisation: int
    hall: int
    annexe: int
    passport: int
    card: int
    advice: int
    permit: int
    never: int
    claire: int
    paul: int


def build(session: Session, clock: Clock) -> Town:
    """Sainte-Anne with two services, five motifs, two places and two agents; openings on working days."""
    make = Maker(session, clock)
    territory = make.territory(name="Guadeloupe", slug="guadeloupe")
    organisation = make.organisation(
        name="Ville de Sainte-Anne",
        slug="sainte-anne",
        phone="01 23 45 67 89",
        email="accueil@sainte-anne.example",
        address="1 place de la Mairie, 97180 Sainte-Anne",
        hours="du lundi au vendredi, de 9 h à 17 h",
    )
    civil = make.service(name="État civil", description="Papiers d'identité, actes")
    planning = make.service(name="Urbanisme", description="Permis, déclarations")
    hall = make.place(name="Mairie centrale", access="Accessible aux fauteuils roulants")
    annexe = make.place(name="Mairie annexe", street="12 rue du Port")
    passport = make.motif(
        name="Passeport",
        category="Titres",
        service_id=civil.id,
        pieces="Une photo\nUn justificatif",
        instructions="Venez seul.",
    )
    card = make.motif(name="Carte d'identité", category="Titres", service_id=civil.id, duration_minutes=20)
    advice = make.motif(name="Conseil", service_id=civil.id, modality=Modality.PHONE, duration_minutes=15)
    permit = make.motif(
        name="Permis de construire",
        service_id=planning.id,
        restriction="Réservé aux projets sur la commune.",
        pieces="Le plan",
    )
    never = make.motif(name="Mariage", category="Actes", service_id=civil.id)
    claire = make.agenda_of(make.agent(last_name="Martin", services=[civil, planning]))
    paul = make.agenda_of(make.agent(first_name="Paul", last_name="Durand", services=[civil]))
    for opens, closes in ((time(9), time(12)), (time(14), time(17))):
        make.opening_range(claire, [passport, card, advice, permit], place_id=hall.id, opens=opens, closes=closes)
    make.opening_range(paul, [passport], place_id=annexe.id, recurrence="FREQ=WEEKLY;BYDAY=TH")
    return Town(
        territory=territory.id,
        organisation=organisation.id,
        hall=hall.id,
        annexe=annexe.id,
        passport=passport.id,
        card=card.id,
        advice=advice.id,
        permit=permit.id,
        never=never.id,
        claire=claire.id,
        paul=paul.id,
    )


def builders(session: Session, clock: Clock, town: Town) -> Maker:
    """Builders that make what belongs to the town hall and its service of the passport."""
    make = Maker(session, clock)
    make._number = count(next(_thousands))
    motif = session.get_one(Motif, town.passport)
    make._first |= {
        Territory: session.get_one(Territory, town.territory),
        Organisation: session.get_one(Organisation, town.organisation),
        Service: session.get_one(Service, motif.service_id),
        Place: session.get_one(Place, town.hall),
        Motif: motif,
    }
    return make


def away(database: Database, clock: Clock, town: Town, *agenda_ids: int) -> None:
    """These agents are away for two years: everything is full."""
    first, last = clock.now().date(), clock.now().date() + timedelta(days=730)
    with database.transaction() as session:
        for agenda_id in agenda_ids:
            agenda = session.get_one(Agenda, agenda_id)
            builders(session, clock, town).absence(agenda, first_day=first, end_day=last, last_day=last)


def change(database: Database, table: type[Base], row_id: int, **columns: Any) -> None:
    """Change columns of a row."""
    with database.transaction() as session:
        row = session.get_one(table, row_id)
        for name, value in columns.items():
            setattr(row, name, value)


def last_code(database: Database) -> str:
    """The code of the newest mail that proves an address."""
    return re.findall(r"^\s+([0-9]{6})$", _last_proof(database), re.MULTILINE)[-1]


def last_link(database: Database) -> str:
    """Path of its link."""
    return re.findall(r"https?://[^/\s]+(/\S+)", _last_proof(database))[-1]


def _last_proof(database: Database) -> str:
    with database.reading() as session:
        query = select(Message.text).where(Message.event == Event.PROOF_ASKED).order_by(Message.id.desc())
        return session.scalars(query).first() or ""


def events(database: Database) -> list[str]:
    """What the mails to be sent are about, oldest first."""
    with database.reading() as session:
        return list(session.scalars(select(Message.event).where(~Message.to_compose).order_by(Message.id)))
