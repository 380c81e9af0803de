"""Who else may say who a citizen is: the OpenID Connect providers of an installation, FranceConnect or any other (B04)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rdvdav.settings import Settings, SettingsUnreadable

ADDRESSES = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "end_session_endpoint",
)


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One provider, as `identity_providers` of the settings describes it.

    Attributes:
        key: Its name in the settings; stands in the addresses the provider calls back.
        label: What people call it, « FranceConnect ».
        issuer: Its `iss`; where its configuration is discovered unless the endpoints are given.
        acr_values: Levels of assurance asked for, by preference; what comes back must be one of them, of eIDAS levels that or a higher one.
        signed_userinfo: It signs what it says of a person; what is not signed is refused.
        certified: What it says of a person was checked by an authority: names and birth date are then its own to change.
        verified_email: The e-mail address it passes on was proved, even where it does not say so by `email_verified`.
        about_url: Where people read what it is.
    """

    key: str
    label: str
    client_id: str
    client_secret: str = field(repr=False)
    issuer: str
    scope: str = "openid given_name family_name birthdate email"
    acr_values: str = ""
    signed_userinfo: bool = False
    certified: bool = True
    verified_email: bool = False
    about_url: str = ""
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    userinfo_endpoint: str = ""
    jwks_uri: str = ""
    end_session_endpoint: str = ""


def providers_of(settings: Settings) -> list[Provider]:
    """The providers of an installation, in the order of its settings.

    Raises:
        SettingsUnreadable: One of them can't be used; the text says which and why.
    """
    return [_read(key, described) for key, described in settings.identity_providers.items()]


def _read(key: str, described: Any) -> Provider:
    where = f"identity_providers.{key}"
    if not isinstance(described, Mapping) or not key.isascii() or not key.replace("-", "").isalnum():
        raise SettingsUnreadable(f"{where} must be a table, its name of letters, figures and dashes")
    values = dict(described)
    if "client_secret_file" in values:
        values["client_secret"] = _secret(where, str(values.pop("client_secret_file")))
    kinds: dict[str, Any] = {each.name: each.type for each in fields(Provider) if each.name != "key"}
    for name, value in values.items():
        if name not in kinds:
            known = ", ".join(sorted([*kinds, "client_secret_file"]))
            raise SettingsUnreadable(f"{where}: unknown setting {name!r}; known ones are {known}")
        if type(value) is not kinds[name]:
            raise SettingsUnreadable(f"{where}.{name} is {value!r}: a value of type {kinds[name].__name__} is wanted")
    for name in ("label", "client_id", "client_secret", "issuer"):
        if not values.get(name):
            raise SettingsUnreadable(f"{where}: {name} is missing")
    for name in ADDRESSES:
        if values.get(name) and not _is_safe(values[name]):
            raise SettingsUnreadable(f"{where}.{name} must begin with https://: tokens would travel in clear")
    return Provider(key=key, **values)


def _secret(where: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsUnreadable(f"{where}: client_secret_file can't be read: {error.strerror}") from error


def _is_safe(address: str) -> bool:
    url = urlsplit(address)
    return url.scheme == "https" or (url.scheme == "http" and url.hostname in {"127.0.0.1", "localhost"})
