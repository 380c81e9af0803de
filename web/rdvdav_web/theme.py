"""The neutral theme as templates find it: words, frame, helpers of the macros, static files and the pages every site has.

`install` is all an application calls to render base.html and macros.html.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask
from wtforms import Field
from wtforms.fields import BooleanField, RadioField, SelectMultipleField

from rdvdav_web import blocks, formats, helping, languages, pages, timetable
from rdvdav_web.frame import Frame, frame_of_request


def install(app: Flask, default: Frame) -> None:
    """Set *app* up for the theme; pages that say no frame of their own stand in *default*."""
    formats.install(app)
    languages.install(app)
    app.context_processor(lambda: {"frame": frame_of_request(default)})
    app.add_template_global(blocks.agenda_blocks, "agenda_blocks")
    app.add_template_global(timetable.place, "timetable_place")
    app.add_template_global(timetable.mark, "timetable_mark")
    app.add_template_test(is_box_group, "box_group")
    app.add_template_test(is_single_box, "single_box")
    app.add_template_test(is_several_choices, "several_choices")
    _version_static_files(app)
    app.register_blueprint(pages.views)
    app.register_blueprint(helping.views)


def is_box_group(field: Field) -> bool:
    """Drawn as a fieldset of radios or checkboxes."""
    return isinstance(field, RadioField | SelectMultipleField)


def is_several_choices(field: Field) -> bool:
    """Any number of its boxes may be ticked."""
    return isinstance(field, SelectMultipleField)


def is_single_box(field: Field) -> bool:
    """One box that is ticked or not."""
    return isinstance(field, BooleanField)


def _version_static_files(app: Flask) -> None:
    """Add `?v=` and a digest of the content to each static address, so that it may be cached for ever."""
    versions: dict[str, str] = {}

    @app.url_defaults
    def _version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint != "static" or app.static_folder is None:
            return
        name = values["filename"]
        if name not in versions:
            versions[name] = sha256(Path(app.static_folder, name).read_bytes()).hexdigest()[:12]
        values["v"] = versions[name]
