"""The waiting list: who is told of what, when, how often, and nobody twice (B12, L-7)."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from make import MONDAY, Maker
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.freed import Freed
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.waiting_list import WaitingListEntry
from rdvdav.audit.record import SYSTEM
from rdvdav.booking.book import book
from rdvdav.booking.bookable import NotBookable
from rdvdav.booking.cancel import cancel
from rdvdav.booking.held import release
from rdvdav.booking.hold import keep
from rdvdav.booking.linked import NoSuchLink
from rdvdav.booking.serve_waiting import PATIENCE, serve_due, tidy
from rdvdav.booking.staff import move_to
from rdvdav.booking.waiting_list import MAILS_PER_EMAIL, Wish, confirm, entry_under, leave, wait
from rdvdav.booking.withdraw import withdraw
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.feeds.change import changing
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Channel, Message
from rdvdav.policy.installation import Installation
from rdvdav.policy.throttle import TooMany

TUESDAY = MONDAY + timedelta(days=1)
DAY = timedelta(days=1)


def at(hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
    """An hour of November in Paris."""
    return datetime.combine(day, time(hour - 1, minute), UTC)


@dataclass
class Full:
    """One agent with four half-hours on Tuesday morning, all booked; and Friday, free of anything.

    Attributes:
        booked: Ids of the appointments of Tuesday 9:00 to 10:30.
    """

    database: Database
    clock: StoppedClock
    agenda: int
    motif: int
    place: int
    organisation: int
    booked: list[int]

    def waits(self, email: str, *, part: str = "", weekdays: tuple[int, ...] = (), seat_of: int | None = None) -> int:
        """Somebody waits, known by *email*; for a time before that of appointment *seat_of*, if named."""
        with self.database.transaction() as session:
            seat = session.get_one(Appointment, seat_of).participations[0] if seat_of else None
            if seat is not None:
                citizen = seat.citizen
                citizen.email = email
            else:
                home = session.get_one(Motif, self.motif).territory_id
                citizen = Maker(session, self.clock).citizen(email=email, territory_id=home)
            wish = Wish(self.motif, self.place, weekdays, part)
            return wait(session, self.clock, wish, address=email, citizen=citizen, seat=seat).id

    def frees(self, number: int = 0) -> None:
        """An appointment of Tuesday is cancelled."""
        with self.database.transaction() as session:
            cancel(session, self.clock, self.booked[number], SYSTEM)

    def serve(self) -> list[str]:
        """Let a worker do all that is due: whom it tells, in order."""
        before = self._told()
        while serve_due(self.database, self.clock):
            pass
        return self._told()[len(before) :]

    def _told(self) -> list[str]:
        with self.database.reading() as session:
            query = select(Message.recipient).where(Message.event == Event.WAITING_LIST_SERVED)
            return list(session.scalars(query.order_by(Message.id)))

    def marks(self) -> int:
        """How many agendas are marked."""
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(Freed)) or 0

    def entry(self, entry_id: int) -> WaitingListEntry:
        """As the database has it."""
        with self.database.reading() as session:
            return session.get_one(WaitingListEntry, entry_id)


def fill(database: Database, clock: StoppedClock) -> Full:
    with database.transaction() as session:
        make = Maker(session, clock)
        motif = make.motif()
        agenda = make.agenda()
        make.opening_range(agenda, [motif], first_day=TUESDAY, last_day=TUESDAY, recurrence=None, closes=time(11))
        booked = [make.appointment(agenda, at(9) + n * timedelta(minutes=30), motif=motif).id for n in range(4)]
        place = session.scalars(select(OpeningRange.place_id)).one()
        return Full(database, clock, agenda.id, motif.id, place or 0, motif.organisation_id, booked)


@pytest.fixture
def full(database: Database, clock: StoppedClock) -> Full:
    return fill(database, clock)


@pytest.fixture
def lite(sqlite: Database, clock: StoppedClock) -> Full:
    """On one database: what SQL differs in is tried elsewhere."""
    return fill(sqlite, clock)


def test_who_takes_sms_gets_one_too_which_names_no_motif(lite: Full) -> None:
    lite.waits("a@exemple.test")
    with lite.database.transaction() as session:
        session.execute(update(Installation).values(sms=True))
        session.execute(update(Citizen).where(Citizen.email == "a@exemple.test").values(phone="+33612345678"))
        motif = session.get_one(Motif, lite.motif).name

    lite.frees()

    assert lite.serve() == ["a@exemple.test", "+33612345678"]
    with lite.database.reading() as session:
        [sms] = session.scalars(select(Message).where(Message.channel == Channel.SMS))
    assert "/liste-d-attente/" in sms.text
    assert motif not in sms.text
    assert sms.secrets[0] in sms.text


def test_the_first_come_is_told_then_the_next_if_it_is_still_free(full: Full) -> None:
    first, second = full.waits("a@exemple.test"), full.waits("b@exemple.test")
    assert full.serve() == []

    full.frees()

    assert full.serve() == ["a@exemple.test"]
    assert full.serve() == []
    full.clock.advance(PATIENCE)
    assert full.serve() == ["b@exemple.test"]
    full.clock.advance(PATIENCE)
    assert full.serve() == []
    assert full.marks() == 0
    assert [full.entry(each).messages for each in (first, second)] == [1, 1]


def test_as_many_are_told_at_once_as_there_are_times(full: Full) -> None:
    for who in "abc":
        full.waits(f"{who}@exemple.test")
    full.frees(0)
    full.frees(1)

    assert full.serve() == ["a@exemple.test", "b@exemple.test"]


def test_one_message_a_day_three_in_all(lite: Full) -> None:
    entry = lite.waits("a@exemple.test")
    with lite.database.transaction() as session:
        make = Maker(session, lite.clock)
        agenda, motif = session.get_one(Agenda, lite.agenda), session.get_one(Motif, lite.motif)
        make._first |= {type(motif): motif}
        lone = {"first_day": MONDAY + 14 * DAY, "last_day": MONDAY + 14 * DAY, "recurrence": None}
        opening = OpeningRange(
            territory_id=agenda.territory_id, organisation_id=motif.organisation_id, agenda_id=agenda.id, uid="u@x",
            stamped_at=lite.clock.now(), created_at=lite.clock.now(), name="Plus", zone="Europe/Paris", opens=time(9),
            closes=time(10), excluded_days=[], motifs=[motif], place_id=lite.place, **lone,
        )  # fmt: skip
        session.add(opening)
    told = []
    for hours in (0, 1, 22, 1, 24, 24, 24):
        lite.clock.advance(timedelta(hours=hours))
        with lite.database.transaction() as session:
            session.add(Freed(agenda_id=lite.agenda))
        told.append(len(lite.serve()))

    assert told == [1, 0, 0, 1, 1, 0, 0]
    assert lite.entry(entry).ended_at is not None
    with lite.database.reading() as session:
        last = (
            session.scalars(select(Message.text).where(~Message.to_compose).order_by(Message.id.desc())).first() or ""
        )
    assert "troisième et dernier message" in last


def test_who_has_a_seat_is_told_of_earlier_times_alone(full: Full) -> None:
    full.waits("late@exemple.test", seat_of=full.booked[3])
    full.waits("early@exemple.test", seat_of=full.booked[0])
    full.frees(1)

    assert full.serve() == ["late@exemple.test"]


def test_days_and_half_days_that_do_not_suit_are_not_told(lite: Full) -> None:
    lite.waits("afternoon@exemple.test", part="apres-midi")
    lite.waits("friday@exemple.test", weekdays=(4,))
    lite.waits("tuesday@exemple.test", part="matin", weekdays=(1, 4))
    lite.frees()

    assert lite.serve() == ["tuesday@exemple.test"]


def a_move(session: Session, full: Full) -> None:
    with changing(session, full.clock, [full.agenda]):
        session.get_one(Appointment, full.booked[0]).reschedule(at(15), at(16))


def an_absence_less(session: Session, full: Full) -> None:
    session.delete(session.scalars(select(Absence)).one())


def more_hours(session: Session, full: Full) -> None:
    session.scalars(select(OpeningRange)).one().closes = time(12)


def a_hold_given_back(session: Session, full: Full) -> None:
    release(session, full.clock, "hold")


CHANGES: list[Callable[[Session, Full], Any]] = [
    lambda session, full: cancel(session, full.clock, full.booked[0], SYSTEM),
    lambda session, full: withdraw(session, full.clock, full.booked[0], SYSTEM),
    a_move,
    more_hours,
]


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_frees_time_has_the_list_served(lite: Full, change: Callable[[Session, Full], Any]) -> None:
    lite.waits("a@exemple.test")
    assert lite.marks() == 0

    with lite.database.transaction() as session:
        change(session, lite)

    assert lite.serve() == ["a@exemple.test"]


def test_an_absence_taken_back_has_the_list_served(lite: Full) -> None:
    lite.frees()
    with lite.database.transaction() as session:
        agenda = session.get_one(Agenda, lite.agenda)
        make = Maker(session, lite.clock)
        make.absence(agenda, first_day=TUESDAY)
    lite.waits("a@exemple.test")
    with lite.database.transaction() as session:
        session.add(Freed(agenda_id=lite.agenda))
    assert lite.serve() == []

    with lite.database.transaction() as session:
        an_absence_less(session, lite)

    assert lite.serve() == ["a@exemple.test"]


def test_a_hold_that_is_given_back_or_runs_out_is_served_on_the_minute(full: Full) -> None:
    full.frees()
    slot = {"motif_id": full.motif, "place_id": full.place, "starts_at": at(9), "visit": "v", "address": "192.0.2.1"}
    full.waits("a@exemple.test")
    with full.database.transaction() as session:
        keep(session, full.clock, **slot)
    full.clock.advance(timedelta(minutes=14))
    assert full.serve() == []
    full.clock.advance(timedelta(minutes=1))
    assert full.serve() == ["a@exemple.test"]

    full.waits("b@exemple.test")
    with full.database.transaction() as session:
        token = keep(session, full.clock, **slot)
    assert full.serve() == []
    with full.database.transaction() as session:
        release(session, full.clock, token)
    assert full.serve() == ["b@exemple.test"]


def test_nothing_is_written_where_nobody_waits(lite: Full, statements: Callable[[Database], Any]) -> None:
    lite.frees()
    assert lite.marks() == 0
    lite.waits("a@exemple.test")
    with lite.database.transaction() as session:  # the time of somebody else, who receives for something else
        make = Maker(session, lite.clock)
        other = make.agenda()
        appointment = make.appointment(other, at(9), motif=make.motif())
        make.opening_range(other, [appointment.motif])
        cancel(session, lite.clock, appointment.id, SYSTEM)
    assert lite.marks() == 0


def test_the_cost_does_not_grow_with_the_list(lite: Full, statements: Callable[[Database], Any]) -> None:
    def cost() -> int:
        with lite.database.transaction() as session:
            session.add(Freed(agenda_id=lite.agenda))
        with statements(lite.database) as seen:
            lite.serve()
        return len(seen)

    for n in range(2):
        lite.waits(f"a{n}@exemple.test")
    few = cost()
    for n in range(20):
        lite.waits(f"b{n}@exemple.test")

    assert cost() == few


def test_the_entry_ends_once_it_is_fulfilled_or_pointless(full: Full) -> None:
    moved = full.waits("moved@exemple.test", seat_of=full.booked[3])
    left = full.waits("left@exemple.test", seat_of=full.booked[2])
    booked = full.waits("booked@exemple.test")
    full.frees(0)
    full.frees(2)
    with full.database.transaction() as session:
        move_to(session, full.clock, SYSTEM, session.get_one(Appointment, full.booked[3]), at(9))
        citizen_id = session.scalars(select(Citizen.id).where(Citizen.email == "booked@exemple.test")).one()
        full.clock.advance(timedelta(minutes=1))
        token = keep(
            session, full.clock, motif_id=full.motif, place_id=full.place, starts_at=at(10), visit="v", address="a"
        )  # fmt: skip
        session.flush()
        book(session, full.clock, token, citizen_id)

    assert full.serve() == []  # at 10:30 the time of who moved is free, but nobody waits any more
    assert [full.entry(each).ended_at for each in (moved, left, booked)] == [full.clock.now()] * 3
    past = full.waits("past@exemple.test", seat_of=full.booked[1])
    full.clock.advance(2 * DAY)
    with full.database.transaction() as session:
        session.add(Freed(agenda_id=full.agenda))
    assert full.serve() == []
    assert full.entry(past).ended_at is not None


def test_many_workers_tell_each_person_once(full: Full) -> None:
    for n in range(6):
        full.waits(f"{n}@exemple.test")
    for n in range(4):
        full.frees(n)
    with full.database.transaction() as session:
        session.add_all(Freed(agenda_id=full.agenda) for _ in range(6))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _n: serve_due(full.database, full.clock), range(12)))
    full.serve()

    with full.database.reading() as session:
        query = select(Message.recipient).where(Message.event == Event.WAITING_LIST_SERVED)
        told = list(session.scalars(query))
    assert sorted(told) == [f"{n}@exemple.test" for n in range(4)]


def test_a_worker_that_dies_leaves_the_mark_to_another(lite: Full) -> None:
    lite.waits("a@exemple.test")
    lite.frees()
    with lite.database.transaction() as session:
        session.execute(update(Freed).values(leased_until=lite.clock.now() + timedelta(minutes=5)))
    assert lite.serve() == []

    lite.clock.advance(timedelta(minutes=5))

    assert lite.serve() == ["a@exemple.test"]


def asks(full: Full, email: str, **wish: Any) -> str:
    """Somebody who is not signed in asks: the token of the link they are mailed."""
    with full.database.transaction() as session:
        wait(session, full.clock, Wish(full.motif, full.place, **wish), address="192.0.2.1", email=email)
    with full.database.reading() as session:
        mail = (
            session.scalars(select(Message).where(~Message.to_compose).order_by(Message.id.desc())).first() or Message()
        )
    assert mail.event == Event.WAITING_LIST_ASKED
    return re.findall(r"/liste-d-attente/(\S+)", mail.text)[0]


def test_nobody_is_written_to_who_did_not_confirm(lite: Full) -> None:
    token = asks(lite, "a@exemple.test")
    lite.frees()
    assert lite.serve() == []
    with lite.database.transaction() as session:
        confirm(session, lite.clock, token, lite.organisation)
        confirm(session, lite.clock, token, lite.organisation)
        session.add(Freed(agenda_id=lite.agenda))
    assert lite.serve() == ["a@exemple.test"]

    lite.clock.advance(2 * DAY)
    with lite.database.transaction() as session:
        leave(session, lite.clock, token, lite.organisation)
        session.add(Freed(agenda_id=lite.agenda))
    assert lite.serve() == []


def test_what_others_type_changes_nothing_that_was_confirmed(lite: Full) -> None:
    token = asks(lite, "a@exemple.test")
    with lite.database.transaction() as session:
        mine = confirm(session, lite.clock, token, lite.organisation).id

    again = asks(lite, "a@exemple.test", weekdays=(4,))

    assert lite.entry(mine).weekdays == []
    assert lite.entry(mine).ended_at is None
    with lite.database.transaction() as session:
        confirm(session, lite.clock, again, lite.organisation)  # theirs: it replaces the one before
    assert lite.entry(mine).ended_at is not None


def test_links_of_others_and_of_nobody_answer_alike(lite: Full) -> None:
    token = asks(lite, "a@exemple.test")
    with lite.database.reading() as session:
        for wrong, organisation in (("nothing", lite.organisation), (token, 99)):
            with pytest.raises(NoSuchLink):
                entry_under(session, wrong, organisation)


def test_mails_to_one_address_are_counted(lite: Full) -> None:
    for _ in range(MAILS_PER_EMAIL.count):
        asks(lite, "a@exemple.test")
    with pytest.raises(TooMany), lite.database.transaction() as session:
        wait(session, lite.clock, Wish(lite.motif, None), address="192.0.2.9", email="a@exemple.test")


def test_what_is_closed_to_citizens_is_not_waited_for(lite: Full) -> None:
    entry = lite.waits("a@exemple.test")
    with lite.database.transaction() as session:
        session.get_one(Motif, lite.motif).bookable_by = BookableBy.AGENTS
    lite.frees()
    assert lite.serve() == []
    assert lite.entry(entry).messages == 0
    with pytest.raises(NotBookable), lite.database.transaction() as session:
        wait(session, lite.clock, Wish(lite.motif, None), address="192.0.2.9", email="b@exemple.test")


def test_old_entries_and_those_never_confirmed_are_forgotten(lite: Full) -> None:
    asks(lite, "never@exemple.test")
    token = asks(lite, "left@exemple.test")
    lite.waits("stays@exemple.test")
    with lite.database.transaction() as session:
        confirm(session, lite.clock, token, lite.organisation)
        leave(session, lite.clock, token, lite.organisation)
    lite.clock.advance(31 * DAY)

    with lite.database.transaction() as session:
        tidy(session, lite.clock, 30 * DAY, DAY)
    with lite.database.reading() as session:
        assert session.scalars(select(WaitingListEntry.email)).all() == ["stays@exemple.test"]
