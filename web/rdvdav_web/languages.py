"""The languages the site is read in: French, and English for who asks for it (B16, ux 1.15).

An address with `langue=en` answers in English, and so does the rest of the visit. What the browser says it prefers is heard,
not obeyed: the site of a French public service opens in French, and says in English that it can be read so. Agents' pages
are French.
"""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask import Flask, Response, g, request, session

from rdvdav.i18n import DEFAULT_LOCALE, language, speaking

LANGUAGES = {"fr": "Français", "en": "English"}
INVITATIONS = {"en": "Read in English"}
"""What is said to people whose browser prefers a language they have not chosen yet; in that language."""
PARAMETER = "langue"
KEY = "language"
"""Where the choice stands in the visit."""
UNSPOKEN = frozenset({"agent", "webcal", "wellknown", "demonstration"})
"""Blueprints that have no use for it: their answers are French, and no cookie is looked at for that."""


@dataclass(frozen=True)
class Choice:
    """One language, and this page in it.

    Attributes:
        tag: BCP 47 tag.
        current: The page is in it.
        wanted: The browser asks for it, and nobody chose yet.
    """

    tag: str
    label: str
    url: str
    current: bool
    wanted: bool = False


def install(app: Flask) -> None:
    """Have *app* speak the language of each visit; before anything that may answer with a page."""
    app.before_request(_speak)
    app.teardown_request(_fall_back)
    app.after_request(_say_what_it_depends_on)
    app.context_processor(lambda: {"languages": choices()})


def choices() -> list[Choice]:
    """The page of this request in each language; nothing where only French is spoken."""
    if not _is_spoken():
        return []
    wanted = _preferred() if KEY not in session else language()
    return [
        Choice(tag, _label(tag, wanted), _here_in(tag), current=tag == language(), wanted=tag == wanted != language())
        for tag in LANGUAGES
    ]


def _label(tag: str, wanted: str) -> str:
    return INVITATIONS.get(tag, LANGUAGES[tag]) if tag == wanted != language() else LANGUAGES[tag]


def _speak() -> None:
    if not _is_spoken():
        return
    asked = request.args.get(PARAMETER)
    if asked in LANGUAGES and session.get(KEY) != asked:
        session[KEY] = asked
    g.spoken = speaking(session.get(KEY, DEFAULT_LOCALE))
    g.spoken.__enter__()


def _fall_back(_error: BaseException | None) -> None:
    if "spoken" in g:
        g.pop("spoken").__exit__(None, None, None)


def _is_spoken() -> bool:
    return request.endpoint != "static" and (request.blueprint or "").partition(".")[0] not in UNSPOKEN


def _say_what_it_depends_on(response: Response) -> Response:
    if _is_spoken():
        response.vary.add("Accept-Language")
    return response


def _preferred() -> str:
    """The language to offer: English also to who reads neither; French where the browser does not say."""
    preferred = request.accept_languages
    return preferred.best_match(LANGUAGES, default="en") if preferred else DEFAULT_LOCALE


def _here_in(tag: str) -> str:
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != PARAMETER]
    query = urlencode([*kept, (PARAMETER, tag)], errors="replace")
    return f"{request.root_path}{quote(request.path, errors='replace')}?{query}"
