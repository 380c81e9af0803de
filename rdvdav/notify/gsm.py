"""Texts as mobile networks carry them: the 7-bit alphabet of 3GPP TS 23.038, and how many messages a text takes.

What the alphabet lacks is written with what it has: one « ê » would turn the whole text into 16-bit signs, and 160 into 70.
"""

from re import sub
from unicodedata import combining, normalize

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
"""Each takes two places."""
WRITTEN_AS = {
    "«": '"',
    "»": '"',
    "“": '"',
    "”": '"',
    "„": '"',
    "’": "'",
    "‘": "'",
    "–": "-",
    "—": "-",
    "‑": "-",
    "…": "...",
    "œ": "oe",
    "Œ": "OE",
    "ç": "c",
    "•": "-",
    "·": ".",
    "°": "o",
    "ʼ": "'",
}
ALONE, JOINED = 160, 153
"""Places of a text that fits one message, and of each message of a longer one."""


def gsm(text: str) -> str:
    """*text* in the 7-bit alphabet: « forêt » becomes « foret », « é à è ù » stay; what can't be said is a question mark.

    A space beside a quotation mark that French typography wants is dropped, since it would cost a place.
    """
    return "".join(_sign(sign) for sign in sub(r"«\s+|\s+»", lambda found: found[0].strip(), text))


def _sign(sign: str) -> str:
    if sign in BASIC or sign in EXTENDED:
        return sign
    if sign in WRITTEN_AS:
        return WRITTEN_AS[sign]
    if sign.isspace():
        return " "
    plain = "".join(each for each in normalize("NFKD", sign) if not combining(each))
    return "".join(each if each in BASIC or each in EXTENDED else "?" for each in plain)


def places(text: str) -> int:
    """How many of the 7-bit signs a text in the alphabet takes."""
    return sum(2 if sign in EXTENDED else 1 for sign in text)


def segments(text: str) -> int:
    """How many messages are paid for a text in the alphabet; a sign of two places is not cut in two."""
    if places(text) <= ALONE:
        return 1
    count, room = 1, JOINED
    for sign in text:
        width = 2 if sign in EXTENDED else 1
        if width > room:
            count, room = count + 1, JOINED
        room -= width
    return count
