"""Names as they are searched: without accents, capitals, hyphens and apostrophes."""

import re

from rdvdav.i18n import alphabetical

LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae"})


def words_of(text: str) -> list[str]:
    """The plain words of *text*: « N’Diaye Élise » gives « n », « diaye », « elise »."""
    return re.findall(r"[^\W_]+", alphabetical(text.translate(LIGATURES)))


def folded(*names: str) -> str:
    """The words of *names* with a blank before and after each, so that ` eli` finds where one begins."""
    words = [word for name in names for word in words_of(name)]
    return f" {' '.join(words)} " if words else ""
