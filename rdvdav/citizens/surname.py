"""« Les 3 premières lettres de votre nom de famille »: what a personal link asks before it shows anything (B09, ux 4.1)."""

import secrets

from rdvdav.citizens.words import words_of

LETTERS = 3
"""How many are asked; of a shorter name, all of it."""
PARTICLES = frozenset({
    "al", "d", "da", "das", "de", "del", "della", "den", "der", "des", "di", "do", "dos", "du", "el", "la", "las",
    "le", "les", "lo", "los", "m", "mac", "mc", "o", "ten", "ter", "van", "von", "zu",
})  # fmt: skip
"""Words that a surname may begin with and that some leave out when they say it."""


def begins(typed: str, surname: str) -> bool:
    """Whether *typed* is how *surname* begins: accents, capitals, blanks and apostrophes aside.

    More letters than are asked do no harm. « De La Tour » begins with « del » as well as « tou »; « N'Diaye » with « ndi », or « N'D ».
    """
    said = "".join(words_of(typed))
    signs = words_of(surname)
    ways = {"".join(signs[start:]) for start in _starts(signs)}
    literal = len(typed.strip()) == LETTERS and _same(said, "".join(words_of(surname.strip()[:LETTERS])))
    return literal or any(_begins(said, way) for way in ways)


def _starts(signs: list[str]) -> list[int]:
    """Where one may begin to say a name: at its first word, and behind each particle it begins with."""
    starts = [0]
    for sign in signs[:-1]:
        if sign not in PARTICLES:
            break
        starts.append(starts[-1] + 1)
    return starts


def _begins(said: str, way: str) -> bool:
    length = max(len(said), LETTERS)
    return _same(said, way[:length])


def _same(said: str, expected: str) -> bool:
    return bool(said) and secrets.compare_digest(said.encode(), expected.encode())
