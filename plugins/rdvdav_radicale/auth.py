"""Signing in with app passwords, never with the account's own (K-22)."""

from datetime import timedelta

from radicale.auth import AuthContext, BaseAuth
from radicale.config import Configuration

from rdvdav.policy.throttle import Limit, TooMany, count_attempt, require_room
from rdvdav_radicale.visit import Visits

BY_LOGIN = Limit("caldav.login", 20, timedelta(minutes=10))
BY_ADDRESS = Limit("caldav.address", 200, timedelta(minutes=10))
"""Wide, for a whole town hall may share one address."""


class Auth(BaseAuth):
    """Maps an e-mail address or a principal id with an app password to the principal id."""

    def __init__(self, visits: Visits, configuration: Configuration) -> None:
        """For the application of *visits*."""
        super().__init__(configuration)
        self._visits = visits

    def _login_ext(self, login: str, password: str, context: AuthContext) -> str:
        """The principal id of who signs in, or "".

        The right password always opens, so failures of others lock nobody out; only failures are counted and, too many, told to wait.
        """
        visit = self._visits.current
        reader = visit.sign_in(login, password)
        if reader is not None:
            return reader.principal
        visit.close()
        visit.retry_after = self._count_failure(login.lower(), context.remote_addr or "")
        return ""

    def _count_failure(self, login: str, address: str) -> int | None:
        """Note a failed attempt; the seconds to wait when there were too many already."""
        keys = ((BY_LOGIN, login), (BY_ADDRESS, address))
        database, clock = self._visits.database, self._visits.clock
        try:
            with database.reading() as session:
                for limit, who in keys:
                    require_room(session, clock, limit, who)
        except TooMany as error:
            return error.seconds
        with database.transaction() as session:
            for limit, who in keys:
                count_attempt(session, clock, limit, who)
        return None

    def _sleep_for_constant_exec_time(self, time_ns_begin: int) -> None:
        """Does not sleep: the base class makes every later failure as slow as the slowest there ever was.

        Times tell nothing here: one indexed look-up of a digest, whoever the login names.
        """
