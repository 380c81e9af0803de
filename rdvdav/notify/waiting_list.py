"""Messages about the waiting list: confirm, you are on it, a slot is free (B12, L-7); written in the transaction they belong to (M-1)."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from rdvdav.agenda.waiting_list import MOST_MESSAGES, WaitingListEntry
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.link import new_waiting_link
from rdvdav.clock import Clock
from rdvdav.i18n import gettext as _
from rdvdav.i18n import hour_words, language, long_date, moment, wall
from rdvdav.ical.uid import new_uid
from rdvdav.notify.compose import Letter, note
from rdvdav.notify.sms import earlier_words, takes_sms
from rdvdav.notify.wording import HOUSE, Field, Reader, Wording, wording_for
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Channel, Message
from rdvdav.policy.installation import installation
from rdvdav.tokens import digest

CONFIRMED_WITHIN = timedelta(days=1)
"""How long the link to confirm is worth sending."""
FRESH = timedelta(hours=12)
"""How long a slot that was freed is worth telling."""


def ask_to_confirm(session: Session, clock: Clock, entry: WaitingListEntry) -> None:
    """Mail the link by which the address is proved. The caller commits."""
    link, token = _link(session, clock, entry)
    event = Event.WAITING_LIST_ASKED
    letter = about_wish(event, entry, link, _wording(session, event, entry))
    _write(session, clock, event, entry, letter, token, clock.now() + CONFIRMED_WITHIN)


def welcome(session: Session, clock: Clock, entry: WaitingListEntry) -> None:
    """Mail that the person is on the list, and how to leave it. The caller commits."""
    link, token = _link(session, clock, entry)
    event = Event.WAITING_LIST_JOINED
    _write(session, clock, event, entry, about_wish(event, entry, link, _wording(session, event, entry)), token, None)


def tell_free(session: Session, clock: Clock, entry: WaitingListEntry, starts_at: datetime, place: str) -> None:
    """Say that a slot is free, how to book it and how to leave the list: by mail, and by SMS to who takes them (M-2). The caller commits.

    Args:
        place: Where, in words; empty where people do not come.
    """
    link, token = _link(session, clock, entry)
    event = Event.WAITING_LIST_SERVED
    letter = about_free(entry, starts_at, place, link, _wording(session, event, entry))
    _write(session, clock, event, entry, letter, token, clock.now() + FRESH)
    citizen = session.get(Citizen, entry.citizen_id) if entry.citizen_id is not None else None
    if citizen is not None and takes_sms(session, citizen):
        _write_sms(session, clock, entry, citizen, starts_at)


def about_wish(event: Event, entry: WaitingListEntry, link: str, wording: Wording = HOUSE) -> Letter:
    """What is said to who asked to be on the list, and once it is confirmed."""
    if event is Event.WAITING_LIST_ASKED:
        subject = _("Confirm your place on the waiting list – %(place)s", place=entry.organisation.name)
        said = _(
            "Confirm that you want to be told when a time slot is free. If you asked for nothing, ignore this message."
        )
        button = _("Confirm")
    else:
        subject = _("You are on the waiting list – %(place)s", place=entry.organisation.name)
        said = _("You get at most one message a day, three in all. Who books first gets the time slot.")
        button = _("See or leave the waiting list")
    own = wording.filled(_fields(entry))
    return note(subject, entry.organisation, [*_wish(entry), said], button, link, own=own)


def about_free(entry: WaitingListEntry, starts_at: datetime, place: str, link: str, wording: Wording = HOUSE) -> Letter:
    """What is said when a slot is free; *link* is that of the entry."""
    starts = wall(starts_at, entry.organisation.zone)
    last = entry.messages >= MOST_MESSAGES
    fields = _fields(entry) | {Field.DATE: long_date(starts.date()), Field.TIME: hour_words(starts)}
    return note(
        _("A time slot is free – %(place)s", place=entry.organisation.name),
        entry.organisation,
        [
            _("A time slot that suits you is free at the moment:"),
            f"{moment(starts)}{f', {place}' if place else ''}",
            *_wish(entry)[:1],
            _("It is not kept for you: who books first gets it."),
            *([_("This is the third and last message; you are no longer on the waiting list.")] if last else []),
        ],
        _("See the time slots"),
        f"{link}/creneaux?{urlencode({'du': starts.date().isoformat()})}",
        "" if last else _("To leave the waiting list: %(link)s", link=link),
        wording.filled(fields | ({Field.PLACE: place} if place else {})),
    )


def _wording(session: Session, event: Event, entry: WaitingListEntry) -> Wording:
    return wording_for(session, entry.organisation, event, Reader.CITIZEN, language())


def _fields(entry: WaitingListEntry) -> dict[Field, str]:
    return {
        Field.MOTIF: _("appointment") if entry.motif.sensitive else entry.motif.name,
        Field.PLACE: entry.place.name if entry.place else entry.organisation.name,
        Field.ORGANISATION: entry.organisation.name,
    }


def _wish(entry: WaitingListEntry) -> list[str]:
    """What one waits for; a sensitive motif is not named."""
    named = [] if entry.motif.sensitive else [_("Reason: %(motif)s", motif=entry.motif.name)]
    return named + ([_("Place: %(place)s", place=entry.place.name)] if entry.place else [])


def _link(session: Session, clock: Clock, entry: WaitingListEntry) -> tuple[str, str]:
    token = new_waiting_link(session, clock, entry.territory_id, entry.id)
    return f"{installation(session).public_url}/rdv/{entry.organisation.slug}/liste-d-attente/{token}", token


def _write_sms(session: Session, clock: Clock, entry: WaitingListEntry, citizen: Citizen, starts_at: datetime) -> None:
    link, token = _link(session, clock, entry)
    event = Event.WAITING_LIST_SERVED
    session.add(
        Message(
            territory_id=entry.territory_id,
            key=f"{event}:{_named(entry)}:{Channel.SMS}:{entry.messages}",
            event=event,
            channel=Channel.SMS,
            message_id=f"<{new_uid(installation(session).uid_host)}>",
            recipient=citizen.called or "",
            subject="",
            text=earlier_words(entry.organisation, starts_at, link),
            secrets=[token],
            citizen_id=citizen.id,
            created_at=clock.now(),
            due_at=clock.now(),
            expires_at=clock.now() + FRESH,
        )
    )
    session.flush()


def _named(entry: WaitingListEntry) -> str:
    """What a message's key calls an entry: ids come again on SQLite."""
    return f"{entry.id}-{int(entry.created_at.timestamp())}"


def _write(
    session: Session,
    clock: Clock,
    event: Event,
    entry: WaitingListEntry,
    letter: Letter,
    token: str,
    expires_at: datetime | None,
) -> None:
    now = clock.now()
    number = entry.messages if event is Event.WAITING_LIST_SERVED else digest(token).hex()
    session.add(
        Message(
            territory_id=entry.territory_id,
            # A slot is told once under each number, whoever tells it; what is asked for leaves as often.
            key=f"{event}:{_named(entry)}:mail:{number}",
            event=event,
            message_id=f"<{new_uid(installation(session).uid_host)}>",
            recipient=entry.email,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            secrets=[token],
            citizen_id=entry.citizen_id,
            created_at=now,
            due_at=now,
            expires_at=expires_at,
        )
    )
    session.flush()
