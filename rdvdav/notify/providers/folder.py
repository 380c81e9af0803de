"""Provider « log », the default: each SMS is laid in the folder of the mails, and nothing is sent."""

from collections.abc import Mapping
from os import replace
from pathlib import Path
from typing import Any

from rdvdav.notify.mail import name_of
from rdvdav.notify.providers import Report
from rdvdav.outbox.deliver import SendFailed
from rdvdav.outbox.message import Message


class FolderProvider:
    """Lays each SMS in a folder, whole or not at all."""

    def __init__(self, folder: str) -> None:
        """The folder is made when the first SMS comes."""
        self._folder = Path(folder)

    def send(self, message: Message) -> None:
        """Write the number and the text; the same message gets the same name.

        Raises:
            SendFailed: The folder can't be written.
        """
        path = self._folder / f"{name_of(message.created_at, message.message_id)}.sms"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".part")
            unfinished.write_text(f"{message.recipient}\n{message.text}\n", encoding="utf-8")
            replace(unfinished, path)
        except OSError as error:
            raise SendFailed(f"the mail folder can't be written ({error.strerror})", unreached=True) from error

    def report(self, values: Mapping[str, Any]) -> Report | None:
        """Nobody sends any."""
        return None
