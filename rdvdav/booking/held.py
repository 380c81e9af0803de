"""What the token of a hold opens; extend it, give it back (D-5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, or_, select, union, update
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Claim
from rdvdav.agenda.hold import Hold, HoldClaim
from rdvdav.clock import Clock
from rdvdav.errors import NotFound, Refused, Stale
from rdvdav.feeds.change import changing
from rdvdav.tokens import digest

EXTENSION = timedelta(minutes=5)
EXTENSIONS = 10


class NoSuchHold(NotFound):
    """No slot is held under this token."""


class NoMoreExtensions(Refused):
    """The hold was extended as often as it may be (D-5)."""


@dataclass(eq=False)
class HoldExpired(Stale):
    """The citizen took longer than the hold lasts; the slot may be gone."""

    expired_at: datetime


def holds_under(session: Session, token: str) -> list[Hold]:
    """What *token* opens, expired or not: one hold, or those taken in one go, by time.

    Raises:
        NoSuchHold: Nothing is held under it.
    """
    query = select(Hold).where(Hold.digest == digest(token)).order_by(Hold.starts_at, Hold.id)
    holds = list(session.scalars(query))
    if not holds:
        raise NoSuchHold
    return holds


def held_under(session: Session, token: str) -> Hold:
    """The first of what *token* opens; most often there is but one.

    Raises:
        NoSuchHold: Nothing is held under it.
    """
    return holds_under(session, token)[0]


def agendas_of(session: Session, token: str) -> list[int]:
    """The agendas a use case on these holds must lock: those they claim, and those of the appointments they make or move.

    None where nothing is held.
    """
    mine = Hold.digest == digest(token)
    about = or_(Claim.appointment_id == Hold.appointment_id, Claim.appointment_id == Hold.moves_appointment_id)
    held = select(HoldClaim.agenda_id).join(Hold, Hold.id == HoldClaim.hold_id).where(mine)
    booked = select(Claim.agenda_id).join(Hold, about).where(mine)
    return list(session.scalars(union(held, booked)))


def know(session: Session, clock: Clock, token: str, citizen_id: int) -> None:
    """From now on one knows for whom these slots are kept: they count in this person's limit (D-5). The caller commits.

    The person's row is locked before, if at all: bookings lock it before the holds.
    """
    live = (Hold.digest == digest(token)) & Hold.appointment_id.is_(None) & (Hold.expires_at > clock.now())
    session.execute(update(Hold).where(live).values(citizen_id=citizen_id))


def require_live(hold: Hold, clock: Clock) -> None:
    """Raise `HoldExpired` once the hold's time is over (I-7: the very instant of *expires_at* is too late)."""
    if hold.expires_at <= clock.now():
        raise HoldExpired(hold.expires_at)


def extend(session: Session, clock: Clock, token: str) -> Hold:
    """Keep what *token* opens five minutes longer, up to ten times. The caller commits.

    Raises:
        NoSuchHold, HoldExpired, NoMoreExtensions: It is not there, over, or extended often enough.
    """
    with changing(session, clock, agendas_of(session, token)):
        holds = holds_under(session, token)
        for hold in holds:
            require_live(hold, clock)
            if hold.extensions >= EXTENSIONS or hold.appointment_id is not None:
                raise NoMoreExtensions
            hold.extensions += 1
            hold.expires_at += EXTENSION
            for claim in hold.claims:
                claim.expires_at = hold.expires_at
        return holds[0]


def release(session: Session, clock: Clock, token: str) -> None:
    """Give back what *token* opens; what became an appointment stays as it is. The caller commits.

    Raises:
        NoSuchHold: Nothing is held under *token*.
    """
    with changing(session, clock, agendas_of(session, token)):
        for hold in holds_under(session, token):
            give_back(session, hold)


def give_back(session: Session, hold: Hold) -> None:
    """Take a hold away, unless it has become an appointment."""
    if hold.appointment_id is None:
        session.delete(hold)
        session.flush()


def sweep(session: Session, clock: Clock, older_than: timedelta) -> int:
    """Delete holds that ended *older_than* ago and became nothing; how many. They block nothing, swept or not."""
    ended = (Hold.expires_at < clock.now() - older_than) & Hold.appointment_id.is_(None)
    return cast("CursorResult[Any]", session.execute(delete(Hold).where(ended))).rowcount
