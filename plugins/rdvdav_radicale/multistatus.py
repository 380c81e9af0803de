"""The text of a multistatus (RFC 4918 §13), put together from pieces: the answers of the short path (K-60)."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from radicale.xmlutils import NAMESPACES
from werkzeug.http import http_date

from rdvdav.feeds.read import Shown
from rdvdav_radicale.bodies import Unclear

_PREFIXES = {NAMESPACES["D"]: "", **{NAMESPACES[name]: f"{name}:" for name in ("C", "CS", "ICAL")}}
_OPENED = "<?xml version='1.0' encoding='utf-8'?>\n<multistatus {}>".format(
    " ".join(f'xmlns{":" * bool(prefix)}{prefix.rstrip(":")}="{uri}"' for uri, prefix in _PREFIXES.items())
)
_FOUND, _MISSING = (f"</prop><status>HTTP/1.1 {status}</status></propstat>" for status in ("200 OK", "404 Not Found"))


def multistatus(parts: Iterable[str]) -> bytes:
    """The document whose content is *parts*."""
    return f"{_OPENED}{''.join(parts)}</multistatus>".encode()


def response(href: str, tags: Iterable[str], texts: Mapping[str, str]) -> str:
    """What *href* says to the question for *tags*: those that have a text in *texts*, and the others, which are not there.

    Args:
        href: Quoted.
        texts: The content of each property by its tag, as XML.

    Raises:
        Unclear: A tag is one that not every parser reads alike.
    """
    found, missing = [], []
    for tag in tags:
        name, declared = _named(tag)
        text = texts.get(tag)
        if text is None:
            missing.append(f"<{name}{declared} />")
        else:
            found.append(f"<{name}>{text}</{name}>")
    stats = [f"<propstat><prop>{''.join(each)}{end}" for each, end in ((found, _FOUND), (missing, _MISSING)) if each]
    return f"<response><href>{href}</href>{''.join(stats)}</response>"


def not_found(href: str) -> str:
    """That nothing is at *href*, which is quoted."""
    return f"<response><href>{href}</href><status>HTTP/1.1 404 Not Found</status></response>"


HREF, ETAG, MODIFIED, TEXT = "\0", "\1", "\2", "\3"
"""Stand for a member's own values in its response, as no XML can hold them."""

_FIELDS = {"%": "%%", HREF: "%(href)s", ETAG: "%(etag)s", MODIFIED: "%(modified)s", TEXT: "%(text)s"}


def responses(base: str, tags: Iterable[str], texts: Mapping[str, str], shown: Iterable[Shown]) -> Iterator[str]:
    """A response for each of *shown*, alike but for what *texts* leaves to them.

    Args:
        base: The path of their collection, quoted.
    """
    template = response(f"{base}{HREF}", tags, texts)
    dated = MODIFIED in template
    for sign, field in _FIELDS.items():
        template = template.replace(sign, field)
    for href, etag, modified_at, text in shown:
        yield template % {
            "href": href,  # of letters that need no quoting (`href_of`), as the next is of a hash
            "etag": etag,
            "modified": http_date(modified_at) if dated else "",
            "text": escape(text) if text else "",
        }


@lru_cache(maxsize=1024)
def _named(tag: str) -> tuple[str, str]:
    """The name of the element *tag*, in Clark notation, and the namespace it has to declare.

    Raises:
        Unclear: As `response`.
    """
    namespace, _, local = tag[1:].partition("}")
    if ":" in local or namespace.startswith("http://www.w3.org/"):
        raise Unclear
    if namespace in _PREFIXES:
        return f"{_PREFIXES[namespace]}{local}", ""
    return f"x:{local}", f" xmlns:x={quoteattr(namespace)}"
