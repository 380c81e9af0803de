"""A strict OpenID Connect provider of our own, over real HTTP: it refuses what FranceConnect v2 refuses, and misbehaves when told to.

It keeps the clock of the test. Whoever is sent to it agrees at once.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc.jwk import ECKey, KeySet, RSAKey
from joserfc.jwt import encode

from rdvdav.clock import StoppedClock

SHORTEST = 32
"""Characters of state and nonce."""
TOKEN_SECONDS = 60
PERSON = {
    "sub": "b6048e95bb134ec5b1d1e1fa69f287172e91722b9354d637a1bcf2ebb0fd2ef5v1",
    "given_name": "Angela Claire Louise",
    "family_name": "DUBOIS",
    "birthdate": "1962-08-24",
    "email": "wossewodda-3728@yopmail.com",
}


@lru_cache
def _slow_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@dataclass
class Provider:
    """What the server knows; *mood* says in which ways it misbehaves."""

    clock: StoppedClock
    redirect_uri: str
    left_uri: str
    client_id: str = "rdvdav"
    client_secret: str = "un secret de trente-deux signes !"
    person: dict[str, Any] = field(default_factory=lambda: dict(PERSON))
    mood: set[str] = field(default_factory=set)
    unnamed: bool = False
    """Tokens do not name the key they are signed with; there are several."""
    acr: str = "eidas1"
    algorithm: str = "ES256"
    refused: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    issuer: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, float] = field(default_factory=dict)
    id_tokens: set[str] = field(default_factory=set)
    stop: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.rotate()
        self.stranger = ECKey.generate_key("P-256", {"kid": "ec"})
        self.former = [ECKey.generate_key("P-256", {"kid": "old", "use": "sig"}), _slow_key("old")]

    def rotate(self, suffix: str = "") -> None:
        """Sign with new keys."""
        self.keys = {
            "ES256": ECKey.generate_key("P-256", {"kid": f"ec{suffix}", "use": "sig"}),
            "RS256": _slow_key(f"rsa{suffix}"),
        }

    @property
    def settings(self) -> dict[str, Any]:
        """How an installation describes it."""
        return {
            "label": "FranceConnect",
            "about_url": "https://franceconnect.gouv.fr/",
            "issuer": self.issuer,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "acr_values": "eidas1",
            "signed_userinfo": True,
        }

    # --- what it is asked

    def configuration(self) -> dict[str, str]:
        endpoints = {name: f"{self.issuer}/{name}" for name in ("authorize", "token", "userinfo", "jwks", "logout")}
        return {
            "issuer": "https://elsewhere.test" if "other issuer" in self.mood else self.issuer,
            "authorization_endpoint": endpoints["authorize"],
            "token_endpoint": endpoints["token"],
            "userinfo_endpoint": endpoints["userinfo"],
            "jwks_uri": endpoints["jwks"],
            "end_session_endpoint": endpoints["logout"],
        }

    def authorize(self, query: dict[str, str]) -> str | None:
        """Where the person goes back to; None for a page of the provider that says no."""
        wrong = {
            "client_id": query.get("client_id") != self.client_id,
            "redirect_uri": query.get("redirect_uri") != self.redirect_uri,
            "response_type": query.get("response_type") != "code",
            "scope": "openid" not in query.get("scope", "").split(),
            "state": len(query.get("state", "")) < SHORTEST,
            "nonce": len(query.get("nonce", "")) < SHORTEST,
            "acr_values": query.get("acr_values") not in {"eidas1", "eidas2", "eidas3"},
        }
        if any(wrong.values()):
            self.refused += [name for name, is_wrong in wrong.items() if is_wrong]
            return None
        back = {"state": query["state"], "iss": self.issuer}
        if "access_denied" in self.mood:
            back |= {"error": "access_denied", "error_description": "User auth aborted"}
        else:
            code = secrets.token_urlsafe(24)
            self.codes[code] = query
            back["code"] = code
        return f"{self.redirect_uri}?{urlencode(back)}"

    def token(self, form: dict[str, str], headers: Any) -> tuple[int, dict[str, Any]]:
        if "Authorization" in headers or not secrets.compare_digest(
            form.get("client_secret", "").encode(), self.client_secret.encode()
        ):
            return self._no(401, "invalid_client")
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or form.get("redirect_uri") != asked["redirect_uri"]:
            return self._no(400, "invalid_grant")
        if form.get("grant_type") != "authorization_code" or form.get("client_id") != self.client_id:
            return self._no(400, "invalid_request")
        access_token = secrets.token_urlsafe(24)
        self.tokens[access_token] = self.now + TOKEN_SECONDS
        id_token = self.sign(self._id_token(asked["nonce"]))
        self.id_tokens.add(id_token)
        return 200, {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "id_token": id_token,
        }

    def userinfo(self, bearer: str) -> tuple[int, str]:
        if self.tokens.get(bearer, 0) <= self.now:
            self.refused.append("access_token")
            return 401, "{}"
        said = self.person | {"aud": self.client_id, "iss": self.issuer, "iat": self.now}
        if "other sub" in self.mood:
            said["sub"] = "somebody else"
        if "userinfo for another" in self.mood:
            said["aud"] = "another"
        return 200, json.dumps(said) if "unsigned userinfo" in self.mood else self.sign(said)

    def logout(self, query: dict[str, str]) -> str | None:
        wrong = {
            "id_token_hint": query.get("id_token_hint") not in self.id_tokens,
            "post_logout_redirect_uri": query.get("post_logout_redirect_uri") != self.left_uri,
            "state": len(query.get("state", "")) < SHORTEST,
        }
        if any(wrong.values()):
            self.refused += [name for name, is_wrong in wrong.items() if is_wrong]
            return None
        return f"{self.left_uri}?{urlencode({'state': query['state']})}"

    # --- what it says

    @property
    def now(self) -> int:
        return int(self.clock.now().timestamp())

    def sign(self, claims: dict[str, Any]) -> str:
        key = self.stranger if "bad signature" in self.mood else self.keys[self.algorithm]
        if "no signature" in self.mood:
            return f"{encode({'alg': 'ES256', 'kid': key.kid}, claims, self.keys['ES256']).rpartition('.')[0]}."
        algorithm = "ES256" if key is self.stranger else self.algorithm
        names = {} if self.unnamed else {"kid": key.kid}
        return encode({"alg": algorithm, **names}, claims, key)

    def _id_token(self, nonce: str) -> dict[str, Any]:
        late = 3600 if "late" in self.mood else 0
        return {
            "sub": self.person["sub"],
            "iss": "https://elsewhere.test" if "wrong iss" in self.mood else self.issuer,
            "aud": "another" if "wrong aud" in self.mood else self.client_id,
            "iat": self.now - late,
            "exp": self.now + TOKEN_SECONDS - late,
            "nonce": "n" * 43 if "wrong nonce" in self.mood else nonce,
            "acr": self.acr,
        }

    def _no(self, code: int, why: str) -> tuple[int, dict[str, Any]]:
        self.refused.append(why)
        return code, {"error": why}


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            if self._is_out_of_order(url.path):
                return
            match url.path:
                case "/.well-known/openid-configuration":
                    self._say(200, json.dumps(provider.configuration()))
                case "/jwks":
                    keys = KeySet([*provider.former, *provider.keys.values()]).as_dict(private=False)
                    self._say(200, json.dumps(keys))
                case "/authorize":
                    self._send_back(provider.authorize(query))
                case "/logout":
                    self._send_back(provider.logout(query))
                case "/userinfo":
                    code, text = provider.userinfo(self.headers.get("Authorization", "").removeprefix("Bearer "))
                    self._say(code, text, "application/json" if text.startswith("{") else "application/jwt")
                case _:
                    self._say(404, "{}")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            if not self._is_out_of_order(self.path):
                code, said = provider.token(form, self.headers)
                self._say(code, json.dumps(said))

        def _is_out_of_order(self, path: str) -> bool:
            provider.asked.append(path)
            place = path.strip("/").rpartition("/")[2]
            if f"{place} 500" in provider.mood:
                self._say(500, "<h1>Internal Server Error</h1>", "text/html")
                return True
            if f"{place} garbage" in provider.mood:
                self._say(200, "<h1>Bienvenue</h1>", "text/html")
                return True
            if f"{place} hangs" in provider.mood:
                provider.stop.wait(20)
                return True
            return False

        def _send_back(self, url: str | None) -> None:
            if url is None:
                self._say(400, "{}")
                return
            self.send_response(302)
            self.send_header("Location", url)
            self.end_headers()

        def _say(self, code: int, text: str, kind: str = "application/json") -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def serving(clock: StoppedClock, public_url: str, key: str = "franceconnect") -> Iterator[Provider]:
    """A provider that listens, until the end of the block."""
    provider = Provider(clock, f"{public_url}/connexion/{key}/retour", f"{public_url}/connexion/{key}/deconnexion")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    server.daemon_threads = True
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        provider.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()
