"""Each change of staff lists the bookings it hits, and each gets what was chosen for it (L-4, L-5, I-8)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from time import process_time
from typing import Any

import pytest
from make import MONDAY, Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import AbsenceKind
from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.status import Status
from rdvdav.audit.entry import AuditEntry
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.place import Place
from rdvdav.directory.service import Service
from rdvdav.feeds.rebuild import differences
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.planning import absences, opening_ranges
from rdvdav.planning.consequences import Hit, ListChanged, apply, preview
from rdvdav.planning.fates import Choice, ColleagueTaken, Decisions, Fate, NothingNear

TUESDAY = MONDAY + timedelta(days=1)
WEDNESDAY = MONDAY + timedelta(days=2)
AWAY = absences.Plan("Congé", AbsenceKind.LEAVE, TUESDAY, TUESDAY)


def at(hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
    """An instant by the clocks of Paris in winter."""
    return datetime.combine(day, time(hour - 1, minute), UTC)


def key(hit: Hit) -> tuple[int, int]:
    return hit.booking.appointment_id, hit.booking.sequence


def firsts(motif: Motif, session: Session) -> dict[type, Any]:
    """What a maker takes for its own of rows made before."""
    rows = (motif, session.get_one(Organisation, motif.organisation_id), session.get_one(Service, motif.service_id))
    return {type(row): row for row in rows} | {Place: session.scalars(select(Place)).first()}


@dataclass
class Office:
    """Claire, who is away on Tuesday, her range, and a way to change her hours."""

    session: Session
    clock: StoppedClock
    make: Maker
    agent_id: int
    agenda: Agenda
    motif: Motif
    opening: OpeningRange

    def away(self, plan: absences.Plan = AWAY) -> Callable[[Session], Any]:
        return lambda work: absences.create(work, self.clock, self.agent_id, self.agenda.id, plan)

    def changed(self, **wanted: Any) -> Callable[[Session], Any]:
        plan = opening_ranges.Plan(
            "Permanence",
            self.opening.place_id,
            frozenset({self.motif.id}),
            self.opening.first_day,
            self.opening.opens,
            self.opening.closes,
            self.opening.recurrence,
        )
        range_id = self.opening.id
        return lambda work: opening_ranges.change(work, self.clock, self.agent_id, range_id, replace(plan, **wanted))

    def removed(self) -> Callable[[Session], Any]:
        range_id = self.opening.id
        return lambda work: opening_ranges.remove(work, self.clock, self.agent_id, range_id)

    def book(self, starts_at: datetime, **more: Any) -> Appointment:
        return self.make.appointment(self.agenda, starts_at, motif=self.motif, **more)

    def preview(self, edit: Callable[[Session], Any]) -> list[Hit]:
        return preview(self.session, self.clock, self.agent_id, [self.agenda.id], edit)

    def apply(self, edit: Callable[[Session], Any], choice: Choice, **more: Any) -> Any:
        """Carry out *edit* with one choice for all it hits."""
        choices = {key(hit): choice for hit in self.preview(edit)}
        return apply(
            self.session, self.clock, self.agent_id, [self.agenda.id], edit, Decisions(choices=choices, **more)
        )

    def told(self) -> list[str]:
        return list(self.session.scalars(select(Message.event).where(~Message.to_compose).order_by(Message.id)))

    def flaws(self) -> list[Any]:
        """Where calendars show something else than they should."""
        return [
            flaw
            for agenda_id in self.session.scalars(select(Agenda.id)).all()
            for flaw in differences(self.session, self.clock, agenda_id)
        ]


@pytest.fixture
def office(session: Session, clock: StoppedClock, make: Maker) -> Office:
    agent = make.agent()
    agenda, motif = make.agenda_of(agent), make.motif(name="Passeport")
    return Office(session, clock, make, agent.id, agenda, motif, make.opening_range(agenda, [motif]))


def test_a_change_lists_what_it_takes_the_slot_of_and_keeps_nothing(office: Office) -> None:
    nine, eleven = office.book(at(9)), office.book(at(11))
    office.book(at(9, day=WEDNESDAY))
    office.make.appointment(office.make.agenda(), at(9), motif=office.motif)
    cancelled = office.book(at(10))
    cancelled.become(Status.CANCELLED_BY_STAFF)
    version = office.agenda.version

    found = office.preview(office.away())

    assert [hit.appointment for hit in found] == [nine, eleven]
    assert [hit.default for hit in found] == [Fate.KEEP, Fate.KEEP]
    assert absences.absences(office.session, office.clock, office.agenda, past=False) == []
    assert office.agenda.version == version
    assert office.told() == []


@pytest.mark.parametrize(
    ("wanted", "hit"),
    [
        ({}, []),
        ({"name": "Autre"}, []),
        ({"closes": time(11)}, [11]),
        ({"closes": time(11, 15)}, [11]),
        ({"opens": time(9, 1)}, [9]),
        ({"opens": time(8), "closes": time(13)}, []),
        ({"recurrence": "FREQ=WEEKLY;BYDAY=MO,WE,TH,FR"}, [9, 11]),
        ({"recurrence": "FREQ=WEEKLY;BYDAY=TU;UNTIL=20261124"}, []),
        ({"recurrence": None}, [9, 11]),
        ({"recurrence": None, "first_day": TUESDAY}, []),
        ({"motif_ids": "another"}, [9, 11]),
        ({"place_id": "another"}, [9, 11]),
    ],
)
def test_a_range_shortened_moved_or_without_the_motif(office: Office, wanted: dict[str, Any], hit: list[int]) -> None:
    for hour in (9, 11):
        office.book(at(hour))
    office.book(at(14))  # outside any opening before as after: staff wanted it so
    if "motif_ids" in wanted:
        wanted = {"motif_ids": frozenset({office.make.motif().id})}
    if "place_id" in wanted:
        wanted = {"place_id": office.make.place().id}

    found = office.preview(office.changed(**wanted))

    assert [each.appointment.starts_at for each in found] == [at(hour) for hour in hit]


@pytest.mark.parametrize(
    ("what", "wanted", "hit"),
    [
        ("change_one", {"first_day": WEDNESDAY}, [at(9), at(11)]),
        ("change_one", {"first_day": TUESDAY, "opens": time(10), "closes": time(13)}, [at(9)]),
        ("change_one", {"first_day": TUESDAY}, []),
        ("remove_one", {}, [at(9), at(11)]),
        ("change_from", {"closes": time(11)}, [at(11), at(11, day=WEDNESDAY)]),
        ("remove_from", {}, [at(9), at(11), at(9, day=WEDNESDAY), at(11, day=WEDNESDAY)]),
    ],
)
def test_a_date_moved_or_removed_hits_what_was_booked_on_it(
    office: Office, what: str, wanted: dict[str, Any], hit: list[datetime]
) -> None:
    booked = [office.book(at(hour, day=day)) for day in (MONDAY, TUESDAY, WEDNESDAY) for hour in (9, 11)]
    whole, range_id = opening_ranges.plan_of(office.opening), office.opening.id
    recurrence = None if what == "change_one" else whole.recurrence
    plan = replace(whole, **{"first_day": TUESDAY, "recurrence": recurrence} | wanted)
    plans = [plan] if what.startswith("change") else []
    use_case = getattr(opening_ranges, what)

    def edit(work: Session) -> Any:
        return use_case(work, office.clock, office.agent_id, range_id, TUESDAY, *plans)

    assert [each.appointment.starts_at for each in office.preview(edit)] == hit
    office.apply(edit, Choice(Fate.REPLAN))

    withdrawn = [each.starts_at for each in booked if each.status is Status.TO_REPLAN]
    assert withdrawn == hit
    assert office.told() == [Event.APPOINTMENT_WITHDRAWN] * len(hit)
    assert office.flaws() == []


def test_a_range_removed_hits_what_no_other_range_carries(office: Office) -> None:
    office.make.opening_range(office.agenda, [office.motif], opens=time(9), closes=time(10), name="Tôt")
    office.book(at(9))
    late = office.book(at(11))

    assert [hit.appointment for hit in office.preview(office.removed())] == [late]


def test_an_absence_over_twelve_appointments_gives_each_its_own_fate(office: Office) -> None:
    make, session = office.make, office.session
    office.opening.closes = time(15)
    booked = [office.book(at(9) + timedelta(minutes=30 * n)) for n in range(12)]
    colleague = make.agenda(last_name="Durand")
    make.opening_range(colleague, [office.motif], opens=time(9), closes=time(10), first_day=TUESDAY, recurrence=None)
    found = office.preview(office.away())
    assert [hit.appointment for hit in found] == booked
    assert [[each.agenda_id for each in hit.colleagues] for hit in found] == [[colleague.id]] * 2 + [[]] * 10
    assert Fate.REASSIGN in found[0].fates
    assert Fate.REASSIGN not in found[2].fates
    fates = [Fate.REASSIGN] * 2 + [Fate.REPLAN] * 3 + [Fate.NEAREST] * 3 + [Fate.CANCEL] * 2 + [Fate.KEEP] * 2
    choices = {
        key(hit): Choice(fate, colleague.id if fate is Fate.REASSIGN else None)
        for hit, fate in zip(found, fates, strict=True)
    }

    decisions = Decisions(choices, reason="Réunion de service")
    absence = apply(session, office.clock, office.agent_id, [office.agenda.id], office.away(), decisions)

    assert absence.id
    for appointment in booked[:2]:
        assert [claim.agenda_id for claim in appointment.claims] == [colleague.id]
        assert (appointment.status, appointment.withdrawn_at) == (Status.PLANNED, None)
    for appointment in booked[2:5]:
        assert appointment.status is Status.TO_REPLAN
        assert not any(claim.holds_time for claim in appointment.claims)
        assert appointment.withdrawn_reason == "Réunion de service"
        assert appointment.withdrawn_at == office.clock.now()
    moved = [appointment.starts_at for appointment in booked[5:8]]
    # Nearest to 11:30 of Tuesday is the end of Monday, to noon and 12:30 the beginning of Wednesday, one after the other.
    assert moved == [at(14, 30, MONDAY), at(9, 0, WEDNESDAY), at(9, 30, WEDNESDAY)]
    assert {appointment.status for appointment in booked[8:10]} == {Status.CANCELLED_BY_STAFF}
    assert {appointment.cancel_reason for appointment in booked[8:10]} == {"Réunion de service"}
    assert {(each.status, each.withdrawn_at) for each in booked[10:]} == {(Status.PLANNED, office.clock.now())}
    assert office.told() == (
        [Event.APPOINTMENT_REASSIGNED] * 2
        + [Event.APPOINTMENT_WITHDRAWN] * 3
        + [Event.APPOINTMENT_MOVED] * 3
        + [Event.APPOINTMENT_CANCELLED] * 2
    )
    assert office.flaws() == []


def test_each_agenda_rises_once_and_calendars_follow(office: Office) -> None:
    office.book(at(9))
    colleague = office.make.agenda()
    office.make.opening_range(colleague, [office.motif])
    versions = office.agenda.version, colleague.version

    office.apply(office.away(), Choice(Fate.REASSIGN, colleague.id))

    assert (office.agenda.version, colleague.version) == (versions[0] + 1, versions[1] + 1)
    assert office.flaws() == []


def test_nobody_is_told_when_the_box_is_off_and_that_is_recorded(office: Office) -> None:
    booked = office.book(at(9))

    office.apply(office.away(), Choice(Fate.REPLAN), tell=False)

    assert office.told() == []
    assert booked.participations[0].sequence == 1
    entry = office.session.scalars(select(AuditEntry).filter_by(kind="appointment.withdrawn")).one()
    assert (entry.details["told"], entry.actor_id) == (False, office.agent_id)


def test_a_kept_one_is_in_conflict_until_its_slot_is_given_back(office: Office) -> None:
    booked = office.book(at(9))
    absence = office.apply(office.away(), Choice(Fate.KEEP))
    assert (booked.status, booked.withdrawn_at) == (Status.PLANNED, office.clock.now())

    absence_id = absence.id
    office.apply(lambda work: absences.remove(work, office.clock, office.agent_id, absence_id), Choice(Fate.KEEP))

    assert booked.withdrawn_at is None
    assert office.told() == []


def test_what_came_or_changed_meanwhile_brings_the_list_back(office: Office) -> None:
    first = office.book(at(9))
    shown = {key(hit): Choice(Fate.CANCEL) for hit in office.preview(office.away())}
    second = office.book(at(10))

    for choices in (shown, {}, {(first.id, first.sequence + 1): Choice(Fate.KEEP)}):
        with pytest.raises(ListChanged), office.session.begin_nested():
            apply(office.session, office.clock, office.agent_id, [office.agenda.id], office.away(), Decisions(choices))
    assert {first.status, second.status} == {Status.PLANNED}
    assert office.told() == []


def test_a_colleague_is_free_only_with_room_for_the_motif_at_the_place(office: Office) -> None:
    make = office.make
    office.book(at(9, 30))
    free = make.agenda(last_name="Libre")
    make.opening_range(free, [office.motif], opens=time(9, 15), closes=time(10, 15))
    for wrong in (
        {"place_id": make.place().id},
        {"opens": time(9, 45)},
        {"recurrence": "FREQ=WEEKLY;BYDAY=MO"},
    ):
        make.opening_range(make.agenda(), [office.motif], **wrong)
    make.opening_range(make.agenda(), [make.motif()])
    absent, busy = make.agenda(), make.agenda()
    stranger = make.agenda(services=[make.service()])
    for agenda in (absent, busy, stranger):
        make.opening_range(agenda, [office.motif])
    make.absence(absent)
    make.appointment(busy, at(9), motif=office.motif, minutes=60)

    [hit] = office.preview(office.away())

    assert [colleague.agenda_id for colleague in hit.colleagues] == [free.id]


def test_two_bookings_never_go_to_the_same_colleague_at_once(office: Office) -> None:
    for _ in range(2):
        office.book(at(9), overlap_accepted=True)
    colleague = office.make.agenda()
    office.make.opening_range(colleague, [office.motif])

    with pytest.raises(ColleagueTaken):
        office.apply(office.away(), Choice(Fate.REASSIGN, colleague.id))


def test_where_nothing_is_near_the_list_comes_back(office: Office) -> None:
    office.opening.recurrence, office.opening.first_day, office.opening.last_day = None, TUESDAY, TUESDAY
    office.book(at(9))

    with pytest.raises(NothingNear):
        office.apply(office.away(), Choice(Fate.NEAREST))


def test_a_stranger_s_agenda_is_nobody_to_reassign_to(office: Office) -> None:
    office.book(at(9))
    stranger = office.make.agenda(services=[office.make.service()])
    office.make.opening_range(stranger, [office.motif])

    with pytest.raises(ColleagueTaken):
        office.apply(office.away(), Choice(Fate.REASSIGN, stranger.id))


def test_a_collective_appointment_waits_for_a_choice(office: Office) -> None:
    office.motif.collective = True
    office.book(at(9), seats=8, title="Atelier")

    [hit] = office.preview(office.away())

    assert hit.default is None
    assert hit.fates == [Fate.KEEP, Fate.CANCEL]


@pytest.mark.parametrize(("bookings", "colleagues"), [(20, 4), pytest.param(200, 20, marks=pytest.mark.slow)])
def test_however_many_bookings_and_colleagues_take_as_many_statements(
    database: Database,
    clock: StoppedClock,
    statements: Callable[[Database], Any],
    bookings: int,
    colleagues: int,
) -> None:
    with database.transaction() as session:
        make = Maker(session, clock)
        agent = make.agent()
        agenda, motif = make.agenda_of(agent), make.motif(ignores_holidays=True)
        days = [TUESDAY + timedelta(days=n) for n in range(60) if (TUESDAY + timedelta(days=n)).weekday() < 5]
        times = [at(9, day=day) + timedelta(minutes=30 * n) for day in days for n in range(6)]
        make.opening_range(agenda, [motif])
        make.appointment(agenda, times[0], motif=motif)
        make.opening_range(make.agenda(), [motif])
        agent_id, agenda_id, motif_id = agent.id, agenda.id, motif.id
    plan = absences.Plan("Congé", AbsenceKind.LEAVE, TUESDAY, TUESDAY + timedelta(days=90))

    def looked() -> tuple[list[Hit], int, float]:
        with database.transaction() as session, statements(database) as seen:
            began = process_time()
            found = preview(
                session,
                clock,
                agent_id,
                [agenda_id],
                lambda work: absences.create(work, clock, agent_id, agenda_id, plan),
            )
            return found, len(seen), process_time() - began

    _one, few, _seconds = looked()
    with database.transaction() as session:
        make, theirs = Maker(session, clock), session.get_one(Motif, motif_id)
        make._first |= firsts(theirs, session)
        for starts_at in times[1:bookings]:
            make.appointment(session.get_one(Agenda, agenda_id), starts_at, motif=theirs)
        for _ in range(colleagues - 1):
            make.opening_range(make.agenda(), [theirs])
    found, many, seconds = looked()

    assert [len(hit.colleagues) for hit in found] == [colleagues] * bookings
    assert many == few
    assert seconds < 1  # 0.1 s of CPU
