"""One request to a provider over HTTP, and what its failure means for the outbox."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from rdvdav.notify.providers import OptionsWrong
from rdvdav.outbox.deliver import SendFailed

TIMEOUT_SECONDS = 30
MOST_BYTES = 65536
ABOUT_THE_MESSAGE = frozenset({400, 413, 422})
"""Answers that another try would not change; all others are about us, or pass."""


class _Stays(HTTPRedirectHandler):
    """A message is handed over where the administrator said, and nowhere else."""

    def redirect_request(self, *_what: Any) -> None:
        return None


_opener = build_opener(_Stays)


def require_safe(url: str) -> None:
    """Check an address from the settings.

    Raises:
        OptionsWrong: It is not https; http does for this machine alone.
    """
    parts = urlsplit(url)
    here = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not parts.hostname or not (parts.scheme == "https" or here):
        raise OptionsWrong(f"{url!r} must be an https address")


def call(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    """The answer of a request that succeeded.

    Raises:
        SendFailed: Permanent when the answer is about the message, else nobody was there to take it.
    """
    request = Request(url, data=body, headers=dict(headers), method=method)  # noqa: S310 - `require_safe` saw the address
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            read: bytes = answer.read(MOST_BYTES)
            return read
    except HTTPError as error:
        with error:
            permanent = error.code in ABOUT_THE_MESSAGE
            words = f"the SMS provider did not take it ({error.code})"
            raise SendFailed(words, permanent, unreached=not permanent) from error
    except OSError as error:
        words = f"the SMS provider can't be reached ({type(error).__name__})"
        raise SendFailed(words, unreached=True) from error


def read_json(answer: bytes) -> Mapping[str, Any]:
    """An answer that is a JSON object; nothing where it is not: the message was taken all the same."""
    try:
        found = json.loads(answer)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
