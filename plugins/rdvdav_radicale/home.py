"""The shelves above the calendars: the root, and each agent's principal, which is the calendar home too (K-20)."""

from collections.abc import Iterator, Mapping
from typing import overload

from radicale.storage import BaseCollection

from rdvdav_radicale.collection import AgendaCollection
from rdvdav_radicale.visit import Visit


class Shelf(BaseCollection):
    """A collection that holds no events itself."""

    def __init__(self, path: str) -> None:
        """At *path*, without slashes at its ends."""
        self._path = path

    @property
    def path(self) -> str:
        """Where it stands."""
        return self._path

    @property
    def tag(self) -> str:
        """Neither a calendar nor an address book."""
        return ""

    @overload
    def get_meta(self, key: None = None) -> Mapping[str, str]: ...

    @overload
    def get_meta(self, key: str) -> str | None: ...

    def get_meta(self, key: str | None = None) -> Mapping[str, str] | str | None:
        """It has no properties but those Radicale makes."""
        return {} if key is None else None


class Root(Shelf):
    """`/`: tells who signed in where to go, and lists nobody."""

    def __init__(self) -> None:
        """There is one."""
        super().__init__("")


class Home(Shelf):
    """`/<principal>/`: lists the calendars of who signed in."""

    def __init__(self, visit: Visit, principal: str) -> None:
        """Of *principal*, who signed in for *visit*."""
        super().__init__(principal)
        self._visit = visit

    def members(self) -> Iterator[AgendaCollection]:
        """The calendars (K-21)."""
        return (AgendaCollection(self._visit, self.path, calendar) for calendar in self._visit.calendars)
