"""The name of an event, stable for life: stored at creation, never computed again (K-12)."""

import re
from uuid import uuid4

_SAFE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


def new_uid(host: str) -> str:
    """A UID that nobody else gives: `<random uuid>@<host>` (RFC 7986 §5.3 explains why it tells nothing)."""
    return f"{uuid4()}@{host}"


def href_of(uid: str) -> str:
    """The name of the event's file in its collection: the UID's local part and `.ics` (K-2).

    Raises:
        ValueError: The local part holds something other than [A-Za-z0-9._-], or begins with a dot.
    """
    local = uid.partition("@")[0]
    if not _SAFE.fullmatch(local):
        raise ValueError(f"no file can be named after the UID {uid!r}")
    return f"{local}.ics"
