"""The twelve motifs: on site, by phone, by video, at home; with restriction, pieces, instructions; one of them sensitive."""

from typing import Any

from rdvdav.directory.motif import BookableBy, Modality
from rdvdav.directory.question import Question, QuestionKind

MOTIFS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "carte": (
        "mairie",
        "etat_civil",
        {
            "name": "Demande de carte d’identité ou de passeport",
            "category": "Titres d’identité",
            "duration_minutes": 20,
            "pieces": (
                "Votre ancien titre, s’il existe\nUne photo d’identité de moins de six mois\n"
                "Un justificatif de domicile de moins d’un an\nLe numéro de votre pré-demande en ligne"
            ),
            "instructions": "Chaque personne concernée doit être présente, y compris les enfants.",
            "cancel_warning": "Les délais sont longs : le prochain créneau libre peut être dans plusieurs semaines.",
        },
    ),
    "retrait": (
        "mairie",
        "etat_civil",
        {
            "name": "Retrait d’un titre d’identité",
            "category": "Titres d’identité",
            "duration_minutes": 10,
            "max_notice": "1 months",
            "pieces": "Le récépissé de la demande\nVotre ancien titre",
        },
    ),
    "union": (
        "mairie",
        "etat_civil",
        {
            "name": "Dossier de mariage ou de PACS",
            "category": "Vie familiale",
            "duration_minutes": 45,
            "min_notice": "1 working_days",
            "restriction": (
                "Les deux futurs époux ou partenaires doivent être présents.\n"
                "L’un des deux au moins doit habiter la commune, ou y avoir un parent."
            ),
            "pieces": (
                "Vos deux pièces d’identité\nDeux actes de naissance de moins de trois mois\n"
                "Un justificatif de domicile\nLa liste des témoins"
            ),
            "per_citizen_limit": 1,
            "questions": (
                Question("De quoi s’agit-il ?", QuestionKind.CHOICE, ("Un mariage", "Un PACS"), required=True),
                Question("Quelle date souhaitez-vous, si vous y avez pensé ?"),
            ),
        },
    ),
    "permis": (
        "mairie",
        "urbanisme",
        {
            "name": "Renseignement sur un projet de travaux",
            "duration_minutes": 30,
            "modality": Modality.PHONE,
            "buffer_after_minutes": 5,
            "instructions": "Ayez sous les yeux l’adresse et les références cadastrales de votre terrain.",
            "questions": (
                Question("Références cadastrales de votre terrain"),
                Question("Les travaux sont-ils commencés ?", QuestionKind.YES_NO),
            ),
        },
    ),
    "accueil": (
        "solidarites",
        "social",
        {
            "name": "Premier accueil social",
            "category": "Accès aux droits",
            "duration_minutes": 45,
            "instructions": "Apportez tout courrier qui vous paraît utile. L’entretien est confidentiel.",
        },
    ),
    "suivi": (
        "solidarites",
        "social",
        {
            "name": "Point sur votre dossier",
            "category": "Accès aux droits",
            "duration_minutes": 30,
            "modality": Modality.PHONE,
            "restriction": "Ce rendez-vous s’adresse aux personnes déjà suivies par la Maison des solidarités.",
        },
    ),
    "ecoute": (
        "solidarites",
        "social",
        {
            "name": "Violences dans le couple ou la famille : être écouté",
            "category": "Écoute",
            "duration_minutes": 60,
            "sensitive": True,
            "min_notice": "0 minutes",
            "instructions": "En cas de danger, appelez le 17. Le 3919 répond jour et nuit.",
        },
    ),
    "atelier": (
        "solidarites",
        "social",
        {
            "name": "Atelier budget",
            "category": "Accès aux droits",
            "duration_minutes": 90,
            "collective": True,
            "seats": 8,
            "instructions": "L’atelier est gratuit. Vous pouvez venir avec vos factures et vos questions.",
        },
    ),
    "nourrisson": (
        "solidarites",
        "pmi",
        {
            "name": "Consultation d’un enfant de moins de 6 ans",
            "category": "Enfants",
            "duration_minutes": 30,
            "asks_birth_date": True,
            "buffer_after_minutes": 5,
            "pieces": "Le carnet de santé\nUn change",
            "move_limit": "2 calendar_days",
        },
    ),
    "allaitement": (
        "solidarites",
        "pmi",
        {
            "name": "Conseil en allaitement",
            "category": "Naissance",
            "duration_minutes": 30,
            "modality": Modality.VIDEO,
            "instructions": "Installez-vous au calme ; un téléphone suffit.",
        },
    ),
    "visite": (
        "solidarites",
        "pmi",
        {
            "name": "Visite après la naissance",
            "category": "Naissance",
            "duration_minutes": 60,
            "modality": Modality.HOME,
            "bookable_by": BookableBy.AGENTS,
            "buffer_before_minutes": 15,
            "buffer_after_minutes": 15,
        },
    ),
    "demarche": (
        "france_services",
        "numerique",
        {
            "name": "Aide à une démarche en ligne",
            "duration_minutes": 30,
            "instructions": "Apportez vos identifiants et, si vous en avez un, votre téléphone.",
        },
    ),
    "ordinateur": (
        "france_services",
        "numerique",
        {
            "name": "Prise en main d’un ordinateur ou d’un téléphone",
            "duration_minutes": 60,
            "slots_at_once": 3,
            "cancel_limit": "1 working_days",
            "instructions": "Vous pouvez venir avec votre propre appareil.",
        },
    ),
}
"""Name → organisation, service, columns."""
