"""What keeps the portal from being tried out: unknown secrets and searches are counted by network address, for all processes (D-5).

Only failures count against secrets, so that a library's readers, or a program that looks into mails, open as many links as there are.
"""

from datetime import timedelta
from itertools import count

from flask import request
from flask.typing import ResponseReturnValue

from rdvdav.booking.held import NoSuchHold
from rdvdav.booking.identify import NoSuchProof
from rdvdav.booking.linked import NoSuchLink
from rdvdav.errors import RdvdavError
from rdvdav.policy.throttle import Limit, count_attempt, require_room
from rdvdav_web.citizen.portal import here, views
from rdvdav_web.errors import show_error
from rdvdav_web.transaction import clock, house, reading, transaction

UNKNOWN_SECRETS = Limit("unknown secret", 30, timedelta(hours=1))
SECRETS = frozenset({"hold_token", "link_token", "visit"})
"""Arguments of addresses that open by themselves."""
SEARCHES_WITHIN = timedelta(minutes=5)
ONE_IN = 10
"""Of so many searches of a process one is written down, for all of them: a page of slots costs no write of its own."""
_searches = count()


@views.before_request
def _refuse_guessers() -> None:
    if SECRETS & (request.view_args or {}).keys():
        with reading() as session:
            require_room(session, clock(), UNKNOWN_SECRETS, here())


@views.errorhandler(NoSuchHold)
@views.errorhandler(NoSuchProof)
@views.errorhandler(NoSuchLink)
def _note_guess(error: RdvdavError) -> ResponseReturnValue:
    if SECRETS & (request.view_args or {}).keys():
        with transaction() as session:
            count_attempt(session, clock(), UNKNOWN_SECRETS, here())
    return show_error(error)


def count_search() -> None:
    """Count a search of free slots, of whoever makes it; the caller has no transaction open.

    Raises:
        TooMany: This network address made as many as it may.
    """
    limit = Limit("search", house().settings.searches_per_address, SEARCHES_WITHIN)
    if limit.count == 0:
        return
    with reading() as session:
        require_room(session, clock(), limit, here())
    if next(_searches) % ONE_IN == 0:
        with transaction() as session:
            count_attempt(session, clock(), limit, here(), ONE_IN)
