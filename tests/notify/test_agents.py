"""What agents hear of their agendas, and what their calendar programs file (M-4, K-51)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import icalendar
import pytest
from ical.lint import problems
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.audit.record import SYSTEM, Actor
from rdvdav.booking.cancel import cancel
from rdvdav.booking.collective import add_person, open_collective
from rdvdav.booking.freely import Plan, book_freely
from rdvdav.booking.staff import book_for
from rdvdav.booking.withdraw import reassign, withdraw
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.directory.agent import Agent, Level
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import DetailLevel
from rdvdav.feeds.object import CalendarObject, CollectionKind
from rdvdav.feeds.publish import publish
from rdvdav.outbox.message import Message
from rdvdav.planning import absences, opening_ranges
from rdvdav.planning.moving import Wish, move_freely
from rdvdav.planning.one_appointment import remove_for_good

NINE = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
HEARS = {"appointments_told": Level.OTHERS, "openings_told": True, "absences_told": True, "calendar_by_mail": True}


@dataclass
class Office:
    """Two agents of one service, and what leaves for them."""

    session: Session
    clock: StoppedClock
    make: Maker
    motif: Motif
    claire: Agent
    marc: Agent

    def agenda(self, agent: Agent) -> Agenda:
        return self.make.agenda_of(agent)

    def book(self, starts_at: datetime = NINE, by: Actor = SYSTEM) -> Appointment:
        citizen = self.make.citizen(first_name="Amina", last_name="Benali")
        return book_for(
            self.session,
            self.clock,
            by,
            agenda_id=self.agenda(self.claire).id,
            motif_id=self.motif.id,
            starts_at=starts_at,
            citizen_id=citizen.id,
            place_id=self.place,
        )

    def known(self) -> Citizen:
        person = self.make.citizen()
        row = CitizenOrganisation(
            citizen_id=person.id, organisation_id=self.motif.organisation_id, created_at=self.clock.now()
        )
        self.session.add(row)
        self.session.flush()
        return person

    @property
    def place(self) -> int:
        return self.session.scalars(select(opening_ranges.OpeningRange.place_id)).first() or 0

    def mails(self, agent: Agent) -> list[Message]:
        query = select(Message).where(Message.agent_id == agent.id).order_by(Message.id)
        return list(self.session.scalars(query))

    def choose(self, agent: Agent, **columns: object) -> None:
        for name, value in columns.items():
            setattr(agent, name, value)
        self.session.flush()


@pytest.fixture
def office(session: Session, clock: StoppedClock, make: Maker) -> Office:
    make.organisation(name="Mairie de Sainte-Anne")
    motif = make.motif(name="Passeport")
    claire = make.agent(first_name="Claire", last_name="Martin", email="claire@example.test", **HEARS)
    marc = make.agent(first_name="Marc", last_name="Le Goff", email="marc@example.test", **HEARS)
    for agent in (claire, marc):
        make.opening_range(make.agenda_of(agent), [motif])
    session.flush()
    return Office(session, clock, make, motif, claire, marc)


def event_of(message: Message) -> icalendar.Component:
    assert problems(message.calendar or "") == []
    return icalendar.Calendar.from_ical(message.calendar or "").walk("VEVENT")[0]


def stored(office: Office, uid: str) -> int:
    """SEQUENCE in the collections."""
    return max(office.session.scalars(select(CalendarObject.sequence).where(CalendarObject.uid == uid)))


def test_a_booking_by_a_citizen_is_read_of_and_filed_in_one_mail(office: Office) -> None:
    citizen = office.make.citizen(email="zoe@example.test")
    appointment = office.book(by=Actor.citizen(citizen.id))
    [mail] = office.mails(office.claire)

    assert mail.subject == "Nouveau rendez-vous du 30 novembre à 9 h – Mairie de Sainte-Anne"
    assert (mail.recipient, mail.method, mail.unsubscribe_url) == (
        "claire@example.test",
        "REQUEST",
        "http://rdv.example.test/agent/mon-compte/notifications",
    )
    for body in (mail.text, mail.html or ""):
        assert "lundi 30 novembre 2026 à 9 h" in body
        assert "Passeport" in body
        assert "Par l'usager." in body.replace("&#39;", "'")
        assert f"/agent/rendez-vous/{appointment.reference}" in body
        assert "Benali" not in body
    event = event_of(mail)
    assert (str(event["UID"]), int(event["SEQUENCE"])) == (appointment.uid, stored(office, appointment.uid))
    assert str(event["ATTENDEE"]) == "mailto:claire@example.test"
    assert str(event["ORGANIZER"]) == "mailto:rdv@example.test"
    assert "Benali" not in (mail.calendar or "")


@pytest.mark.parametrize(
    ("level", "files", "by", "days", "mails"),
    [
        (Level.ALL, True, "self", 7, "both"),
        (Level.ALL, False, "self", 7, "read"),
        (Level.OTHERS, True, "self", 7, "filed"),
        (Level.OTHERS, False, "self", 7, None),
        (Level.OTHERS, False, "colleague", 7, "read"),
        (Level.OTHERS, False, "citizen", 7, "read"),
        (Level.NEAR, False, "colleague", 0, "read"),
        (Level.NEAR, False, "colleague", 1, "read"),
        (Level.NEAR, False, "colleague", 2, None),
        (Level.NEAR, False, "self", 0, None),
        (Level.NEAR, True, "colleague", 2, "filed"),
        (Level.NONE, True, "citizen", 0, "filed"),
        (Level.NONE, False, "citizen", 0, None),
    ],
)
def test_either_switch_sends_one_mail_and_both_together_one(
    office: Office, level: Level, files: bool, by: str, days: int, mails: str | None
) -> None:
    office.choose(office.claire, appointments_told=level, calendar_by_mail=files)
    actor = {
        "self": Actor.agent(office.claire.id),
        "colleague": Actor.agent(office.marc.id),
        "citizen": Actor.citizen(office.make.citizen().id),
    }[by]
    office.book(datetime(2026, 11, 23, 8, 30, tzinfo=UTC) + timedelta(days=days), by=actor)

    found = office.mails(office.claire)
    assert len(found) == (mails is not None)
    assert [mail.method for mail in found] == ["REQUEST" if files else None] * len(found)


def test_today_and_tomorrow_are_counted_by_the_clocks_of_the_organisation(office: Office, clock: StoppedClock) -> None:
    """At 23:30 UTC on Monday it is Tuesday in Paris: Wednesday is tomorrow."""
    office.choose(office.claire, appointments_told=Level.NEAR, calendar_by_mail=False)
    clock.advance(timedelta(hours=16, minutes=30))
    office.book(datetime(2026, 11, 25, 8, 0, tzinfo=UTC), by=Actor.agent(office.marc.id))

    assert len(office.mails(office.claire)) == 1


def test_a_move_away_from_tomorrow_is_near(office: Office) -> None:
    office.choose(office.claire, appointments_told=Level.NEAR, calendar_by_mail=False)
    appointment = office.book(datetime(2026, 11, 24, 8, 0, tzinfo=UTC), by=Actor.agent(office.claire.id))
    move_freely(office.session, office.clock, office.marc.id, appointment.reference, Wish(NINE), accepted=ANY)

    [mail] = office.mails(office.claire)
    assert "mardi 24 novembre 2026 à 9 h" in mail.text
    assert "Par Marc Le Goff." in mail.text


ANY = frozenset({"other_place", "no_opening", "past"})


def test_a_change_of_agent_takes_it_from_one_and_gives_it_to_the_other(office: Office) -> None:
    appointment = office.book()
    agendas = office.agenda(office.claire).id, office.agenda(office.marc).id
    reassign(office.session, office.clock, appointment.id, SYSTEM, leaves=agendas[0], to=agendas[1])

    taken, given = office.mails(office.claire)[-1], office.mails(office.marc)[-1]
    assert (taken.method, given.method) == ("CANCEL", "REQUEST")
    assert "STATUS" not in event_of(taken)
    assert str(event_of(taken)["ATTENDEE"]) == "mailto:claire@example.test"
    assert {int(event_of(mail)["SEQUENCE"]) for mail in (taken, given)} == {stored(office, appointment.uid)}
    assert taken.subject.startswith("Rendez-vous du 30 novembre à 9 h : il n'est plus à vous")
    assert given.subject.startswith("Rendez-vous du 30 novembre à 9 h : il vous est confié")


def test_a_thread_holds_together_by_message_ids(office: Office) -> None:
    appointment = office.book()
    withdraw(office.session, office.clock, appointment.id, SYSTEM)
    cancel(office.session, office.clock, appointment.id, SYSTEM)

    ids = [mail.message_id for mail in office.mails(office.claire)]
    assert [mail.follows for mail in office.mails(office.claire)] == [[], ids[:1], ids[:2]]
    assert [mail.method for mail in office.mails(office.claire)] == ["REQUEST", "REQUEST", "CANCEL"]
    assert "l'en retire" in office.mails(office.claire)[-1].text
    statuses = [str(event_of(mail)["STATUS"]) for mail in office.mails(office.claire)]
    assert statuses == ["CONFIRMED", "TENTATIVE", "CANCELLED"]


def test_a_removed_appointment_leaves_the_calendar(office: Office) -> None:
    admin = office.make.agent(role="admin")
    appointment = office.book()
    uid, before = appointment.uid, stored(office, appointment.uid)
    remove_for_good(office.session, office.clock, admin.id, appointment.reference, tell=False)

    mail = office.mails(office.claire)[-1]
    assert (mail.method, str(event_of(mail)["UID"]), str(event_of(mail)["STATUS"])) == ("CANCEL", uid, "CANCELLED")
    assert int(event_of(mail)["SEQUENCE"]) > before


def test_who_joins_is_read_of_and_filed_only_where_the_calendar_says_so(office: Office) -> None:
    motif = office.make.motif(name="Atelier", collective=True, seats=8)
    place = office.place
    plan = Plan(motif.id, 0, NINE, 60, place, frozenset({office.agenda(office.claire).id}))
    atelier = open_collective(
        office.session, office.clock, office.marc.id, plan, title="", seats=8, accepted=frozenset({"no_opening"})
    )
    person = office.known()
    add_person(office.session, office.clock, office.marc.id, atelier.id, person.id, tell=True)
    cancel(office.session, office.clock, atelier.id, Actor.citizen(person.id))

    opened, joined, left = office.mails(office.claire)
    assert [mail.method for mail in (opened, joined, left)] == ["REQUEST", None, None]
    assert "une personne de plus" in joined.subject
    assert "1 place prise sur 8" in joined.text
    assert "une personne de moins" in left.subject


def test_at_the_full_level_the_mail_names_who_comes_and_at_the_least_nothing(office: Office) -> None:
    for level, words in ((DetailLevel.FULL, ("Benali", "Passeport")), (DetailLevel.BUSY, ())):
        organisation = office.book(NINE).organisation
        organisation.detail_level = DetailLevel.FULL
        office.agenda(office.claire).detail_level = level
        office.session.flush()
        appointment = office.book(NINE + timedelta(hours=1))
        mail = office.mails(office.claire)[-1]
        cancel(office.session, office.clock, appointment.id, SYSTEM)

        for text in (mail.subject + mail.text, mail.html or "", (mail.calendar or "").replace("\r\n ", "")):
            assert all((word in text) is (word in words) for word in ("Benali", "Passeport") if text != mail.subject)
        for other in office.session.scalars(select(Appointment).where(Appointment.cancelled_at.is_(None))):
            cancel(office.session, office.clock, other.id, SYSTEM)


def test_an_agent_who_left_hears_nothing(office: Office) -> None:
    appointment = office.book()
    sent = len(office.mails(office.claire))
    office.choose(office.claire, left_at=office.clock.now())
    cancel(office.session, office.clock, appointment.id, SYSTEM)

    assert len(office.mails(office.claire)) == sent


# --- opening ranges and absences

WEEKLY = absences.Plan(
    "Formation", absences.AbsenceKind.TRAINING, date(2026, 12, 1), date(2026, 12, 1), time(14), time(16),
    "FREQ=WEEKLY;BYDAY=TU;UNTIL=20261229",
)  # fmt: skip


def test_an_absence_goes_to_the_agent_as_a_whole_series(office: Office) -> None:
    session, clock, agenda = office.session, office.clock, office.agenda(office.claire)
    away = absences.create(session, clock, office.marc.id, agenda.id, WEEKLY)
    other = absences.Plan("Ailleurs", WEEKLY.kind, date(2026, 12, 9), date(2026, 12, 9), time(9), time(10))
    absences.change_one(session, clock, office.marc.id, away.id, date(2026, 12, 8), other)
    absences.remove_one(session, clock, office.marc.id, away.id, date(2026, 12, 15))
    absences.remove(session, clock, office.marc.id, away.id)

    mails = office.mails(office.claire)
    assert [mail.method for mail in mails] == ["REQUEST", "REQUEST", "REQUEST", "CANCEL"]
    assert [int(event_of(mail)["SEQUENCE"]) for mail in mails] == [0, 1, 2, 3]
    assert len({str(event_of(mail)["UID"]) for mail in mails}) == 1
    events = icalendar.Calendar.from_ical(mails[2].calendar or "").walk("VEVENT")
    assert [str(event.get("RECURRENCE-ID") and event["RECURRENCE-ID"].dt.date()) for event in events] == [
        "None",
        "2026-12-08",
    ]
    assert [each.dt.date() for each in events[0]["EXDATE"].dts] == [date(2026, 12, 15)]
    assert "Formation" not in (mails[0].calendar or "") + mails[0].text
    assert "Tous les mardis, de 14 h à 16 h" in mails[0].text
    assert office.mails(office.marc) == []


def test_a_series_that_calendars_show_keeps_their_sequence(office: Office) -> None:
    session, clock, agenda = office.session, office.clock, office.agenda(office.claire)
    publish(session, clock, office.claire.id, CollectionKind.ABSENCES)
    away = absences.create(session, clock, office.claire.id, agenda.id, WEEKLY)
    named = absences.Plan("Stage", *list(vars(WEEKLY).values())[1:])
    absences.change(session, clock, office.claire.id, away.id, named)
    absences.change(session, clock, office.claire.id, away.id, WEEKLY)
    later = absences.Plan(*[time(17) if value == time(16) else value for value in vars(WEEKLY).values()])
    absences.change(session, clock, office.claire.id, away.id, later)

    mails = office.mails(office.claire)
    assert [mail.method for mail in mails] == ["REQUEST", None, None, "REQUEST"]
    assert int(event_of(mails[-1])["SEQUENCE"]) == stored(office, away.uid) == away.sequence


@pytest.mark.parametrize(
    ("told", "files", "count"), [(True, True, 1), (True, False, 1), (False, True, 1), (False, False, 0)]
)
def test_opening_ranges_are_told_all_or_none(office: Office, told: bool, files: bool, count: int) -> None:
    office.choose(office.claire, openings_told=told, calendar_by_mail=files)
    plan = opening_ranges.Plan(
        "Permanence", office.place, frozenset({office.motif.id}), date(2026, 12, 5), time(9), time(12)
    )
    made = opening_ranges.create(office.session, office.clock, office.claire.id, office.agenda(office.claire).id, plan)
    mails = office.mails(office.claire)

    assert [mail.method for mail in mails] == ["REQUEST" if files else None] * count
    if count and files:
        assert str(event_of(mails[0])["TRANSP"]) == "TRANSPARENT"
        opening_ranges.remove(office.session, office.clock, office.claire.id, made.id)
        assert office.mails(office.claire)[-1].method == "CANCEL"


def test_the_last_date_of_a_series_takes_it_away(office: Office) -> None:
    session, clock, agenda = office.session, office.clock, office.agenda(office.claire)
    once = absences.Plan(*[*list(vars(WEEKLY).values())[:-1], "FREQ=WEEKLY;BYDAY=TU;UNTIL=20261201"])
    away = absences.create(session, clock, office.claire.id, agenda.id, once)
    absences.remove_one(session, clock, office.claire.id, away.id, date(2026, 12, 1))

    assert [mail.method for mail in office.mails(office.claire)] == ["REQUEST", "CANCEL"]


Write = Callable[[Office], object]


def test_a_booking_outside_slots_for_two_agents_reaches_both(office: Office) -> None:
    person = office.known()
    agendas = frozenset({office.agenda(office.claire).id, office.agenda(office.marc).id})
    plan = Plan(office.motif.id, person.id, NINE, 30, office.place, agendas)
    book_freely(office.session, office.clock, office.marc.id, plan)

    assert [len(office.mails(agent)) for agent in (office.claire, office.marc)] == [1, 1]
    assert "Par Marc" in office.mails(office.claire)[0].text
    assert "Par" not in office.mails(office.marc)[0].text.partition("Votre")[0].partition("Passeport")[2]
