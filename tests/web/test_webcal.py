"""Secret feed addresses (K-40 to K-45)."""

import gzip
from datetime import timedelta
from pathlib import Path

import pytest
from diary import DAY, TUESDAY_NINE, Diary
from flask import Flask
from flask.testing import FlaskClient
from ical.lint import problems
from ical.parsers import by_icalendar, by_vobject
from replica import catch_up, replicated
from sqlalchemy import select, update
from web.application import application

from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.agent import Agent
from rdvdav.feeds.address import (
    FeedAddress,
    FeedContent,
    new_feed_address,
    offered,
    reset_feed_address,
    revoke_feed_address,
)
from rdvdav.settings import Settings
from rdvdav_web import create_app
from rdvdav_web.webcal import READERS, feed_path


@pytest.fixture
def diary(database: Database, clock: StoppedClock) -> Diary:
    diary = Diary(database, clock)
    for days in range(3):
        diary.book(TUESDAY_NINE + days * DAY)
    return diary


@pytest.fixture
def app(database: Database, clock: StoppedClock, settings: Settings) -> Flask:
    return application(database, clock, settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def path(diary: Diary) -> str:
    return feed_path(diary.secret())


def address(diary: Diary) -> FeedAddress:
    with diary.database.reading() as session:
        return session.scalars(select(FeedAddress)).one()


def test_the_address_gives_the_calendar(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert path.startswith("/calendrier/rendez-vous-")
    assert path.endswith(".ics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert by_icalendar(answer.text) == by_vobject(answer.text)
    assert len(by_icalendar(answer.text)) == 3
    assert problems(answer.text) == []
    assert "METHOD" not in answer.text
    assert answer.headers["Last-Modified"] == "Mon, 23 Nov 2026 07:00:00 GMT"


def test_it_comes_with_what_keeps_it_private_and_fresh(client: FlaskClient, path: str) -> None:
    for answer in (client.get(path), client.get(path, headers={"If-None-Match": "*"})):
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in answer.headers
        assert "Location" not in answer.headers


@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*", "", "nonsense"])
def test_it_is_a_calendar_whatever_is_accepted(client: FlaskClient, path: str, accept: str) -> None:
    answer = client.get(path, headers={"Accept": accept})

    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")


def test_any_words_may_stand_before_the_secret(client: FlaskClient, path: str) -> None:
    secret = path.rpartition("-")[2]

    assert client.get(f"/calendrier/agenda-de-la-mairie-{secret}").status_code == 200
    assert client.get(f"/calendrier/{secret}").status_code == 200


# --- conditional requests


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("stored", ["identity", "gzip"])
@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', 'W/"other",W/{}'])
def test_a_client_that_has_it_is_told_so(client: FlaskClient, path: str, encoding: str, stored: str, form: str) -> None:
    etag = client.get(path, headers={"Accept-Encoding": stored}).headers["ETag"]
    sent = client.head(path, headers={"Accept-Encoding": encoding}).headers["ETag"]

    answer = client.get(path, headers={"Accept-Encoding": encoding, "If-None-Match": form.format(etag)})

    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == sent


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-None-Match": ""}, 200),
        ({"If-None-Match": "nonsense, \x7f"}, 200),
        ({"If-Modified-Since": "Mon, 23 Nov 2026 07:00:00 GMT"}, 304),
        ({"If-Modified-Since": "Mon, 23 Nov 2026 07:00:01 GMT"}, 304),
        ({"If-Modified-Since": "Mon, 23 Nov 2026 06:59:59 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-None-Match": '"other"', "If-Modified-Since": "Mon, 23 Nov 2026 07:00:00 GMT"}, 200),
    ],
)
def test_an_etag_decides_before_a_date(client: FlaskClient, path: str, headers: dict[str, str], status: int) -> None:
    assert client.get(path, headers=headers).status_code == status


def test_each_change_gives_a_new_etag_and_date(
    client: FlaskClient, path: str, diary: Diary, clock: StoppedClock
) -> None:
    before = client.get(path)
    clock.advance(timedelta(minutes=5))
    href = diary.book(TUESDAY_NINE + 5 * DAY)
    after = client.get(path, headers={"If-None-Match": before.headers["ETag"]})
    diary.withdraw(href)
    last = client.get(path, headers={"If-None-Match": after.headers["ETag"]})

    assert (after.status_code, last.status_code) == (200, 200)
    assert after.headers["Last-Modified"] == "Mon, 23 Nov 2026 07:05:00 GMT"
    assert len({answer.headers["ETag"] for answer in (before, after, last)}) == 3
    assert last.data == before.data


def test_a_304_reads_no_event(client: FlaskClient, path: str, diary: Diary, statements) -> None:
    etag = client.get(path).headers["ETag"]

    with statements(diary.database) as seen:
        client.get(path, headers={"If-None-Match": etag})

    assert len([statement for statement in seen if statement.startswith("SELECT")]) == 1


def test_head_is_get_without_the_body(client: FlaskClient, path: str) -> None:
    for encoding in ("identity", "gzip"):
        get = client.get(path, headers={"Accept-Encoding": encoding})
        head = client.head(path, headers={"Accept-Encoding": encoding})
        assert head.data == b""
        assert dict(head.headers) == dict(get.headers)


@pytest.mark.parametrize(
    ("accepted", "zipped"),
    [("gzip", True), ("gzip, deflate, br", True), ("*", True), ("gzip;q=0", False), ("identity", False), ("", False)],
)
def test_it_comes_compressed_to_who_takes_that(client: FlaskClient, path: str, accepted: str, zipped: bool) -> None:
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    answer = client.get(path, headers={"Accept-Encoding": accepted})

    assert (answer.headers.get("Content-Encoding") == "gzip") == zipped
    assert (gzip.decompress(answer.data) if zipped else answer.data) == plain.data
    assert answer.headers["ETag"] == (f'{plain.headers["ETag"][:-1]}-gz"' if zipped else plain.headers["ETag"])


def test_the_same_state_gives_the_same_bytes(client: FlaskClient, path: str, clock: StoppedClock) -> None:
    first = client.get(path, headers={"Accept-Encoding": "gzip"})
    clock.advance(timedelta(days=2))

    assert client.get(path, headers={"Accept-Encoding": "gzip"}).data == first.data


# --- addresses that lead nowhere


def test_unknown_and_closed_addresses_answer_alike(client: FlaskClient, diary: Diary, clock: StoppedClock) -> None:
    revoked, reset, gone = diary.secret(), diary.secret(), diary.secret()
    with diary.database.transaction() as session:
        first, second, _ = session.scalars(select(FeedAddress).order_by(FeedAddress.id))
        revoke_feed_address(session, clock, diary.agent.id, first.id)
        _, renewed = reset_feed_address(session, clock, diary.agent.id, second.id)
    assert client.get(feed_path(renewed)).status_code == client.get(feed_path(gone)).status_code == 200
    with diary.database.transaction() as session:
        session.execute(update(Agent).where(Agent.id == diary.agent.id).values(left_at=clock.now()))

    paths = [feed_path(secret) for secret in (revoked, reset, renewed, gone, "unknown", "é", "x" * 500)]
    answers = [client.get(path) for path in [*paths, "/calendrier/x.ics", "/calendrier/-.ics", "/calendrier/%00.ics"]]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    headers = {tuple(sorted(answer.headers.items())) for answer in answers}
    assert len(headers) == 1
    assert "Set-Cookie" not in answers[0].headers
    assert answers[0].headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND"])
def test_an_address_is_only_read(client: FlaskClient, path: str, method: str) -> None:
    assert client.open(path, method=method).status_code in (400, 405)


# --- last reading


def test_the_last_reading_is_noted_once_an_hour(
    client: FlaskClient, path: str, diary: Diary, clock: StoppedClock
) -> None:
    first = clock.now()
    agent = {"User-Agent": "Mozilla/5.0 Thunderbird/140.0 (personal details)"}

    for minutes in (0, 30, 29):
        clock.advance(timedelta(minutes=minutes))
        client.get(path, headers=agent).close()
        assert address(diary).last_read_at == first
    assert address(diary).last_reader == "Thunderbird"

    clock.advance(timedelta(minutes=1))
    client.get(path, headers={"If-None-Match": "*", "User-Agent": "curl/8"}).close()
    assert address(diary).last_read_at == first + timedelta(hours=1)
    assert address(diary).last_reader is None


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Google-Calendar-Importer (empty)", "Google Agenda"),
        ("iOS/18.4 (22E240) dataaccessd/1.0", "Apple Calendrier"),
        ("macOS/15.4 (24E248) dataaccessd/1.0", "Apple Calendrier"),
        ("Microsoft.Exchange/15.20 (Outlook)", "Outlook"),
        ("Mozilla/5.0 Gecko/20100101 Thunderbird/140.1", "Thunderbird"),
        ("ICSx5/2.2.3 (okhttp/4.12) Android/15", "DAVx⁵ / ICSx⁵"),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/140", None),
    ],
)
def test_a_reader_is_known_by_a_name_of_our_list(
    client: FlaskClient, path: str, diary: Diary, user_agent: str, name: str | None
) -> None:
    client.get(path, headers={"User-Agent": user_agent}).close()

    assert address(diary).last_reader == name
    assert name is None or name in READERS


# --- free/busy and availability


@pytest.fixture
def secrets(diary: Diary, clock: StoppedClock) -> dict[FeedContent, str]:
    """A secret of each content that the agent may choose."""
    with diary.database.transaction() as session:
        subjects = {each.subject.content: each.subject for each in offered(session, diary.agent.id)}
        return {
            content: new_feed_address(session, clock, diary.agent.id, "Programme", subject)[1]
            for content, subject in subjects.items()
        }


def test_a_secret_opens_what_it_is_for_and_nothing_else(client: FlaskClient, secrets: dict[FeedContent, str]) -> None:
    nowhere = client.get("/calendrier/rendez-vous-unknown.ics")
    assert set(secrets) == set(FeedContent)

    for content, secret in secrets.items():
        free_busy = content is FeedContent.FREE_BUSY
        endings = {True: ("ifb", "ics"), False: ("ics", "ifb")}[free_busy]
        right, wrong = (client.get(f"/calendrier/x-{secret}.{ending}") for ending in endings)
        assert feed_path(secret, content).endswith(endings[0])
        assert right.status_code == 200, content
        assert (wrong.status_code, wrong.data) == (404, nowhere.data)
        assert dict(wrong.headers) == dict(nowhere.headers)
        component = {FeedContent.FREE_BUSY: "VFREEBUSY", FeedContent.AVAILABILITY: "VAVAILABILITY"}.get(
            content, "VEVENT"
        )
        assert f"BEGIN:{component}" in right.text


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_all_contents_keep_the_rules_of_http(
    client: FlaskClient, secrets: dict[FeedContent, str], encoding: str
) -> None:
    for content, secret in secrets.items():
        path, headers = feed_path(secret, content), {"Accept-Encoding": encoding}
        get, again, head = (
            client.get(path, headers=headers),
            client.get(path, headers=headers),
            client.head(path, headers=headers),
        )
        assert get.headers["Content-Type"] == "text/calendar; charset=utf-8", content
        assert get.headers["Cache-Control"] == "private, no-cache"
        assert get.headers["X-Robots-Tag"] == "noindex"
        assert get.headers["Vary"] == "Accept-Encoding"
        assert "Set-Cookie" not in get.headers
        assert ("Last-Modified" in get.headers) == (content is FeedContent.COLLECTION)
        assert (head.data, dict(head.headers)) == (b"", dict(get.headers))
        assert again.data == get.data
        fresh = client.get(path, headers={**headers, "If-None-Match": get.headers["ETag"]})
        assert (fresh.status_code, fresh.headers["ETag"]) == (304, get.headers["ETag"])
        assert (client.get(path, headers={"If-None-Match": '"other"'})).status_code == 200
        dated = client.get(path, headers={"If-Modified-Since": "Mon, 23 Nov 2026 07:00:00 GMT"})
        assert dated.status_code == (304 if content is FeedContent.COLLECTION else 200)


def test_a_304_of_several_agendas_reads_no_event(
    client: FlaskClient, secrets: dict[FeedContent, str], diary: Diary, statements
) -> None:
    path = feed_path(secrets[FeedContent.ORGANISATION])
    etag = client.get(path).headers["ETag"]

    with statements(diary.database) as seen:
        client.get(path, headers={"If-None-Match": etag})

    reads = [statement for statement in seen if statement.startswith("SELECT")]
    assert len(reads) == 2
    assert not [statement for statement in reads if "FROM calendar_object" in statement]


# --- odd texts


ODD = {
    "emoji": "Rendez-vous 🎂 avec 👩‍👩‍👧‍👦 et 🇫🇷",
    "escapes": r"a;b,c\d\ne\N: \\ \;",
    "lines": "une\r\ndeux\rtrois\u2028quatre",
    "control": "sonne\x07 saute\x0b ferme\x1b[0m\x7f\x85 fin",
    "quotes": "« Carte » \"d'identité\" ^' BEGIN:VEVENT",
    "long": "Élève à l'école – " * 230,
    "one word": "é" * 4000,
}


@pytest.mark.parametrize("title", ODD.values(), ids=ODD)
def test_odd_titles_are_read_alike_by_everybody(client: FlaskClient, path: str, diary: Diary, title: str) -> None:
    with diary.database.transaction() as session:
        diary.make.session = session
        motif = diary.make.motif(name=title)
    diary.book(TUESDAY_NINE + 6 * DAY, motif=motif)

    feed = client.get(path).text

    assert problems(feed) == []
    assert by_icalendar(feed) == by_vobject(feed)
    assert len(by_icalendar(feed)) == 4
    assert client.get(path).text == feed


def test_feeds_come_from_the_replica_and_addresses_it_has_not_heard_of_from_the_database(
    database: Database, clock: StoppedClock, settings: Settings, tmp_path: Path
) -> None:
    with replicated(database, tmp_path) as both:
        diary = Diary(both, clock)
        diary.book(TUESDAY_NINE)
        known = feed_path(diary.secret())
        catch_up(both)
        client = create_app(both, clock, settings).test_client()
        diary.book(TUESDAY_NINE + DAY)
        fresh = feed_path(diary.secret())

        assert client.get(known).text.count("BEGIN:VEVENT") == 1
        assert client.get(fresh).text.count("BEGIN:VEVENT") == 2
        assert client.get(feed_path("nothing")).status_code == 404
        catch_up(both)
        assert client.get(known).text.count("BEGIN:VEVENT") == 2
