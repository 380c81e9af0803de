"""Whom one meets in the demonstration: organisations, services, places and agents, each under a short key."""

from typing import Any, NamedTuple

TERRITORY = {"name": "Département des Trois-Rivières", "slug": "trois-rivieres"}

TOWN, SOLIDARITY, CENTRE = "mairie", "solidarites", "centre-social"

ORGANISATIONS: dict[str, dict[str, Any]] = {
    TOWN: {
        "name": "Mairie de Sainte-Aubine",
        "slug": "mairie-sainte-aubine",
        "phone": "03 53 01 10 00",
        "email": "accueil@sainte-aubine.example.fr",
        "website": "https://sainte-aubine.example.fr",
        "hours": "Du lundi au vendredi de 8 h 30 à 12 h 30 et de 13 h 30 à 17 h 30, le samedi de 9 h à 12 h",
        "address": "1 place de la Liberté, 96100 Sainte-Aubine",
        "notice": "Pour un titre d'identité, faites d'abord votre pré-demande sur le site de l'ANTS.",
    },
    SOLIDARITY: {
        "name": "Maison des solidarités de Brennay",
        "slug": "solidarites-brennay",
        "phone": "03 53 01 20 00",
        "email": "solidarites.brennay@trois-rivieres.example.fr",
        "website": "https://trois-rivieres.example.fr/solidarites",
        "hours": "Du lundi au vendredi de 9 h à 12 h et de 13 h 30 à 17 h",
        "address": "14 rue des Tanneurs, 96300 Brennay",
    },
    CENTRE: {
        "name": "Centre social Les Tilleuls",
        "slug": "centre-social-les-tilleuls",
        "phone": "03 53 01 30 00",
        "email": "bonjour@lestilleuls.example.fr",
        "hours": "Du mardi au samedi de 9 h à 18 h",
        "address": "8 allée des Tilleuls, 96100 Sainte-Aubine",
    },
}

SERVICES: dict[str, dict[str, Any]] = {
    "etat-civil": {"name": "État civil et titres d'identité", "description": "Carte d'identité, passeport, Pacs."},
    "urbanisme": {"name": "Urbanisme", "description": "Permis de construire, déclarations de travaux."},
    "pmi": {"name": "PMI et santé sexuelle", "description": "Suivi des enfants de moins de 6 ans, grossesse, contraception."},
    "social": {"name": "Service social", "description": "Écoute et aide pour le logement, le budget, la famille."},
    "secretariat": {"name": "Secrétariat", "is_secretariat": True},
    "numerique": {"name": "Accès aux droits et numérique", "description": "Aide aux démarches, avec ou sans ordinateur."},
}

PLACES: dict[str, tuple[str, dict[str, Any]]] = {
    "hotel": (
        TOWN,
        {
            "name": "Hôtel de ville",
            "street": "1 place de la Liberté",
            "postcode": "96100",
            "city": "Sainte-Aubine",
            "access": "Entrée sans marche rue du Beffroi, ascenseur. Bus 2 et 5, arrêt Mairie. Boucle magnétique à l'accueil.",
            "phone": "03 53 01 10 00",
        },
    ),
    "annexe": (
        TOWN,
        {
            "name": "Mairie annexe des Coteaux",
            "street": "22 rue du Vieux-Moulin",
            "postcode": "96100",
            "city": "Sainte-Aubine",
            "access": "Rampe à droite de l'entrée. Deux places de stationnement réservées. Bus 7, arrêt Vieux-Moulin.",
        },
    ),
    "brennay": (
        SOLIDARITY,
        {
            "name": "Maison des solidarités",
            "street": "14 rue des Tanneurs",
            "postcode": "96300",
            "city": "Brennay",
            "access": "Tout est de plain-pied. Local pour les poussettes. À 5 minutes à pied de la gare.",
            "phone": "03 53 01 20 00",
        },
    ),
    "antenne": (
        SOLIDARITY,
        {
            "name": "Antenne de Montclairvaux",
            "street": "3 place du Marché",
            "postcode": "96410",
            "city": "Montclairvaux",
            "access": "Premier étage, sans ascenseur : appelez-nous, nous vous recevrons au rez-de-chaussée.",
            "phone": "03 53 01 21 00",
        },
    ),
    "tilleuls": (
        CENTRE,
        {
            "name": "Centre social Les Tilleuls",
            "street": "8 allée des Tilleuls",
            "postcode": "96100",
            "city": "Sainte-Aubine",
            "access": "Porte automatique, toilettes adaptées. Tram A, arrêt Les Tilleuls.",
            "phone": "03 53 01 30 00",
        },
    ),
    "gare": (
        CENTRE,
        {
            "name": "Point numérique de la gare",
            "street": "Parvis de la gare",
            "postcode": "96100",
            "city": "Sainte-Aubine",
            "access": "Dans le hall, à gauche des guichets. Accès de plain-pied.",
        },
    ),
}


class Staff(NamedTuple):
    """An agent: names, organisations by key, services by key, and whether an administrator of them."""

    first_name: str
    last_name: str
    organisations: tuple[str, ...]
    services: tuple[str, ...]
    admin: bool = False


FEATURED = "vasseur"
"""The agent whose account a newcomer is given; registered first, so S-8 prefers her slots."""
OUT_OF_SIGHT = "lambert"
"""An agent of another organisation: FEATURED may not see that agenda."""
TERRITORY_ADMIN = "faure"

AGENTS: dict[str, Staff] = {
    "vasseur": Staff("Claire", "Vasseur", (TOWN,), ("etat-civil",)),
    "morel": Staff("Julien", "Morel", (TOWN,), ("etat-civil",)),
    "benali": Staff("Samira", "Benali", (TOWN,), ("etat-civil",)),
    "lefort": Staff("Odile", "Lefort", (TOWN,), ("etat-civil",)),
    "gauthier": Staff("Marc", "Gauthier", (TOWN,), ("etat-civil",)),
    "rossi": Staff("Véronique", "Rossi", (TOWN,), ("etat-civil",), admin=True),
    "charpentier": Staff("Bastien", "Charpentier", (TOWN,), ("urbanisme",)),
    "dumas": Staff("Mathilde", "Dumas", (TOWN,), ("urbanisme",)),
    "lambert": Staff("Sophie", "Lambert", (SOLIDARITY,), ("pmi",)),
    "nguyen": Staff("Linh", "Nguyen", (SOLIDARITY,), ("pmi",)),
    "perrin": Staff("Aurélie", "Perrin", (SOLIDARITY,), ("pmi",)),
    "haddad": Staff("Nour", "Haddad", (SOLIDARITY,), ("pmi",)),
    "marchand": Staff("Denis", "Marchand", (SOLIDARITY,), ("social",)),
    "faure": Staff("Hélène", "Faure", (SOLIDARITY,), ("social",), admin=True),
    "diallo": Staff("Aminata", "Diallo", (SOLIDARITY,), ("social",)),
    "leroux": Staff("Gaëlle", "Leroux", (SOLIDARITY,), ("social",)),
    "picard": Staff("Christine", "Picard", (SOLIDARITY,), ("secretariat",)),
    "fontaine": Staff("Yann", "Fontaine", (CENTRE,), ("numerique",), admin=True),
    "costa": Staff("Inês", "Costa", (CENTRE,), ("numerique",)),
    "arnaud": Staff("Thomas", "Arnaud", (CENTRE, SOLIDARITY), ("numerique",)),
}
