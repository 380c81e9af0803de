"""Provider « http »: any service that takes an SMS as one HTTP request, described in the settings."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from rdvdav.notify.providers import OptionsWrong, Report, options
from rdvdav.notify.providers.call import call, read_json, require_safe
from rdvdav.outbox.message import Message

FIELDS = ("to", "text", "sender", "receipts")


class HttpProvider:
    """Sends what the templates say: `{to}`, `{text}`, `{sender}`, `{receipts}` stand for the message's.

    In the address they are percent-encoded, in the body as its type asks.
    """

    def __init__(self, given: Mapping[str, str], sender: str, receipts: str) -> None:
        """Take the options as `make` reads them."""
        self._given, self._fixed = given, {"sender": sender, "receipts": receipts}
        self._headers = dict(_header(line) for line in given["headers"].splitlines() if line.strip())
        self._headers.setdefault("Content-Type", "application/json")

    def send(self, message: Message) -> str | None:
        """Make the request; the id stands in the answer's field `id_field`.

        Raises:
            SendFailed: It did not leave.
        """
        values = self._fixed | {"to": message.recipient, "text": message.text}
        url = _filled(self._given["url"], {name: quote(value, safe="") for name, value in values.items()})
        body = _filled(self._given["body"], {name: self._in_body(value) for name, value in values.items()})
        method = self._given["method"] or "POST"
        answer = call(method, url, self._headers, body.encode() if method != "GET" else None)
        found = read_json(answer).get(self._given["id_field"] or "id")
        return None if found is None else str(found)

    def report(self, values: Mapping[str, Any]) -> Report | None:
        """Read the fields `receipt_id` and `receipt_status`, whose final values are `receipt_arrived`, `receipt_failed`, `receipt_gone`."""
        given = self._given
        provider_id, status = (
            values.get(given["receipt_id"] or "id"),
            str(values.get(given["receipt_status"] or "status")),
        )
        if provider_id is None:
            return None
        arrived, failed, gone = (_values(given[f"receipt_{name}"]) for name in ("arrived", "failed", "gone"))
        if status not in arrived | failed | gone:
            return None
        return Report(str(provider_id), status in arrived, status in gone, "" if status in arrived else status)

    def _in_body(self, value: str) -> str:
        if "json" in self._headers["Content-Type"]:
            return json.dumps(value)[1:-1]
        return quote(value, safe="")


def make(given: Mapping[str, Any], sender: str, receipts: str) -> HttpProvider:
    """A provider of these options.

    Raises:
        OptionsWrong: One is missing, unknown, or can't be used.
    """
    wanted = ("method", "headers", "body", "id_field")
    of_receipts = tuple(f"receipt_{name}" for name in ("id", "status", "arrived", "failed", "gone"))
    found = options(given, required=("url",), optional=wanted + of_receipts)
    require_safe(found["url"])
    return HttpProvider(found, sender, receipts)


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        raise OptionsWrong(f"sms_options: the header {name!r} has no colon")
    return name.strip().title(), value.strip()


def _filled(template: str, values: Mapping[str, str]) -> str:
    """The template with each `{name}` that is ours replaced, once: what stands in a value is no name."""
    parts = template.split("{")
    filled = [parts[0]]
    for part in parts[1:]:
        name, brace, rest = part.partition("}")
        filled.append(values[name] + rest if brace and name in FIELDS else "{" + part)
    return "".join(filled)


def _values(text: str) -> set[str]:
    return {value.strip() for value in text.split(",") if value.strip()}
