"""Invented people: French names of all origins, addresses at example.fr, numbers that the regulator keeps for fiction."""

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

FIRST_NAMES = """
    Adam Adèle Adrien Agathe Aïcha Alain Alexandre Alice Aline Amandine Amélie Amina Anaïs André Anne Antoine Arthur Aurélie
    Baptiste Béatrice Benjamin Benoît Brigitte Bruno Camille Capucine Carole Catherine Cécile Céline Chantal Charlotte
    Chloé Christelle Christian Christine Christophe Claire Clara Claude Clément Corinne Cyril Damien Daniel David Delphine Denis
    Didier Dominique Élise Élodie Émilie Emma Emmanuel Enzo Éric Estelle Fabien Fabrice Fatima Fatoumata Florence Florian
    Françoise Frédéric Gabriel Gaëlle Gérard Ghislaine Gilles Grégory Guillaume Guy Hélène Henri Hervé Hugo Ibrahim Inès Isabelle
    Ismaël Jacqueline Jacques Jade Jean Jeanne Jérôme Joël Jonathan Julia Julie Julien Juliette Karim Karine Kévin Khadija Laëtitia
    Laura Laurence Laurent Léa Léo Leïla Lina Loïc Louis Louise Lucas Lucie Lydie Madeleine Maël Malik Manon Marc Marguerite Maria
    Marie Marine Marion Martine Mathieu Mathilde Maxime Mehdi Mélanie Michel Michèle Mireille Mohamed Monique Moussa Myriam Nadège
    Nadia Nathalie Nicolas Nicole Noé Noémie Océane Odette Olivier Ophélie Pascal Patrice Patricia Patrick Paul Pauline Philippe
    Pierre Quentin Rachid Raphaël Raymond Rémi Renée Robert Romain Rose Sabrina Salomé Samia Samuel Sandra Sandrine Sarah Sébastien
    Serge Simon Solène Sonia Sophie Stéphane Stéphanie Suzanne Sylvain Sylvie Théo Thérèse Thierry Thomas Tiphaine Valérie Véronique
    Victor Vincent Virginie Xavier Yasmine Yann Yannick Yvette Yves Zoé
""".split()

LAST_NAMES = """
    Abadie Adam Alves Andrieu Antoine Arnould Aubert Aubry Auger Bailly Barbier Baron Barre Baudry Bazin Belkacem Benard Benoit
    Berger Bernard Berthelot Bertin Bertrand Besson Blanc Blanchard Bodin Bonnet Bouchet Boucher Boulanger Bourdon Bourgeois Boutin
    Bouvier Boyer Breton Briand Brun Brunet Camara Carlier Caron Carpentier Carre Chauvin Chevalier Chevallier Cissé Clément Colas
    Colin Cordier Coulibaly Cousin Da-Silva David Delaunay Delattre Delmas Denis Descamps Deschamps Devaux Didier Drouet Dubois
    Dufour Dumont Dupont Dupuis Dupuy Durand Duval Étienne Évrard Fabre Ferrand Ferreira Fischer Fleury Fontanel Fournier François
    Gaillard Garcia Garnier Gérard Germain Gilbert Girard Giraud Gomez Gonçalves Goujon Grondin Guérin Guillaume Guillot Hamon Henry
    Hernandez Hoareau Hubert Huet Humbert Imbert Jacob Jacquet Joly Jourdan Julien Kaya Keita Klein Konaté Lacroix Lebon Leclerc
    Lecomte Lefèvre Legrand Lemaire Lemoine Léger Lopez Lucas Maillard Mallet Marin Martin Martinez Martins Masson Mathieu Maury
    Menard Mendy Mercier Meunier Meyer Michaud Millet Monnier Moreau Morin Moulin Muller Navarro Nicolas Noël Olivier Pages Paris
    Pascal Pasquier Payet Pelletier Pereira Perez Perret Perrot Petit Philippe Picot Pires Poirier Poulain Prévost Rault Raymond
    Rémy Renard Renaud Rey Reynaud Richard Rivière Robert Robin Roche Rodriguez Roger Rolland Rousseau Roussel Roux Roy Royer Sanchez
    Sauvage Schmitt Simon Sow Tanguy Tessier Thomas Touré Traoré Tran Vallet Valentin Vidal Vincent Voisin Weber Yilmaz Zimmermann
""".split()

FICTION = "+3335301"
"""03 53 01 is a block that the regulator gives to nobody, so that films may name its numbers."""


@dataclass(frozen=True)
class Person:
    """Somebody who could live there; *phone* is E.164."""

    first_name: str
    last_name: str
    email: str
    phone: str
    birth_date: date


def people(dice: Random, count: int, today: date) -> list[Person]:
    """*count* people of full age, no two of one name."""
    pairs = dice.sample(range(len(FIRST_NAMES) * len(LAST_NAMES)), count)
    numbers = dice.sample(range(10_000), count)
    return [_person(dice, *divmod(pair, len(LAST_NAMES)), number, today) for pair, number in zip(pairs, numbers, strict=True)]


def _person(dice: Random, first: int, last: int, number: int, today: date) -> Person:
    first_name, last_name = FIRST_NAMES[first], LAST_NAMES[last]
    born = today - timedelta(days=round(dice.triangular(18, 92, 38) * 365.25))
    return Person(first_name, last_name, email_of(first_name, last_name, "example.fr"), f"{FICTION}{number:04}", born)


def email_of(first_name: str, last_name: str, domain: str) -> str:
    """« Aïcha Lefèvre » as aicha.lefevre@domain."""
    plain = unicodedata.normalize("NFKD", f"{first_name}.{last_name}").encode("ascii", "ignore").decode()
    return f"{plain.lower()}@{domain}"
