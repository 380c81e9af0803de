"""More than one calendar in the home: absences, openings, and those of colleagues (K-1, K-20, K-21, C11, C12)."""

from datetime import UTC, date, datetime, time

import pytest
from dav.conftest import Office
from dav.door import CALDAV, DAV, NAMESPACES, Client
from diary import DAY, TUESDAY_NINE, Diary
from ical.parsers import by_icalendar
from icalendar import Calendar
from sqlalchemy import delete, select

from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.clock import StoppedClock
from rdvdav.directory.agent import Agent
from rdvdav.directory.membership import AgentService
from rdvdav.feeds.access import Scope, new_app_password
from rdvdav.feeds.collecting import open_collection
from rdvdav.feeds.follow import Following
from rdvdav.feeds.object import CollectionKind
from rdvdav.planning.opening_ranges import Plan, change_one, remove_one

MONDAY = date(2026, 11, 23)


class Shelf:
    """An agent who opens each working day from nine to noon and is away on some, and a colleague of the same service."""

    def __init__(self, office: Office, clock: StoppedClock) -> None:
        self.office, self.clock, own = office, clock, office.own
        with own.database.transaction() as session:
            own.make.session = session
            own.make.opening_range(own.agenda, [own.motif])
            own.make.absence(own.agenda, first_day=MONDAY + 2 * DAY, end_day=MONDAY + 3 * DAY)
            own.make.absence(
                own.agenda, recurrence="FREQ=WEEKLY;BYDAY=TH", starts=time(14), ends=time(16), last_day=None
            )
            self.slugs = {
                kind: open_collection(session, clock, own.agenda.id, kind).slug
                for kind in (CollectionKind.ABSENCES, CollectionKind.OPENINGS)
            }
            colleague = own.make.agent(first_name="Awa", last_name="Diop")
            agenda = own.make.agenda_of(colleague)
            own.make.appointment(agenda, TUESDAY_NINE + 6 * DAY)
            self.agenda_id = agenda.id
            self.slugs[CollectionKind.MAIN] = own.make.collection_of(agenda).slug
            self.colleague_id, self.principal = colleague.id, colleague.principal

    def path(self, kind: CollectionKind) -> str:
        """Absences and openings of the agent; the main calendar of the colleague."""
        return f"{self.office.home}{self.slugs[kind]}/"

    def follow(self) -> None:
        with self.office.database.transaction() as session:
            session.add(
                Following(agent_id=self.office.own.agent.id, agenda_id=self.agenda_id, created_at=self.clock.now())
            )


@pytest.fixture
def shelf(office: Office, clock: StoppedClock) -> Shelf:
    return Shelf(office, clock)


ABSENCES, OPENINGS, COLLEAGUE = CollectionKind.ABSENCES, CollectionKind.OPENINGS, CollectionKind.MAIN


def names(client: Client, office: Office) -> list[str]:
    """The calendars in the home, as clients list them."""
    answer = client.propfind(office.home, "displayname", depth="1")
    found = [answer.prop(f"{DAV}displayname", href) for href in answer.members if href != office.home]
    return [name.text or "" for name in found if name is not None]


def test_the_own_calendars_are_listed_by_kind(client: Client, office: Office, shelf: Shelf) -> None:
    name = office.own.agent.name

    assert names(client, office) == [name, f"{name} – indisponibilités", f"{name} – plages d’ouverture"]


def test_absences_and_openings_are_calendars_like_any_other(client: Client, office: Office, shelf: Shelf) -> None:
    for kind, count in ((ABSENCES, 2), (OPENINGS, 1)):
        path = shelf.path(kind)
        first = client.sync(path, data=True)
        assert len(first.texts()) == count
        assert client.sync(path, first.token).hrefs == set()
        assert client.multiget(path, sorted(first.hrefs)).texts() == first.texts()
        assert client.request("GET", path).status == 200
        assert all(client.request("GET", href).body.decode() == text for href, text in first.texts().items())


# --- what happens when


def in_time(start: str, end: str) -> str:
    return f'<C:comp-filter name="VEVENT"><C:time-range start="{start}" end="{end}"/></C:comp-filter>'


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("20261126T130000Z", "20261126T140000Z", 2),  # the weekly one, and the last day of two days' leave
        ("20261203T130000Z", "20261203T140000Z", 1),
        ("20261203T150000Z", "20261203T160000Z", 0),
        ("20261204T000000Z", "20261209T000000Z", 0),
        ("20261124T230000Z", "20261124T233000Z", 1),  # Paris has Wednesday already
    ],
)
def test_a_time_range_finds_a_series_only_when_it_happens(
    client: Client, shelf: Shelf, start: str, end: str, found: int
) -> None:
    assert len(client.query(shelf.path(ABSENCES), in_time(start, end)).hrefs) == found


def test_expand_gives_the_occurrences_and_nothing_that_repeats(client: Client, shelf: Shelf) -> None:
    span = ("20261130T000000Z", "20261214T000000Z")
    expand = f'<C:calendar-data><C:expand start="{span[0]}" end="{span[1]}"/></C:calendar-data>'

    [text] = client.query(shelf.path(ABSENCES), in_time(*span), data=expand).texts().values()

    assert [f"{event['dtstart']:%d %H:%M}" for event in by_icalendar(text)] == ["03 13:00", "10 13:00"]
    assert "RRULE" not in text
    assert "TZID" not in text
    plain = client.query(shelf.path(ABSENCES), in_time(*span)).texts()
    assert "RRULE" in next(iter(plain.values()))


def test_an_expansion_without_an_end_is_refused(client: Client, shelf: Shelf) -> None:
    expand = '<C:calendar-data><C:expand start="20261130T000000Z"/></C:calendar-data>'

    assert (
        client.query(shelf.path(ABSENCES), in_time("20261130T000000Z", "20261214T000000Z"), data=expand).status == 400
    )


@pytest.mark.parametrize("name", ["RRULE", "EXDATE", "DURATION", "DTEND"])
def test_filters_on_what_only_series_have_are_answered(client: Client, shelf: Shelf, name: str) -> None:
    year = '<C:time-range start="20261101T000000Z" end="20271101T000000Z"/>'
    has = f'<C:comp-filter name="VEVENT">{year}<C:prop-filter name="{name}"/></C:comp-filter>'

    answer = client.query(shelf.path(ABSENCES), has)

    texts = client.sync(shelf.path(ABSENCES), data=True).texts()
    assert answer.hrefs == {href for href, text in texts.items() if f"\r\n{name}" in text}


def test_free_busy_knows_absences_and_forgets_openings(client: Client, shelf: Shelf) -> None:
    def busy(kind: CollectionKind) -> list[str]:
        answer = client.report(
            shelf.path(kind),
            f'<C:free-busy-query {NAMESPACES}><C:time-range start="20261123T000000Z" end="20261204T000000Z"/></C:free-busy-query>',
        )
        return [line.partition(":")[2] for line in answer.body.decode().splitlines() if line.startswith("FREEBUSY")]

    assert busy(ABSENCES) == [
        "20261124T230000Z/20261126T230000Z",
        "20261203T130000Z/20261203T150000Z",
    ]
    assert busy(OPENINGS) == []


# --- colleagues


def test_a_colleagues_calendar_is_listed_once_it_is_switched_on(client: Client, office: Office, shelf: Shelf) -> None:
    assert "Awa Diop" not in names(client, office)
    assert client.propfind(shelf.path(COLLEAGUE), "displayname").status == 404

    shelf.follow()

    assert names(client, office)[-1] == "Awa Diop"
    answer = client.propfind(shelf.path(COLLEAGUE), "owner", "current-user-principal")
    assert answer.prop(f"{DAV}owner").findtext(f"{DAV}href") == f"/dav/{shelf.principal}/"
    assert answer.prop(f"{DAV}current-user-principal").findtext(f"{DAV}href") == office.home


def test_a_colleagues_calendar_is_read_and_synchronised_but_not_written(client: Client, shelf: Shelf) -> None:
    shelf.follow()
    path = shelf.path(COLLEAGUE)

    first = client.sync(path, data=True)

    assert len(first.texts()) == 1
    assert "Awa" not in "".join(first.texts().values())
    assert client.sync(path, first.token).hrefs == set()
    assert client.request("PUT", f"{path}x.ics", "x").status == 403
    assert client.request("DELETE", next(iter(first.hrefs))).status == 403


def test_the_colleagues_own_address_stays_closed(client: Client, shelf: Shelf) -> None:
    shelf.follow()

    theirs = f"/dav/{shelf.principal}/{shelf.slugs[COLLEAGUE]}/"
    assert client.propfind(theirs, "displayname").status == 403


def test_what_policy_takes_away_is_gone_at_the_next_request(client: Client, office: Office, shelf: Shelf) -> None:
    shelf.follow()
    assert client.propfind(shelf.path(COLLEAGUE), "displayname").status == 207

    with office.database.transaction() as session:
        session.execute(delete(AgentService).where(AgentService.agent_id == shelf.colleague_id))

    assert client.propfind(shelf.path(COLLEAGUE), "displayname").status == 404
    assert "Awa Diop" not in names(client, office)
    assert client.sync(shelf.path(COLLEAGUE)).status == 404


def test_a_password_for_the_own_calendars_opens_no_others(port: int, office: Office, shelf: Shelf) -> None:
    shelf.follow()
    with office.database.transaction() as session:
        _row, secret = new_app_password(session, shelf.clock, office.own.agent.id, "Téléphone", Scope.OWN)
    narrow = Client(port, office.own.agent.email, secret)

    assert len(names(narrow, office)) == 3
    assert narrow.propfind(shelf.path(COLLEAGUE), "displayname").status == 404


def test_a_colleague_who_left_is_listed_no_more(client: Client, office: Office, shelf: Shelf) -> None:
    shelf.follow()
    with office.database.transaction() as session:
        session.get_one(Agent, shelf.colleague_id).left_at = shelf.clock.now()

    assert "Awa Diop" not in names(client, office)


def test_who_follows_a_stranger_sees_nothing(client: Client, office: Office, shelf: Shelf) -> None:
    stranger: Diary = office.other
    with office.database.transaction() as session:
        row = Following(agent_id=office.own.agent.id, agenda_id=stranger.agenda.id, created_at=shelf.clock.now())
        session.add(row)

    assert len(names(client, office)) == 3
    assert client.propfind(f"{office.home}{stranger.calendar.slug}/", "displayname").status == 404


def test_components_are_events_whatever_the_calendar_shows(client: Client, shelf: Shelf) -> None:
    for kind in (ABSENCES, OPENINGS):
        found = client.propfind(shelf.path(kind), "C:supported-calendar-component-set")
        components = found.prop(f"{CALDAV}supported-calendar-component-set")
        assert [each.get("name") for each in components] == ["VEVENT"]


def test_a_changed_date_is_part_of_its_series_and_has_words_of_its_own(
    client: Client, office: Office, shelf: Shelf, clock: StoppedClock
) -> None:
    own = office.own
    with own.database.transaction() as session:
        [series] = session.scalars(select(OpeningRange).where(OpeningRange.agenda_id == own.agenda.id))
        moved = Plan("Exceptionnelle", series.place_id, frozenset({own.motif.id}), MONDAY + 5 * DAY, time(14), time(16))
        change_one(session, clock, own.agent.id, series.id, MONDAY + DAY, moved)
        remove_one(session, clock, own.agent.id, series.id, MONDAY + 2 * DAY)
    path = shelf.path(OPENINGS)

    def ask(start: str, end: str, data: str = "<C:calendar-data/>") -> dict[str, str]:
        span = f'<C:comp-filter name="VEVENT"><C:time-range start="{start}" end="{end}"/></C:comp-filter>'
        return client.query(path, span, data=data).texts()

    assert ask("20261124T000000Z", "20261126T000000Z") == {}
    [whole] = ask("20261128T130000Z", "20261128T131500Z").values()
    assert whole.count("BEGIN:VEVENT") == 2
    span = 'start="20261123T000000Z" end="20261129T000000Z"'
    [text] = ask(
        "20261123T000000Z", "20261129T000000Z", f"<C:calendar-data><C:expand {span}/></C:calendar-data>"
    ).values()
    assert [(start, words) for start, _end, words in sorted(_events(text))] == [
        (datetime(2026, 11, 23, 8, 0, tzinfo=UTC), ("Permanence", datetime(2026, 11, 23, 8, 0, tzinfo=UTC))),
        (datetime(2026, 11, 26, 8, 0, tzinfo=UTC), ("Permanence", datetime(2026, 11, 26, 8, 0, tzinfo=UTC))),
        (datetime(2026, 11, 27, 8, 0, tzinfo=UTC), ("Permanence", datetime(2026, 11, 27, 8, 0, tzinfo=UTC))),
        (datetime(2026, 11, 28, 13, 0, tzinfo=UTC), ("Exceptionnelle", datetime(2026, 11, 24, 8, 0, tzinfo=UTC))),
    ]


def _events(text: str) -> list[tuple[datetime, datetime, tuple[str, datetime]]]:
    return [
        (event["DTSTART"].dt, event["DTEND"].dt, (str(event["SUMMARY"]), event["RECURRENCE-ID"].dt))
        for event in Calendar.from_ical(text).walk("VEVENT")
    ]
