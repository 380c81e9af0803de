"""The demonstration's directory: one département, three organisations, six services, six places, thirteen motifs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from dateutil.easter import easter
from sqlalchemy.orm import Session

from rdvdav.database import Base
from rdvdav.demo.motifs import MOTIFS
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.directory.organisation import HolidayChange, Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.directory.territory import Territory

ZONE = "Europe/Paris"
Row = TypeVar("Row", bound=Base)

ORGANISATIONS: dict[str, dict[str, Any]] = {
    "mairie": {
        "name": "Mairie de Saint-Aubin-sur-Lorme",
        "slug": "mairie-saint-aubin",
        "phone": "01 99 00 14 10",
        "email": "accueil@saint-aubin.example",
        "website": "https://www.saint-aubin.example",
        "embedders": ["https://www.saint-aubin.example"],
        "hours": "Du lundi au vendredi de 8 h 30 à 17 h 30, le samedi de 9 h à 12 h",
        "address": "1 place de la Mairie, 99410 Saint-Aubin-sur-Lorme",
        "notice": "Présentez-vous à l’accueil cinq minutes avant l’heure de votre rendez-vous.",
    },
    "solidarites": {
        "name": "Maison des solidarités du Pays de Lorme",
        "slug": "maison-des-solidarites",
        "phone": "01 99 00 25 20",
        "email": "contact@solidarites-lorme.example",
        "hours": "Du lundi au vendredi de 9 h à 17 h",
        "address": "14 rue des Tanneurs, 99400 Lorme",
    },
    "france_services": {
        "name": "Espace numérique de Vernay-le-Bourg",
        "slug": "espace-numerique-vernay",
        "phone": "01 99 00 36 30",
        "email": "bonjour@numerique-vernay.example",
        "hours": "Du mardi au samedi de 9 h à 18 h",
        "address": "3 place de la Gare, 99520 Vernay-le-Bourg",
    },
}

SERVICES: dict[str, dict[str, Any]] = {
    "etat_civil": {"name": "État civil", "description": "Cartes d’identité, passeports, mariages, PACS"},
    "urbanisme": {"name": "Urbanisme", "description": "Permis de construire, déclarations de travaux, cadastre"},
    "social": {"name": "Action sociale", "description": "Écoute, accès aux droits, accompagnement"},
    "pmi": {"name": "Protection maternelle et infantile", "description": "Grossesse, santé des enfants de 0 à 6 ans"},
    "numerique": {"name": "Accompagnement numérique", "description": "Démarches en ligne et prise en main des outils"},
    "secretariat": {"name": "Secrétariat", "description": "Accueil téléphonique", "is_secretariat": True},
}

PLACES: dict[str, tuple[str, dict[str, Any]]] = {
    "hotel_de_ville": (
        "mairie",
        {
            "name": "Hôtel de ville",
            "street": "1 place de la Mairie",
            "postcode": "99410",
            "city": "Saint-Aubin-sur-Lorme",
            "access": "Entrée de plain-pied, boucle magnétique à l’accueil. Bus 3, arrêt Mairie.",
        },
    ),
    "tilleuls": (
        "mairie",
        {
            "name": "Mairie annexe des Tilleuls",
            "street": "22 avenue des Tilleuls",
            "postcode": "99410",
            "city": "Saint-Aubin-sur-Lorme",
            "access": "Rampe à gauche de l’entrée. Stationnement gratuit.",
        },
    ),
    "mds": (
        "solidarites",
        {
            "name": "Maison des solidarités",
            "street": "14 rue des Tanneurs",
            "postcode": "99400",
            "city": "Lorme",
            "access": "Ascenseur, portes automatiques. À dix minutes à pied de la gare.",
        },
    ),
    "pmi": (
        "solidarites",
        {
            "name": "Centre de santé des Acacias",
            "street": "5 allée des Acacias",
            "postcode": "99400",
            "city": "Lorme",
            "access": "Local pour poussettes dans la cour.",
        },
    ),
    "gare": (
        "france_services",
        {
            "name": "Espace numérique – la Gare",
            "street": "3 place de la Gare",
            "postcode": "99520",
            "city": "Vernay-le-Bourg",
            "access": "De plain-pied.",
        },
    ),
    "mediatheque": (
        "france_services",
        {
            "name": "Médiathèque Simone-Weil",
            "street": "8 rue du Moulin",
            "postcode": "99530",
            "city": "Rochefeuille",
            "access": "Salle du premier étage, ascenseur.",
        },
    ),
}


@dataclass
class House:
    """The rows of the directory by the names this package gives them."""

    territory: Territory
    organisations: dict[str, Organisation] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    motifs: dict[str, Motif] = field(default_factory=dict)


def build(session: Session, day: date, at: datetime) -> House:
    """Write the directory as it stands on *day*; made at *at*."""
    house = House(_add(session, Territory(name="Département du Val-de-Lorme", slug="val-de-lorme", created_at=at)))
    of_it = {"territory_id": house.territory.id}
    for name, columns in ORGANISATIONS.items():
        changes = _holiday_changes(range(day.year - 1, day.year + 3))
        house.organisations[name] = _add(
            session,
            Organisation(
                **of_it,
                **columns,
                zone=ZONE,
                holiday_calendar="FR",
                holiday_changes=changes,
                created_at=at,
                set_up_at=at,
            ),
        )
    for name, columns in SERVICES.items():
        house.services[name] = _add(session, Service(**of_it, **columns))
    for name, (organisation, columns) in PLACES.items():
        owner = house.organisations[organisation]
        house.places[name] = _add(session, Place(**of_it, organisation_id=owner.id, phone=owner.phone, **columns))
    for number, (name, (organisation, service, columns)) in enumerate(MOTIFS.items()):
        motif = Motif(
            **of_it,
            organisation_id=house.organisations[organisation].id,
            service_id=house.services[service].id,
            colour=number % 12 + 1,
            created_at=at,
            **({"bookable_by": BookableBy.EVERYONE} | columns),
        )
        house.motifs[name] = _add(session, motif)
    return house


def _holiday_changes(years: Iterable[int]) -> list[HolidayChange]:
    """Each year a bridge day off, and one day of solidarity worked."""
    return [
        change
        for year in years
        for change in (
            HolidayChange(day=easter(year) + timedelta(days=40), closed=True, name="Pont de l’Ascension"),
            HolidayChange(day=easter(year) + timedelta(days=50), closed=False, name="Journée de solidarité"),
        )
    ]


def _add(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row
