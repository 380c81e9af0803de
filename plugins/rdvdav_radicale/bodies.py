"""The XML of a request, read safely."""

from wsgiref.types import WSGIEnvironment
from xml.etree.ElementTree import Element, ParseError, fromstring

DEEPEST_XML = 32
"""Levels of elements in a request; the deepest report there is has nine."""


class Unclear(Exception):
    """Not for the short path: Radicale reads it, and answers or refuses it."""


def read(environ: WSGIEnvironment) -> Element:
    """The body as an element; the stream is left as it was found.

    Raises:
        Unclear: It is not plainly XML in UTF-8, may declare entities, or nests too deeply.
    """
    kind = environ.get("CONTENT_TYPE", "")
    if "charset=" in kind and "charset=utf-8" not in kind.lower():
        raise Unclear
    stream = environ["wsgi.input"]
    body: bytes = stream.read()
    stream.seek(0)
    if b"<!" in body:
        raise Unclear
    try:
        root = fromstring(body.decode())  # noqa: S314 - nothing is declared in it, so nothing expands
        require_shallow(root)
    except (UnicodeDecodeError, ParseError, RuntimeError) as error:
        raise Unclear from error
    return root


def require_shallow(body: Element) -> None:
    """Refuse what nests so deeply that copying it would exhaust the stack.

    Raises:
        RuntimeError: It does.
    """
    level = [body]
    for _ in range(DEEPEST_XML):
        level = [child for element in level for child in element]
        if not level:
            return
    raise RuntimeError("XML nested too deeply")
