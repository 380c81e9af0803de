"""Somebody with a browser that runs no script: follows links, fills in the forms that are on the page, presses buttons by their words."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from flask import Flask
from werkzeug.test import TestResponse


@dataclass
class Form:
    """A form as it stands on the page."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    """Words, name, value."""


class Page(HTMLParser):
    """What a reader gets of a page: its words, links and forms."""

    def __init__(self, text: str, url: str) -> None:
        super().__init__()
        self.url = url
        self.links: list[tuple[str, str]] = []
        self.forms: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self._words: list[str] = []
        self._link: str | None = None
        self._link_words = ""
        self._button: dict[str, Any] | None = None
        self._later: list[tuple[str, tuple[str, str, str]]] = []
        self._open = False
        self._silent = False
        self.feed(text)
        for form_id, button in self._later:
            self.by_id[form_id].buttons.append(button)

    @property
    def words(self) -> str:
        """All text, blanks made one."""
        return re.sub(r"\s+", " ", "".join(self._words)).replace(" .", ".")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = {name: value or "" for name, value in attrs}
        match tag:
            case "title" | "script" | "style":
                self._silent = tag != "title"
            case "a" if "href" in have:
                self._link, self._link_words = have["href"], ""
            case "form":
                self._open = True
                self.forms.append(Form(urljoin(self.url, have.get("action") or self.url), have.get("method", "get")))
                self.by_id[have.get("id", "")] = self.forms[-1]
            case "input" if self._open and "name" in have:
                ticked = have.get("type") not in {"checkbox", "radio"} or "checked" in have
                if ticked:
                    self.forms[-1].fields.setdefault(have["name"], []).append(have.get("value", "on"))
            case "select" if self._open:
                self._select = have["name"]
            case "option" if "selected" in have:
                self.forms[-1].fields[self._select] = [have["value"]]
            case "button":
                self._button = have | {"words": have.get("aria-label", "")}
        if tag in {"p", "div", "li", "h1", "h2", "dt", "dd", "br", "a", "button", "label", "span", "strong", "legend"}:
            self._words.append(" " if tag not in {"span", "strong", "a"} else "")

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        self._words.append(data)
        if self._link is not None:
            self._link_words += data
        if self._button is not None and "aria-label" not in self._button:
            self._button["words"] += data

    def handle_endtag(self, tag: str) -> None:
        self._silent = False
        match tag:
            case "a" if self._link is not None:
                self.links.append((" ".join(self._link_words.split()), self._link))
                self._link = None
            case "form":
                self._open = False
            case "button" if self._button is not None:
                have = self._button
                button = (" ".join(have["words"].split()), have.get("name", ""), have.get("value", ""))
                if have.get("type") != "button":
                    if "form" in have:
                        self._later.append((have["form"], button))
                    else:
                        self.forms[-1].buttons.append(button)
                self._button = None


class Visitor:
    """One browser: cookies, and the page it shows."""

    def __init__(self, app: Flask, address: str = "192.0.2.1") -> None:
        self.client = app.test_client()
        self.environ = {"REMOTE_ADDR": address}
        self.answer: TestResponse
        self.page: Page

    def open(self, url: str) -> Page:
        """Type an address, or follow a link."""
        return self._show(self.client.get(url, follow_redirects=True, environ_base=self.environ))

    def follow(self, words: str) -> Page:
        """Follow the first link that begins with *words*."""
        return self.open(self.href(words))

    def href(self, words: str) -> str:
        """Where the first link that begins with *words* leads."""
        for label, href in self.page.links:
            if label.startswith(words):
                return urljoin(self.page.url, href)
        raise AssertionError(f"no link « {words} » among {[label for label, _ in self.page.links]}")

    def has_link(self, words: str) -> bool:
        """Whether a link begins with *words*."""
        return any(label.startswith(words) for label, _ in self.page.links)

    def press(self, words: str, *, follow: bool = True, **typed: Any) -> Page:
        """Fill *typed* into the form that has the button beginning with *words*, and press it."""
        form, (_, name, value) = self.button(words)
        fields: dict[str, Any] = form.fields | {key: text for key, text in typed.items() if text is not None}
        for key, text in typed.items():
            if text is None:
                fields.pop(key, None)
        if name:
            fields = fields | {name: value}
        if form.method == "get":
            answer = self.client.get(
                form.action.partition("?")[0], query_string=fields, follow_redirects=follow, environ_base=self.environ
            )
        else:
            answer = self.client.post(form.action, data=fields, follow_redirects=follow, environ_base=self.environ)
        return self._show(answer)

    def button(self, words: str) -> tuple[Form, tuple[str, str, str]]:
        """The form and the first button that begins with *words*."""
        for form in self.page.forms:
            for button in form.buttons:
                if button[0].startswith(words):
                    return form, button
        raise AssertionError(f"no button « {words} » on {self.page.url}: {self.buttons}")

    @property
    def buttons(self) -> list[str]:
        """Words of all buttons, page order."""
        return [button[0] for form in self.page.forms for button in form.buttons]

    @property
    def path(self) -> str:
        """Path and query of the page shown."""
        return self.answer.request.path + (
            f"?{self.answer.request.query_string.decode()}" if self.answer.request.query_string else ""
        )

    def _show(self, answer: TestResponse) -> Page:
        self.answer = answer
        query = answer.request.query_string.decode()
        self.page = Page(
            answer.text if answer.mimetype == "text/html" else "", answer.request.path + (f"?{query}" if query else "")
        )
        return self.page
