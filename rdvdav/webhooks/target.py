"""Posting to an address somebody typed: to the public network alone, no redirect followed, no answer waited for too long (C15).

The name is looked up once and the connection made to the address that was judged, so that no second answer leads elsewhere.
"""

import socket
import ssl
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
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
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = _judged(parts.hostname or "", port, allowed, secure=secure)
    try:
        with closing(_connected(parts, port, address, secure=secure)) as line, closing(_limit(line)):
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            line.request("POST", target, body, headers)
            answer = line.getresponse()
            excerpt = answer.read(EXCERPT).decode("utf-8", "replace").replace("\0", "")
    except ssl.SSLCertVerificationError as error:
        raise NotDelivered(Fault.UNTRUSTED) from error
    except TimeoutError as error:
        raise NotDelivered(Fault.TOO_SLOW) from error
    except (OSError, HTTPException, ValueError) as error:
        raise NotDelivered(Fault.UNREACHABLE) from error
    if 300 <= answer.status < 400:
        raise NotDelivered(Fault.REDIRECTED, answer.status)
    if not 200 <= answer.status < 300:
        raise NotDelivered(Fault.REFUSED, answer.status, excerpt)
    return answer.status


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
    return address.is_global and not address.is_multicast and not address.is_reserved


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _connected(parts: SplitResult, port: int, address: str, *, secure: bool) -> HTTPConnection:
    """A line to *address*, over which *parts*' host is spoken to."""
    plain = socket.create_connection((address, port), WAITS_SECONDS)
    line = HTTPConnection(parts.hostname or "", port, timeout=WAITS_SECONDS)
    try:
        line.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname) if secure else plain
    except OSError:
        plain.close()
        raise
    return line


class _limit:  # noqa: N801 - used like a function
    """Cuts a line that is still talking when its time is over."""

    def __init__(self, line: HTTPConnection) -> None:
        self._timer = Timer(ENDS_SECONDS, self._cut, [line.sock])
        self._timer.daemon = True
        self._timer.start()

    def close(self) -> None:
        """It ended in time."""
        self._timer.cancel()

    @staticmethod
    def _cut(line: socket.socket) -> None:
        try:
            line.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
