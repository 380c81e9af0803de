"""The system's Chromium, driven without any download, and what axe finds in a page."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


PHONE = 390
SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, summary, input, select, textarea")].filter((each) => {
  const { width, height } = each.getBoundingClientRect();
  const inText = each.closest("p, dd, li, td, th, .rows, .notice, .prose, .footer li") && each.matches("a:not(.button)");
  return width && height && height < 44 && !inText && !each.matches("[type=checkbox], [type=radio], .block, .skip, .speech");
}).map((each) => each.outerHTML)"""
"""What a finger would miss: lower than 44 pixels, and no link in a text."""


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """A headless browser; *more* of its arguments."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *more])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """*app* on a free port of this machine; yields its address without slash at the end."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def flaws(page: Page) -> list[str]:
    """What axe says against *page*, one line per element: broken rules, and contrasts it could not judge."""
    page.wait_for_load_state()  # a page without its stylesheet yet has other faults
    # Run beside the page's content policy, in playwright's own world, so that the page keeps its guard.
    found: dict[str, Any] = Axe().run(page, options=RULES).response
    doubtful = [rule for rule in found["incomplete"] if rule["id"] == "color-contrast"]
    return [f"{rule['id']}: {node['html']}" for rule in [*found["violations"], *doubtful] for node in rule["nodes"]]


def keep_scripts_away(page: Page) -> None:
    """Let none of the house's scripts reach *page*: with scripts switched off in the browser, axe could not run either."""
    page.route(re.compile(r"/static/.*\.js"), lambda route: route.fulfill(body="", content_type="text/javascript"))


def sideways(page: Page) -> int:
    """Pixels by which *page* is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def look(page: Page) -> None:
    """Nothing that axe finds, nothing sideways, one title, and on a phone everything large enough for fingers."""
    assert flaws(page) == [], page.url
    assert sideways(page) == 0, page.url
    assert page.locator("h1").count() == 1, page.url
    assert page.viewport_size
    assert page.viewport_size["width"] > PHONE or (small := page.evaluate(SMALL_TARGETS)) == [], (page.url, small)
