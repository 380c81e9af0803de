"""A day that becomes a holiday takes the slot of what is booked on it, on every agenda of the organisation (S04, L-4, I-8)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from make import MONDAY, Maker
from planning.test_consequences import TUESDAY, WEDNESDAY, Office, at, firsts, key
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.status import Status
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.membership import Role
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import HolidayChange, Organisation
from rdvdav.directory.public import NoSuchOrganisation
from rdvdav.outbox.event import Event
from rdvdav.planning import holidays
from rdvdav.planning.consequences import Hit, ListChanged, apply, preview
from rdvdav.planning.fates import Choice, Decisions, Fate

CHRISTMAS, GOOD_FRIDAY = date(2026, 12, 25), date(2027, 3, 26)
Edit = Callable[[Session], Organisation]


class TownHall(Office):
    """The office, administered by Claire."""

    @property
    def organisation(self) -> Organisation:
        return self.session.get_one(Organisation, self.motif.organisation_id)

    def closing(self, day: date = TUESDAY) -> Edit:
        id_ = self.organisation.id
        return lambda work: holidays.add_day(work, self.clock, self.agent_id, id_, day, "Pont")

    def agendas(self) -> frozenset[int]:
        return holidays.agendas_closed(self.session, self.clock, self.agent_id, self.organisation.id)

    def preview(self, edit: Callable[[Session], Any]) -> list[Hit]:
        return preview(self.session, self.clock, self.agent_id, self.agendas(), edit)

    def apply(self, edit: Callable[[Session], Any], choice: Choice, **more: Any) -> Any:
        choices = {key(hit): choice for hit in self.preview(edit)}
        return apply(self.session, self.clock, self.agent_id, self.agendas(), edit, Decisions(choices, **more))


@pytest.fixture
def hall(session: Session, clock: StoppedClock, make: Maker) -> TownHall:
    agent = make.agent(role=Role.ADMIN)
    agenda, motif = make.agenda_of(agent), make.motif(name="Passeport")
    return TownHall(session, clock, make, agent.id, agenda, motif, make.opening_range(agenda, [motif]))


def test_all_agendas_of_the_organisation_are_looked_at_on_that_local_day_alone(hall: TownHall) -> None:
    make = hall.make
    colleague, room = make.agenda(), make.room()
    make.opening_range(colleague, [hall.motif])
    mine, theirs = hall.book(at(9)), make.appointment(colleague, at(10), motif=hall.motif)
    in_room = make.appointment(room, at(11), motif=hall.motif)
    night = hall.book(at(23, 30), minutes=60)  # until half past midnight of Wednesday
    hall.book(at(9, day=MONDAY))
    hall.book(at(9, day=WEDNESDAY))
    make.appointment(colleague, at(10), motif=make.motif(ignores_holidays=True))
    make.appointment(colleague, at(11), motif=make.motif(collective=True), seats=8, title="Atelier")
    elsewhere = make.organisation()
    make.appointment(colleague, at(12), motif=make.motif(organisation_id=elsewhere.id))
    cancelled = hall.book(at(10))
    cancelled.become(Status.CANCELLED_BY_CITIZEN)

    found = hall.preview(hall.closing())

    assert [hit.appointment for hit in found] == [mine, theirs, in_room, night]
    assert {hit.default for hit in found} == {Fate.KEEP}
    assert [hit.appointment for hit in hall.preview(hall.closing(WEDNESDAY))] == [
        night,
        *hall.session.scalars(select(type(mine)).where(type(mine).starts_at == at(9, day=WEDNESDAY))),
    ]
    assert TUESDAY not in hall.organisation.holidays
    assert hall.told() == []


def test_the_day_is_the_organisation_s_own(hall: TownHall) -> None:
    hall.organisation.zone = "Indian/Reunion"  # UTC+4
    first = hall.book(datetime(2026, 11, 23, 20, tzinfo=UTC))
    hall.book(datetime(2026, 11, 23, 19, 30, tzinfo=UTC))
    hall.book(datetime(2026, 11, 24, 20, tzinfo=UTC))

    assert [hit.appointment for hit in hall.preview(hall.closing())] == [first]


@pytest.mark.parametrize(
    ("fate", "status", "told"),
    [
        (Fate.KEEP, Status.PLANNED, []),
        (Fate.REPLAN, Status.TO_REPLAN, [Event.APPOINTMENT_WITHDRAWN]),
        (Fate.NEAREST, Status.PLANNED, [Event.APPOINTMENT_MOVED]),
        (Fate.CANCEL, Status.CANCELLED_BY_STAFF, [Event.APPOINTMENT_CANCELLED]),
    ],
)
def test_each_booking_gets_what_was_chosen_with_the_change(
    hall: TownHall, fate: Fate, status: Status, told: list[Event]
) -> None:
    colleague = hall.make.agenda()
    hall.make.opening_range(colleague, [hall.motif])
    booked = [hall.book(at(9)), hall.make.appointment(colleague, at(9), motif=hall.motif)]

    hall.apply(hall.closing(), Choice(fate))

    assert hall.organisation.holidays.name(TUESDAY) == "Pont"
    assert {each.status for each in booked} == {status}
    assert (TUESDAY in {each.starts_at.date() for each in booked}) is (fate is not Fate.NEAREST)
    assert [each.withdrawn_at is not None for each in booked] == [fate in {Fate.KEEP, Fate.REPLAN}] * 2
    assert hall.told() == told * 2
    assert hall.flaws() == []


def test_nobody_stands_in_on_a_holiday(hall: TownHall) -> None:
    hall.make.opening_range(hall.make.agenda(), [hall.motif])
    hall.book(at(9))

    [hit] = hall.preview(hall.closing())

    assert hit.colleagues == []
    assert Fate.REASSIGN not in hit.fates


def test_what_is_booked_meanwhile_brings_the_list_back(hall: TownHall) -> None:
    choices = {key(hit): Choice(Fate.CANCEL) for hit in hall.preview(hall.closing())}
    booked = hall.book(at(9))

    with pytest.raises(ListChanged), hall.session.begin_nested():
        apply(hall.session, hall.clock, hall.agent_id, hall.agendas(), hall.closing(), Decisions(choices))

    assert TUESDAY not in hall.organisation.holidays
    assert booked.status is Status.PLANNED


def test_a_kept_one_is_in_conflict_until_the_day_is_worked_again(hall: TownHall) -> None:
    booked, id_ = hall.book(at(9)), hall.organisation.id
    hall.apply(hall.closing(), Choice(Fate.KEEP))
    assert booked.withdrawn_at == hall.clock.now()

    hall.apply(lambda work: holidays.remove_day(work, hall.clock, hall.agent_id, id_, TUESDAY), Choice(Fate.KEEP))

    assert booked.withdrawn_at is None
    assert hall.told() == []


def test_a_day_switched_on_and_another_calendar_are_such_changes_too(hall: TownHall) -> None:
    hall.organisation.holiday_changes.append(HolidayChange(day=CHRISTMAS, closed=False, name="Noël"))
    christmas = hall.book(at(9, day=CHRISTMAS))
    good_friday = hall.book(at(9, day=GOOD_FRIDAY))
    id_, clock, claire = hall.organisation.id, hall.clock, hall.agent_id

    def hit(edit: Edit) -> list[Any]:
        return [each.appointment for each in hall.preview(edit)]

    assert hit(lambda work: holidays.close_on(work, clock, claire, id_, {CHRISTMAS})) == [christmas]
    assert hit(lambda work: holidays.close_on(work, clock, claire, id_, set())) == []
    assert hit(lambda work: holidays.choose_calendar(work, clock, claire, id_, "FR-67")) == [good_friday]
    assert hit(lambda work: holidays.choose_calendar(work, clock, claire, id_, "")) == []


def test_only_administrators_learn_which_agendas_a_holiday_touches(hall: TownHall) -> None:
    basic = hall.make.agent()

    with pytest.raises(NoSuchOrganisation):
        holidays.agendas_closed(hall.session, hall.clock, basic.id, hall.organisation.id)


def test_however_many_agendas_and_bookings_take_as_many_statements(
    database: Database, clock: StoppedClock, statements: Callable[[Database], Any]
) -> None:
    with database.transaction() as session:
        make = Maker(session, clock)
        agent, motif = make.agent(role=Role.ADMIN), make.motif()
        agenda = make.agenda_of(agent)
        make.opening_range(agenda, [motif], closes=time(17))
        make.appointment(agenda, at(9), motif=motif)
        agent_id, motif_id, organisation_id = agent.id, motif.id, motif.organisation_id

    def looked() -> tuple[int, int]:
        with database.transaction() as session, statements(database) as seen:
            agendas = holidays.agendas_closed(session, clock, agent_id, organisation_id)
            found = preview(
                session,
                clock,
                agent_id,
                agendas,
                lambda work: holidays.add_day(work, clock, agent_id, organisation_id, TUESDAY, "Pont"),
            )
            return len(found), len(seen)

    one, few = looked()
    with database.transaction() as session:
        make, theirs = Maker(session, clock), session.get_one(Motif, motif_id)
        make._first |= firsts(theirs, session)
        for number in range(5):
            colleague = make.agenda()
            make.opening_range(colleague, [theirs])
            make.appointment(colleague, at(9), motif=theirs)
            make.appointment(session.get_one(Agenda, agenda.id), at(10) + timedelta(minutes=30 * number), motif=theirs)
    many, as_few = looked()

    assert (one, many) == (1, 11)
    assert as_few == few
