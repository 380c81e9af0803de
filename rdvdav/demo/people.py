"""Invented citizens with believable names. Addresses end in `.example` and numbers are those kept for fiction: none is anybody's."""

import unicodedata
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation

MAIL_HOST = "courriel.example"


def _names(text: str) -> list[str]:
    """The words of *text*; an underscore stands for a space."""
    return [name.replace("_", " ") for name in text.split()]


FIRST_NAMES = _names(
    "Adèle Aïcha Alain Alice Amina Amine Anaïs André Anne Antoine Arthur Aurélie Baptiste Benoît Bernard Bruno "
    "Camille Catherine Cécile Chantal Charlotte Chloé Christophe Claire Clément Corinne Damien Daniel David "
    "Denise Djamel Élise Élodie Émilie Emma Enzo Éric Fatima Florence Françoise Gabriel Gérard Hélène Hugo Inès "
    "Isabelle Jacqueline Jean-Pierre Jeanne Jérôme Julien Karim Laura Léa Louis Louise Lucas Madeleine Mamadou "
    "Manon Marguerite Marie Mathilde Mehdi Michel Mohamed Monique Myriam Nadia Nathalie Nicolas Nolwenn Olivier "
    "Pascal Patricia Paul Philippe Quentin Rachid Raphaël Rémi Rose Sabrina Samuel Sandrine Sarah Sébastien "
    "Simone Solène Sophie Stéphane Suzanne Thi-Lan Thierry Thomas Valérie Véronique Victor Yann Yasmine Yves Zoé "
)

LAST_NAMES = _names(
    "Andrieu Aubert Bailly Barbier Baron Belkacem Benali Benoit Berger Bertin Besnard Blanchard Bonnet Boucher "
    "Bourgeois Brun Carlier Caron Charpentier Chevalier Collet Cordier Costa Da_Silva David Delmas Deschamps "
    "Diallo Dubois Dufour Dupuis Duval El_Amrani Étienne Fabre Faure Fernandes Ferrand Fleury Fontaine Fournier "
    "Garnier Gauthier Gérard Gillet Girard Guérin Guichard Haddad Hamel Hervé Huet Jacquet Joly Jourdain Klein "
    "Lacroix Lambert Launay Le_Gall Le_Goff Leclerc Lefèvre Legrand Lemaire Lopez Maillard Marchal Marchand "
    "Masson Mathieu Mercier Meunier Michaud Moreau Morel Moulin N’Diaye Nguyen Noël Olivier Paris Pasquier "
    "Pelletier Perrin Petit Picard Poirier Prévost Rémy Renard Rey Rivière Roche Rousseau Roy Sanchez Schmitt "
    "Simon Tanguy Tessier Traoré Vasseur Vidal Weber Yilmaz Zimmermann "
)


def write(session: Session, chance: Random, territory_id: int, number: int, day: date, at: datetime) -> list[int]:
    """Write *number* people, most with an address of their own, a few without telephone, some children; their ids."""
    pairs = [(first, last) for first in FIRST_NAMES for last in LAST_NAMES]
    citizens = [
        Citizen(
            territory_id=territory_id,
            first_name=first,
            last_name=last,
            email=f"{plain(first)}.{plain(last)}@{MAIL_HOST}",
            phone=_mobile(chance) if chance.random() < 0.85 else None,
            birth_date=day - timedelta(days=chance.randint(18 * 365, 88 * 365)) if chance.random() < 0.4 else None,
            created_at=at,
            updated_at=at,
        )
        for first, last in chance.sample(pairs, number)
    ]
    session.add_all(citizens)
    session.flush()
    _raise_children(citizens, day)
    session.flush()
    return [citizen.id for citizen in citizens]


def _raise_children(citizens: list[Citizen], day: date) -> None:
    """One in thirty is a child of the one before: without address, reached through who answers for it (B11)."""
    for parent, child in zip(citizens[9::30], citizens[10::30], strict=False):
        child.last_name, child.email, child.phone = parent.last_name, None, None
        child.birth_date, child.responsible_id = day - timedelta(days=8 * 365), parent.id


def attach(session: Session, at: datetime) -> None:
    """Each organisation knows those who have an appointment there (P-8)."""
    known = select(Participation.citizen_id, Appointment.organisation_id).join(Appointment).distinct()
    session.add_all(
        CitizenOrganisation(citizen_id=citizen_id, organisation_id=organisation_id, created_at=at)
        for citizen_id, organisation_id in session.execute(known)
    )


def plain(name: str) -> str:
    """*name* as it stands in an address: « Élodie Le Goff » gives elodie, le-goff."""
    letters = unicodedata.normalize("NFKD", name.lower()).replace(" ", "-").replace("’", "")
    return "".join(letter for letter in letters if letter.isascii())


def _mobile(chance: Random) -> str:
    """A number of the range kept for films (E.164)."""
    return f"+3363998{chance.randrange(10_000):04}"
