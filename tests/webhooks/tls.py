"""Receivers over TLS that are not as they should be; certificates are made for each run, by an authority the test trusts."""

import socket
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


class Authority:
    """Signs certificates; its own is in `file`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the tests")])
        self.file = folder / "authority.pem"
        self.file.write_bytes(self._certificate(self._name, self._key, self._key, ca=True).public_bytes(Encoding.PEM))

    def server(self, name: str = "localhost", *, ends: timedelta = DAY, signed: bool = True) -> Path:
        """Certificate and key of a server called *name*, in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._certificate(subject, key, self._key if signed else key, ends=ends, signed=signed)
        file = self._folder / f"{name}-{ends.days}-{signed}.pem"
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(certificate.public_bytes(Encoding.PEM) + secret)
        return file

    def _certificate(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        signer: ec.EllipticCurvePrivateKey,
        *,
        ends: timedelta = DAY,
        signed: bool = True,
        ca: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        name = str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name if signed else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 3 * DAY)
            .not_valid_after(now + ends)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        )
        if not ca:
            names = [x509.DNSName(name), x509.IPAddress(ip_address("192.0.2.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(signer, SHA256())


def _answer(line: ssl.SSLSocket, how: str, over: Event) -> None:
    heard = b""
    while not heard.endswith(b"{}"):  # what is left unread when a line is closed resets it
        heard += line.recv(65536) or b"{}"
    if how == "closes":
        line.sendall(b"HTTP/1.1 2")
    elif how == "endless headers":
        line.sendall(b"HTTP/1.1 200 OK\r\n")
        while not over.wait(0.02):
            line.sendall(b"X-Wait: 1\r\n")
    elif how in {"endless body", "endless refusal"}:
        status = b"204 Yes" if how == "endless body" else b"500 No"
        line.sendall(b"HTTP/1.1 " + status + b"\r\n\r\n")
        while not over.wait(0.02):
            line.sendall(b"x")
    else:
        line.sendall(b"HTTP/1.1 204 Yes\r\n\r\n")


def _talk(plain: socket.socket, trust: ssl.SSLContext, how: str, over: Event) -> None:
    with plain, suppress(OSError):
        if how == "slow handshake":
            plain.sendall(b"\x16\x03\x03\x3f\xff\x02")
            while not over.wait(0.02):
                plain.sendall(b"\0")
            return
        if how == "hangs up":
            return
        with trust.wrap_socket(plain, server_side=True) as line:
            _answer(line, how, over)


@contextmanager
def secured(certificate: Path, how: str = "takes") -> Iterator[str]:
    """The address of a receiver with that certificate, that « takes », « closes », is « TLS 1.0 », « slow handshake » …"""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if how == "TLS 1.0":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            trust.minimum_version = trust.maximum_version = ssl.TLSVersion.TLSv1
        trust.set_ciphers("ALL:@SECLEVEL=0")
    trust.load_cert_chain(certificate)
    over = Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            with suppress(OSError):
                while True:
                    plain, _who = server.accept()
                    Thread(target=_talk, args=(plain, trust, how, over), daemon=True).start()

        Thread(target=listen, daemon=True).start()
        try:
            yield f"https://localhost:{server.getsockname()[1]}/rdv"
        finally:
            over.set()
            server.shutdown(socket.SHUT_RDWR)
