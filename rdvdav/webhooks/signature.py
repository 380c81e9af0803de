"""Signing deliveries as Standard Webhooks does: HMAC-SHA256 over id, timestamp and body; so libraries of any language verify them (C15)."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from datetime import datetime
from secrets import token_bytes

PREFIX = "whsec_"


def new_secret() -> str:
    """A fresh secret of 256 bits, as receivers' libraries take it."""
    return PREFIX + b64encode(token_bytes(32)).decode()


def sign(secret: str, uid: str, at: datetime, body: str) -> str:
    """The signature of one delivery tried at *at*, with its version before it."""
    signed = f"{uid}.{int(at.timestamp())}.{body}".encode()
    mac = hmac.new(b64decode(secret.removeprefix(PREFIX)), signed, hashlib.sha256)
    return f"v1,{b64encode(mac.digest()).decode()}"


def headers(secrets: list[str], uid: str, at: datetime, body: str) -> dict[str, str]:
    """What stands above a delivery: who it is, when it is tried, and a signature for each of *secrets*."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "rdvdav",
        "webhook-id": uid,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(sign(secret, uid, at, body) for secret in secrets),
    }
