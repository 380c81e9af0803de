"""Who may book a motif on line (S-6, referents for follow-ups)."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.hold import Hold
from rdvdav.citizens.referent import referents_of
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.errors import Refused


class NotBookable(Refused):
    """The motif is not open to this person, or no longer."""


def require_bookable(motif: Motif, *, staff: bool = False, referred: bool = False) -> None:
    """Check that *motif* is open to citizens – to referrers, when one looks – or at least in use when an agent looks.

    Raises:
        NotBookable: It is not.
    """
    open_to = {BookableBy.EVERYONE, BookableBy.REFERRERS} if referred else {BookableBy.EVERYONE}
    if motif.archived_at is not None or not (staff or motif.bookable_by in open_to):
        raise NotBookable


def require_followed(session: Session, hold: Hold, citizen_id: int) -> None:
    """Check, for a follow-up motif, that all agents of *hold* follow the citizen who books it.

    Raises:
        NotBookable: One of them does not.
    """
    if not session.get_one(Motif, hold.motif_id).follow_up:
        return
    agendas = [claim.agenda_id for claim in hold.claims]
    strange = exists().where(
        Agenda.id.in_(agendas), Agenda.agent_id.is_not(None), Agenda.agent_id.not_in(referents_of(citizen_id))
    )
    if session.scalar(select(strange)):
        raise NotBookable
