"""What staff still has to settle: in conflict, to be re-planned, over without outcome, and how each line is settled (L-4, L-5, L-8)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from make import MONDAY, Maker
from planning.test_consequences import firsts
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.audit.record import SYSTEM
from rdvdav.booking.withdraw import keep_anyway, withdraw
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.motif import Motif
from rdvdav.planning.consequences import ListChanged
from rdvdav.planning.fates import Choice, Decisions, Fate
from rdvdav.planning.unsettled import ROWS_A_PAGE, Unsettled, settle, unsettled

TUESDAY = MONDAY + timedelta(days=1)


def at(hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
    return datetime.combine(day, time(hour - 1, minute), UTC)


def test_each_list_has_what_belongs_there(session: Session, clock: StoppedClock, make: Maker) -> None:
    agent = make.agent()
    agenda, colleague = make.agenda_of(agent), make.agenda()
    make.opening_range(agenda, [make.motif()])
    make.absence(agenda, starts=time(9), ends=time(10))
    stranger = make.agenda(services=[make.service()])
    booked = {hour: make.appointment(agenda, at(hour)) for hour in (9, 10, 11)}
    theirs, foreign = make.appointment(colleague, at(9)), make.appointment(stranger, at(9))
    keep_anyway(session, clock, booked[10].id, SYSTEM)
    withdraw(session, clock, booked[11].id, SYSTEM)
    withdraw(session, clock, theirs.id, SYSTEM)
    withdraw(session, clock, foreign.id, SYSTEM)
    session.flush()

    def listed(which: Unsettled, **more: Any) -> list[Appointment]:
        return [hit.appointment for hit in unsettled(session, clock, agent.id, which, **more).hits]

    assert listed(Unsettled.CONFLICT) == [booked[9], booked[10]]
    assert listed(Unsettled.TO_REPLAN) == [theirs, booked[11]]
    assert listed(Unsettled.TO_REPLAN, agenda_id=colleague.id) == [theirs]
    assert listed(Unsettled.TO_REPLAN, agenda_id=stranger.id) == []
    assert listed(Unsettled.OVER) == []
    clock.advance(timedelta(days=2))
    assert listed(Unsettled.CONFLICT) == listed(Unsettled.TO_REPLAN) == []
    assert listed(Unsettled.OVER) == [theirs, booked[10], booked[11]]
    booked[10].become(Status.DONE)
    session.flush()
    assert listed(Unsettled.OVER) == [theirs, booked[11]]


def test_lines_are_settled_all_at_once(session: Session, clock: StoppedClock, make: Maker) -> None:
    agent, motif = make.agent(), make.motif()
    agenda, colleague = make.agenda_of(agent), make.agenda()
    make.opening_range(agenda, [motif])
    make.opening_range(colleague, [motif], opens=time(9), closes=time(10))
    make.absence(agenda)
    given, kept, withdrawn = (make.appointment(agenda, at(hour), motif=motif) for hour in (9, 10, 11))
    withdraw(session, clock, withdrawn.id, SYSTEM)
    hits = unsettled(session, clock, agent.id, Unsettled.CONFLICT).hits
    assert [[each.agenda_id for each in hit.colleagues] for hit in hits] == [[colleague.id], []]
    hits += unsettled(session, clock, agent.id, Unsettled.TO_REPLAN).hits
    assert hits[2].fates == [Fate.KEEP, Fate.NEAREST, Fate.CANCEL]
    fates = [Choice(Fate.REASSIGN, colleague.id), Choice(Fate.KEEP), Choice(Fate.NEAREST)]
    choices = {
        (hit.booking.appointment_id, hit.booking.sequence): choice for hit, choice in zip(hits, fates, strict=True)
    }

    assert settle(session, clock, agent.id, Decisions(choices)) == 2

    assert [claim.agenda_id for claim in given.claims] == [colleague.id]
    assert (kept.status, kept.starts_at) == (Status.PLANNED, at(10))
    assert (withdrawn.status, withdrawn.withdrawn_at) == (Status.PLANNED, None)
    assert withdrawn.starts_at == at(9, 30)  # at the colleague's, after the one given there
    assert [claim.holds_time for claim in withdrawn.claims] == [True]
    with pytest.raises(ListChanged):
        settle(session, clock, agent.id, Decisions(choices))


def test_nobody_settles_what_is_out_of_sight(session: Session, clock: StoppedClock, make: Maker) -> None:
    agent = make.agent()
    booked = make.appointment(make.agenda(services=[make.service()]), at(9))

    with pytest.raises(ListChanged):
        settle(session, clock, agent.id, Decisions({(booked.id, booked.sequence): Choice(Fate.CANCEL)}))
    assert booked.status is Status.PLANNED


def test_a_long_list_has_pages_and_takes_as_many_statements_as_a_short_one(
    database: Database, clock: StoppedClock, statements: Callable[[Database], Any]
) -> None:
    with database.transaction() as session:
        make = Maker(session, clock)
        agent, motif = make.agent(), make.motif()
        agenda = make.agenda_of(agent)
        make.opening_range(agenda, [motif])
        make.absence(agenda, end_day=TUESDAY + timedelta(days=9), last_day=TUESDAY + timedelta(days=9))
        make.opening_range(make.agenda(), [motif])
        make.appointment(agenda, at(9), motif=motif)
        agent_id, agenda_id, motif_id = agent.id, agenda.id, motif.id

    def looked(page: int) -> tuple[int, int, int, int]:
        with database.reading() as session, statements(database) as seen:
            found = unsettled(session, clock, agent_id, Unsettled.CONFLICT, page=page)
            assert all(hit.appointment.participations[0].citizen.name for hit in found.hits)
        return len(found.hits), found.total, found.page, len(seen)

    *shown, few = looked(1)
    assert shown == [1, 1, 1]
    with database.transaction() as session:
        agenda, motif = session.get_one(Agenda, agenda_id), session.get_one(Motif, motif_id)
        make = Maker(session, clock)
        make._first |= firsts(motif, session)
        for number in range(1, ROWS_A_PAGE + 2):
            day = TUESDAY + timedelta(days=number % 3)
            make.appointment(agenda, at(9, number, day), motif=motif)
    assert looked(1) == (ROWS_A_PAGE, ROWS_A_PAGE + 2, 1, few)
    assert looked(9) == (2, ROWS_A_PAGE + 2, 2, few)
