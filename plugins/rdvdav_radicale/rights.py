"""Who may read what: asked by Radicale for each collection and item, so answered from memory."""

from radicale.config import Configuration
from radicale.rights import BaseRights

from rdvdav_radicale.visit import Visits


class Rights(BaseRights):
    """Reading only: the letters R (shelves) and r (calendars); see `radicale.rights`."""

    def __init__(self, visits: Visits, configuration: Configuration) -> None:
        """For the application of *visits*."""
        super().__init__(configuration)
        self._visits = visits

    def authorization(self, user: str, user_groups: set[str], path: str) -> str:
        """What *user* may do at *path*.

        All of one's own home is open, and holds what policy lets its owner see (`Visit.calendars`). Another's is closed, whether it
        exists or not: nothing is looked up (K-28).
        """
        reader = self._visits.current.reader
        if not user or reader is None or user != reader.principal:
            return ""
        names = [name for name in path.split("/") if name]
        if not names:
            return "R"
        if names[0] != user:
            return ""
        return "R" if len(names) == 1 else "r"
