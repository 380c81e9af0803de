"""Where a webhook may post, and how each failure is told (C15)."""

import socket
from ipaddress import ip_network

import pytest
from webhooks.receiver import receiving

from rdvdav.webhooks import target
from rdvdav.webhooks.target import NotDelivered, post
from rdvdav.webhooks.webhook import Fault

HERE = (ip_network("127.0.0.0/8"),)
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


def test_a_certificate_nobody_vouches_for_is_not_trusted() -> None:
    with receiving() as receiver:
        assert fault_of(receiver.url.replace("http:", "https:")).fault in {Fault.UNREACHABLE, Fault.UNTRUSTED}
        assert receiver.tries == []
