"""Reminders leave two days before, never on a Sunday or holiday, once, and tell what is true then (M-3)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from make import Maker
from notify.telling import tell
from outbox.post import post_office
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.audit.record import Actor
from rdvdav.booking.cancel import cancel
from rdvdav.booking.move import retime
from rdvdav.booking.withdraw import withdraw
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.organisation import HolidayChange
from rdvdav.feeds.change import changing
from rdvdav.hours.holiday import Holidays
from rdvdav.notify.announce import announce
from rdvdav.notify.before import Before
from rdvdav.notify.mail import sender_of
from rdvdav.notify.reminder import compose_reminder, plan_all, reminder_moment
from rdvdav.notify.wording import MailTemplate, Reader
from rdvdav.outbox.deliver import Postman
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.planning.one_appointment import switch_notices
from rdvdav.settings import Settings

PARIS = "Europe/Paris"
CASES = """
2026-11-27 09:00 Europe/Paris       FR    2026-11-25 09:00 48 h before
2026-11-28 09:00 Europe/Paris       FR    2026-11-26 09:00 a Saturday's appointment
2026-11-29 10:00 Europe/Paris       FR    2026-11-27 10:00 a Sunday's
2026-11-30 09:00 Europe/Paris       FR    2026-11-28 09:00 Saturday is a working day
2026-12-01 09:00 Europe/Paris       FR    2026-11-28 09:00 Sunday brought forward
2026-12-01 00:00 Europe/Paris       FR    2026-11-28 00:00 Sunday from its first minute
2026-11-30 23:59 Europe/Paris       FR    2026-11-28 23:59 Saturday to its last
2026-12-02 09:00 Europe/Paris       FR    2026-11-30 09:00 Monday
2026-12-27 10:00 Europe/Paris       FR    2026-12-24 10:00 Christmas
2026-12-28 09:00 Europe/Paris       FR    2026-12-26 09:00 the day after is worked
2026-12-28 09:00 Europe/Paris       FR-67 2026-12-24 09:00 but not in Alsace
2026-12-29 09:00 Europe/Paris       FR    2026-12-26 09:00 Sunday, Saturday is worked
2026-12-29 09:00 Europe/Paris       FR-57 2026-12-24 09:00 Sunday and two holidays in Moselle
2027-12-27 09:00 Europe/Paris       FR    2027-12-24 09:00 Christmas on a Saturday
2027-12-28 09:00 Europe/Paris       FR    2027-12-24 09:00 and the Sunday after it
2027-01-03 10:00 Europe/Paris       FR    2026-12-31 10:00 New Year, into the year before
2026-11-13 09:00 Europe/Paris       FR    2026-11-10 09:00 11 November
2026-11-13 09:00 Europe/Paris       -     2026-11-11 09:00 without a calendar
2026-04-08 09:00 Europe/Paris       FR    2026-04-04 09:00 Easter Monday, then Sunday
2026-04-05 09:00 Europe/Paris       FR    2026-04-03 09:00 Good Friday is worked
2026-04-05 09:00 Europe/Paris       FR-67 2026-04-02 09:00 but not in Alsace
2026-05-03 10:00 Europe/Paris       FR    2026-04-30 10:00 1 May
2026-05-10 10:00 Europe/Paris       FR    2026-05-07 10:00 8 May
2026-05-16 09:00 Europe/Paris       FR    2026-05-13 09:00 Ascension
2026-05-27 09:00 Europe/Paris       FR    2026-05-23 09:00 Whit Monday
2026-07-16 09:00 Europe/Paris       FR    2026-07-13 09:00 14 July
2026-08-17 09:00 Europe/Paris       FR    2026-08-14 09:00 15 August, a Saturday
2026-08-18 09:00 Europe/Paris       FR    2026-08-14 09:00 Sunday after a holiday
2026-11-03 09:00 Europe/Paris       FR    2026-10-31 09:00 All Saints on a Sunday
2026-05-29 09:00 America/Guadeloupe GP    2026-05-26 09:00 abolition of slavery
2026-05-29 09:00 America/Guadeloupe FR    2026-05-27 09:00 not in the national calendar
2026-05-24 10:00 America/Martinique MQ    2026-05-21 10:00 22 May
2026-06-12 09:00 America/Cayenne    GF    2026-06-09 09:00 10 June
2027-12-22 09:00 Indian/Reunion     RE    2027-12-18 09:00 20 December, a Monday
2026-04-29 09:00 Indian/Mayotte     YT    2026-04-25 09:00 27 April, a Monday
2026-09-26 09:00 Pacific/Noumea     NC    2026-09-23 09:00 citizenship day
2026-03-07 09:00 Pacific/Tahiti     PF    2026-03-04 09:00 arrival of the Gospel
2026-04-30 09:00 Pacific/Wallis     WF    2026-04-27 09:00 Saint Pierre Chanel
2026-12-01 20:00 Pacific/Tahiti     PF    2026-11-28 20:00 Sunday there, Monday in UTC
2026-12-02 08:00 Pacific/Noumea     NC    2026-11-30 08:00 Monday there, Sunday in UTC
2026-03-30 09:00 Europe/Paris       FR    2026-03-28 08:00 48 hours that passed, in spring
2026-10-26 09:00 Europe/Paris       FR    2026-10-24 10:00 and in autumn
2026-03-31 09:00 Europe/Paris       FR    2026-03-28 09:00 the same time of day before summer time
2026-10-27 09:00 Europe/Paris       FR    2026-10-24 09:00 and before winter time
2026-10-27 02:30 Europe/Paris       FR    2026-10-24 02:30 an hour that came twice
2026-03-10 09:00 America/Miquelon   PM    2026-03-07 09:00 the clocks of Saint-Pierre change in March
"""


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_the_moment_of_a_reminder(case: str) -> None:
    day, hour, zone, calendar, expected_day, expected_hour, *_why = case.split()
    starts = datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)

    moment = reminder_moment(starts, zone, Holidays("" if calendar == "-" else calendar))

    assert f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" == f"{expected_day} {expected_hour}"


@pytest.mark.parametrize(
    ("holidays", "expected"),
    [
        (Holidays("FR", removed=frozenset({date(2026, 11, 11)})), 11),
        (Holidays("FR", added={date(2026, 11, 10): "Fête de la commune"}), 9),
        (Holidays("", added={date(2026, 11, 11): "Pont", date(2026, 11, 10): "Pont"}), 9),
    ],
)
def test_days_an_organisation_adds_or_works_count(holidays: Holidays, expected: int) -> None:
    assert reminder_moment(datetime(2026, 11, 13, 8, tzinfo=UTC), PARIS, holidays).day == expected


FRIDAY = datetime(2026, 11, 27, 8, tzinfo=UTC)
NEXT_FRIDAY = FRIDAY + timedelta(days=7)


@pytest.fixture
def booked(make: Maker) -> Appointment:
    """On Friday at 9:00 in Paris, told, two days and an hour before its reminder."""
    make.organisation(name="Mairie de Sainte-Anne")
    appointment = make.appointment(make.agenda(role="admin"), FRIDAY)
    tell(make.session, make.clock, Event.APPOINTMENT_CREATED, appointment)
    return appointment


def reminders(session: Session) -> list[datetime]:
    session.flush()
    query = select(Message.due_at).where(Message.event == Event.APPOINTMENT_REMINDED, Message.dropped_at.is_(None))
    return list(session.scalars(query.order_by(Message.id)))


def move_to(session: Session, clock: StoppedClock, appointment: Appointment, starts_at: datetime) -> None:
    before = Before.of(appointment)
    agendas = {claim.agenda_id: claim.opening_range_id for claim in appointment.claims}
    with changing(session, clock, agendas) as change:
        retime(session, appointment, starts_at, starts_at + timedelta(minutes=30), agendas)
        change.publish(appointment)
        announce(session, clock, Event.APPOINTMENT_MOVED, appointment, before=before, tell=False)


def test_a_reminder_follows_its_appointment(session: Session, clock: StoppedClock, booked: Appointment) -> None:
    assert reminders(session) == [FRIDAY - timedelta(days=2)]

    move_to(session, clock, booked, NEXT_FRIDAY)
    assert reminders(session) == [NEXT_FRIDAY - timedelta(days=2)]

    move_to(session, clock, booked, clock.now() + timedelta(hours=47))
    assert reminders(session) == [], "too late for a reminder"

    move_to(session, clock, booked, FRIDAY)
    assert reminders(session) == [FRIDAY - timedelta(days=2)]

    withdraw(session, clock, booked.id, Actor.agent(1), tell=False)
    assert reminders(session) == []

    move_to(session, clock, booked, NEXT_FRIDAY)
    cancel(session, clock, booked.id, Actor.agent(1), tell=False)
    assert reminders(session) == []


def test_who_switches_messages_off_gets_none_until_they_are_on_again(
    session: Session, clock: StoppedClock, booked: Appointment
) -> None:
    agent_id = session.scalars(select(Agenda.agent_id).where(Agenda.id == booked.claims[0].agenda_id)).one()
    [seat] = booked.participations
    switch_notices(session, clock, agent_id, booked.reference, frozenset(), frozenset())
    assert reminders(session) == []

    switch_notices(session, clock, agent_id, booked.reference, frozenset({seat.id}), frozenset({seat.id}))
    assert reminders(session) == [FRIDAY - timedelta(days=2)]

    clock.advance(timedelta(days=3))
    switch_notices(session, clock, agent_id, booked.reference, frozenset(), frozenset())
    switch_notices(session, clock, agent_id, booked.reference, frozenset({seat.id}), frozenset({seat.id}))
    assert reminders(session) == [], "its moment has passed"


def test_a_holiday_more_or_less_moves_reminders(
    session: Session, clock: StoppedClock, booked: Appointment, make: Maker
) -> None:
    late = make.appointment(make.agenda(), clock.now() + timedelta(hours=40))
    tell(session, clock, Event.APPOINTMENT_CREATED, late)
    organisation = booked.organisation
    organisation.holiday_changes.append(HolidayChange(day=date(2026, 11, 25), closed=True, name="Fête"))
    plan_all(session, clock, organisation.id)
    assert reminders(session) == [FRIDAY - timedelta(days=3)]

    organisation.holiday_changes.append(HolidayChange(day=date(2026, 11, 24), closed=True, name="Fête"))
    organisation.holiday_changes.append(HolidayChange(day=date(2026, 11, 23), closed=True, name="Fête"))
    plan_all(session, clock, organisation.id)
    [due] = reminders(session)
    assert due < clock.now(), "its moment by the new calendar has passed: it leaves at once"

    organisation.holiday_changes.clear()
    plan_all(session, clock, organisation.id)
    assert reminders(session) == [FRIDAY - timedelta(days=2)]


def test_holidays_of_many_appointments_are_followed_in_as_many_statements(
    sqlite: Database, clock: StoppedClock, statements: Callable
) -> None:
    counts = []
    for number in (1, 8):
        with sqlite.transaction() as session:
            make = Maker(session, clock)
            organisation = make.organisation()
            for _ in range(number):
                tell(session, clock, Event.APPOINTMENT_CREATED, make.appointment(make.agenda(), FRIDAY))
            session.expire_all()
            with statements(sqlite) as seen:
                plan_all(session, clock, organisation.id)
            counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_reminder_tells_what_is_true_when_it_leaves_and_says_it_again_alike(
    database: Database, clock: StoppedClock
) -> None:
    with database.transaction() as session:
        make = Maker(session, clock)
        make.organisation(name="Mairie de Sainte-Anne")
        motif = make.motif(name="Passeport", instructions="Venez à l'heure.")
        place = make.place(name="Mairie centrale")
        appointment = make.appointment(make.agenda(), FRIDAY, motif=motif, place=place)
        tell(session, clock, Event.APPOINTMENT_CREATED, appointment, tell=False)
    with post_office("451 later") as (office, url):
        postman = Postman(database, clock, sender_of(Settings(smtp_url=url, mail_from="r@x.fr")), compose_reminder)
        assert postman.round() == 0
        with database.transaction() as session:
            place, motif = session.merge(place), session.merge(motif)
            place.name, motif.instructions = "Annexe", "Par la cour."
            session.scalars(select(Citizen)).one().email = "new@example.test"
            own = {"event": Event.APPOINTMENT_REMINDED, "reader": Reader.CITIZEN, "closing": ""}
            own |= {"subject": "Le {date}, {organisation}", "introduction": "N'oubliez pas, {nom}."}
            session.add(MailTemplate(territory_id=place.territory_id, **own))
        clock.advance(FRIDAY - timedelta(days=2) - clock.now())
        assert postman.round() == 1
        with database.transaction() as session:
            session.merge(place).name = "Ailleurs"
            [row] = session.scalars(select(Message))
            written = row.text
        clock.advance(timedelta(minutes=2))
        assert postman.round() == 1
    assert office.recipients == ["new@example.test"]
    assert all(
        words in written
        for words in (
            "Pour rappel",
            "N'oubliez pas, Amina",
            "vendredi 27 novembre 2026 à 9 h",
            "Annexe",
            "Par la cour.",
        )
    )
    assert "Voir ou annuler" in written, "48 hours before, it can be moved no more"
    assert b"Annexe" in office.taken[0]
    assert b"invite.ics" not in office.taken[0]
    assert row.subject == "Le vendredi 27 novembre 2026, Mairie de Sainte-Anne"


@pytest.mark.parametrize("status", [Status.DONE, Status.CANCELLED_BY_CITIZEN])
def test_a_reminder_that_is_not_true_any_more_does_not_leave(
    session: Session, clock: StoppedClock, booked: Appointment, status: Status
) -> None:
    row = session.scalars(select(Message).where(Message.to_compose)).one()
    booked.participations[0].status = booked.status = status

    assert not compose_reminder(session, clock, row)
