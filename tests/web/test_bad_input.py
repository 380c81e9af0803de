"""Nothing that is sent breaks a page. Every route of the map is tried, so that new ones are covered as they come."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf import FlaskForm
from jinja2 import FileSystemBytecodeCache
from make import Maker
from sqlalchemy import select, update
from web.agent.town import Town, build
from werkzeug.routing import Rule
from werkzeug.test import TestResponse
from wtforms.fields.core import UnboundField

from rdvdav.agenda.appointment import Appointment
from rdvdav.citizens.citizen import CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.membership import Membership, Role, TerritoryAdmin
from rdvdav.policy.session import open_session
from rdvdav.settings import Settings
from rdvdav.tables import metadata
from rdvdav_web import create_app
from rdvdav_web.signin import COOKIE_KEY

VALUES = {
    "no such day": "2026-13-45",
    "last day": "9999-12-31",
    "far instant": "2199-12-31T23:59Z@1",
    "arabic figures": "٢٠٢٦-٠١-٠١",
    "nul": "a\0b",
    "half a picture": "\ud800",
    "no key": str(2**63),
    "no number of any machine": "9" * 5000,
    "up the tree": "../../../etc/<script>alert(1)</script>",
}
THOROUGH = ["far instant"]
"""Tried in a few places at a time as well as in all at once, where one refusal may hide what another place would do."""
FEW = 6
ON_POSTGRESQL = ["nul", "no key"]
"""What it takes worse than SQLite."""
CASES = [*(("sqlite", name) for name in VALUES), *(("postgresql", name) for name in ON_POSTGRESQL)]
AGENT_QUERIES = [
    "agenda",
    "jour",
    "vue",
    "copie",
    "plage",
    "indisponibilite",
    "portee",
    "organisation",
    "qui",
    "objet",
    "action",
    "equipe",
    "liste",
    "page",
    "usager",
    "motif",
    "statut",
    "periode",
    "du",
    "au",
    "apres",
    "avant",
    "next",
    "q",
    "q-fermer",
    "apres",
    "usager",
    "garder",
    "fermer",
    "responsable",
    "a-venir",
    "heure",
    "de",
    "retour",
    "etat",
    "moyen",
]
CITIZEN_QUERIES = [
    "service",
    "motif",
    "lieu",
    "lu",
    "du",
    "moment",
    "jours",
    "agent",
    "pris",
    "visit",
    "autre",
    "passes",
    "langue",
    "pour",
    "state",
    "code",
    "iss",
    "error",
    "creneau",
]
"""What addresses carry after the question mark."""
FIELDS = [
    "creneau",
    "sms",
    "prolonger",
    "vers",
    "seance",
    "oublier",
    "preview",
    "action",
    "day",
    "pour-tous",
    "search",
    "closed",
    "sites",
    "etape",
    "sort-1",
    "choix",
    "q",
    "usager",
    "organisation",
    "referent",
    "retirer",
    "champ-email",
    "retour",
    "arreter",
    "accepted",
]
"""What forms carry that no form class names."""
METHODS = ["HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "PATCH", "PROPFIND", "REPORT", "MKCOL", "LOCK", "FOO", "POST"]
USUAL = {
    "name": "Matin", "title": "Congé", "first_day": "2026-12-07", "end_day": "2026-12-08", "opens": "09:00",
    "closes": "12:00", "starts": "09:00", "ends": "12:00", "repeat": "weekly", "interval": "1", "days": "0",
    "ending": "until", "until": "2027-12-07", "email": "eve@exemple.test", "first_name": "Eve", "last_name": "Roux",
}  # fmt: skip
"""A form of any kind, filled in as it should be."""
HOSTS = ["a" * 64, "a" * 5000, "[::1", 'x"><script>alert(1)</script>', "", "a b", "x:99999999"]
HEADERS = {
    "If-Modified-Since": "Mon, 99 Foo 99999999999 00:00:00 GMT",
    "If-None-Match": 'W/,,,"',
    "Range": "bytes=99999999999999999999-,x",
    "Accept-Encoding": "gzip;q=nan, br;q=1e999, *;q=-1, \xff",
    "Content-Type": "multipart/form-data; boundary=",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/evil",
    "X-Script-Name": "/evil",
    "X-HTTP-Method-Override": "DELETE",
    "Authorization": "Basic x",
}


@dataclass
class Site:
    """The whole site of a town, and browsers of an agent, of a citizen, of nobody."""

    app: Flask
    town: Town
    database: Database
    hold_token: str
    citizen_id: int
    agent: FlaskClient
    citizen: FlaskClient
    nobody: FlaskClient

    @property
    def rules(self) -> list[Rule]:
        """Every route there is."""
        return list(self.app.url_map.iter_rules())

    def who(self, rule: Rule) -> FlaskClient:
        """Who has business there."""
        return self.agent if rule.rule.startswith("/agent") else self.citizen

    def path(self, rule: Rule, **other: str) -> str:
        """An address of *rule* that leads somewhere, but for *other*."""
        town = self.town
        known = {
            "slug": town.slug,
            "territory_slug": "nowhere",
            "reference": town.reference,
            "hold_token": self.hold_token,
            "visit": "x" * 27,
            "link_token": "x" * 27,
            "name": "agenda-x",
            "filename": "theme.css",
            "client": "mac",
            "calendar": "plages",
            "range_id": town.opening,
            "row_id": town.opening,
            "day": "2026-12-07",
            "absence_id": town.absence,
            "password_id": 1,
            "address_id": 1,
            "citizen_id": self.citizen_id,
            "organisation_id": town.organisation,
            "territory_id": town.territory,
            "place_id": town.place,
            "motif_id": town.motif,
            "agent_id": town.bruno,
            "team_id": town.team,
            "webhook_id": 1,
            "delivery_id": 1,
            "service_id": town.service,
            "key": "pmi",
            "wording": "usager-annulation",
            "provider": "franceconnect",
            "relative_id": 1,
            "secret": "x" * 22,
            "message_id": 1,
            "invitation_id": 1,
        }
        values = {name: other.get(name, str(known[name])) for name in rule.arguments}
        return re.sub(r"<(?:[^:>]*:)?(\w+)>", lambda found: sent(values[found[1]]), rule.rule)


def sent(text: str) -> str:
    """*text* in an address, whatever it is."""
    return quote(text, safe="", errors="surrogatepass")


def fields() -> list[str]:
    """The name of every field of every form."""

    def forms(kind: type[FlaskForm]) -> Iterator[type[FlaskForm]]:
        for each in kind.__subclasses__():
            yield each
            yield from forms(each)

    named = {name for form in forms(FlaskForm) for name in dir(form) if isinstance(getattr(form, name), UnboundField)}
    return sorted(named) + FIELDS


def rows(database: Database) -> dict[str, list[str]]:
    """Every row of every table, but for counted attempts."""
    with database.reading() as session:
        tables = [table for table in metadata.sorted_tables if table.name != "throttle_counter"]
        return {table.name: sorted(repr(tuple(row)) for row in session.execute(select(table))) for table in tables}


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates, compiled once for all sites."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def make_site(clock: StoppedClock, settings: Settings, compiled: FileSystemBytecodeCache) -> Callable[..., Site]:
    """Build the site on a database."""

    def make(database: Database, *, tokens_of_forms: bool = False) -> Site:
        town = build(database, clock, settings)
        app = create_app(database, clock, replace(settings, demonstration=True))
        app.config["WTF_CSRF_ENABLED"] = False
        app.jinja_env.bytecode_cache = compiled
        with database.transaction() as session:
            session.execute(update(Membership).where(Membership.agent_id == town.claire).values(role=Role.ADMIN))
            session.add(TerritoryAdmin(agent_id=town.claire, territory_id=town.territory))
            agent = open_session(session, clock, agent_id=town.claire)
            query = select(Appointment).where(Appointment.reference == town.reference)
            citizen_id = session.scalars(query).one().participations[0].citizen_id
            citizen = open_session(session, clock, citizen_id=citizen_id)
            here = session.scalars(query).one().organisation_id
            known = {"citizen_id": citizen_id, "organisation_id": here, "created_at": clock.now()}
            session.add(CitizenOrganisation(**known))
            make = Maker(session, clock)
            make.delivery(make.webhook(territory_id=town.territory))
        clients = [app.test_client() for _ in range(3)]
        for client, key, token in zip(clients, (COOKIE_KEY, "citizen"), (agent, citizen), strict=False):
            with client.session_transaction() as cookie:
                cookie[key] = token
        list_ = f"/rdv/{town.slug}/creneau?motif={town.motif}"
        button = re.search(r'name="creneau" value="([^"]+)"', clients[1].get(list_).text)
        assert button
        hold_token = clients[1].post(list_, data={"creneau": button[1]}).location.split("/")[-2]
        app.config["WTF_CSRF_ENABLED"] = tokens_of_forms
        return Site(app, town, database, hold_token, citizen_id, *clients)

    return make


@pytest.fixture
def site(make_site: Callable[..., Site], request: pytest.FixtureRequest) -> Site:
    """Whose forms need no token, so that what is in them is read; on the database of the parameter."""
    return make_site(request.getfixturevalue(getattr(request, "param", "sqlite")))


@pytest.fixture
def guarded(make_site: Callable[..., Site], sqlite: Database) -> Site:
    """Whose forms need their token, as in life."""
    return make_site(sqlite, tokens_of_forms=True)


class Broken:
    """Collects what went wrong, so that one run tells all."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def look(self, answer: TestResponse, *about: Any) -> None:
        """Note an answer that is the fault of the site, or that lets markup through."""
        body = b"" if answer.is_streamed else answer.data
        if answer.status_code >= 500 or b"Traceback" in body or b"<script>alert" in body:
            self.found.append(f"{answer.status_code} {answer.request.method} {answer.request.path[:80]} {about}")
        answer.close()


@pytest.fixture
def broken() -> Iterator[Broken]:
    """Fails the test with all that broke."""
    broken = Broken()
    yield broken
    assert not broken.found


@pytest.mark.parametrize(("site", "what"), CASES, indirect=["site"])
def test_no_value_breaks_a_page_wherever_it_stands(site: Site, broken: Broken, what: str) -> None:
    in_queries(site, broken, what)
    in_forms(site, broken, what)
    in_paths(site, broken, VALUES[what])


def in_paths(site: Site, broken: Broken, value: str) -> None:
    """Send *value* in the place of each argument of each route."""
    for rule in site.rules:
        for name in rule.arguments:
            path = site.path(rule, **{name: value})
            broken.look(site.who(rule).get(path), name)
            broken.look(site.who(rule).post(path), name)


def in_queries(site: Site, broken: Broken, what: str) -> None:
    """Send the value twice under all names at once, and some values under each name alone, with the rest as it should be."""
    value = sent(VALUES[what])
    for rule in site.rules:
        if "GET" not in (rule.methods or ()):
            continue
        for_agents = rule.rule.startswith("/agent")
        path, names = site.path(rule), AGENT_QUERIES if for_agents else CITIZEN_QUERIES
        broken.look(site.who(rule).get(f"{path}?{'&'.join(f'{name}={value}' for name in names)}&{value}={value}"))
        for some in few(names) if what in THOROUGH else ():
            usual = "" if for_agents or "motif" in some else f"motif={site.town.motif}&"
            broken.look(site.who(rule).get(f"{path}?{usual}" + "&".join(f"{name}={value}" for name in some)), *some)


def in_forms(site: Site, broken: Broken, what: str) -> None:
    """Send the value in all fields at once, and some values in each field of the long forms alone."""
    usual = USUAL | {"motifs": str(site.town.motif), "place": str(site.town.place)}
    for rule in site.rules:
        if "POST" not in (rule.methods or ()) or "deconnexion" in rule.rule:
            continue
        by_few = what in THOROUGH and rule.rule.endswith(("/vous", "/nouvelle"))
        for some in [*(few(fields()) if by_few else ()), fields()]:
            data = usual | dict.fromkeys(some, VALUES[what])
            body = urlencode(data, errors="surrogatepass")
            kind = "application/x-www-form-urlencoded"
            broken.look(site.who(rule).post(site.path(rule), data=body, content_type=kind), *some[:FEW])


def few(names: list[str]) -> list[list[str]]:
    """*names*, each once, FEW at a time."""
    each = sorted(set(names))
    return [each[start : start + FEW] for start in range(0, len(each), FEW)]


def test_a_day_no_week_has_is_not_looked_at(site: Site) -> None:
    for days in ("7", "-1", "99", str(2**63)):
        assert site.agent.post("/agent/plages/apercu", data=USUAL | {"days": days}).status_code == 200


def test_no_method_changes_anything_without_the_token_of_a_form(guarded: Site, broken: Broken) -> None:
    before = rows(guarded.database)

    for rule in guarded.rules:
        for method in METHODS:
            answer = guarded.who(rule).open(guarded.path(rule), method=method)
            broken.look(answer)
            assert method != "TRACE" or answer.status_code == 405
            assert method != "HEAD" or not answer.data
        broken.look(guarded.nobody.post(guarded.path(rule)))

    assert rows(guarded.database) == before


def test_nobody_sees_an_agents_page(guarded: Site) -> None:
    for rule in guarded.rules:
        if not rule.rule.startswith("/agent") or "GET" not in (rule.methods or ()) or "connexion" in rule.rule:
            continue
        for client in (guarded.citizen, guarded.nobody):
            answer = client.get(guarded.path(rule))
            assert answer.status_code in (303, 308), rule
            assert "Jeanne" not in answer.text


def test_no_header_breaks_a_page(guarded: Site, broken: Broken) -> None:
    for rule in guarded.rules:
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answer = guarded.who(rule).open(guarded.path(rule), method=method, headers=HEADERS)
            assert "evil" not in f"{answer.headers}"
            broken.look(answer)


def test_a_cookie_that_is_not_ours_is_nobodys(guarded: Site) -> None:
    client = guarded.app.test_client(use_cookies=False)
    for cookie in ("session=.eJw.x.y", ";;=;session=\xff", "session=e30.aaaaaa.x", "session=" + "x" * 9000):
        assert client.get("/agent/agenda", headers={"Cookie": cookie}).status_code == 303


def test_no_host_breaks_a_page(guarded: Site, broken: Broken) -> None:
    for host in HOSTS:
        for path in ("/", "/agent/agenda", "/static/theme.css", "/nowhere"):
            broken.look(guarded.nobody.get(path, headers={"Host": host}), host)
        broken.look(guarded.nobody.post("/agent/connexion", headers={"Host": host}), host)


def test_a_host_that_is_none_is_a_bad_request(guarded: Site) -> None:
    assert guarded.nobody.get("/", headers={"Host": "a" * 64}).status_code == 400


BODIES = [
    (b'{"email": "a"}', "application/json"),
    (b"[" * 100_000, "application/json"),
    (b"\xff\x00%ZZ&&==", "application/x-www-form-urlencoded"),
    (b"&".join(b"f%d=" % number for number in range(20_000)), "application/x-www-form-urlencoded"),
    (b"--B\r\nX: y\r\n\r\nabc", "multipart/form-data; boundary=B"),
    (b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"a" * 600_000, "multipart/form-data; boundary=B"),
]


def test_no_body_breaks_a_form(site: Site, broken: Broken) -> None:
    for body, kind in BODIES:
        for path in ("/agent/connexion", f"/rdv/{site.town.slug}/mes-rendez-vous", f"/rdv/{site.town.slug}/creneau"):
            broken.look(site.nobody.post(path, data=body, content_type=kind), kind)
        for path in ("/agent/plages/apercu", "/agent/indisponibilites/nouvelle", "/agent/mes-agendas/mac/liens"):
            broken.look(site.agent.post(path, data=body, content_type=kind), kind)


def test_files_are_no_answers(site: Site) -> None:
    for rule in site.rules:
        if "POST" in (rule.methods or ()):
            files = {name: (BytesIO(b"abc"), f"../../{name}") for name in fields()}
            answer = site.who(rule).post(site.path(rule), data=files, content_type="multipart/form-data")
            assert answer.status_code == 400, rule


def test_a_move_that_comes_too_late_is_told_calmly(site: Site) -> None:
    path = f"/rdv/{site.town.slug}/rendez-vous/{site.town.reference}/deplacer"
    answer = site.citizen.post(path, data={"creneau": "2026-12-01T08:00Z"})

    assert answer.status_code == 403
    assert "Il pouvait être déplacé en ligne jusqu" in answer.text


def test_signing_in_leads_nowhere_else(guarded: Site) -> None:
    for target in ("//evil.example", "https://evil.example", "/\\evil.example", "\t//evil.example"):
        answer = guarded.agent.get(f"/agent/connexion?next={sent(target)}")

        assert answer.status_code == 303
        assert answer.location == "/agent/agenda"


def test_a_mail_of_no_possible_name_is_not_there(guarded: Site) -> None:
    for name in ("a" * 5000, "..%2f..%2fetc%2fpasswd", "%00", "%ED%A0%80"):
        for path in (f"/demonstration/courriels/{name}", f"/demonstration/courriels/{name}/invite.ics"):
            assert guarded.nobody.get(path).status_code == 404


def test_a_name_turns_no_text_round(site: Site) -> None:
    path = f"/rdv/{site.town.slug}/reservation/{site.hold_token}/vous?autre=1"
    typed = {"first_name": "Eve\u202e", "last_name": "Roux", "email": "eve@exemple.test"}

    assert site.nobody.post(path, data=typed).status_code == 422
    assert site.nobody.post(path, data=typed | {"first_name": "Eve"}).status_code == 303
