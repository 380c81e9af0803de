"""Build hook: compiles each catalogue (.po) into the .mo that the wheel carries."""

import tempfile
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueHook(BuildHookInterface[Any]):
    """Puts compiled catalogues into the wheel and leaves the sources untouched.

    An editable install needs none: the application compiles in memory what it finds as .po, so an edited
    catalogue is never shadowed by a stale .mo.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile into a directory of its own and have the files included beside their sources."""
        if self.target_name != "wheel" or version == "editable":
            return
        self._scratch = tempfile.TemporaryDirectory()
        root = Path(self.root)
        for source in sorted(root.glob("rdvdav/translations/*/LC_MESSAGES/*.po")):
            inside = source.relative_to(root).with_suffix(".mo")
            compiled = Path(self._scratch.name) / inside
            compiled.parent.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as text, compiled.open("wb") as binary:
                write_mo(binary, read_po(text))
            build_data["force_include"][str(compiled)] = str(inside)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the compiled files; the wheel has its copy."""
        if self.target_name == "wheel" and version != "editable":
            self._scratch.cleanup()
