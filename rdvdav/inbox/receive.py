"""What becomes of a mail that came in: a bounce is noted and its address blocked, an answer gets one of its own (K-52, M-7).

Taking in the same mail twice does what once does, so that whoever hands it in may do so again after a crash.
"""

from enum import StrEnum

from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.database import Database
from rdvdav.inbox.answer import answer
from rdvdav.inbox.bounce import Bounce, Failure
from rdvdav.inbox.reading import Answer, read
from rdvdav.notify.mail import nobody_there
from rdvdav.outbox.receipt import note_returned


class Outcome(StrEnum):
    """What was done."""

    RETURNED = "returned"
    ANSWERED = "answered"
    IGNORED = "ignored"


def take_in(database: Database, clock: Clock, raw: bytes) -> Outcome:
    """Do with the mail *raw* (RFC 5322) what is to be done, and commit; bad ones are ignored."""
    with database.transaction() as session:
        return receive(session, clock, raw)


def receive(session: Session, clock: Clock, raw: bytes) -> Outcome:
    """The same; the caller commits."""
    match read(raw):
        case Bounce() as bounce:
            noted = [_note(session, clock, bounce, failure) for failure in bounce.failures]
            return Outcome.RETURNED if any(noted) else Outcome.IGNORED
        case Answer() as mail:
            return Outcome.ANSWERED if answer(session, clock, mail) else Outcome.IGNORED
        case None:
            return Outcome.IGNORED


def _note(session: Session, clock: Clock, bounce: Bounce, failure: Failure) -> bool:
    """Note a failure of a mail that we sent to that very address; of any other nothing."""
    said = failure.status or (str(failure.code) if failure.code else "")
    reason = "the mail came back" + (f" ({said})" if said else "")
    final = not said.startswith("4")
    gone = final and nobody_there(failure.code, failure.status)
    return note_returned(session, clock, bounce.message_ids, failure.addresses, reason, gone=gone)
