"""Names as they are searched and sorted: without accents, capitals, hyphens and apostrophes; and all that a person is found by.

A *sign* is a word somebody is found by. Its first character says what it is: a letter or figure for a word of a name, or one of those
below; so that the beginning of one kind is never that of another.
"""

import re
from datetime import date

import phonenumbers

from rdvdav.i18n import alphabetical

LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae"})
EVERYBODY = "*"
"""The sign that all have."""
EMAIL, PHONE, BORN = "@", "+", "="
SHORTEST_PHONE = 4
"""Figures of the shortest part of a phone number that is looked for."""


def words_of(text: str) -> list[str]:
    """The plain words of *text*: « N’Diaye Élise » gives « n », « diaye », « elise »."""
    return re.findall(r"[^\W_]+", alphabetical(text.translate(LIGATURES)))


def sort_key(first_name: str, last_name: str) -> str:
    """What lists are sorted by: the surname, then the first name; « Martin » before « Martin-Roux », « É » beside « E »."""
    return "\t".join(" ".join(words_of(name)) for name in (last_name, first_name))


def signs_of(
    first_name: str, last_name: str, email: str | None = None, phone: str | None = None, birth_date: date | None = None
) -> set[str]:
    """All that a person is found by, from the beginning of each on."""
    signs = {EVERYBODY, *words_of(first_name), *words_of(last_name)}
    if email:
        signs.add(EMAIL + email.lower())
    if phone:
        signs |= {PHONE + figures for figures in _ends(phone)}
    if birth_date:
        signs.add(BORN + birth_date.isoformat())
    return signs


def typed_phone(text: str) -> str | None:
    """The sign of a phone number, or a part of one, however its beginning is typed; None for too few figures."""
    figures = "".join(filter(str.isdigit, text))
    if not text.strip().startswith("+"):
        figures = figures.lstrip("0")
    return PHONE + figures if len(figures) >= SHORTEST_PHONE - 1 else None


def _ends(e164: str) -> set[str]:
    """The figures from each place on where people begin to say a number: its country, itself, each of its pairs."""
    figures = "".join(filter(str.isdigit, e164))
    try:
        national = str(phonenumbers.parse(e164).national_number)
    except phonenumbers.NumberParseException:
        national = figures  # imported from elsewhere
    pairs = f"0{national}" if len(national) % 2 else national
    starts = range(2, len(pairs) - SHORTEST_PHONE + 1, 2)
    return {figures, national, *(pairs[start:] for start in starts)}
