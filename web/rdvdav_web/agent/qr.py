"""QR codes drawn by the server, as SVG inside the page: no file, no style, no other site."""

import segno
from markupsafe import Markup


def qr_code(address: str) -> Markup:
    """The QR code of *address*."""
    drawn = segno.make(address, micro=False, error="m")
    # Made of figures alone by segno: what *address* says never reaches the markup.
    return Markup(drawn.svg_inline(omitsize=True, border=2, svgclass=None, lineclass=None))  # noqa: S704
