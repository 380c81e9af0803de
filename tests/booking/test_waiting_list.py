"""The waiting list: who is told of what, when, how often, and nobody twice (B12, L-7)."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any, TypeVar

import pytest
from make import MONDAY, Maker
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.freed import Freed
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.waiting_list import WaitingListEntry
from rdvdav.audit.record import SYSTEM, Actor
from rdvdav.booking.book import book
from rdvdav.booking.bookable import NotBookable
from rdvdav.booking.cancel import cancel
from rdvdav.booking.collective import open_collective
from rdvdav.booking.freely import Plan
from rdvdav.booking.held import release
from rdvdav.booking.hold import keep
from rdvdav.booking.linked import NoSuchLink
from rdvdav.booking.serve_waiting import AT_ONCE, PATIENCE, look_tomorrow, serve_due, tidy
from rdvdav.booking.staff import move_to
from rdvdav.booking.waiting_list import MAILS_PER_EMAIL, Wish, confirm, entry_under, leave, wait
from rdvdav.booking.withdraw import reassign, withdraw
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import StoppedClock
from rdvdav.database import Base, Database
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.directory.organisation import HolidayChange, Organisation
from rdvdav.directory.place import Place
from rdvdav.feeds.change import changing
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Channel, Message
from rdvdav.policy.installation import Installation
from rdvdav.policy.throttle import TooMany

TUESDAY = MONDAY + timedelta(days=1)
DAY = timedelta(days=1)
Row = TypeVar("Row", bound=Any)


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
        """How many marks there are."""
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
            session.add(Freed(motif_id=lite.motif))
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


def the(session: Session, table: type[Row]) -> Row:
    return session.scalars(select(table).order_by(table.id)).first() or table()


def more_hours(session: Session, full: Full, **hours: Any) -> None:
    opening = the(session, OpeningRange)
    told = {"opens": time(14), "closes": time(15), "first_day": TUESDAY, "recurrence": None} | hours
    copied = {
        name: getattr(opening, name)
        for name in ("territory_id", "organisation_id", "agenda_id", "place_id", "zone", "stamped_at", "created_at")
    }
    motifs = [session.get_one(Motif, full.motif)]
    session.add(OpeningRange(**copied, **told, uid="more@x", name="Plus", excluded_days=[], motifs=motifs))


def away(session: Session, full: Full) -> None:
    Maker(session, full.clock).absence(session.get_one(Agenda, full.agenda), first_day=TUESDAY)


def away_over_a_free_seat(session: Session, full: Full) -> None:
    away(session, full)
    session.get_one(Appointment, full.booked[0]).seats = 2


def closed(session: Session, full: Full) -> None:
    session.add(HolidayChange(organisation_id=full.organisation, day=TUESDAY, closed=True, name="Pont"))


def carried(session: Session, full: Full, *, again: bool) -> None:
    opening = the(session, OpeningRange)
    opening.motifs = [session.get_one(Motif, full.motif)] if again else []


def another_meeting(session: Session, full: Full) -> None:
    place = session.get_one(Place, full.place)
    agenda, motif = session.get_one(Agenda, full.agenda), session.get_one(Motif, full.motif)
    Maker(session, full.clock).appointment(agenda, at(14), motif=motif, place=place, seats=3)


def two_seats_taken(session: Session, full: Full) -> None:
    meeting, make = session.get_one(Appointment, full.booked[0]), Maker(session, full.clock)
    meeting.seats = 2
    seat = {"territory_id": meeting.territory_id, "citizen_id": make.citizen().id, "uid": "two@x"}
    session.add(Participation(**seat, appointment_id=meeting.id, created_at=full.clock.now()))


def to_a_colleague(session: Session, full: Full) -> None:
    make = Maker(session, full.clock)
    make._first |= {Organisation: session.get_one(Organisation, full.organisation)}
    reassign(session, full.clock, full.booked[0], SYSTEM, leaves=full.agenda, to=make.agenda().id)


def shorter(session: Session, _full: Full) -> None:
    absence = the(session, Absence)
    absence.starts, absence.ends = time(10), time(12)


def seat_given_up(session: Session, full: Full) -> None:
    seat = session.get_one(Appointment, full.booked[0]).participations[0]
    cancel(session, full.clock, full.booked[0], Actor.citizen(seat.citizen_id))


def setting(table: type[Base], **values: Any) -> Callable[[Session, Full], None]:
    def change(session: Session, _full: Full) -> None:
        for name, value in values.items():
            setattr(the(session, table), name, value)

    return change


def nothing(_session: Session, _full: Full) -> None: ...


def drop(table: type[Base]) -> Callable[[Session, Full], None]:
    return lambda session, _full: session.delete(the(session, table))


Change = Callable[[Session, Full], Any]
FREE: list[tuple[str, Change, Change]] = [
    ("cancelled", nothing, lambda session, full: cancel(session, full.clock, full.booked[0], SYSTEM)),
    ("to re-plan", nothing, lambda session, full: withdraw(session, full.clock, full.booked[0], SYSTEM)),
    (
        "moved away",
        nothing,
        a_move,
    ),
    ("given to a colleague", nothing, to_a_colleague),
    ("hours lengthened", nothing, setting(OpeningRange, closes=time(12))),
    ("hours added", nothing, more_hours),
]


def opened_by_staff(session: Session, full: Full) -> None:
    agent_id = session.get_one(Agenda, full.agenda).agent_id or 0
    plan = Plan(full.motif, 0, at(11), 30, full.place, frozenset({full.agenda}))
    open_collective(session, full.clock, agent_id, plan, title="Atelier", seats=1)


OPEN: list[tuple[str, Change, Change]] = [
    ("place reopened", setting(Place, enabled=False), setting(Place, enabled=True)),
    ("shorter notice", setting(Motif, min_notice="2 months"), setting(Motif, min_notice="30 minutes")),
    (
        "further ahead",
        setting(Motif, max_notice="0 calendar_days"),
        setting(Motif, max_notice="3 months"),
    ),
    ("shorter appointments", setting(Motif, duration_minutes=150), setting(Motif, duration_minutes=30)),
    ("absence removed", away, drop(Absence)),
    ("absence shortened", away, shorter),
    ("holiday taken back", closed, drop(HolidayChange)),
    ("holiday open to the public", closed, setting(HolidayChange, closed=False)),
    ("motif carried again", partial(carried, again=False), partial(carried, again=True)),
]


@pytest.mark.parametrize(("before", "change"), [each[1:] for each in FREE], ids=[each[0] for each in FREE])
def test_whatever_frees_time_has_the_list_served(lite: Full, before: Change, change: Change) -> None:
    serves(lite, before, change)


@pytest.mark.parametrize(("before", "change"), [each[1:] for each in OPEN], ids=[each[0] for each in OPEN])
def test_whatever_opens_free_time_has_the_list_served(lite: Full, before: Change, change: Change) -> None:
    lite.frees()
    serves(lite, before, change)


MEET: list[tuple[str, Change, Change]] = [
    ("seats added", nothing, setting(Appointment, seats=2)),
    ("seat given up", two_seats_taken, seat_given_up),
    ("absence over it", away_over_a_free_seat, drop(Absence)),
    ("one more", nothing, another_meeting),
    ("one more with a single seat", nothing, opened_by_staff),
]


@pytest.mark.parametrize(("before", "change"), [each[1:] for each in MEET], ids=[each[0] for each in MEET])
def test_seats_of_collective_appointments_are_told_too(
    sqlite: Database, clock: StoppedClock, before: Change, change: Change
) -> None:
    with sqlite.transaction() as session:
        make = Maker(session, clock)
        motif = make.motif(collective=True, seats=1)
        agenda = make.agenda()
        meeting = make.appointment(agenda, at(9), motif=motif, seats=1)
        full = Full(sqlite, clock, agenda.id, motif.id, meeting.place_id or 0, motif.organisation_id, [meeting.id])
    serves(full, before, change)


def serves(full: Full, before: Change, change: Change) -> None:
    """Somebody waits while all is as *before* makes it, in vain; *change* has this person told."""
    with full.database.transaction() as session:
        before(session, full)
    full.waits("a@exemple.test")
    with full.database.transaction() as session:
        session.add(Freed(motif_id=full.motif))
    assert full.serve() == []
    assert full.marks() == 0

    with full.database.transaction() as session:
        change(session, full)

    assert full.serve() == ["a@exemple.test"]


def test_those_whom_nothing_suits_keep_nobody_waiting(lite: Full) -> None:
    for number in range(AT_ONCE + 1):
        lite.waits(f"friday{number}@exemple.test", weekdays=(4,))
    lite.waits("tuesday@exemple.test")
    lite.frees()

    assert lite.serve() == ["tuesday@exemple.test"]


def test_the_day_that_can_be_booked_since_midnight_is_told(lite: Full) -> None:
    lite.clock.advance(at(12, day=TUESDAY - 8 * DAY) - lite.clock.now())
    with lite.database.transaction() as session:
        session.get_one(Motif, lite.motif).max_notice = "7 calendar_days"
    lite.frees()
    lite.waits("a@exemple.test")
    for _ in range(2):
        with lite.database.transaction() as session:
            look_tomorrow(session, lite.clock)
    assert lite.marks() == 1
    lite.clock.advance(timedelta(hours=11, minutes=59))
    assert lite.serve() == []

    lite.clock.advance(timedelta(minutes=1))

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
            session.add(Freed(motif_id=lite.motif))
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
        session.add(Freed(motif_id=full.motif))
    assert full.serve() == []
    assert full.entry(past).ended_at is not None


def test_many_workers_tell_each_person_once(full: Full) -> None:
    for n in range(6):
        full.waits(f"{n}@exemple.test")
    for n in range(4):
        full.frees(n)
    with full.database.transaction() as session:
        session.add_all(Freed(motif_id=full.motif) for _ in range(6))

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
        session.add(Freed(motif_id=lite.motif))
    assert lite.serve() == ["a@exemple.test"]

    lite.clock.advance(2 * DAY)
    with lite.database.transaction() as session:
        leave(session, lite.clock, token, lite.organisation)
        session.add(Freed(motif_id=lite.motif))
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
