"""Staff move an appointment to any time and to a colleague: what must be accepted, what is kept of it, and who may not."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from booking_times import NINE
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.audit.entry import AuditEntry
from rdvdav.booking.freely import Contradictory, ToAccept
from rdvdav.booking.seats import take_seat
from rdvdav.booking.warning import Kind
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.agent import Agent
from rdvdav.outbox.message import Message
from rdvdav.planning.appointments import NoSuchAppointment
from rdvdav.planning.moving import Fixed, Outlook, Wish, move_freely, outlook
from rdvdav.policy.sight import NoSuchAgenda

QUARTER = timedelta(minutes=15)
EVENING = NINE + timedelta(hours=10)


@pytest.fixture
def agent(make: Maker) -> Agent:
    return make.agent()


@pytest.fixture
def agenda(make: Maker, agent: Agent) -> Agenda:
    agenda = make.agenda_of(agent)
    make.opening_range(agenda, [make.motif()])
    return agenda


@pytest.fixture
def booked(make: Maker, agenda: Agenda) -> Appointment:
    return make.appointment(agenda, NINE)


def warned(look: Outlook) -> list[Kind]:
    return [each.kind for each in look.warnings]


def accepted(look: Outlook) -> frozenset[str]:
    return frozenset(each.key for each in look.warnings)


def test_a_quarter_later_it_is_not_in_its_own_way(
    session: Session, clock: StoppedClock, agent: Agent, agenda: Agenda, booked: Appointment
) -> None:
    version = agenda.version
    uid, sequence = booked.uid, booked.sequence

    look = outlook(session, clock, agent.id, booked.reference, Wish(NINE + QUARTER))
    assert (warned(look), look.told, look.changes) == ([], 1, True)
    moved = move_freely(session, clock, agent.id, booked.reference, Wish(NINE + QUARTER))

    assert moved is booked
    assert (moved.starts_at, moved.ends_at) == (NINE + QUARTER, NINE + 3 * QUARTER)
    assert [(claim.starts_at, claim.opening_range_id is not None) for claim in moved.claims] == [(NINE + QUARTER, True)]
    assert (moved.uid, agenda.version) == (uid, version + 1)
    assert moved.sequence > sequence
    message = session.scalars(select(Message)).one()
    assert message.event == "appointment.moved"
    entry = session.scalars(select(AuditEntry).where(AuditEntry.kind == "appointment.moved")).one()
    assert entry.actor_id == agent.id
    assert entry.details == {"old": NINE.isoformat(), "new": (NINE + QUARTER).isoformat()}


def test_to_where_it_stands_nothing_happens(
    session: Session, clock: StoppedClock, agent: Agent, agenda: Agenda, booked: Appointment
) -> None:
    version = agenda.version
    move_freely(session, clock, agent.id, booked.reference, Wish(NINE))
    assert (agenda.version, session.scalars(select(Message)).all()) == (version, [])


def test_what_speaks_against_it_must_be_accepted_and_is_kept(
    session: Session, clock: StoppedClock, make: Maker, agent: Agent, agenda: Agenda, booked: Appointment
) -> None:
    make.appointment(agenda, NINE + timedelta(hours=1))
    make.absence(agenda, first_day=NINE.date(), end_day=NINE.date(), starts=time(10), ends=time(11))
    wish = Wish(NINE + timedelta(hours=1) - QUARTER)
    look = outlook(session, clock, agent.id, booked.reference, wish)
    assert warned(look) == [Kind.OVERLAP, Kind.ABSENCE]

    with pytest.raises(ToAccept) as refused:
        move_freely(session, clock, agent.id, booked.reference, wish, accepted=frozenset(list(accepted(look))[:1]))
    assert len(refused.value.warnings) == 2
    assert booked.starts_at == NINE
    move_freely(session, clock, agent.id, booked.reference, wish, accepted=accepted(look), tell=False)

    assert booked.overlap_accepted
    assert session.scalars(select(Message)).all() == []
    entry = session.scalars(select(AuditEntry).where(AuditEntry.kind == "appointment.moved")).one()
    assert entry.details["told"] is False
    assert len(entry.details["accepted"]) == 2


def test_to_a_colleague_at_the_same_time_or_another(
    session: Session, clock: StoppedClock, make: Maker, agent: Agent, agenda: Agenda, booked: Appointment
) -> None:
    colleague = make.agenda()
    wish = Wish(NINE, leaves=agenda.id, to=colleague.id)

    for _twice in range(2):
        move_freely(session, clock, agent.id, booked.reference, wish)
    assert [claim.agenda_id for claim in booked.claims] == [colleague.id]
    assert [message.event for message in session.scalars(select(Message))] == ["appointment.reassigned"]
    entry = session.scalars(select(AuditEntry).where(AuditEntry.kind == "appointment.reassigned")).one()
    assert (entry.details["old"], entry.details["new"]) == (agenda.id, colleague.id)

    move_freely(session, clock, agent.id, booked.reference, Wish(EVENING, leaves=colleague.id, to=agenda.id))
    assert [(claim.agenda_id, claim.starts_at) for claim in booked.claims] == [(agenda.id, EVENING)]


def test_of_several_agendas_one_is_replaced_and_the_others_stay(
    session: Session, clock: StoppedClock, make: Maker, agent: Agent, agenda: Agenda, booked: Appointment
) -> None:
    second, third = make.agenda(), make.agenda()
    booked.claim({agenda.id: None, second.id: None})
    session.flush()

    move_freely(session, clock, agent.id, booked.reference, Wish(EVENING, leaves=second.id, to=third.id))

    assert {claim.agenda_id for claim in booked.claims} == {agenda.id, third.id}


def test_all_who_sit_in_it_move_and_nobody_may_join(
    session: Session, clock: StoppedClock, make: Maker, agent: Agent, booked: Appointment
) -> None:
    booked.seats = 5
    take_seat(session, booked, make.citizen().id, by_email=True, at=clock.now())

    move_freely(session, clock, agent.id, booked.reference, Wish(EVENING))

    assert (len(booked.seated), booked.seats) == (2, 2)
    assert len(session.scalars(select(Message)).all()) == 2


def test_one_to_be_replanned_is_planned_again(
    session: Session, clock: StoppedClock, agent: Agent, booked: Appointment
) -> None:
    booked.become(Status.TO_REPLAN)
    booked.withdrawn_at = clock.now()

    move_freely(session, clock, agent.id, booked.reference, Wish(EVENING))

    assert (booked.status, booked.withdrawn_at) == (Status.PLANNED, None)
    assert all(claim.holds_time for claim in booked.claims)


@pytest.mark.parametrize("status", [Status.DONE, Status.NO_SHOW, Status.CANCELLED_BY_STAFF])
def test_what_is_over_does_not_move(
    session: Session, clock: StoppedClock, agent: Agent, booked: Appointment, status: Status
) -> None:
    booked.become(status)
    for use in (outlook, move_freely):
        with pytest.raises(Fixed):
            use(session, clock, agent.id, booked.reference, Wish(EVENING))


def test_neither_from_nor_to_what_one_may_not_see(
    session: Session, clock: StoppedClock, make: Maker, agent: Agent, agenda: Agenda, booked: Appointment
) -> None:
    stranger = make.agent(organisation=make.organisation(), services=[make.service()])
    theirs = make.agenda_of(stranger)
    gone = make.agent(left_at=clock.now())

    with pytest.raises(NoSuchAppointment):
        move_freely(session, clock, stranger.id, booked.reference, Wish(EVENING))
    for agenda_id in (theirs.id, make.agenda_of(gone).id, 10**9):
        for use in (outlook, move_freely):
            with pytest.raises(NoSuchAgenda):
                use(session, clock, agent.id, booked.reference, Wish(EVENING, leaves=agenda.id, to=agenda_id))
    with pytest.raises(NoSuchAgenda):
        outlook(session, clock, agent.id, booked.reference, Wish(EVENING, leaves=theirs.id, to=make.agenda().id))
    assert booked.starts_at == NINE


def test_the_same_statements_whatever_is_in_the_way(
    session: Session,
    database: Database,
    clock: StoppedClock,
    make: Maker,
    agent: Agent,
    agenda: Agenda,
    booked: Appointment,
    statements: Callable[[Database], Any],
) -> None:
    def count(more: int) -> int:
        for _ in range(more):
            make.appointment(agenda, EVENING)
            make.absence(agenda, first_day=EVENING.date(), end_day=EVENING.date())
        session.flush()
        session.expire_all()
        with statements(database) as seen:
            outlook(session, clock, agent.id, booked.reference, Wish(EVENING))
        return len(seen)

    assert count(1) == count(8)


def test_another_length_or_place_is_told_with_the_former_one(
    session: Session, clock: StoppedClock, make: Maker, agent: Agent, booked: Appointment
) -> None:
    annexe, before = make.place(name="Mairie annexe"), booked.place
    assert before is not None
    wish = Wish(booked.starts_at, minutes=45, place_id=annexe.id)
    look = outlook(session, clock, agent.id, booked.reference, wish)
    move_freely(session, clock, agent.id, booked.reference, wish, accepted=accepted(look))

    assert (booked.ends_at - booked.starts_at, booked.place_id) == (timedelta(minutes=45), annexe.id)
    message = session.scalars(select(Message).where(Message.citizen_id.is_not(None))).one()
    assert (message.event, message.method) == ("appointment.changed", "REQUEST")
    for words in ("a été modifié", "Ancienne durée : 30 minutes", f"Ancien lieu : {before.name}", "Mairie annexe"):
        assert words in message.text
    entry = session.scalars(select(AuditEntry).where(AuditEntry.kind == "appointment.changed")).one()
    assert entry.details["minutes"] == {"old": 30, "new": 45}
    move_freely(session, clock, agent.id, booked.reference, wish, accepted=accepted(look))
    assert len(session.scalars(select(Message)).all()) == 1


@pytest.mark.parametrize("wrong", [{"minutes": 0}, {"minutes": 1441}, {"place_id": -1}])
def test_to_no_place_and_no_length_it_does_not_move(
    session: Session, clock: StoppedClock, agent: Agent, booked: Appointment, wrong: dict[str, int]
) -> None:
    with pytest.raises(Contradictory):
        outlook(session, clock, agent.id, booked.reference, Wish(booked.starts_at, **wrong))
