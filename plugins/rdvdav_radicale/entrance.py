"""Where a request comes in: its visit begins here, the short path is tried, and the sign-in is noted after the answer."""

import logging
from collections.abc import Iterable
from functools import partial
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wsgi import ClosingIterator

from rdvdav.feeds.access import note_sign_in, use_is_due
from rdvdav_radicale.answerer import Answer, answer
from rdvdav_radicale.visit import Visit, Visits

log = logging.getLogger(__name__)


class Entrance:
    """Stands before Radicale, so that one snapshot and one sign-in serve the short path and the long one (K-27, K-60)."""

    def __init__(self, visits: Visits, application: WSGIApplication, *, answerer: bool) -> None:
        """Lead to *application*, made on the same *visits*; without *answerer* always the long way."""
        self._visits = visits
        self._application = application
        self._answerer = answerer

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, then note the password's use: after the answer, in a transaction of its own (K-22)."""
        with self._visits.begin() as visit:
            short = _short(visit, environ) if self._answerer else None
            if short is None:
                answers = self._application(environ, start_response)
            else:
                start_response(short.status, short.headers)
                answers = short.body
        if visit.reader is None or not use_is_due(self._visits.clock, visit.reader.last_used_at):
            return answers
        return ClosingIterator(answers, partial(self._note_use, visit.reader.password_id))

    def _note_use(self, password_id: int) -> None:
        try:
            with self._visits.database.transaction() as session:
                note_sign_in(session, self._visits.clock, password_id)
        except SQLAlchemyError:  # the answer is out, and the next use will be noted
            log.warning("The last use of an app password could not be noted.")


def _short(visit: Visit, environ: WSGIEnvironment) -> Answer | None:
    """The short path's answer, if it has one. None of its failures is anybody's: Radicale is asked then."""
    try:
        return answer(visit, environ)
    except SQLAlchemyError:  # Radicale meets it again, and has an answer for it
        pass
    except Exception:
        log.exception("The short path failed.")
    visit.close()
    return None
