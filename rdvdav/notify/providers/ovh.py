"""Provider « ovh »: OVHcloud SMS, POST /sms/{serviceName}/jobs of its API, each request signed."""

import json
from collections.abc import Mapping
from hashlib import sha1
from time import monotonic
from typing import Any
from urllib.parse import quote

from rdvdav.notify.providers import Report, options
from rdvdav.notify.providers.call import call, read_json, require_safe
from rdvdav.outbox.deliver import SendFailed
from rdvdav.outbox.message import Message

ENDPOINT = "https://eu.api.ovh.com/1.0"
ARRIVED, FAILED = {"1"}, {"2", "16"}
"""Values of `dlr` in its receipts: on the telephone; refused by the telephone's network, or by the first one."""
VALID_MINUTES = 2880


class OvhProvider:
    """An SMS account of OVHcloud; its receipts come to the address that is entered as « callBack » of the account."""

    def __init__(self, given: Mapping[str, str], sender: str) -> None:
        """Take the options as `make` reads them; nothing is asked yet."""
        self._given, self._sender = given, sender
        self._endpoint = (given["endpoint"] or ENDPOINT).rstrip("/")
        self._ahead: float | None = None

    def send(self, message: Message) -> str | None:
        """Order one SMS, without the words « STOP », which commercial ones need.

        Raises:
            SendFailed: It did not leave; for good when the number is none.
        """
        url = f"{self._endpoint}/sms/{quote(self._given['service'], safe='')}/jobs"
        wanted = {
            "charset": "UTF-8",
            "coding": "7bit",
            "message": message.text,
            "noStopClause": True,
            "priority": "high",
            "receivers": [message.recipient],
            "senderForResponse": not self._sender,
            "validityPeriod": VALID_MINUTES,
        }
        if self._sender:
            wanted["sender"] = self._sender
        body = json.dumps(wanted)
        answer = read_json(call("POST", url, self._signed("POST", url, body), body.encode()))
        if answer.get("invalidReceivers"):
            raise SendFailed("the SMS provider says that the number is none", permanent=True, blocks=True)
        ids = answer.get("ids") or [None]
        return None if ids[0] is None else str(ids[0])

    def report(self, values: Mapping[str, Any]) -> Report | None:
        """Read `id` and `dlr`."""
        provider_id, status = values.get("id"), str(values.get("dlr"))
        if provider_id is None or status not in ARRIVED | FAILED:
            return None
        reason = "" if status in ARRIVED else f"dlr {status}"
        return Report(str(provider_id), status in ARRIVED, reason=reason)

    def _signed(self, method: str, url: str, body: str) -> dict[str, str]:
        """The headers; the signature is over secrets, request and time, by their clock."""
        stamp = str(self._time())
        signature = sign(self._given["application_secret"], self._given["consumer_key"], method, url, body, stamp)
        return {
            "Content-Type": "application/json; charset=utf-8",
            "X-Ovh-Application": self._given["application_key"],
            "X-Ovh-Consumer": self._given["consumer_key"],
            "X-Ovh-Timestamp": stamp,
            "X-Ovh-Signature": signature,
        }

    def _time(self) -> int:
        """Seconds since 1970 by their clock, asked once: ours may be wrong, and a signature is good for half a minute."""
        if self._ahead is None:
            self._ahead = int(call("GET", f"{self._endpoint}/auth/time", {}, None)) - monotonic()
        return int(self._ahead + monotonic())


def sign(application_secret: str, consumer_key: str, method: str, url: str, body: str, stamp: str) -> str:
    """« $1$ » and the SHA-1 of all parts joined by « + », as their documentation asks."""
    text = "+".join((application_secret, consumer_key, method, url, body, stamp))
    return "$1$" + sha1(text.encode()).hexdigest()  # noqa: S324 - their choice


def make(given: Mapping[str, Any], sender: str, receipts: str) -> OvhProvider:
    """A provider of these options.

    Raises:
        OptionsWrong: One is missing, unknown, or can't be used.
    """
    keys = ("application_key", "application_secret", "consumer_key", "service")
    found = options(given, required=keys, optional=("endpoint",))
    require_safe(found["endpoint"] or ENDPOINT)
    return OvhProvider(found, sender)
