"""A citizen's browser without JavaScript and without a window: cookies, links, forms. For journeys in great numbers."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import Cookie, CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, Request, build_opener


@dataclass
class Form:
    """A form of a page: where it goes, its filled fields, its buttons."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.codes: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append(Form(values.get("action", ""), values.get("method", "get").lower()))
        elif self.forms and tag == "input" and values.get("name"):
            if values.get("type") in {"checkbox", "radio"} and "checked" not in values:
                return
            self.forms[-1].fields[values["name"]] = values.get("value", "")
        elif self.forms and tag == "button":
            self.forms[-1].buttons.append((values.get("name", ""), values.get("value", "")))


@dataclass
class Page:
    """What an address answered, after redirects."""

    url: str
    status: int
    text: str

    @property
    def forms(self) -> list[Form]:
        """The page's forms that post."""
        parser = _Forms()
        parser.feed(self.text)
        return [form for form in parser.forms if form.method == "post"]

    def form(self, action_part: str) -> Form:
        """The form whose address has *action_part* in it."""
        found = [form for form in self.forms if action_part in urljoin(self.url, form.action)]
        assert found, f"no form to …{action_part}… on {self.url} ({self.status}): {self.text[:2000]}"
        return found[0]


class Citizen:
    """One browser of one citizen."""

    def __init__(self, base: str, address: str = "192.0.2.1") -> None:
        """Start at *base*; *address* is what a proxy in front would say of the visitor."""
        self.base = base
        self.cookies = CookieJar()
        self._address = address
        self._opener = build_opener(HTTPCookieProcessor(self.cookies))

    def remember(self, name: str, value: str) -> None:
        """Have a cookie from the start."""
        self.cookies.set_cookie(
            Cookie(0, name, value, None, False, "127.0.0.1", False, False, "/", True, False, None, True, None, None, {})
        )

    def change_address(self, address: str) -> None:
        """Come from another IP address from now on."""
        self._address = address

    def get(self, path: str) -> Page:
        """Open a page."""
        return self._open(Request(urljoin(self.base, path)))  # noqa: S310 - always this machine

    def post(self, page: Page, form: Form, **fields: str) -> Page:
        """Send a form of *page*, with some fields filled."""
        body = urlencode(form.fields | fields).encode()
        return self._open(Request(urljoin(page.url, form.action or page.url), data=body))  # noqa: S310

    def _open(self, request: Request) -> Page:
        request.add_header("X-Forwarded-For", self._address)
        try:
            with self._opener.open(request, timeout=30) as answer:
                return Page(answer.url, answer.status, answer.read().decode())
        except HTTPError as error:
            with error:
                return Page(error.url or request.full_url, error.code, error.read().decode())
