"""What the main collection of an agenda serves now, as plain values: read back from the stored texts, so that it can't differ."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import icalendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.feeds.object import CalendarObject, Collection, CollectionKind
from rdvdav.policy.sight import NoSuchAgenda


@dataclass(frozen=True)
class Served:
    """One event; times with the offset of the agenda's zone."""

    uid: str
    summary: str
    start: datetime
    end: datetime
    location: str
    status: str


def served(session: Session, agenda_id: int) -> list[Served]:
    """The events of an agenda's main collection, by start.

    Raises:
        NoSuchAgenda: It does not exist.
    """
    agenda = session.get(Agenda, agenda_id)
    if agenda is None:
        raise NoSuchAgenda
    texts = session.scalars(
        select(CalendarObject.text)
        .join(Collection)
        .where(
            Collection.agenda_id == agenda_id,
            Collection.kind == CollectionKind.MAIN,
            CalendarObject.text.is_not(None),
            CalendarObject.ends_at > Collection.window_start,
        )
        .order_by(CalendarObject.starts_at, CalendarObject.href)
    )
    return [_served(text or "", ZoneInfo(agenda.zone)) for text in texts]


def _served(text: str, zone: ZoneInfo) -> Served:
    event = icalendar.Event.from_ical(text).walk("VEVENT")[0]
    return Served(
        uid=str(event["UID"]),
        summary=str(event["SUMMARY"]),
        start=event.decoded("DTSTART").astimezone(zone),
        end=event.decoded("DTEND").astimezone(zone),
        location=str(event.get("LOCATION", "")),
        status=str(event["STATUS"]),
    )
