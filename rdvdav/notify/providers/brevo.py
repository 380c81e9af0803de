"""Provider « brevo »: transactional SMS, POST /v3/transactionalSMS/send of its API."""

import json
from collections.abc import Mapping
from typing import Any

from rdvdav.notify.providers import OptionsWrong, Report, options
from rdvdav.notify.providers.call import call, read_json, require_safe
from rdvdav.outbox.message import Message

ENDPOINT = "https://api.brevo.com/v3"
ARRIVED = {"delivered"}
FAILED = {"soft_bounce", "hard_bounce", "rejected", "blacklisted", "blocked"}
GONE = {"hard_bounce"}


class BrevoProvider:
    """An account of Brevo; each message carries the address its receipts go to."""

    def __init__(self, given: Mapping[str, str], sender: str, receipts: str) -> None:
        """Take the options as `make` reads them."""
        self._key, self._sender, self._receipts = given["api_key"], sender, receipts
        self._endpoint = (given["endpoint"] or ENDPOINT).rstrip("/")

    def send(self, message: Message) -> str | None:
        """Hand over one SMS.

        Raises:
            SendFailed: It did not leave.
        """
        wanted: dict[str, Any] = {
            "sender": self._sender,
            "recipient": message.recipient.removeprefix("+"),
            "content": message.text,
            "type": "transactional",
            "unicodeEnabled": False,
        }
        if self._receipts:
            wanted["webUrl"] = self._receipts
        headers = {"api-key": self._key, "Accept": "application/json", "Content-Type": "application/json"}
        answer = read_json(
            call("POST", f"{self._endpoint}/transactionalSMS/send", headers, json.dumps(wanted).encode())
        )
        found = answer.get("messageId")
        return None if found is None else str(found)

    def report(self, values: Mapping[str, Any]) -> Report | None:
        """Read `messageId` and `msg_status`."""
        provider_id, status = values.get("messageId"), str(values.get("msg_status"))
        if provider_id is None or status not in ARRIVED | FAILED:
            return None
        return Report(str(provider_id), status in ARRIVED, status in GONE, "" if status in ARRIVED else status)


def make(given: Mapping[str, Any], sender: str, receipts: str) -> BrevoProvider:
    """A provider of these options.

    Raises:
        OptionsWrong: One is missing, unknown, or can't be used.
    """
    found = options(given, required=("api_key",), optional=("endpoint",))
    if not sender:
        raise OptionsWrong("sms_sender is empty: Brevo wants a name of eleven letters and digits at most")
    require_safe(found["endpoint"] or ENDPOINT)
    return BrevoProvider(found, sender, receipts)
