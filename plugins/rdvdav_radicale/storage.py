"""Radicale's storage over the collections of agendas. It reads: rights never let a write come this far."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from radicale.config import Configuration
from radicale.storage import BaseStorage
from radicale.types import CollectionOrItem

from rdvdav_radicale.collection import AgendaCollection
from rdvdav_radicale.home import Home, Root
from rdvdav_radicale.visit import Visits


class Storage(BaseStorage):
    """Finds what an address names: `/`, `/<principal>/`, `/<principal>/<collection>/`, `/<principal>/<collection>/<href>`."""

    def __init__(self, visits: Visits, configuration: Configuration) -> None:
        """Radicale makes two of these per application, which share *visits*."""
        super().__init__(configuration)
        self._visits = visits

    @contextmanager
    def acquire_lock(self, mode: str, user: str = "", *args: Any, **kwargs: Any) -> Iterator[None]:
        """The scope of the snapshot, not a lock: readers wait for nobody.

        Radicale takes it twice: to look for the reader's principal, which needs no SQL, and for the method. The snapshot in which the
        reader signed in serves both, and ends with the second.
        """
        visit = self._visits.current
        visit.scopes += 1
        try:
            yield
        finally:
            if visit.scopes > 1:
                visit.close()

    def discover(
        self,
        path: str,
        depth: str = "0",
        child_context_manager: Callable[[str, str | None], AbstractContextManager[None]] | None = None,
        user_groups: set[str] = frozenset(),  # type: ignore[assignment]
    ) -> Iterable[CollectionOrItem]:
        """What *path* names, then its members unless *depth* is "0".

        Lazy: of each request's first call, for the principal, Radicale takes the first result only.
        """
        found = self._found(path)
        if found is not None:
            yield found
            if depth != "0" and isinstance(found, Home | AgendaCollection):
                yield from found.members()

    def _found(self, path: str) -> CollectionOrItem | None:
        visit = self._visits.current
        names = [name for name in path.split("/") if name]
        if not names:
            return Root()
        if visit.reader is None or names[0] != visit.reader.principal:
            return None
        if len(names) == 1:
            return Home(visit, names[0])
        calendar = visit.calendar(names[1])
        if calendar is None:
            return None
        collection = AgendaCollection(visit, names[0], calendar)
        match names[2:]:
            case []:
                return collection
            case [href]:
                return next((item for _href, item in collection.get_multi([href])), None)
            case _:
                return None
