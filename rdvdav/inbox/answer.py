"""The one automatic answer to who writes to the sending address: nobody reads it, nothing has changed, and here is the link (K-52).

At most one a day for each person and appointment, and only to who got a mail of ours or quotes one (RFC 3834). A link that opens
something goes to nobody but the person's own address.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED, Status
from rdvdav.clock import Clock
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.territory import Territory
from rdvdav.i18n import DEFAULT_LOCALE, speaking
from rdvdav.inbox.reading import Answer
from rdvdav.notify.answering import about_agenda_answer, about_answer, about_unknown_answer
from rdvdav.notify.compose import Letter
from rdvdav.notify.links import message_link
from rdvdav.notify.post import written
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Channel, Message
from rdvdav.policy.installation import installation
from rdvdav.policy.throttle import Limit, count_attempt
from rdvdav.tokens import digest

OF_A_THREAD = Limit("mail answers of a thread", 1, timedelta(days=1))
OF_A_PERSON = Limit("mail answers of a person", 5, timedelta(days=1))
USEFUL_FOR = timedelta(days=1)
"""An automatic answer that comes later only puzzles."""


def answer(session: Session, clock: Clock, mail: Answer) -> bool:
    """Write the automatic answer to *mail*, if it is to get one; whether it does. The caller commits."""
    house = installation(session)
    if mail.sender == house.mail_from.lower():
        return False
    message, quoted = _answered(session, mail)
    if message is None or (message.agent_id is not None and mail.calendar is not None):
        return False  # a stranger; or an agent's calendar, which has no say in the matter
    key = f"{digest(mail.message_id + mail.sender).hex()}:mail:0"
    if _was_answered(session, key) or not _has_room(session, clock, mail, message):
        return False
    said = _words(session, clock, mail, message, quoted=quoted)
    row = written(
        session,
        clock,
        Event.MAIL_ANSWERED,
        said.letter,
        recipient=mail.sender,
        territory_id=message.territory_id,
        key=key,
        secrets=said.secrets,
        appointment_id=message.appointment_id if said.seat else None,
        citizen_id=said.seat.citizen_id if said.seat else None,
        participation_id=said.seat.id if said.seat else None,
        follows=[*reversed(mail.answers), *([mail.message_id] if mail.message_id else [])],
        expires_at=clock.now() + USEFUL_FOR,
    )
    session.add(row)
    session.flush()
    return True


def _answered(session: Session, mail: Answer) -> tuple[Message | None, bool]:
    """The mail of ours that is answered, and whether it is quoted, by its Message-ID or event; else the last one to this address."""
    theirs = func.lower(Message.recipient) == mail.sender
    sent = select(Message).where(Message.channel == Channel.MAIL, Message.first_tried_at.is_not(None))
    newest = sent.order_by(theirs.desc(), Message.id.desc()).limit(1)
    uids = mail.calendar.uids if mail.calendar else ()
    for condition in (Message.message_id.in_(mail.answers), Message.thread.in_(uids) & theirs):
        found = session.scalar(newest.where(condition))
        if found is not None:
            return found, True
    return session.scalar(newest.where(Message.recipient == mail.sender)), False


def _has_room(session: Session, clock: Clock, mail: Answer, message: Message) -> bool:
    """Whether this person gets an answer once more; counted, so that of several at once one is answered."""
    about = message.thread or f"{message.appointment_id or ''}/{message.territory_id}"
    in_thread, _ends = count_attempt(session, clock, OF_A_THREAD, f"{mail.sender}\n{about}")
    if in_thread > OF_A_THREAD.count:
        return False
    in_all, _ends = count_attempt(session, clock, OF_A_PERSON, mail.sender)
    return in_all <= OF_A_PERSON.count


def _was_answered(session: Session, key: str) -> bool:
    found = session.scalar(select(Message.id).where(Message.key == f"{Event.MAIL_ANSWERED}:{key}"))
    return found is not None


@dataclass(frozen=True)
class _Said:
    letter: Letter
    secrets: list[str]
    seat: Participation | None


def _words(session: Session, clock: Clock, mail: Answer, message: Message, *, quoted: bool) -> _Said:
    """What is said: of the appointment to whom it is about, else how to reach somebody."""
    url = installation(session).public_url
    seat = _seat(session, message) if quoted else None
    if seat is not None and (seat.citizen.reached.email or "").lower() == mail.sender:
        appointment = session.get_one(Appointment, seat.appointment_id)
        cancelled = bool({appointment.status, seat.status} & CANCELLED)
        over = appointment.ends_at <= clock.now() and not cancelled
        event = _event(appointment, seat, ended=cancelled or over)
        link, secrets = message_link(session, clock, event, appointment, seat)
        with speaking(seat.language):
            return _Said(about_answer(event, appointment, link, over=over), secrets, seat)
    with speaking(DEFAULT_LOCALE):
        house = _house(session, message)
        if message.agent_id is not None:
            return _Said(about_agenda_answer(house, url), [], None)
        return _Said(about_unknown_answer(house, url), [], None)


def _seat(session: Session, message: Message) -> Participation | None:
    """Whose seat *message* was about."""
    named = or_(Participation.uid == message.thread, Participation.id == message.participation_id)
    return session.scalar(select(Participation).where(named).limit(1))


def _event(appointment: Appointment, seat: Participation, *, ended: bool) -> Event:
    """The event after which a message would have the link that this one is to have."""
    if ended:
        return Event.APPOINTMENT_CANCELLED
    to_replan = Status.TO_REPLAN in (appointment.status, seat.status)
    return Event.APPOINTMENT_WITHDRAWN if to_replan else Event.APPOINTMENT_CREATED


def _house(session: Session, message: Message) -> Organisation | Territory:
    """Who is to be reached about *message*: its organisation, the only one there is, or the territory."""
    appointment = session.get(Appointment, message.appointment_id) if message.appointment_id is not None else None
    if appointment is not None:
        return appointment.organisation
    query = select(Organisation).where(Organisation.territory_id == message.territory_id).limit(2)
    organisations = session.scalars(query).all()
    if len(organisations) == 1:
        return organisations[0]
    return session.get_one(Territory, message.territory_id)
