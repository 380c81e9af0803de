"""What is said to a strict provider, and what of its answers is believed (B04)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from federation.provider import PERSON, Provider, serving

from rdvdav.clock import StoppedClock
from rdvdav.doctor import _identity_providers
from rdvdav.federation import client as client_module
from rdvdav.federation.client import Client, SignOnFailed
from rdvdav.federation.provider import providers_of
from rdvdav.settings import Settings, SettingsUnreadable, load
from rdvdav.tokens import digest, new_long_token

PUBLIC = "https://rdv.example.test"


@pytest.fixture
def provider(clock: StoppedClock) -> Iterator[Provider]:
    with serving(clock, PUBLIC) as provider:
        yield provider


def a_client(provider: Provider, **more: object) -> Client:
    described = provider.settings | more
    [ours] = providers_of(Settings(identity_providers={"franceconnect": described}))
    return Client(ours, PUBLIC)


def sent_there(client: Client, clock: StoppedClock, nonce: str) -> dict[str, str]:
    """What comes back from the provider."""
    url = client.authorization_url(clock, new_long_token(), nonce)
    answer = requests.get(url, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def come_back(client: Client, clock: StoppedClock, after: timedelta = timedelta()):
    nonce = new_long_token()
    back = sent_there(client, clock, nonce)
    clock.advance(after)
    return client.identify(clock, back["code"], digest(nonce))


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_a_person_comes_back_with_what_the_provider_vouches_for(
    provider: Provider, clock: StoppedClock, algorithm: str
) -> None:
    provider.algorithm = algorithm

    who = come_back(a_client(provider), clock)

    assert (who.issuer, who.subject, who.label) == (provider.issuer, PERSON["sub"], "FranceConnect")
    assert (who.first_name, who.last_name, who.birth_date) == ("Angela Claire Louise", "DUBOIS", date(1962, 8, 24))
    assert (who.email, who.email_verified, who.certified) == (PERSON["email"], False, True)
    assert provider.refused == []


@pytest.mark.parametrize(
    "mood",
    [
        "bad signature",
        "no signature",
        "wrong nonce",
        "wrong aud",
        "wrong iss",
        "late",
        "other sub",
        "unsigned userinfo",
        "userinfo for another",
        "token 500",
        "token garbage",
        "userinfo 500",
        "userinfo garbage",
    ],
)
def test_nothing_is_believed_of_a_provider_that_misbehaves(provider: Provider, clock: StoppedClock, mood: str) -> None:
    client = a_client(provider)
    provider.mood = {mood}

    with pytest.raises(SignOnFailed):
        come_back(client, clock)


@pytest.mark.parametrize(
    "mood", ["other issuer", "openid-configuration 500", "openid-configuration garbage", "jwks 500"]
)
def test_a_configuration_that_can_not_be_used_fails_before_anybody_is_sent(
    provider: Provider, clock: StoppedClock, mood: str
) -> None:
    provider.mood = {mood}

    with pytest.raises(SignOnFailed):
        a_client(provider).authorization_url(clock, new_long_token(), new_long_token())


def test_a_provider_that_hangs_is_given_up(
    provider: Provider, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "TIMEOUT_SECONDS", 0.2)
    provider.mood = {"token hangs"}

    with pytest.raises(SignOnFailed):
        come_back(a_client(provider), clock)


@pytest.mark.parametrize(
    ("asked", "got", "believed"),
    [
        ("eidas1", "eidas1", True),
        ("eidas1", "eidas2", True),
        ("eidas2", "eidas1", False),
        ("eidas1", "", False),
        ("eidas1", "eidas9", False),
        ("eidas2 eidas1", "eidas1", True),
    ],
)
def test_the_level_of_assurance_is_that_asked_for_or_a_higher_one(
    provider: Provider, clock: StoppedClock, asked: str, got: str, believed: bool
) -> None:
    client = a_client(provider)
    client.provider = replace(client.provider, acr_values=asked)
    provider.acr = got
    nonce = new_long_token()
    query = {"nonce": nonce, "redirect_uri": client.redirect_uri}
    provider.codes["a code"] = query

    if believed:
        assert client.identify(clock, "a code", digest(nonce)).subject == PERSON["sub"]
    else:
        with pytest.raises(SignOnFailed):
            client.identify(clock, "a code", digest(nonce))


def test_the_provider_refuses_what_franceconnect_refuses(provider: Provider, clock: StoppedClock) -> None:
    """The strict provider is strict: these would all pass unseen with a lenient one."""
    client, nonce = a_client(provider), new_long_token()
    good = client.authorization_url(clock, new_long_token(), nonce)
    for name, value in {
        "state": "short",
        "nonce": "short",
        "redirect_uri": "https://evil.test/",
        "acr_values": "",
        "client_id": "other",
    }.items():
        query = parse_qs(urlsplit(good).query) | {name: [value]}
        assert requests.get(f"{provider.issuer}/authorize", query, timeout=5, allow_redirects=False).status_code == 400
        assert provider.refused.pop() == name
    assert requests.get(f"{provider.issuer}/logout", {"state": "x" * 32}, timeout=5).status_code == 400


def test_a_code_is_used_once_and_tokens_last_a_minute(provider: Provider, clock: StoppedClock) -> None:
    client, nonce = a_client(provider), new_long_token()
    code = sent_there(client, clock, nonce)["code"]
    client.identify(clock, code, digest(nonce))
    with pytest.raises(SignOnFailed):
        client.identify(clock, code, digest(nonce))
    assert provider.refused == ["invalid_grant"]

    told = provider.tokens.popitem()[0]
    provider.tokens[told] = provider.now + 60
    clock.advance(timedelta(seconds=60))
    answer = requests.get(f"{provider.issuer}/userinfo", headers={"Authorization": f"Bearer {told}"}, timeout=5)
    assert answer.status_code == 401


def test_a_wrong_secret_is_refused_there_and_calm_here(provider: Provider, clock: StoppedClock) -> None:
    with pytest.raises(SignOnFailed):
        come_back(a_client(provider, client_secret="wrong"), clock)
    assert provider.refused == ["invalid_client"]


def test_new_keys_of_the_provider_are_fetched_once(provider: Provider, clock: StoppedClock) -> None:
    client = a_client(provider)
    come_back(client, clock)
    provider.rotate("-2")
    come_back(client, clock)
    come_back(client, clock)
    assert provider.asked.count("/jwks") == 2
    assert provider.asked.count("/.well-known/openid-configuration") == 2


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_a_token_that_names_no_key_may_be_signed_with_any_of_the_provider(
    provider: Provider, clock: StoppedClock, algorithm: str
) -> None:
    provider.unnamed, provider.algorithm = True, algorithm
    client = a_client(provider)
    assert come_back(client, clock).subject == PERSON["sub"]

    provider.rotate("-2")
    assert come_back(client, clock).subject == PERSON["sub"]
    assert provider.asked.count("/jwks") == 2
    for mood in ("bad signature", "no signature"):
        provider.mood = {mood}
        with pytest.raises(SignOnFailed):
            come_back(client, clock)


def test_endpoints_may_be_given_instead_of_discovered(provider: Provider, clock: StoppedClock) -> None:
    given = {name: url for name, url in provider.configuration().items() if name != "issuer"}

    assert come_back(a_client(provider, **given), clock).subject == PERSON["sub"]
    assert "/.well-known/openid-configuration" not in provider.asked


def test_signing_out_shows_the_id_token(provider: Provider, clock: StoppedClock) -> None:
    client = a_client(provider)
    who = come_back(client, clock)

    url = client.leaving_url(clock, who.id_token, new_long_token())

    assert requests.get(url, allow_redirects=False, timeout=5).headers["Location"].startswith(client.left_uri)
    assert provider.refused == []


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({"birthdate": "1962-00-00"}, None),
        ({"birthdate": "1962"}, None),
        ({"birthdate": ""}, None),
        ({"birthdate": "1962-08-24"}, date(1962, 8, 24)),
    ],
)
def test_a_birth_date_that_is_not_wholly_known_is_none(
    provider: Provider, clock: StoppedClock, said: dict[str, str], read: date | None
) -> None:
    provider.person |= said

    assert come_back(a_client(provider), clock).birth_date == read


@pytest.mark.parametrize(
    ("described", "says"),
    [
        ({"label": "X"}, "client_id is missing"),
        ({"labell": "X"}, "unknown setting 'labell'"),
        ({"label": 3}, "a value of type str is wanted"),
        (
            {"label": "X", "client_id": "x", "client_secret": "x", "issuer": "http://x.example.fr"},
            "must begin with https://",
        ),
        ({"client_secret_file": "/nowhere/secret"}, "client_secret_file can't be read"),
    ],
)
def test_a_provider_that_can_not_be_used_is_refused_by_name(described: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsUnreadable, match=says):
        providers_of(Settings(identity_providers={"franceconnect": described}))


def test_the_doctor_looks_whether_providers_can_be_reached(provider: Provider, clock: StoppedClock) -> None:
    settings = Settings(identity_providers={"franceconnect": provider.settings})
    assert [finding.well for finding in _identity_providers(clock, settings)] == [True]
    provider.mood = {"jwks 500"}
    [finding] = _identity_providers(clock, settings)
    assert (finding.well, finding.what) == (False, "FranceConnect: HTTPError")
    [finding] = _identity_providers(clock, Settings(identity_providers={"x": {"label": "X"}}))
    assert "client_id is missing" in finding.mend


def test_a_provider_is_described_by_a_table_of_the_settings_its_secret_in_a_file(tmp_path: Path) -> None:
    example = (Path(__file__).parents[2] / "config/rdvdav.toml").read_text(encoding="utf-8")
    [shown] = re.findall(r"(?m)^# \[identity_providers.*?\n#\n", example, re.DOTALL)
    text = re.sub(r"(?m)^# ?", "", shown).replace("/etc/rdvdav/franceconnect", str(tmp_path / "secret"))
    (tmp_path / "secret").write_text("un secret\n", encoding="utf-8")
    (tmp_path / "rdvdav.toml").write_text(text, encoding="utf-8")

    [provider] = providers_of(load({"RDVDAV_CONFIG": str(tmp_path / "rdvdav.toml")}))

    assert (provider.key, provider.label, provider.acr_values) == ("franceconnect", "FranceConnect", "eidas1")
    assert (provider.client_secret, provider.signed_userinfo) == ("un secret", True)
    assert "un secret" not in repr(provider)
