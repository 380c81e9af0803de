"""An appointment as staff see it: who may, what its journal says, and cancelling by the service."""

from datetime import UTC, datetime

import pytest
from make import Maker
from sqlalchemy.orm import Session

from rdvdav.agenda.status import Status
from rdvdav.audit.entry import ActorKind
from rdvdav.audit.record import SYSTEM, Actor, record
from rdvdav.clock import StoppedClock
from rdvdav.directory.motif import BookableBy
from rdvdav.directory.organisation import Organisation
from rdvdav.planning.appointments import (
    NoSuchAppointment,
    Settled,
    agendas_of,
    appointment_in_sight,
    appointment_to_cancel,
    cancel_by_staff,
    messages_of,
)
from rdvdav.planning.journal import history_of
from rdvdav.planning.online import Online, online_motifs

AT_TEN = datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_who_sees_one_of_its_agendas_sees_the_appointment(session: Session, make: Maker) -> None:
    agent, colleague = make.agent(), make.agent()
    stranger = make.agent(organisation=make.organisation(), services=[make.service()])
    booked = make.appointment(make.agenda_of(agent), AT_TEN)

    assert appointment_in_sight(session, agent.id, booked.reference) is booked
    assert appointment_in_sight(session, colleague.id, booked.reference) is booked
    assert list(agendas_of(session, booked)) == [make.agenda_of(agent)]
    with pytest.raises(NoSuchAppointment):
        appointment_in_sight(session, stranger.id, booked.reference)


@pytest.mark.parametrize("reference", ["unknown1", "", "\0", "a'b", "../x", "é" * 300])
def test_what_is_no_reference_is_not_found(session: Session, make: Maker, reference: str) -> None:
    with pytest.raises(NoSuchAppointment):
        appointment_in_sight(session, make.agent().id, reference)


def test_the_service_cancels_tells_the_citizen_and_leaves_a_trace(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    agent = make.agent(first_name="Claire", last_name="Martin")
    agenda = make.agenda_of(agent)
    booked = make.appointment(agenda, AT_TEN)
    version = agenda.version

    cancel_by_staff(session, clock, agent.id, booked.reference, "Agent absent")

    assert booked.status == Status.CANCELLED_BY_STAFF
    assert booked.cancel_reason == "Agent absent"
    assert agenda.version == version + 1
    (traced,) = history_of(session, "appointment", booked.id)
    assert (traced.entry.kind, traced.who, traced.entry.personal) == (
        "appointment.cancelled",
        "Claire Martin",
        {"reason": "Agent absent"},
    )
    assert [message.recipient for message, _name in messages_of(session, booked)] == [
        booked.participations[0].citizen.email
    ]


def test_a_stranger_cancels_nothing(session: Session, clock: StoppedClock, make: Maker) -> None:
    booked = make.appointment(make.agenda(), AT_TEN)
    stranger = make.agent(organisation=make.organisation(), services=[make.service()])

    with pytest.raises(NoSuchAppointment):
        cancel_by_staff(session, clock, stranger.id, booked.reference, "")
    assert booked.status == Status.PLANNED


@pytest.mark.parametrize("status", [Status.DONE, Status.NO_SHOW])
def test_what_has_an_outcome_is_not_cancelled(
    session: Session, clock: StoppedClock, make: Maker, status: Status
) -> None:
    agent = make.agent()
    booked = make.appointment(make.agenda_of(agent), AT_TEN)
    booked.become(status)
    session.flush()

    with pytest.raises(Settled):
        appointment_to_cancel(session, agent.id, booked.reference)
    with pytest.raises(Settled):
        cancel_by_staff(session, clock, agent.id, booked.reference, "")
    assert booked.status == status


def test_the_journal_names_citizens_and_the_house(session: Session, clock: StoppedClock, make: Maker) -> None:
    booked = make.appointment(make.agenda(), AT_TEN)
    other = make.appointment(make.agenda(), AT_TEN)
    citizen = booked.participations[0].citizen
    for actor, about in ((Actor.citizen(citizen.id), booked), (SYSTEM, booked), (SYSTEM, other)):
        record(session, clock, actor, "appointment.moved", about.territory_id, about.id)
    session.flush()

    history = history_of(session, "appointment", booked.id)

    assert [(each.entry.actor, each.who) for each in history] == [
        (ActorKind.CITIZEN, citizen.name),
        (ActorKind.SYSTEM, ""),
    ]


def test_a_motif_is_bookable_online_when_open_to_all_and_opened(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    agenda = make.agenda()
    opened = make.motif(name="A")
    unopened = make.motif(name="B")
    staff = make.motif(name="C", bookable_by=BookableBy.AGENTS)
    make.motif(name="D", archived_at=clock.now())
    make.opening_range(agenda, [opened, staff])
    gone = make.agent(left_at=clock.now())
    make.opening_range(make.agenda_of(gone), [unopened])

    rows = online_motifs(session, clock, session.get_one(Organisation, opened.organisation_id))

    assert [(row.motif, row.online) for row in rows] == [
        (opened, Online.BOOKABLE),
        (unopened, Online.NO_OPENING),
        (staff, Online.STAFF_ONLY),
    ]
