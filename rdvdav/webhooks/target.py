"""Posting to an address somebody typed: to the public network alone, no redirect followed, no answer waited for too long (C15).

The name is looked up once and the connection made to the address that was judged, so that no second answer leads elsewhere.
"""

import socket
import ssl
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from rdvdav.webhooks.webhook import Fault

WAITS_SECONDS = 10
"""For each step of a conversation."""
ENDS_SECONDS = 20
"""After which a conversation is cut, however it goes on."""
EXCERPT = 300
"""Bytes of an answer that are kept."""
NAT64 = ip_network("64:ff9b::/96")
SITE_LOCAL = ip_network("fec0::/10")
"""Private once (RFC 3879), and perhaps still."""
AZURE = ip_address("168.63.129.16")
"""A public address that is the host's own, of every machine there."""

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


@dataclass(eq=False)
class NotDelivered(Exception):
    """It did not arrive."""

    fault: Fault
    status: int | None = None
    answer: str | None = None


def post(url: str, headers: dict[str, str], body: bytes, allowed: Sequence[Network] = ()) -> int:
    """Post *body* and return the status of the answer, a 2xx one.

    Args:
        allowed: Private networks that may be reached nevertheless, in clear too.

    Raises:
        NotDelivered: It did not arrive.
    """
    limit = _Limit()
    try:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        address = _judged(parts.hostname or "", port, allowed, secure=secure)
        with limit, closing(_connected(parts, port, address, limit, secure=secure)) as line:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            line.request("POST", target, body, headers)
            answer = line.getresponse()
            if 200 <= answer.status < 300:
                return answer.status
            excerpt = _excerpt(answer)
    except (OSError, HTTPException, ValueError) as error:
        raise NotDelivered(Fault.TOO_SLOW if limit.over else _fault(error)) from error
    if 300 <= answer.status < 400:
        raise NotDelivered(Fault.REDIRECTED, answer.status)
    raise NotDelivered(Fault.REFUSED, answer.status, excerpt)


def _excerpt(answer: HTTPResponse) -> str:
    """What a receiver says beside its status, as far as it gets."""
    try:
        return answer.read(EXCERPT).decode("utf-8", "replace").replace("\0", "")
    except (OSError, HTTPException, ValueError):
        return ""


def _fault(error: Exception) -> Fault:
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        return Fault.UNTRUSTED
    return Fault.TOO_SLOW if isinstance(error, TimeoutError) else Fault.UNREACHABLE


def _judged(host: str, port: int, allowed: Sequence[Network], *, secure: bool) -> str:
    """An address of *host*, all of whose addresses may be reached."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotDelivered(Fault.NO_ADDRESS) from error
    addresses = [str(entry[4][0]) for entry in found]
    for text in addresses:
        address = _meant(ip_address(text.partition("%")[0]))
        inside = any(address in network for network in allowed)
        if not inside and not (secure and is_public(address)):
            raise NotDelivered(Fault.FORBIDDEN)
    return addresses[0]


def is_public(address: Address) -> bool:
    """Whether an address is one of the public network, where no service of the house listens."""
    inside = address.is_multicast or address.is_reserved or address in SITE_LOCAL or address == AZURE
    return address.is_global and not inside


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _connected(parts: SplitResult, port: int, address: str, limit: "_Limit", *, secure: bool) -> HTTPConnection:
    """A line to *address*, over which *parts*' host is spoken to, and which *limit* cuts."""
    plain = socket.create_connection((address, port), WAITS_SECONDS)
    line = HTTPConnection(parts.hostname or "", port, timeout=WAITS_SECONDS)
    line.sock = limit.line = plain
    try:
        if secure:
            trust = ssl.create_default_context()
            secured = trust.wrap_socket(plain, server_hostname=parts.hostname, do_handshake_on_connect=False)
            line.sock = limit.line = secured
            secured.do_handshake()
    except (OSError, ValueError):
        line.close()
        raise
    return line


class _Limit:
    """Cuts a line whose conversation, from the handshake on, lasts too long, however much is said meanwhile.

    Attributes:
        line: What is cut.
        over: It was.
    """

    def __init__(self) -> None:
        self.line: socket.socket | None = None
        self.over = False
        self._timer = Timer(ENDS_SECONDS, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        self.over = True
        with suppress(OSError):
            if self.line is not None:
                self.line.shutdown(socket.SHUT_RDWR)
