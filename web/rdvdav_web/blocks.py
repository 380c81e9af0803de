"""A block of the agenda as markup. Drawn here, since ten agents' week has a thousand: a macro takes ten times as long."""

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup, escape

from rdvdav.i18n import clock
from rdvdav_web.timetable import place

PARTS = tuple(
    (name, f'<{tag} class="block-{name}">', f"</{tag}>")
    for name, tag in (("title", "strong"), ("detail", "span"), ("phones", "span"), ("status", "span"))
)


def agenda_blocks(blocks: Iterable[Mapping[str, Any]], first_hour: int, last_hour: int) -> Markup:
    """The blocks of a column that shows *first_hour* to *last_hour*; what each holds is said beside the macro `agenda`."""
    # Nothing but what is escaped below, and figures.
    return Markup("\n".join([_block(block, first_hour, last_hour) for block in blocks]))  # noqa: S704


def _block(block: Mapping[str, Any], first_hour: int, last_hour: int) -> str:
    say = block.get
    classes = f"block {say('kind') or 'appointment'} hue-{say('hue') or 1}"
    if (lanes := say("lanes") or 1) > 1:
        classes += f" lane-{say('lane')} of-{lanes}"
    url, move = say("url"), say("move")
    tag, leads = ("a", f'href="{escape(url)}"') if url else ("div", 'tabindex="0"')
    moves = f' data-move="{escape(move)}" aria-keyshortcuts="M"' if move else ""
    hours = f'{clock(block["start"])}<span class="block-end">–{clock(block["end"])}</span>'
    words = " ".join([f"{opens}{escape(text)}{closes}" for name, opens, closes in PARTS if (text := say(name))])
    return (
        f'<{tag} class="{classes} {place(block["start"], block["end"], first_hour, last_hour)}" {leads}{moves}>'
        f'<span class="block-lines"><span class="block-time">{hours}</span> {words}</span></{tag}>'
    )
