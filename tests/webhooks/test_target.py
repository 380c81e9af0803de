"""Where a webhook may post, and how each failure is told (C15)."""

import socket
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from webhooks.receiver import receiving
from webhooks.tls import Authority, secured

from rdvdav.webhooks import target
from rdvdav.webhooks.target import NotDelivered, post
from rdvdav.webhooks.webhook import Fault

HERE = (ip_network("127.0.0.0/8"),)
LOCALHOST = (*HERE, ip_network("::1/128"))
HEAD = {"webhook-id": "evt_1", "webhook-timestamp": "1", "webhook-signature": "v1,x"}


def fault_of(url: str, allowed: tuple = HERE) -> NotDelivered:
    with pytest.raises(NotDelivered) as refused:
        post(url, HEAD, b"{}", allowed)
    return refused.value


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:0a00:1::",
        "64:ff9b:1::a00:1",
        "::10.0.0.1",
        "::ffff:0:10.0.0.1",
        "fec0::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.170",
        "198.18.0.1",
        "2001:db8::1",
    ],
)
def test_no_address_inside_is_reached_however_it_is_written(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [(family, 1, 6, "", (address, 443))])
    monkeypatch.setattr(socket, "create_connection", lambda *_a, **_k: pytest.fail("it was connected to"))

    assert fault_of("https://innocent.example/", ()).fault is Fault.FORBIDDEN


def test_a_name_that_also_leads_inside_is_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, 1, 6, "", (address, 443)) for address in ("93.184.215.14", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: both)
    monkeypatch.setattr(socket, "create_connection", lambda *_a, **_k: pytest.fail("it was connected to"))

    assert fault_of("https://two-faced.example/", ()).fault is Fault.FORBIDDEN


def test_the_public_network_is_reached_by_https_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    connected = []

    def connect(address: tuple[str, int], _timeout: float) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    public = [(socket.AF_INET, 1, 6, "", ("93.184.215.14", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: public)
    monkeypatch.setattr(socket, "create_connection", connect)

    assert fault_of("http://records.example/", ()).fault is Fault.FORBIDDEN
    assert connected == []
    assert fault_of("https://records.example/", ()).fault is Fault.UNREACHABLE
    assert connected == [("93.184.215.14", 443)]


@pytest.mark.parametrize(
    ("answer", "fault", "status"),
    [
        (500, Fault.REFUSED, 500),
        (410, Fault.REFUSED, 410),
        (301, Fault.REDIRECTED, 301),
        (307, Fault.REDIRECTED, 307),
        ("hang up", Fault.UNREACHABLE, None),
    ],
)
def test_each_failure_is_told(answer: object, fault: Fault, status: int | None) -> None:
    with receiving("", answer) as receiver:
        refused = fault_of(receiver.url)

    assert (refused.fault, refused.status, len(receiver.tries)) == (fault, status, 1)


@pytest.mark.parametrize(("answer", "limit"), [("stall", "WAITS_SECONDS"), ("drip", "ENDS_SECONDS")])
def test_no_receiver_holds_a_worker(monkeypatch: pytest.MonkeyPatch, answer: str, limit: str) -> None:
    monkeypatch.setattr(target, limit, 0.3)
    with receiving("", answer) as receiver:
        assert fault_of(receiver.url).fault in {Fault.TOO_SLOW, Fault.UNREACHABLE}


@pytest.mark.parametrize("url", ["https://no-such-name.invalid/", "https:///x", "https://" + "a" * 70 + ".example/"])
def test_a_name_nobody_has_leads_nowhere(url: str) -> None:
    assert fault_of(url).fault is Fault.NO_ADDRESS


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://0/",
        "https://①②⑦.⓪.⓪.①/",
        "https://good.example@127.0.0.1/",
        "https://good.example\\@127.0.0.1/",
        "https://127.0.0.1#@good.example/",
        "https://[::1]/",
        "https://[::ffff:7f00:1]/",
    ],
)
def test_no_spelling_of_an_address_inside_helps(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_a, **_k: pytest.fail("it was connected to"))

    assert fault_of(url, ()).fault is Fault.FORBIDDEN


@pytest.mark.parametrize(
    "url", ["https://[::1", "https://x.example:99999/", "https://\0/", "https://a..b/", "https://"]
)
def test_what_is_no_address_is_no_error(url: str) -> None:
    assert fault_of(url).fault in {Fault.NO_ADDRESS, Fault.UNREACHABLE}


def test_a_name_that_changes_its_mind_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, connected = ["93.184.215.14", "127.0.0.1"], []

    def look_up(*_asked: object, **_how: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, 1, 6, "", (answers.pop(0), 443))]

    def connect(address: tuple[str, int], _timeout: float) -> socket.socket:
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    assert fault_of("https://rebinding.example/", ()).fault is Fault.UNREACHABLE
    assert (connected, answers) == (["93.184.215.14"], ["127.0.0.1"])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def fault_over_tls(authority: Authority, certificate: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> Fault | int:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with secured(certificate, how) as url:
        try:
            return post(url, HEAD, b"{}", LOCALHOST)
        except NotDelivered as refused:
            return refused.fault


@pytest.mark.parametrize(
    ("how", "result"),
    [
        ("takes", 204),
        ("endless body", 204),
        ("endless refusal", Fault.REFUSED),
        ("closes", Fault.UNREACHABLE),
        ("hangs up", Fault.UNREACHABLE),
        ("endless headers", 200),
        ("slow handshake", Fault.TOO_SLOW),
        ("TLS 1.0", Fault.UNTRUSTED),
    ],
)
def test_how_a_receiver_over_tls_behaves_is_told(
    authority: Authority, how: str, result: Fault | int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target, "ENDS_SECONDS", 0.5)
    assert fault_over_tls(authority, authority.server(), how, monkeypatch) == result


@pytest.mark.parametrize(
    "wrong",
    [{"ends": timedelta(days=-1)}, {"name": "other.example"}, {"signed": False}],
    ids=["expired", "other", "own"],
)
def test_a_certificate_that_is_not_to_be_trusted_is_not(
    authority: Authority, wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fault_over_tls(authority, authority.server(**wrong), "takes", monkeypatch) is Fault.UNTRUSTED
