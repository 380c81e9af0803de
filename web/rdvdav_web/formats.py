"""What templates say with: the catalogue for `_()` and `{% trans %}`, and the formats of rdvdav.i18n as filters.

Filters take wall-clock values; `{{ instant|wall(zone)|long_date }}` shows an instant of the database.
"""

import re
from typing import Any, TypeVar

from flask import Flask

from rdvdav import i18n

Text = TypeVar("Text", bound=str)

TIGHT = re.compile(r"(?<=«) | (?=[»:;?!])|(?<=\d) (?=h\b|min|heure|hour)|(?<=\d h) (?=\d)|(?<=\b\d\d) (?=\d\d\b)")

FILTERS = (
    i18n.at,
    i18n.clock,
    i18n.date_range,
    i18n.day_and_month,
    i18n.duration,
    i18n.hour_words,
    i18n.hours_range,
    i18n.long_date,
    i18n.moment,
    i18n.month_and_year,
    i18n.plain_date,
    i18n.relative_date,
    i18n.short_date,
    i18n.translated,
    i18n.utc_offset,
    i18n.wall,
    i18n.week_number,
    i18n.weekday,
    i18n.zone_line,
    i18n.zone_name,
)


def install(app: Flask) -> None:
    """Give *app*'s templates their words and formats."""
    env: Any = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(_gettext, _ngettext, newstyle=True, pgettext=_pgettext, npgettext=_npgettext)
    env.filters.update({function.__name__: function for function in FILTERS})
    env.filters |= {"sentence": sentence, "unbroken": unbroken}
    env.globals["language"] = i18n.language


def sentence(text: str) -> str:
    """*text* with its first letter large and the others as they are: « Lundi 23 novembre »."""
    return text[:1].upper() + text[1:]


def unbroken(text: Text) -> Text:
    """*text* with the spaces of French typography that no line may break at: in guillemets, before a colon, in hours and phone numbers."""
    return type(text)(TIGHT.sub("\N{NO-BREAK SPACE}", text))


# Jinja fills the placeholders itself, escaping what it puts there: it is handed the bare look-ups.


def _gettext(message: str) -> str:
    return i18n.translations(i18n.language()).gettext(message)


def _ngettext(one: str, many: str, num: int) -> str:
    return i18n.translations(i18n.language()).ngettext(one, many, num)


def _pgettext(context: str, message: str) -> str:
    return i18n.translations(i18n.language()).pgettext(context, message)


def _npgettext(context: str, one: str, many: str, num: int) -> str:
    return i18n.translations(i18n.language()).npgettext(context, one, many, num)
