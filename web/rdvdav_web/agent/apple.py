"""The configuration profile that sets up an iPhone or a Mac: the CalDAV account and nothing else (K-44)."""

import plistlib
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from rdvdav.i18n import gettext as _

MEDIA_TYPE = "application/x-apple-aspen-config"


def profile(public_url: str, principal: str, organisation: str) -> bytes:
    """The profile of one agent, unsigned: who installs it types an app password, for it holds none.

    Its identifiers come from the address and the agent alone: a profile fetched again replaces the one that is there.
    """
    url = urlsplit(public_url)
    home = f"{url.path}/dav/{principal}/"
    identifier = ".".join([*reversed((url.hostname or "").split(".")), "rdvdav", principal])
    account = {
        **_payload(
            "com.apple.caldav.account", f"{identifier}.caldav", url._replace(path=home, fragment="caldav").geturl()
        ),
        "PayloadDisplayName": _("Appointments"),
        "CalDAVAccountDescription": _("Appointments"),
        "CalDAVHostName": url.hostname,
        "CalDAVPort": url.port or (443 if url.scheme == "https" else 80),
        "CalDAVUseSSL": url.scheme == "https",
        "CalDAVPrincipalURL": home,
        "CalDAVUsername": principal,
    }
    whole = {
        **_payload("Configuration", identifier, url._replace(path=home).geturl()),
        "PayloadDisplayName": _("Appointments – %(organisation)s", organisation=organisation),
        "PayloadDescription": _("Shows your appointments in Calendar, to be read only. It holds no password."),
        "PayloadOrganization": organisation,
        "PayloadContent": [account],
    }
    return plistlib.dumps(whole)


def _payload(kind: str, identifier: str, name: str) -> dict[str, object]:
    return {
        "PayloadType": kind,
        "PayloadVersion": 1,
        "PayloadIdentifier": identifier,
        "PayloadUUID": str(uuid5(NAMESPACE_URL, name)).upper(),
    }
