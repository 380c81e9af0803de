"""A block of the agenda as markup. Drawn here, since ten agents' week has a thousand: a macro takes ten times as long."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from rdvdav.i18n import clock
from rdvdav_web.timetable import place

PARTS = (
    ("title", '<strong class="block-title">{}</strong>'),
    ("detail", '<span class="block-detail">{}</span>'),
    ("phones", '<span class="block-phones">{}</span>'),
    ("status", '<span class="block-status">{}</span>'),
)


def agenda_block(block: Mapping[str, Any], first_hour: int, last_hour: int) -> Markup:
    """One block of a column that shows *first_hour* to *last_hour*; what *block* holds is said beside the macro `agenda`."""
    say = block.get
    stands = place(block["start"], block["end"], first_hour, last_hour)
    classes = f"block {say('kind') or 'appointment'} hue-{say('hue') or 1} lane-{say('lane') or 1} of-{say('lanes') or 1} {stands}"
    url, move = say("url"), say("move")
    tag, leads = ("a", f'href="{escape(url)}"') if url else ("div", 'tabindex="0"')
    moves = f' data-move="{escape(move)}" aria-keyshortcuts="M"' if move else ""
    hours = f'{clock(block["start"])}<span class="block-end">–{clock(block["end"])}</span>'
    words = " ".join(form.format(escape(text)) for name, form in PARTS if (text := say(name)))
    # Nothing but what is escaped above, and figures.
    return Markup(  # noqa: S704
        f'<{tag} class="{classes}" {leads}{moves}>'
        f'<span class="block-lines"><span class="block-time">{hours}</span> {words}</span></{tag}>'
    )
