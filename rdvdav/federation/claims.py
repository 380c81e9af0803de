"""What a provider's tokens say, and whether they may be believed (OpenID Connect Core 1.0 §3.1.3.7, §5.3.2). Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from secrets import compare_digest
from typing import Any

from joserfc.jwt import JWTClaimsRegistry

from rdvdav.citizens.email import NotAnEmail, read_email
from rdvdav.federation.provider import Provider
from rdvdav.tokens import digest

LEEWAY_SECONDS = 10
"""How much two clocks may differ: tokens of FranceConnect last a minute."""
LONGEST_NAME = 100


class NotVouched(Exception):
    """A token or an answer is not to be believed; the text says why, and nothing about a person."""


@dataclass(frozen=True)
class Vouched:
    """Who a provider says somebody is.

    Attributes:
        issuer, subject: Whom the provider means, for ever.
        label: What people call the provider.
        certified: Names and birth date were checked by an authority.
        id_token: To be shown to the provider when the person signs out.
    """

    issuer: str
    subject: str
    label: str
    certified: bool
    first_name: str
    last_name: str
    birth_date: date | None = None
    email: str | None = None
    email_verified: bool = False
    id_token: str = field(default="", repr=False)


def check_id_token(provider: Provider, claims: Mapping[str, Any], nonce_digest: bytes, now: datetime) -> None:
    """Believe the claims of an id_token, or not.

    Raises:
        NotVouched, JoseError: It is another's, of another time, for another visit, or of too low a level.
    """
    _check(provider, claims, now, lasting=True)
    if not compare_digest(digest(str(claims.get("nonce", ""))), nonce_digest):
        raise NotVouched("the nonce is another one")
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise NotVouched("it was made for another party")
    if provider.acr_values and not _is_enough(str(claims.get("acr", "")), provider.acr_values.split()):
        raise NotVouched("the level of assurance is too low")


def check_userinfo(provider: Provider, claims: Mapping[str, Any], subject: str, now: datetime) -> None:
    """Believe what is said of a person, or not.

    Raises:
        NotVouched, JoseError: It is about somebody else, or signed for another party.
    """
    if provider.signed_userinfo or "iss" in claims:
        _check(provider, claims, now, lasting=False)
    if claims.get("sub") != subject:
        raise NotVouched("it speaks of somebody else")


def vouched(provider: Provider, claims: Mapping[str, Any], id_token: str) -> Vouched:
    """Who the person is, from claims that were checked.

    Raises:
        NotVouched: It says no name.
    """
    names = [" ".join(str(claims.get(name) or "").split())[:LONGEST_NAME] for name in ("given_name", "family_name")]
    if not all(names):
        raise NotVouched("it says no name")
    return Vouched(
        issuer=provider.issuer,
        subject=str(claims["sub"]),
        label=provider.label,
        certified=provider.certified,
        first_name=names[0],
        last_name=names[1],
        birth_date=_day(str(claims.get("birthdate") or "")),
        email=_email(str(claims.get("email") or "")),
        email_verified=provider.verified_email or claims.get("email_verified") is True,
        id_token=id_token,
    )


def _check(provider: Provider, claims: Mapping[str, Any], now: datetime, *, lasting: bool) -> None:
    registry = JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        sub={"essential": True},
        exp={"essential": lasting},
        iat={"essential": lasting},
    )
    registry.validate(dict(claims))


def _is_enough(acr: str, asked: list[str]) -> bool:
    """Whether *acr* was asked for, or is an eIDAS level above one that was."""
    level = _eidas(acr)
    return acr in asked or (level > 0 and any(0 < _eidas(each) <= level for each in asked))


def _eidas(acr: str) -> int:
    found = re.fullmatch(r"eidas([1-3])", acr)
    return int(found[1]) if found else 0


def _day(text: str) -> date | None:
    """A birth date; None where a part of it is not known, which providers write as zeros or leave out."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _email(text: str) -> str | None:
    try:
        return read_email(text) if text else None
    except NotAnEmail:
        return None
