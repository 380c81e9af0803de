"""Which sites may show an organisation's portal inside their pages (B15): chosen by its administrators."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from rdvdav.administration.organisations import organisation_held
from rdvdav.audit.record import Actor, record
from rdvdav.clock import Clock
from rdvdav.errors import Refused

HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+")
MOST_EMBEDDERS = 20
LONGEST = 300


@dataclass(eq=False)
class NoSuchOrigin(Refused):
    """This is not the address of a site that is reached by https."""

    text: str


class TooManyOrigins(Refused):
    """More sites than an organisation needs: the list goes out with each page."""


def read_origin(text: str) -> str:
    """The origin of the address *text*, as browsers write it: `https://`, the host in small ASCII letters, a port if it is another.

    Raises:
        NoSuchOrigin: It is none, or not one of https.
    """
    address = text.strip() if "://" in text else f"https://{text.strip()}"
    try:
        url = urlsplit(address)
        host = (url.hostname or "").encode("idna").decode("ascii").lower()
        port = url.port
    except (ValueError, UnicodeError):
        raise NoSuchOrigin(text) from None
    if url.scheme != "https" or "@" in url.netloc or not HOST.fullmatch(host) or len(text) > LONGEST or port == 0:
        raise NoSuchOrigin(text)
    return f"https://{host}" + (f":{port}" if port not in (None, 443) else "")


def choose_embedders(
    session: Session, clock: Clock, agent_id: int, organisation_id: int, addresses: Iterable[str]
) -> list[str]:
    """Let these sites, and no others, show the organisation's portal inside their pages. The caller commits.

    Returns:
        Their origins, each once, in the order given.

    Raises:
        NoSuchOrganisation: Not this agent's to administer.
        NoSuchOrigin: One of *addresses* is not that of a site.
        TooManyOrigins: More than twenty.
    """
    organisation = organisation_held(session, agent_id, organisation_id)
    origins = list(dict.fromkeys(map(read_origin, addresses)))
    if len(origins) > MOST_EMBEDDERS:
        raise TooManyOrigins
    if origins != organisation.embedders:
        before, organisation.embedders = organisation.embedders, origins
        changed = {"old": ", ".join(before), "new": ", ".join(origins)}
        who, kind = Actor.agent(agent_id), "organisation.embedding_changed"
        record(session, clock, who, kind, organisation.territory_id, organisation.id, embedders=changed)
    return origins
