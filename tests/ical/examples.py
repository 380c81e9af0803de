"""One appointment's life and its texts: run as a script, this writes the golden files anew."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from rdvdav.ical.event import Entry, EventStatus, render, vevent_of
from rdvdav.ical.feed import feed_head, feed_text
from rdvdav.ical.invitation import cancel, cancel_series, download, request, request_series
from rdvdav.ical.series import Changed, SeriesEntry, render_series

GOLDEN_FILES = Path(__file__).parent / "golden"

ORGANIZER = ("Mairie de Pézenas, état civil", "rendez-vous@pezenas.example")
CITIZEN = ("Zoé Martin", "zoe+rdv@courriel.example")
AGENT = ("Awa Diop", "awa.diop@pezenas.example")
NEW_AGENT = ("Marc Le Goff", "marc.legoff@pezenas.example")
CONTACT = "Mairie de Pézenas, 04 67 00 00 00"

CREATED = Entry(
    uid="0b3f4c1e-5a0e-4c0b-9a55-0d5f3d2a9e11@rdv.example",
    sequence=0,
    stamp=datetime(2026, 3, 2, 9, 15, tzinfo=UTC),
    created=datetime(2026, 3, 2, 9, 15, tzinfo=UTC),
    starts_at=datetime(2026, 4, 2, 7, 0, tzinfo=UTC),
    ends_at=datetime(2026, 4, 2, 7, 20, tzinfo=UTC),
    summary="Carte d’identité ou passeport",
    location="Mairie de Pézenas, 6 rue Massillon, 34120 Pézenas",
    description="Les détails du rendez-vous :\nhttps://rdv.example/a/0b3f4c1e",
    url="https://rdv.example/a/0b3f4c1e",
)
MOVED = replace(
    CREATED,
    sequence=1,
    stamp=CREATED.stamp + timedelta(days=1),
    starts_at=CREATED.starts_at + timedelta(days=5),
    ends_at=CREATED.ends_at + timedelta(days=5),
)
MOVED_AGAIN = replace(
    MOVED, sequence=2, stamp=MOVED.stamp + timedelta(hours=2), ends_at=MOVED.ends_at + timedelta(minutes=10)
)
CANCELLED = replace(MOVED_AGAIN, sequence=3, stamp=MOVED_AGAIN.stamp + timedelta(days=3), status=EventStatus.CANCELLED)
FULL = replace(
    CREATED, summary="Carte d’identité : Zoé Martin, 06 00 00 00 00", categories=("État civil",), private=True
)
BUSY = replace(CREATED, summary="Occupé", location=None, description=None, url=None)

OPENING = SeriesEntry(
    uid="7f1f9c1a-2f5e-49d0-8a54-7d9f2f4d7c21@rdv.example",
    sequence=0,
    stamp=CREATED.stamp,
    created=CREATED.created,
    summary="Ouverture : carte d’identité",
    transparent=True,
    zone="Europe/Paris",
    starts=datetime.fromisoformat("2026-03-02T09:00"),
    ends=datetime.fromisoformat("2026-03-02T12:30"),
    recurrence="FREQ=WEEKLY;BYDAY=TU,TH",
    until=date(2026, 12, 31),
    excluded=frozenset({date(2026, 3, 3), date(2026, 4, 9), date(2026, 5, 14)}),
)
NIGHT = replace(
    OPENING,
    uid="3c1be0a3-6fd7-41b5-b1e5-9b63c0a2f7d4@rdv.example",
    summary="Permanence de nuit",
    starts=datetime.fromisoformat("2026-03-07T22:00"),
    ends=datetime.fromisoformat("2026-03-08T06:00"),
    recurrence="FREQ=WEEKLY;BYDAY=SA",
    until=None,
    excluded=frozenset(),
    checked_until=date(2027, 12, 31),
)
LEAVE = SeriesEntry(
    uid="d2a51b0e-3d43-4a10-8f0c-6a7a7b1f8f55@rdv.example",
    sequence=0,
    stamp=CREATED.stamp,
    created=CREATED.created,
    summary="Absence",
    zone="Europe/Paris",
    starts=datetime.fromisoformat("2026-07-13T00:00"),
    ends=datetime.fromisoformat("2026-07-18T00:00"),
    whole_days=True,
)
TRAINING = replace(
    LEAVE,
    uid="5b8d5d0f-7a56-4a39-8f23-90b4b1b7e5c9@rdv.example",
    starts=datetime.fromisoformat("2026-09-01T00:00"),
    ends=datetime.fromisoformat("2026-09-02T00:00"),
    recurrence="FREQ=MONTHLY;BYDAY=1MO",
    until=date(2027, 6, 30),
    excluded=frozenset({date(2026, 11, 2)}),
)

ELSEWHERE = replace(
    MOVED_AGAIN, sequence=3, stamp=MOVED_AGAIN.stamp + timedelta(hours=1), location="Mairie annexe, 34120 Pézenas"
)
WORKSHOP = replace(
    CREATED,
    uid="9d0b7f2c-41f1-4a0e-8f3a-3a4de8b7c0aa@rdv.example",
    summary="Atelier numérique (1/8)",
    description="Zoé Martin – 06 00 00 00 00\nhttps://rdv.example/a/9d0b7f2c",
    url="https://rdv.example/a/9d0b7f2c",
    private=True,
    categories=("Espace numérique",),
)
JOINED = replace(WORKSHOP, sequence=1, stamp=WORKSHOP.stamp + timedelta(hours=1), summary="Atelier numérique (2/8)")
LEFT = replace(WORKSHOP, sequence=2, stamp=WORKSHOP.stamp + timedelta(hours=2))
SEAT = replace(
    WORKSHOP,
    uid="1f6c2d3e-6d0a-4b7e-9a51-2b8f0c9d4e77@rdv.example",
    summary="Atelier numérique – Mairie de Pézenas",
    description="https://rdv.example/rdv/pezenas/rendez-vous/9d0b7f2c",
    private=False,
    categories=(),
)
SEAT_LEFT = replace(SEAT, sequence=1, stamp=LEFT.stamp, status=EventStatus.CANCELLED)
OPENING_CHANGED = replace(
    OPENING,
    sequence=1,
    stamp=OPENING.stamp + timedelta(days=1),
    changed=(
        Changed(
            date(2026, 4, 14),
            replace(
                OPENING,
                sequence=1,
                stamp=OPENING.stamp + timedelta(days=1),
                starts=datetime.fromisoformat("2026-04-14T14:00"),
                ends=datetime.fromisoformat("2026-04-14T17:00"),
                recurrence="",
                until=None,
                excluded=frozenset(),
            ),
        ),
    ),
)

HEAD = feed_head("Agenda d’Awa Diop", "Europe/Paris", "#000091")


def _to_citizen(entry: Entry) -> str:
    return request(entry, organizer=ORGANIZER, attendee=CITIZEN, alarms=True, contact=CONTACT).decode()


def _to_agent(entry: Entry, agent: tuple[str, str] = AGENT) -> str:
    return request(entry, organizer=ORGANIZER, attendee=agent, alarms=False).decode()


GOLDEN: dict[str, Callable[[], str]] = {
    "object-created": lambda: render(CREATED),
    "object-moved": lambda: render(MOVED),
    "object-moved-again": lambda: render(MOVED_AGAIN),
    "object-cancelled": lambda: render(CANCELLED),
    "object-full": lambda: render(FULL),
    "object-busy": lambda: render(BUSY),
    "citizen-request-created": lambda: _to_citizen(CREATED),
    "citizen-request-moved": lambda: _to_citizen(MOVED),
    "citizen-request-moved-again": lambda: _to_citizen(MOVED_AGAIN),
    "citizen-cancel": lambda: cancel(CANCELLED, organizer=ORGANIZER, attendee=CITIZEN, contact=CONTACT).decode(),
    "citizen-download": lambda: download(CREATED, contact=CONTACT).decode(),
    "agent-request-created": lambda: _to_agent(CREATED),
    "agent-request-moved": lambda: _to_agent(MOVED),
    "agent-request-moved-again": lambda: _to_agent(MOVED_AGAIN),
    "agent-request-elsewhere": lambda: _to_agent(ELSEWHERE),
    "agent-request-joined": lambda: _to_agent(JOINED),
    "agent-request-left": lambda: _to_agent(LEFT),
    "agent-request-series": lambda: request_series(OPENING_CHANGED, organizer=ORGANIZER, attendee=AGENT).decode(),
    "agent-cancel-series": lambda: cancel_series(TRAINING, organizer=ORGANIZER, attendee=AGENT).decode(),
    "citizen-request-elsewhere": lambda: _to_citizen(ELSEWHERE),
    "citizen-request-joined": lambda: _to_citizen(SEAT),
    "citizen-cancel-left": lambda: cancel(SEAT_LEFT, organizer=ORGANIZER, attendee=CITIZEN, contact=CONTACT).decode(),
    "agent-cancel": lambda: cancel(CANCELLED, organizer=ORGANIZER, attendee=AGENT).decode(),
    "agent-removed": lambda: cancel(MOVED, organizer=ORGANIZER, attendee=AGENT, whole_event=False).decode(),
    "agent-added": lambda: _to_agent(MOVED, NEW_AGENT),
    "series-opening": lambda: render_series(OPENING),
    "series-night": lambda: render_series(NIGHT),
    "series-whole-days": lambda: render_series(TRAINING),
    "once-whole-days": lambda: render_series(LEAVE),
    "feed": lambda: feed_text(HEAD, map(vevent_of, (render(MOVED), render_series(OPENING)))),
    "feed-empty": lambda: feed_text(HEAD, ()),
}

if __name__ == "__main__":
    GOLDEN_FILES.mkdir(exist_ok=True)
    for name, text in GOLDEN.items():
        (GOLDEN_FILES / f"{name}.ics").write_bytes(text().encode())
