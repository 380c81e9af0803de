"""Names in public addresses: `/rdv/mairie-de-sainte-anne`."""

import re
import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.directory.organisation import Organisation
from rdvdav.directory.territory import Territory

LONGEST = 60
USUAL = "organisation"
"""For a name without any letter of the Latin alphabet."""


def address_of(name: str) -> str:
    """*name* in small letters without accents, dashes for what stands between words."""
    plain = unicodedata.normalize("NFKD", name.lower().replace("œ", "oe").replace("æ", "ae"))
    words = re.findall(r"[a-z0-9]+", "".join(sign for sign in plain if not unicodedata.combining(sign)))
    return "-".join(words)[:LONGEST].strip("-") or USUAL


def free_address(session: Session, table: type[Organisation] | type[Territory], name: str) -> str:
    """The address made of *name*, with a number where others have it already; one statement."""
    wanted = address_of(name)
    taken = set(session.scalars(select(table.slug).where(table.slug.startswith(wanted, autoescape=True))))
    if wanted not in taken:
        return wanted
    return next(found for number in range(2, len(taken) + 3) if (found := f"{wanted}-{number}") not in taken)
