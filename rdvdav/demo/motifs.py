"""The twelve motifs of the demonstration: every modality, short and long notices, texts before and after."""

from typing import Any

from rdvdav.demo.catalogue import CENTRE, SOLIDARITY, TOWN
from rdvdav.directory.motif import BookableBy, Modality

MOTIFS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "cni": (
        TOWN,
        "etat-civil",
        {
            "name": "Carte d'identité ou passeport : dépôt de la demande",
            "category": "Titres d'identité",
            "colour": 1,
            "duration_minutes": 20,
            "bookable_by": BookableBy.EVERYONE,
            "min_notice": "2 hours",
            "restriction": "Un rendez-vous par personne. La personne qui demande le titre doit venir, même un enfant.",
            "pieces": "Numéro de pré-demande ANTS\nAncien titre, ou déclaration de perte\nPhoto d'identité de moins de 6 mois\n"
            "Justificatif de domicile de moins d'un an",
            "instructions": "Venez cinq minutes en avance : les empreintes sont prises au guichet.",
        },
    ),
    "retrait": (
        TOWN,
        "etat-civil",
        {
            "name": "Carte d'identité ou passeport : retrait",
            "category": "Titres d'identité",
            "colour": 2,
            "duration_minutes": 10,
            "bookable_by": BookableBy.EVERYONE,
            "max_notice": "1 months",
            "pieces": "Ancien titre\nSMS qui annonce que le titre est prêt",
            "cancel_limit": "1 hours",
            "move_limit": "4 hours",
        },
    ),
    "pacs": (
        TOWN,
        "etat-civil",
        {
            "name": "Enregistrement d'un Pacs",
            "category": "État civil",
            "colour": 3,
            "duration_minutes": 45,
            "bookable_by": BookableBy.EVERYONE,
            "min_notice": "2 working_days",
            "restriction": "Votre dossier complet doit avoir été déposé à la mairie avant de prendre rendez-vous.",
            "pieces": "Pièces d'identité des deux partenaires\nConvention de Pacs signée",
            "instructions": "Les deux partenaires viennent ensemble.",
            "cancel_warning": "Le prochain créneau peut n'être libre que dans plusieurs semaines.",
            "cancel_limit": "1 working_days",
        },
    ),
    "urbanisme": (
        TOWN,
        "urbanisme",
        {
            "name": "Conseil avant travaux",
            "colour": 4,
            "duration_minutes": 20,
            "modality": Modality.PHONE,
            "bookable_by": BookableBy.EVERYONE,
            "max_notice": "2 months",
            "instructions": "Ayez sous les yeux la référence cadastrale de votre terrain.",
        },
    ),
    "pmi": (
        SOLIDARITY,
        "pmi",
        {
            "name": "Consultation de l'enfant de moins de 6 ans",
            "category": "Petite enfance",
            "colour": 5,
            "duration_minutes": 30,
            "bookable_by": BookableBy.EVERYONE,
            "min_notice": "1 calendar_days",
            "pieces": "Carnet de santé de l'enfant",
            "asks_birth_date": True,
            "instructions": "Apportez une couche et une tenue de rechange.",
        },
    ),
    "domicile": (
        SOLIDARITY,
        "pmi",
        {
            "name": "Visite à domicile après une naissance",
            "category": "Petite enfance",
            "colour": 6,
            "duration_minutes": 60,
            "modality": Modality.HOME,
            "buffer_before_minutes": 15,
            "buffer_after_minutes": 15,
            "may_move": False,
        },
    ),
    "sante": (
        SOLIDARITY,
        "pmi",
        {
            "name": "Contraception et santé sexuelle",
            "colour": 7,
            "duration_minutes": 30,
            "bookable_by": BookableBy.EVERYONE,
            "sensitive": True,
            "instructions": "Le rendez-vous est gratuit et confidentiel, sans accord des parents pour les mineurs.",
        },
    ),
    "social": (
        SOLIDARITY,
        "social",
        {
            "name": "Rencontrer une assistante sociale",
            "category": "Accompagnement social",
            "colour": 8,
            "duration_minutes": 45,
            "bookable_by": BookableBy.EVERYONE,
            "min_notice": "1 working_days",
            "max_notice": "2 months",
            "restriction": "Pour un premier rendez-vous. Si vous êtes déjà suivi, appelez la personne qui vous suit.",
            "pieces": "Justificatifs de ressources des trois derniers mois\nCourriers qui vous inquiètent",
        },
    ),
    "suivi": (
        SOLIDARITY,
        "social",
        {
            "name": "Point de suivi",
            "category": "Accompagnement social",
            "colour": 9,
            "duration_minutes": 30,
            "modality": Modality.PHONE,
            "bookable_by": BookableBy.REFERRERS,
        },
    ),
    "demarches": (
        CENTRE,
        "numerique",
        {
            "name": "Aide aux démarches en ligne",
            "colour": 10,
            "duration_minutes": 30,
            "bookable_by": BookableBy.EVERYONE,
            "pieces": "Pièce d'identité\nIdentifiants des sites concernés (CAF, impôts, Ameli), si vous les avez",
        },
    ),
    "distance": (
        CENTRE,
        "numerique",
        {
            "name": "Point avec un conseiller",
            "colour": 11,
            "duration_minutes": 30,
            "modality": Modality.VIDEO,
            "bookable_by": BookableBy.EVERYONE,
            "max_notice": "1 months",
            "instructions": "Un ordinateur ou un téléphone avec caméra suffit. Le lien vous parvient avant le rendez-vous.",
        },
    ),
    "atelier": (
        CENTRE,
        "numerique",
        {
            "name": "Apprendre à se servir de son ordinateur",
            "category": "Ateliers individuels",
            "colour": 12,
            "duration_minutes": 60,
            "bookable_by": BookableBy.EVERYONE,
            "min_notice": "1 hours",
            "instructions": "Venez avec votre ordinateur ou votre tablette, et son chargeur.",
        },
    ),
}
"""By key: organisation, service, and the columns that differ from the defaults."""
