"""What staff change on an appointment's page: comment, notices, who receives; and removing it for good."""

from datetime import time, timedelta
from typing import Any

import pytest
from make import MONDAY, Maker
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.audit.entry import AuditEntry
from rdvdav.citizens.link import new_link
from rdvdav.clock import StoppedClock
from rdvdav.feeds.object import CalendarObject
from rdvdav.outbox.message import Message
from rdvdav.planning.appointments import NoSuchAppointment
from rdvdav.planning.fates import ColleagueTaken
from rdvdav.planning.one_appointment import (
    NotForYou,
    NotRemovable,
    colleagues_of,
    comment_on,
    give_to,
    reads_comment,
    remove_for_good,
    switch_notices,
)


@pytest.fixture
def town(session: Session, make: Maker, clock: StoppedClock) -> dict[str, Any]:
    """An appointment on Monday at ten; a colleague of the service who is free, a secretary, an admin, a stranger."""
    make.organisation()
    service, secretariat = make.service(), make.service(is_secretariat=True)
    motif = make.motif(service_id=service.id)
    agendas = [make.agenda(services=[service]) for _ in range(2)]
    for agenda in agendas:
        make.opening_range(agenda, [motif], first_day=MONDAY, opens=time(9), closes=time(12))
    booked = make.appointment(agendas[0], clock.now() + timedelta(hours=2), motif=motif)
    return {
        "booked": booked,
        "agenda": agendas[0],
        "colleague": agendas[1],
        "author": agendas[0].agent_id,
        "same": agendas[1].agent_id,
        "secretary": make.agent(services=[secretariat]).id,
        "admin": make.agent(services=[], role="admin").id,
        "stranger": make.agent(organisation=make.organisation()).id,
    }


def kinds(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.kind).order_by(AuditEntry.id)))


def test_a_comment_is_for_the_service_of_its_author(
    session: Session, clock: StoppedClock, town: dict[str, Any]
) -> None:
    booked = town["booked"]
    comment_on(session, clock, town["author"], booked.reference, " Vient avec un interprète. ")

    assert booked.comment == "Vient avec un interprète."
    readers = {name: reads_comment(session, town[name], booked) for name in ("author", "same", "secretary", "admin")}
    assert readers == {"author": True, "same": True, "secretary": False, "admin": False}
    with pytest.raises(NotForYou):
        comment_on(session, clock, town["secretary"], booked.reference, "")
    with pytest.raises(NoSuchAppointment):
        comment_on(session, clock, town["stranger"], booked.reference, "")
    assert kinds(session) == ["appointment.commented"]


def test_each_participant_can_be_left_untold(session: Session, clock: StoppedClock, town: dict[str, Any]) -> None:
    seat = town["booked"].participations[0]

    switch_notices(session, clock, town["same"], town["booked"].reference, frozenset(), frozenset())
    assert not seat.by_email
    switch_notices(session, clock, town["same"], town["booked"].reference, frozenset({seat.id}), frozenset({seat.id}))
    assert seat.by_email
    assert len(kinds(session)) == 2


def test_a_free_colleague_takes_over_and_a_busy_one_does_not(
    session: Session, make: Maker, clock: StoppedClock, town: dict[str, Any]
) -> None:
    booked, colleague = town["booked"], town["colleague"]
    assert [each.agenda_id for each in colleagues_of(session, clock, town["author"], booked)] == [colleague.id]

    give_to(session, clock, town["author"], booked.reference, colleague.id, tell=True)

    assert [claim.agenda_id for claim in booked.claims] == [colleague.id]
    assert session.scalars(select(Message.event).where(~Message.to_compose)).all() == ["appointment.reassigned"]
    make.appointment(town["agenda"], booked.starts_at, motif=booked.motif)
    assert colleagues_of(session, clock, town["author"], booked) == []
    with pytest.raises(ColleagueTaken):
        give_to(session, clock, town["author"], booked.reference, town["agenda"].id, tell=True)


@pytest.mark.parametrize("who", ["author", "same", "secretary"])
def test_only_administrators_remove_for_good(
    session: Session, clock: StoppedClock, town: dict[str, Any], who: str
) -> None:
    with pytest.raises(NotRemovable):
        remove_for_good(session, clock, town[who], town["booked"].reference, tell=True)


@pytest.mark.parametrize(("hours", "tell", "told"), [(0, True, 1), (0, False, 0), (9, True, 0)])
def test_what_is_removed_leaves_a_tombstone_and_a_line_of_the_journal(
    session: Session, clock: StoppedClock, town: dict[str, Any], hours: int, *, tell: bool, told: int
) -> None:
    """Participants hear of it while it is to come."""
    booked = town["booked"]
    uid, seat = booked.uid, booked.participations[0].id
    new_link(session, clock, booked.territory_id, seat)
    version = town["agenda"].version
    clock.advance(timedelta(hours=hours))

    remove_for_good(session, clock, town["admin"], booked.reference, tell=tell)

    for table in (Appointment, Participation, Claim):
        assert session.scalar(select(func.count()).select_from(table)) == 0
    shown = session.scalars(select(CalendarObject).where(CalendarObject.uid == uid)).one()
    assert shown.deleted
    assert shown.appointment_id is None
    assert town["agenda"].version == version + 1
    assert session.scalars(select(Message.event).where(~Message.to_compose)).all() == ["appointment.cancelled"] * told
    assert kinds(session) == ["appointment.removed"]
    with pytest.raises(NoSuchAppointment):
        remove_for_good(session, clock, town["admin"], booked.reference, tell=tell)


def test_what_has_an_outcome_is_removed_untold(session: Session, clock: StoppedClock, town: dict[str, Any]) -> None:
    town["booked"].become(Status.DONE)
    remove_for_good(session, clock, town["admin"], town["booked"].reference, tell=True)

    assert session.scalars(select(Message).where(~Message.to_compose)).all() == []
