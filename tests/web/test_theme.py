"""The theme in a real browser: no flaw axe can find, no sideways scroll, and scripts that only add."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import chromium, flaws, serving
from playwright.sync_api import Browser, Page, expect
from web.styleguide import create_app

from rdvdav_web import theme

STATIC = Path(theme.__file__).with_name("static")
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
TEXT_SPACING = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"
SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, summary, input, select, textarea")].filter((each) => {
  const { width, height } = each.getBoundingClientRect();
  const inText = each.closest("p, dd, .rows, .notice, .prose, .footer li") && each.matches("a:not(.button)");
  return width && height && height < 44 && !inText && !each.matches("[type=checkbox], [type=radio], .block, .skip");
}).map((each) => each.outerHTML)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with serving(create_app()) as address:
        yield address


@pytest.fixture
def opened(browser: Browser, site: str) -> Iterator[Any]:
    """Open pages of the style guide in a fresh context; whatever a console says fails the test."""
    contexts, said = [], []

    def page(path: str, width: int = 390, height: int = 844, **device: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, base_url=site, **device)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path)
        return page

    yield page
    for context in contexts:
        context.close()
    assert said == []


def sideways(page: Page) -> int:
    """Pixels by which *page* is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def test_the_sheet_and_the_scripts_stay_light() -> None:
    assert STATIC.joinpath("theme.css").stat().st_size <= 25 * 1024
    assert sum(script.stat().st_size for script in STATIC.glob("*.js")) <= 18 * 1024


def test_a_page_of_the_portal_weighs_little() -> None:
    page = create_app().test_client().get("/").data
    parts = [page, *(STATIC.joinpath(name).read_bytes() for name in ("theme.css", "logo.svg", "zone.js"))]

    assert sum(len(gzip.compress(part)) for part in parts) <= 60 * 1024


@pytest.mark.browser
@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (390, "light"),
        (1366, "dark"),
        pytest.param(390, "dark", marks=pytest.mark.matrix),
        pytest.param(1366, "light", marks=pytest.mark.matrix),
    ],
)
def test_axe_finds_nothing_on_any_component(opened: Any, width: int, scheme: str) -> None:
    page = opened("/form", width, color_scheme=scheme)
    page.get_by_role("button", name="Continuer").click()
    found = {"/form with errors": flaws(page)}
    for path in PAGES:
        page.goto(path)
        page.evaluate("document.querySelectorAll('details:not(.menu)').forEach(each => { each.open = true; })")
        found[path] = flaws(page)
        assert sideways(page) == 0, path

    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.browser
@pytest.mark.parametrize("path", PAGES)
def test_a_narrow_phone_shows_everything_and_fingers_find_it(opened: Any, path: str) -> None:
    page = opened(path, width=320)

    assert sideways(page) == 0
    assert page.evaluate(SMALL_TARGETS) == []
    page.evaluate(
        "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);document.adoptedStyleSheets = [sheet]; }",
        TEXT_SPACING,
    )
    assert sideways(page) == 0


@pytest.mark.browser
def test_the_first_slot_is_on_the_first_screen_of_a_phone(opened: Any) -> None:
    box = opened("/").get_by_role("button", name="09:00, lundi 23 novembre 2026").bounding_box()

    assert box["y"] + box["height"] <= 844


@pytest.mark.browser
def test_forced_colours_keep_the_outline_of_every_block(opened: Any) -> None:
    page = opened("/agenda", width=1366, forced_colors="active")

    widths = page.evaluate(
        "[...document.querySelectorAll('.block')].map(each => getComputedStyle(each).borderTopWidth)"
    )

    assert len(widths) > 10
    assert set(widths) == {"1px"}


@pytest.mark.browser
def test_blocks_stand_at_their_hours_and_overlaps_side_by_side(opened: Any) -> None:
    page = opened("/agenda", width=1366)
    nine = page.locator(".hours-grid span", has_text="09:00").bounding_box()
    ten = page.locator(".hours-grid span", has_text="10:00").bounding_box()
    hour = ten["y"] - nine["y"]

    family = page.locator(".block", has_text="LE GOFF").bounding_box()
    assert family["y"] - nine["y"] == pytest.approx(1.5 * hour, abs=2)
    assert family["height"] == pytest.approx(hour, abs=3)
    first, second = (page.locator(".block", has_text=name).bounding_box() for name in ("Atelier", "PETIT Retrait"))
    assert first["x"] + first["width"] <= second["x"]


@pytest.mark.browser
def test_the_agenda_is_a_list_in_order_on_a_phone(opened: Any) -> None:
    page = opened("/agenda")

    tops = [block.bounding_box()["y"] for block in page.locator(".block").all()]

    assert tops == sorted(tops)
    assert page.locator(".hours").is_hidden()


@pytest.mark.browser
def test_a_wrong_form_opens_on_its_errors(opened: Any) -> None:
    page = opened("/form")
    page.get_by_label("Téléphone").fill("0600000000")
    page.get_by_role("button", name="Continuer").click()

    expect(page).to_have_title("Erreur : Vos coordonnées – Ville de Sainte-Anne")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("7 erreurs à corriger")
    expect(page.get_by_label("Téléphone")).to_have_value("0600000000")
    email = page.get_by_role("textbox", name="E-mail")
    expect(email).to_have_accessible_description(
        "Pour confirmer votre rendez-vous. Erreur : Saisissez une adresse e-mail, par exemple nom@exemple.fr"
    )
    expect(email).to_have_attribute("aria-invalid", "true")
    summary.get_by_role("link", name="Saisissez une adresse e-mail").click()
    expect(email).to_be_focused()


@pytest.mark.browser
def test_an_action_is_told_on_the_next_page_only(opened: Any) -> None:
    page = opened("/")
    page.get_by_role("button", name="09:00, lundi 23 novembre 2026").click()

    expect(page.get_by_role("status").first).to_contain_text("Le rendez-vous est déplacé")
    page.reload()
    expect(page.get_by_text("Le rendez-vous est déplacé")).to_have_count(0)


@pytest.mark.browser
def test_the_countdown_is_spoken_at_five_minutes_and_at_one(opened: Any) -> None:
    page = opened("about:blank")
    page.clock.install()
    page.goto("/form?left=390")
    notice = page.locator("[data-countdown]")
    spoken, shown = notice.get_by_role("status"), notice.locator(".hold-left")
    prolong = notice.get_by_role("button", name="Prolonger de 5 minutes")

    expect(shown).to_have_text("Encore 7 min")
    expect(spoken).to_have_text("")
    expect(prolong).to_be_hidden()
    page.clock.fast_forward(91_000)
    expect(shown).to_have_text("Encore 5 min")
    expect(spoken).to_have_text("Encore 5 min")
    expect(prolong).to_be_visible()
    page.clock.fast_forward(120_000)
    expect(shown).to_have_text("Encore 3 min")
    expect(spoken).to_have_text("Encore 5 min")
    page.clock.fast_forward(130_000)
    expect(spoken).to_have_text("Encore 1 min")
    page.clock.fast_forward(60_000)
    expect(spoken).to_have_text("Le délai est dépassé.")
    expect(prolong).to_be_hidden()


@pytest.mark.browser
def test_without_scripts_the_hold_can_be_prolonged_and_no_dead_button_shows(opened: Any) -> None:
    page = opened("/form", java_script_enabled=False)
    expect(page.get_by_role("button", name="Prolonger de 5 minutes")).to_be_visible()

    page.goto("/account")
    expect(page.get_by_role("button", name="Copier")).to_be_hidden()
    expect(page.get_by_label("Lien d'abonnement").first).to_be_visible()


@pytest.mark.browser
def test_a_copied_address_says_so(opened: Any) -> None:
    page = opened("/account", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copier Lien d'abonnement").click()

    expect(page.locator(".copy").get_by_role("status")).to_have_text("Copié")
    assert page.evaluate("navigator.clipboard.readText()").startswith("webcal://")


@pytest.mark.browser
def test_a_preview_follows_what_is_typed(opened: Any) -> None:
    page = opened("/form")
    page.get_by_label("Prénom et nom").fill("Inès")

    expect(page.locator("#preview")).to_have_text("Bonjour Inès.")


@pytest.mark.browser
def test_the_agenda_is_refreshed_each_minute_unless_it_has_focus(opened: Any) -> None:
    page = opened("about:blank", width=1366)
    page.clock.install()
    page.goto("/agenda")
    with page.expect_response("**/agenda"):
        page.clock.fast_forward(60_000)

    page.locator(".block").first.focus()
    page.locator("#week > .muted").evaluate("line => { line.textContent = 'as it was'; }")
    page.clock.fast_forward(60_000)
    expect(page.locator("#week > .muted")).to_have_text("as it was")
    page.get_by_role("link", name="Aujourd'hui", exact=True).focus()
    page.clock.fast_forward(60_000)
    expect(page.locator("#week > .muted")).to_have_text("Mis à jour à 10 h 41")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("America/Martinique", "Horaires affichés à l'heure de Paris (UTC+1)Sur votre appareil : 4 h"),
        ("Asia/Kolkata", "Horaires affichés à l'heure de Paris (UTC+1)Sur votre appareil : 13 h 30"),
        ("Europe/Berlin", "Horaires affichés à l'heure de Paris (UTC+1)"),
    ],
)
def test_a_device_elsewhere_is_told_its_own_time(opened: Any, zone: str, words: str) -> None:
    assert opened("/", timezone_id=zone).locator(".zone").text_content() == words


@pytest.mark.browser
def test_keyboard_focus_is_drawn_three_pixels_wide(opened: Any) -> None:
    page = opened("/", width=1366)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_in_viewport()
    for _ in range(12):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "(({outlineWidth, outlineStyle}) => [outlineWidth, outlineStyle])(getComputedStyle(document.activeElement))"
        )
        assert style == ["3px", "solid"]
