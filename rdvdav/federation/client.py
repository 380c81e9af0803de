"""Speaking OpenID Connect with one provider: where to send a person, and who it says has come back (B04).

Whatever goes wrong there is one thing here, `SignOnFailed`; nothing of it is a secret or about a person. Nothing waits longer than
TIMEOUT_SECONDS for an answer, and no transaction is open meanwhile (D-1).
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact
from joserfc.jwt import decode
from requests import RequestException, Response

from rdvdav.clock import Clock
from rdvdav.errors import Refused
from rdvdav.federation.claims import NotVouched, Vouched, check_id_token, check_userinfo, vouched
from rdvdav.federation.provider import Provider

TIMEOUT_SECONDS = 5
KNOWN_FOR = timedelta(hours=1)
"""How long discovered endpoints and keys are believed."""
ALGORITHMS = {"ES256": "EC", "RS256": "RSA"}
"""Those believed, each with the kind of key it takes."""
NAMES = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint")

log = logging.getLogger(__name__)


class SignOnFailed(Refused):
    """The provider did not say who the person is: refused, unreachable, or not to be believed."""


@dataclass(frozen=True)
class _Believed:
    """What is known of the provider for a while."""

    until: datetime
    endpoints: Mapping[str, str]
    keys: KeySet


class Client:
    """One provider. Endpoints and keys are fetched when they are first needed, and kept for an hour."""

    def __init__(self, provider: Provider, public_url: str) -> None:
        """Speak with *provider*, which calls back addresses below *public_url*; nothing is fetched yet."""
        self.provider = provider
        self.redirect_uri = f"{public_url}/connexion/{provider.key}/retour"
        self.left_uri = f"{public_url}/connexion/{provider.key}/deconnexion"
        self._believed: _Believed | None = None

    def check(self, clock: Clock) -> None:
        """Fetch what is to be known of the provider.

        Raises:
            SignOnFailed: It can't be had.
        """
        with self._calm("be looked at"):
            self._known(clock)

    def authorization_url(self, clock: Clock, state: str, nonce: str) -> str:
        """Where a person says to the provider who it is.

        Raises:
            SignOnFailed: The provider's configuration can't be had.
        """
        with self._calm("begin"):
            asked = {"acr_values": self.provider.acr_values} if self.provider.acr_values else {}
            endpoint = self._known(clock).endpoints["authorization_endpoint"]
            with self._session() as session:
                url, _state = session.create_authorization_url(endpoint, state=state, nonce=nonce, **asked)
            return str(url)

    def identify(self, clock: Clock, code: str, nonce_digest: bytes) -> Vouched:
        """Exchange *code* for who the person is: both tokens are checked before anything in them is believed.

        Raises:
            SignOnFailed: It is refused, late, forged, for somebody else, or of too low a level.
        """
        with self._calm("come back"), self._session() as session:
            known = self._known(clock)
            tokens = session.fetch_token(
                known.endpoints["token_endpoint"], code=code, grant_type="authorization_code", allow_redirects=False
            )
            said = self._read(clock, tokens["id_token"])
            check_id_token(self.provider, said, nonce_digest, clock.now())
            told = self._userinfo(clock, session, tokens["access_token"])
            check_userinfo(self.provider, told, said["sub"], clock.now())
            return vouched(self.provider, told, tokens["id_token"])

    def leaving_url(self, clock: Clock, id_token: str, state: str) -> str:
        """Where a person signs out of the provider too; empty where it has no such place.

        Raises:
            SignOnFailed: The provider's configuration can't be had.
        """
        with self._calm("leave"):
            endpoint = self._known(clock).endpoints.get("end_session_endpoint")
            asked = {"id_token_hint": id_token, "state": state, "post_logout_redirect_uri": self.left_uri}
            return f"{endpoint}?{urlencode(asked)}" if endpoint else ""

    def _session(self) -> OAuth2Session:
        return OAuth2Session(
            self.provider.client_id,
            self.provider.client_secret,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the name of a method
            scope=self.provider.scope,
            redirect_uri=self.redirect_uri,
            default_timeout=TIMEOUT_SECONDS,
        )

    def _known(self, clock: Clock, *, afresh: bool = False) -> _Believed:
        """Endpoints and keys; of two requests that fetch them at once the later one's stay."""
        if not afresh and self._believed is not None and clock.now() < self._believed.until:
            return self._believed
        with self._session() as session:
            given = {name: getattr(self.provider, name) for name in NAMES if getattr(self.provider, name)}
            if not {"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"} <= given.keys():
                found = _get(session, f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration").json()
                if found["issuer"] != self.provider.issuer:
                    raise NotVouched("the configuration names another issuer")
                given = {name: found[name] for name in NAMES if name in found} | given
            keys = _get(session, given["jwks_uri"]).json()["keys"]
            ours = [key for key in keys if key.get("kty") in {"EC", "RSA"} and key.get("use", "sig") == "sig"]
        self._believed = _Believed(clock.now() + KNOWN_FOR, given, KeySet.import_key_set({"keys": ours}))
        return self._believed

    def _read(self, clock: Clock, token: str) -> dict[str, Any]:
        """The claims of a token whose signature is right; keys are fetched again where one is new."""
        try:
            return _decoded(token, self._known(clock).keys)
        except InvalidKeyIdError:
            return _decoded(token, self._known(clock, afresh=True).keys)

    def _userinfo(self, clock: Clock, session: OAuth2Session, access_token: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {access_token}"}
        answer = _get(session, self._known(clock).endpoints["userinfo_endpoint"], headers=headers)
        if answer.headers.get("Content-Type", "").partition(";")[0].strip() == "application/jwt":
            return self._read(clock, answer.text)
        if self.provider.signed_userinfo:
            raise NotVouched("what it says of the person is not signed")
        return dict(answer.json())

    @contextmanager
    def _calm(self, doing: str) -> Iterator[None]:
        try:
            yield
        except (AuthlibBaseError, RequestException, JoseError, NotVouched, LookupError, TypeError, ValueError) as error:
            reason = str(error) if isinstance(error, NotVouched) else type(error).__name__
            log.warning("identity provider %s, to %s: %s", self.provider.key, doing, reason)
            raise SignOnFailed from error


def _decoded(token: str, keys: KeySet) -> dict[str, Any]:
    """The claims of a token signed with the key it names; one that names none may be signed with any that fits its algorithm.

    Raises:
        InvalidKeyIdError: None of *keys* is the one.
        JoseError: The signature is wrong, or of a kind that is not believed.
    """
    header = extract_compact(token.encode()).headers()
    if header.get("kid"):
        return decode(token, keys, algorithms=list(ALGORITHMS)).claims
    kind = ALGORITHMS.get(header["alg"])
    for key in keys.keys:
        if key.key_type == kind:
            with suppress(BadSignatureError):
                return decode(token, key, algorithms=list(ALGORITHMS)).claims
    raise InvalidKeyIdError("a token that names no key is signed with none of the provider's")


def _get(session: OAuth2Session, url: str, **more: Any) -> Response:
    answer: Response = session.get(url, withhold_token=True, allow_redirects=False, **more)
    answer.raise_for_status()
    if answer.status_code != 200:
        raise NotVouched(f"it answered {answer.status_code}")
    return answer
