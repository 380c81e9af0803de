"""Every page is guarded: headers, limits, forms, cookies, caches."""

import re

import pytest
from flask import Flask
from web.styleguide import create_app

from rdvdav_web import security

PAGES = [
    "/",
    "/form",
    "/confirmed",
    "/agenda",
    "/account",
    "/accessibilite",
    "/mentions-legales",
    "/donnees-personnelles",
]


@pytest.fixture
def app() -> Flask:
    return create_app()


@pytest.mark.parametrize("path", PAGES)
def test_no_page_carries_a_style_or_a_script_of_its_own(app: Flask, path: str) -> None:
    page = app.test_client().get(path).text

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_a_page_says_what_it_may_load_and_is_kept_by_no_cache(app: Flask) -> None:
    headers = app.test_client().get("/").headers

    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, no-store"
    assert "Strict-Transport-Security" not in headers


def test_a_site_on_https_holds_browsers_to_it() -> None:
    app = Flask("rdvdav_web")
    app.secret_key = "a key"
    security.install(app, "https://rdv.example.test")
    app.add_url_rule("/", view_func=lambda: "")

    assert app.config["SESSION_COOKIE_SECURE"]
    assert app.test_client().get("/").headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_session_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Flask) -> None:
    cookie = app.test_client().get("/").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_static_files_are_kept_for_ever_under_the_address_of_their_content(app: Flask) -> None:
    client = app.test_client()
    address = re.search(r'href="(/static/theme\.css\?v=[0-9a-f]{12})"', client.get("/").text)
    assert address

    for asked, kept in ((address[1], "public, max-age=31536000, immutable"), ("/static/theme.css", "no-cache")):
        with client.get(asked) as answer:
            assert answer.headers["Cache-Control"] == kept


def test_a_form_without_its_token_changes_nothing_and_says_so_calmly(app: Flask) -> None:
    answer = app.test_client().post("/", data={"slot": "2026-11-23T09:00"})

    assert answer.status_code == 400
    assert "Ce formulaire n&#39;est plus valable" in answer.text
    assert "01 00 00 00 00" in answer.text


def test_a_form_with_its_token_passes(app: Flask) -> None:
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/").text)
    assert token

    assert client.post("/", data={"csrf_token": token[1]}).status_code == 303


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_over_the_limit_is_refused_in_words(app: Flask, declared: bool) -> None:
    body = b"name=" + b"a" * (10 * security.MAX_BODY)
    environ = {} if declared else {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}

    answer = app.test_client().post(
        "/form", data=body, content_type="application/x-www-form-urlencoded", environ_overrides=environ
    )

    assert answer.status_code == 413
    assert "Votre envoi est trop volumineux" in answer.text
