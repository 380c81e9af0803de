"""Providers of SMS, each against a real HTTP server that speaks as its documentation says."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from conftest import NOW
from flask import Flask
from make import Maker
from outbox.post import a_message
from sqlalchemy import select

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.notify.carriers import carrier_of, provider_of
from rdvdav.notify.providers import OptionsWrong, Report
from rdvdav.outbox.blocked import blocks
from rdvdav.outbox.deliver import SendFailed, deliver_due
from rdvdav.outbox.message import Channel, Message, Receipt
from rdvdav.settings import Settings
from rdvdav_web import create_app

TEXT = 'Rappel : rendez-vous le vendredi 27 à 9 h, "Annexe". Infos : http://x.test/i/abc'
TIME = 1_795_000_000


@dataclass
class Desk:
    """What came in, and what is answered, by method and path."""

    answers: dict[str, tuple[int, object]]
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@contextmanager
def a_desk(**answers: tuple[int, object]) -> Iterator[Desk]:
    """A server on this machine; *answers* by method and path, « / » written « _ »."""
    desk = Desk(answers)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            desk.requests.append((self.command, self.path, dict(self.headers), body))
            name = f"{self.command}{self.path.partition('?')[0].replace('/', '_').replace('-', '_')}"
            status, said = desk.answers.get(name, (404, {}))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        do_GET = do_POST = _answer  # noqa: N815 - its names

        def log_message(self, *_what: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        desk.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield desk
        server.shutdown()


def an_sms(number: str = "+33612345678") -> Message:
    return Message(channel=Channel.SMS, recipient=number, text=TEXT, message_id="<1@x>", created_at=NOW)


def toml(**options: str) -> str:
    return "\n".join(f"{name} = {json.dumps(value)}" for name, value in options.items())


def test_ovh_gets_a_signed_order(settings: Settings) -> None:
    keys = {"application_key": "AK", "application_secret": "AS", "consumer_key": "CK", "service": "sms-ab1234-1"}
    answer = {"totalCreditsRemoved": 1, "invalidReceivers": [], "ids": [27814656], "validReceivers": ["+33612345678"]}
    with a_desk(GET_auth_time=(200, TIME), POST_sms_sms_ab1234_1_jobs=(200, answer)) as desk:
        wanted = replace(settings, sms_provider="ovh", sms_sender="MAIRIE", sms_options=toml(endpoint=desk.url, **keys))
        provider = provider_of(wanted)
        assert [provider.send(an_sms()) for _ in range(2)] == ["27814656"] * 2
        desk.answers["POST_sms_sms_ab1234_1_jobs"] = (200, answer | {"ids": [], "invalidReceivers": ["+33612345678"]})
        with pytest.raises(SendFailed) as none:
            provider.send(an_sms())
    assert (none.value.permanent, none.value.blocks) == (True, True)
    assert [path for _method, path, _headers, _body in desk.requests] == ["/auth/time"] + ["/sms/sms-ab1234-1/jobs"] * 3
    _method, path, headers, body = desk.requests[1]
    said = json.loads(body)
    assert (said["message"], said["receivers"], said["sender"]) == (TEXT, ["+33612345678"], "MAIRIE")
    assert (said["noStopClause"], said["coding"], said["senderForResponse"]) == (True, "7bit", False)
    stamp = headers["X-Ovh-Timestamp"]
    assert 0 <= int(stamp) - TIME <= 60
    text = f"AS+CK+POST+{desk.url}{path}+{body.decode()}+{stamp}"
    assert headers["X-Ovh-Signature"] == "$1$" + sha1(text.encode()).hexdigest()  # noqa: S324 - their choice
    assert (headers["X-Ovh-Application"], headers["X-Ovh-Consumer"]) == ("AK", "CK")


def test_brevo_gets_key_text_and_where_receipts_go(settings: Settings) -> None:
    with a_desk(POST_transactionalSMS_send=(201, {"messageId": 1511882900176220})) as desk:
        wanted = replace(
            settings,
            sms_provider="brevo",
            sms_sender="MAIRIE",
            sms_receipts_secret="s3cret",
            sms_options=toml(api_key="key", endpoint=desk.url),
        )
        assert provider_of(wanted).send(an_sms()) == "1511882900176220"
    [(_method, _path, headers, body)] = desk.requests
    assert headers["Api-Key"] == "key"
    assert json.loads(body) == {
        "sender": "MAIRIE",
        "recipient": "33612345678",
        "content": TEXT,
        "type": "transactional",
        "unicodeEnabled": False,
        "webUrl": "http://rdv.example.test/sms/recus/s3cret",
    }


@pytest.mark.parametrize(
    ("headers", "template", "sent"),
    [
        ("", '{"a": "{to}", "b": "{text}", "c": "{sender}", "d": "{other}"}', None),
        ("Content-Type: application/x-www-form-urlencoded", "to={to}&t={text}", "to=%2B33612345678&t=Rappel%20%3A"),
    ],
)
def test_any_http_service_gets_what_the_template_says(
    settings: Settings, headers: str, template: str, sent: str | None
) -> None:
    with a_desk(POST_send=(200, {"sms_id": 7})) as desk:
        options = toml(
            url=f"{desk.url}/send?n={{to}}", headers=f"{headers}\nX-Key: k", body=template, id_field="sms_id"
        )
        wanted = replace(settings, sms_provider="http", sms_sender="Mairie", sms_options=options)
        assert provider_of(wanted).send(an_sms()) == "7"
    [(_method, path, got, body)] = desk.requests
    assert (path, got["X-Key"]) == ("/send?n=%2B33612345678", "k")
    if sent is None:
        assert json.loads(body) == {"a": "+33612345678", "b": TEXT, "c": "Mairie", "d": "{other}"}
    else:
        assert body.decode().startswith(sent)


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(400, True), (422, True), (401, False), (402, False), (429, False), (500, False), (302, False)],
)
def test_what_is_about_the_message_is_given_up_and_the_rest_tried_again(
    settings: Settings, status: int, permanent: bool
) -> None:
    with a_desk(POST_=(status, {})) as desk:
        wanted = replace(settings, sms_provider="http", sms_options=toml(url=f"{desk.url}/"))
        with pytest.raises(SendFailed) as failed:
            provider_of(wanted).send(an_sms())
    assert (failed.value.permanent, failed.value.unreached) == (permanent, not permanent)
    assert len(desk.requests) == 1, "a redirect is not followed"
    assert "33612" not in failed.value.reason


def test_a_provider_that_can_not_be_reached_is_tried_again(settings: Settings) -> None:
    wanted = replace(settings, sms_provider="http", sms_options=toml(url="http://127.0.0.1:1/"))
    with pytest.raises(SendFailed) as failed:
        provider_of(wanted).send(an_sms())
    assert (failed.value.permanent, failed.value.unreached) == (False, True)


@pytest.mark.parametrize(
    ("provider", "options", "says"),
    [
        ("pigeon", "", "sms_provider is 'pigeon'; known ones are log, none, http, ovh, brevo"),
        ("ovh", "service = 'x'", "sms_options lacks application_key, application_secret, consumer_key"),
        ("http", "url = 'https://x.test'\ncolour = 'red'", "sms_options has colour"),
        ("http", "url = 'http://sms.example.fr/'", "must be an https address"),
        ("http", "url = 'https://x.test'\nheaders = 'no colon'", "has no colon"),
        ("http", "url = ", "sms_options can't be read"),
        ("http", "url = 5", "must be a text"),
        ("brevo", "api_key = 'k'", "sms_sender is empty"),
    ],
)
def test_wrong_options_are_refused_by_name(settings: Settings, provider: str, options: str, says: str) -> None:
    with pytest.raises(OptionsWrong, match=says.replace("(", r"\(")):
        provider_of(replace(settings, sms_provider=provider, sms_options=options))


def test_a_package_announces_a_provider(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pigeon-1.0.dist-info").mkdir()
    (tmp_path / "pigeon-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: pigeon\nVersion: 1.0\n")
    (tmp_path / "pigeon-1.0.dist-info/entry_points.txt").write_text("[rdvdav.sms]\npigeon = pigeon_post:make\n")
    (tmp_path / "pigeon_post.py").write_text(
        "class Pigeon:\n"
        "    def __init__(self, options, sender, receipts): self.options = options\n"
        "    def send(self, message): return self.options['loft'] + message.recipient\n"
        "    def report(self, values): return None\n"
        "make = Pigeon\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        provider = provider_of(replace(settings, sms_provider="pigeon", sms_options="loft = 'roof '"))
        assert provider.send(an_sms()) == "roof +33612345678"
    finally:
        sys.modules.pop("pigeon_post", None)


REPORTS = [
    ("ovh", {"id": "12", "dlr": "1"}, Report("12", arrived=True)),
    ("ovh", {"id": "12", "dlr": "2"}, Report("12", arrived=False, reason="dlr 2")),
    ("ovh", {"id": "12", "dlr": "4"}, None),
    ("ovh", {}, None),
    ("brevo", {"messageId": 12, "msg_status": "delivered"}, Report("12", arrived=True)),
    ("brevo", {"messageId": 12, "msg_status": "hard_bounce"}, Report("12", False, gone=True, reason="hard_bounce")),
    ("brevo", {"messageId": 12, "msg_status": "sent"}, None),
    ("http", {"ref": "12", "state": "ok"}, Report("12", arrived=True)),
    ("http", {"ref": "12", "state": "unknown"}, Report("12", False, gone=True, reason="unknown")),
    ("http", {"ref": "12", "state": "queued"}, None),
]
OPTIONS = {
    "ovh": toml(application_key="a", application_secret="b", consumer_key="c", service="d"),
    "brevo": toml(api_key="k"),
    "http": toml(
        url="https://x.test/", receipt_id="ref", receipt_status="state", receipt_arrived="ok", receipt_gone="unknown"
    ),
}


@pytest.mark.parametrize(("provider", "values", "report"), REPORTS)
def test_receipts_are_read(settings: Settings, provider: str, values: dict[str, object], report: Report | None) -> None:
    wanted = replace(settings, sms_provider=provider, sms_sender="M", sms_options=OPTIONS[provider])
    assert provider_of(wanted).report(values) == report


@pytest.fixture
def app(sqlite: Database, clock: StoppedClock, settings: Settings) -> Flask:
    wanted = replace(
        settings, sms_provider="brevo", sms_sender="M", sms_options=OPTIONS["brevo"], sms_receipts_secret="s3cret"
    )
    return create_app(sqlite, clock, wanted)


def test_a_receipt_at_the_secret_address_is_noted_and_elsewhere_is_nothing(
    app: Flask, sqlite: Database, clock: StoppedClock
) -> None:
    with sqlite.transaction() as session:
        territory_id = Maker(session, clock).territory().id
        for number in (1, 2):
            columns = {"recipient": f"+3361234567{number}", "provider_id": str(number), "sent_at": clock.now()}
            a_message(session, clock.now(), number, territory_id, channel=Channel.SMS, **columns)
    client = app.test_client()
    says: Callable[[str, object], int] = lambda secret, json: client.post(f"/sms/recus/{secret}", json=json).status_code  # noqa: E731

    assert says("wrong", {"messageId": 1, "msg_status": "delivered"}) == 404
    assert receipts(sqlite) == [None, None]
    for said in ({"messageId": 1, "msg_status": "delivered"}, {"messageId": 2, "msg_status": "hard_bounce"}):
        assert says("s3cret", said) == 204
    for said in ({"messageId": 1, "msg_status": "hard_bounce"}, {"messageId": 9, "msg_status": "delivered"}, [], "x"):
        assert says("s3cret", said) == 204
    assert client.post("/sms/recus/s3cret", data=b"{", content_type="application/json").status_code == 204
    assert receipts(sqlite) == [Receipt.ARRIVED, Receipt.FAILED]
    with sqlite.reading() as session:
        [blocked] = blocks(session, territory_id, ["+33612345671", "+33612345672"])
        assert blocked.address == "+33612345672"


def receipts(database: Database) -> list[Receipt | None]:
    with database.reading() as session:
        return list(session.scalars(select(Message.receipt).order_by(Message.id)))


def test_without_a_provider_sms_are_laid_in_the_folder_of_the_mails(
    database: Database, clock: StoppedClock, settings: Settings
) -> None:
    with database.transaction() as session:
        territory_id = Maker(session, clock).territory().id
        a_message(session, clock.now(), 1, territory_id, channel=Channel.SMS, recipient="+33612345678", text=TEXT)
        a_message(session, clock.now(), 2, territory_id)
    assert deliver_due(database, clock, carrier_of(settings)) == 2
    [sms] = Path(settings.mail_folder).glob("*.sms")
    assert sms.read_text(encoding="utf-8") == f"+33612345678\n{TEXT}\n"
    assert len(list(Path(settings.mail_folder).glob("*.eml"))) == 1
