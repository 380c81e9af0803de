"""Three kinds of collection and three levels of detail: different texts, each only what it says (K-1, K-2, K-13)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from icalendar import Calendar
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.clock import StoppedClock
from rdvdav.directory.organisation import DetailLevel
from rdvdav.feeds.change import changing
from rdvdav.feeds.collecting import close_collections, open_collection
from rdvdav.feeds.object import FOREVER, CalendarObject, Collection, CollectionKind, Occurrence
from rdvdav.feeds.read import calendars_of, objects_matching

TUESDAY_NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
BUSY, MOTIF, FULL = DetailLevel
MAIN, ABSENCES, OPENINGS = CollectionKind


def rows(session: Session, collection: Collection) -> list[CalendarObject]:
    return list(session.scalars(select(CalendarObject).where(CalendarObject.collection_id == collection.id)))


def event(row: CalendarObject):
    return Calendar.from_ical(row.text).walk("VEVENT")[0]


def booked(make: Maker, level: DetailLevel) -> Agenda:
    """An agenda with one appointment, in an organisation that lets *level* out."""
    make.organisation(detail_level=level)
    agenda = make.agenda()
    citizen = make.citizen(first_name="Zéphyrine", last_name="Quatrevaux", phone="+33612345678")
    make.appointment(
        agenda, TUESDAY_NINE, motif=make.motif(name="Passeport"), citizen=citizen, comment="avec son chien"
    )
    return agenda


PERSONAL = ("Zéphyrine", "Quatrevaux", "33612345678", "chien", "@example.test")


def test_busy_says_nothing_but_when(session: Session, clock: StoppedClock, make: Maker) -> None:
    agenda = booked(make, FULL)

    [row] = rows(session, open_collection(session, clock, agenda.id, level=BUSY))

    said = event(row)
    assert said["SUMMARY"] == "Occupé"
    assert not {"LOCATION", "DESCRIPTION", "URL", "CATEGORIES", "CLASS"} & set(said)
    assert not any(word in row.text for word in (*PERSONAL, "Passeport", "Lieu", "http"))


def test_full_names_who_comes_and_is_private(session: Session, clock: StoppedClock, make: Maker) -> None:
    agenda = booked(make, FULL)

    [row] = rows(session, open_collection(session, clock, agenda.id, level=FULL))

    said = event(row)
    assert said["SUMMARY"] == "Passeport"
    assert said["DESCRIPTION"].splitlines()[0] == "Zéphyrine Quatrevaux – +33612345678"
    assert (said["CLASS"], said["CATEGORIES"].cats) == ("PRIVATE", ["Service 4"])
    assert "chien" not in row.text
    assert "@example.test" not in row.text


@pytest.mark.parametrize(("lets_out", "same_as"), [(BUSY, BUSY), (MOTIF, MOTIF)])
def test_an_organisation_lets_out_no_more_than_it_chose(
    session: Session, clock: StoppedClock, make: Maker, lets_out: DetailLevel, same_as: DetailLevel
) -> None:
    agenda = booked(make, lets_out)

    texts = {
        level: rows(session, open_collection(session, clock, agenda.id, level=level))[0].text
        for level in (FULL, same_as)
    }

    assert texts[FULL] == texts[same_as]
    assert not any(word in texts[FULL] for word in PERSONAL)


def test_a_collective_appointment_shows_its_seats_to_those_who_see_everything(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    make.organisation(detail_level=FULL)
    agenda = make.agenda()
    make.appointment(agenda, TUESDAY_NINE, title="Atelier budget", seats=8)

    [usual] = rows(session, make.collection_of(agenda))
    [full] = rows(session, open_collection(session, clock, agenda.id, level=FULL))

    assert "Atelier" not in usual.text
    assert event(full)["SUMMARY"] == "Atelier budget (1/8)"


def test_a_new_collection_changes_nothing_of_what_others_show(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    agenda = booked(make, FULL)
    [before] = rows(session, make.collection_of(agenda))
    text, version = before.text, before.version
    clock.advance(timedelta(hours=1))

    [row] = rows(session, open_collection(session, clock, agenda.id, level=FULL))

    assert (before.text, before.version) == (text, version)
    assert (row.sequence, row.version, agenda.version) == (0, 2, 2)


def test_levels_of_one_calendar_share_its_address(session: Session, clock: StoppedClock, make: Maker) -> None:
    agenda = booked(make, FULL)
    main = make.collection_of(agenda)

    full = open_collection(session, clock, agenda.id, level=FULL)
    absences = open_collection(session, clock, agenda.id, ABSENCES)

    assert full.slug == main.slug != absences.slug
    assert full.epoch != main.epoch


def test_each_level_gets_its_own_text_of_a_change_in_one_version(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    agenda = booked(make, FULL)
    others = [open_collection(session, clock, agenda.id, level=level) for level in (BUSY, FULL)]
    version = agenda.version

    make.appointment(agenda, TUESDAY_NINE + timedelta(days=1))

    written = [row for row in session.scalars(select(CalendarObject)) if row.version == version + 1]
    assert agenda.version == version + 1
    assert {row.collection_id for row in written} == {make.collection_of(agenda).id, *(other.id for other in others)}
    assert len({row.text for row in written}) == 3


# --- absences and openings


def test_absences_show_when_but_not_why(session: Session, clock: StoppedClock, make: Maker) -> None:
    agenda = make.agenda()
    make.absence(agenda, title="Rendez-vous médical")

    texts = {
        level: rows(session, open_collection(session, clock, agenda.id, ABSENCES, level))[0].text
        for level in DetailLevel
    }

    assert "SUMMARY:Occupé\r\n" in texts[BUSY]
    assert "SUMMARY:Indisponible\r\n" in texts[MOTIF]
    assert "SUMMARY:Rendez-vous médical\r\n" in texts[FULL]
    assert "DTSTART;VALUE=DATE:20261124" in texts[MOTIF]
    assert [word in "".join(texts[level] for level in (BUSY, MOTIF)) for word in ("médical", "PRIVATE")] == [
        False,
        False,
    ]


def test_openings_take_no_time_and_say_where(session: Session, clock: StoppedClock, make: Maker) -> None:
    agenda = make.agenda()
    make.opening_range(agenda, [make.motif(name="Passeport")])

    collections = {level: open_collection(session, clock, agenda.id, OPENINGS, level) for level in DetailLevel}

    found = {level: rows(session, collection)[0] for level, collection in collections.items()}
    assert {row.busy for row in found.values()} == {False}
    assert event(found[MOTIF])["TRANSP"] == "TRANSPARENT"
    assert event(found[BUSY])["SUMMARY"] == "Plage d’ouverture"
    assert event(found[MOTIF])["SUMMARY"] == "Permanence"
    assert event(found[MOTIF])["LOCATION"].startswith("Lieu")
    assert event(found[FULL])["DESCRIPTION"] == "Passeport"
    assert "LOCATION" not in event(found[BUSY])
    assert "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR" in found[MOTIF].text


def in_span(session: Session, agenda: Agenda, kind: CollectionKind, start: datetime, end: datetime) -> int:
    calendar = next(each for each in calendars_of(session, agenda.agent_id) if each.kind is kind)
    return len(list(objects_matching(session, calendar, start=start, end=end)))


@pytest.mark.parametrize(
    ("start", "hours", "found"),
    [
        (datetime(2026, 11, 24, 7, 0, tzinfo=UTC), 1, 0),  # ends at nine in Paris, when it opens
        (datetime(2026, 11, 24, 7, 0, tzinfo=UTC), 2, 1),
        (datetime(2026, 11, 24, 11, 0, tzinfo=UTC), 5, 0),  # begins when it closes
        (datetime(2026, 11, 28, 0, 0, tzinfo=UTC), 48, 0),  # a weekend
        (datetime(2027, 6, 1, 7, 30, tzinfo=UTC), 1, 1),  # nine in summer
        (datetime(2027, 6, 1, 6, 0, tzinfo=UTC), 1, 0),
        (datetime(2031, 6, 1, 6, 0, tzinfo=UTC), 1, 1),  # beyond what is written: cannot be excluded
    ],
)
def test_a_series_is_found_when_it_happens(
    session: Session, clock: StoppedClock, make: Maker, start: datetime, hours: int, found: int
) -> None:
    agenda = make.agenda()
    make.opening_range(agenda, [make.motif()])
    open_collection(session, clock, agenda.id, OPENINGS)

    assert in_span(session, agenda, OPENINGS, start, start + timedelta(hours=hours)) == found


def test_occurrences_are_written_two_years_ahead(session: Session, clock: StoppedClock, make: Maker) -> None:
    agenda = make.agenda()
    make.opening_range(agenda, [make.motif()], recurrence="FREQ=WEEKLY;BYDAY=MO")
    make.opening_range(agenda, [make.motif()], first_day=date(2026, 12, 1), last_day=date(2026, 12, 1), recurrence=None)

    found = rows(session, open_collection(session, clock, agenda.id, OPENINGS))
    [weekly, once] = sorted(found, key=lambda row: row.ends_at, reverse=True)

    assert weekly.ends_at == FOREVER
    assert (once.occurs_until, once.starts_at) == (None, datetime(2026, 12, 1, 8, 0, tzinfo=UTC))
    ahead = list(session.scalars(select(Occurrence.starts_at).order_by(Occurrence.starts_at)))
    assert ahead[0] == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert ahead[-1] == datetime(2028, 11, 27, 8, 0, tzinfo=UTC)
    assert len(ahead) == 106


@pytest.mark.parametrize("columns", [{"starts": time(9), "ends": time(12)}, {}])
def test_a_zone_without_yearly_rules_gets_instants(
    session: Session, clock: StoppedClock, make: Maker, columns: dict[str, time]
) -> None:
    agenda = make.agenda()
    agenda.zone = "Africa/Casablanca"
    make.absence(agenda, recurrence="FREQ=WEEKLY;BYDAY=TU", last_day=None, **columns)

    [row] = rows(session, open_collection(session, clock, agenda.id, ABSENCES))

    assert "VTIMEZONE" not in row.text
    assert ("RDATE:2026" in row.text) == bool(columns)
    assert ("RRULE" in row.text) != bool(columns)
    assert session.scalars(select(Occurrence)).all()


def test_what_leaves_a_calendar_leaves_no_occurrence(session: Session, clock: StoppedClock, make: Maker) -> None:
    agenda = make.agenda()
    opening = make.opening_range(agenda, [make.motif()])
    collection = open_collection(session, clock, agenda.id, OPENINGS)

    with changing(session, clock, [agenda.id]) as change:
        change.withdraw(opening.uid)

    [row] = rows(session, collection)
    assert row.deleted
    assert session.scalars(select(Occurrence)).all() == []


def test_a_closed_collection_is_gone_and_comes_back_as_another(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    agenda = make.agenda()
    make.opening_range(agenda, [make.motif()])
    first = open_collection(session, clock, agenda.id, OPENINGS)
    was = (first.slug, first.epoch)

    close_collections(session, clock, agenda.id, OPENINGS)
    assert session.scalars(select(Collection.kind)).all() == [MAIN]
    second = open_collection(session, clock, agenda.id, OPENINGS)

    assert (second.slug, second.epoch) != was
    assert len(rows(session, second)) == 1


@pytest.mark.parametrize("kind", [ABSENCES, OPENINGS])
def test_what_is_not_switched_on_is_published_nowhere(
    session: Session, make: Maker, kind: CollectionKind, clock: StoppedClock
) -> None:
    agenda = make.agenda()
    thing: Callable[[], object] = lambda: (  # noqa: E731 - made below, inside the change
        make.absence(agenda) if kind is ABSENCES else make.opening_range(agenda, [make.motif()])
    )

    with changing(session, clock, [agenda.id]) as change:
        change.publish(thing())

    assert (agenda.version, session.scalars(select(CalendarObject)).all()) == (0, [])
