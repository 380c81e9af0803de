"""Outlines follow the claims in whatever way these are written, and say no more than they do."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from random import Random

from alembic.migration import MigrationContext
from alembic.operations import Operations
from make import Maker
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.claim import BLOCK, Claim, Outline, draw, flawed, outlines, packed, unpacked
from rdvdav.agenda.status import Status
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.hours.interval import Intervals
from rdvdav.hours.wall import DAY, from_minutes, to_minutes

START = BLOCK * 750 - 90
"""An hour and a half before a block begins."""
MINUTE = timedelta(minutes=1)


def test_stretches_are_cut_where_a_block_begins_and_join_again() -> None:
    taken = Intervals([(START, START + 30), (START + 60, START + 90 + 2 * BLOCK)])

    cut = [unpacked(packed(taken, block), block) for block in range(749, 753)]

    assert cut[0] == ([START, START + 60], [START + 30, START + 90])
    assert cut[1] == ([750 * BLOCK], [751 * BLOCK])
    assert cut[3] == ([], [])
    assert Intervals(span for starts, ends in cut for span in zip(starts, ends, strict=True)) == taken


def test_what_is_booked_moved_cancelled_and_deleted_is_drawn_in_the_same_flush(session: Session, make: Maker) -> None:
    agendas, dice = [make.agenda(), make.agenda()], Random(5)  # noqa: S311 (repeatable, nothing secret)
    since = START - DAY
    for _ in range(60):
        starts_at = from_minutes(START + dice.randrange(4 * DAY)) + timedelta(seconds=dice.choice([0, 0, 20]))
        appointments = session.scalars(select(Appointment).where(Appointment.status == Status.PLANNED)).all()
        if len(appointments) < 5:
            make.appointment(dice.choice(agendas), starts_at, minutes=dice.choice([5, 30, 2 * DAY]))
            continue
        chosen = dice.choice(appointments)
        match dice.randrange(4):
            case 0:
                session.expire_all()
                chosen.reschedule(starts_at, starts_at + dice.randrange(1, 90) * MINUTE)
            case 1:
                chosen.become(Status.CANCELLED_BY_STAFF)
            case 2:
                session.expire_all()
                session.delete(chosen)
            case _:
                chosen.claim({agenda.id: None for agenda in dice.sample(agendas, dice.choice([1, 2]))})
        session.flush()
        assert [flawed(session, agenda.id, since) for agenda in agendas] == [[], []]
    shown = outlines(session, [agenda.id for agenda in agendas], since, since + 2 * BLOCK)
    assert sum(len(starts) for starts, _ in shown.values()) > 0


def test_what_was_written_past_the_session_is_found_and_drawn_again(session: Session, make: Maker) -> None:
    agenda, start = make.agenda(), datetime(2026, 11, 24, 8, tzinfo=UTC)
    make.appointment(agenda, start, minutes=30)
    session.flush()
    session.execute(update(Claim).values(starts_at=start - MINUTE))

    found = flawed(session, agenda.id, to_minutes(start))
    draw(session.connection(), found)

    assert found == [(agenda.id, to_minutes(start) // BLOCK)]
    assert flawed(session, agenda.id, to_minutes(start)) == []
    session.execute(delete(Outline))
    assert flawed(session, agenda.id, to_minutes(start)) == found


def test_the_migration_draws_what_is_there(database: Database, clock: StoppedClock) -> None:
    starts = [0, 30, 45, 4 * 60, 100 * DAY]
    with database.transaction() as session:
        make = Maker(session, clock)
        agendas = [make.agenda(), make.agenda()]
        for agenda in agendas:
            for later in starts:
                starts_at = from_minutes(START + later) + timedelta(seconds=later % 7)
                make.appointment(agenda, starts_at, minutes=DAY if later == 45 else 30)
        ids = [agenda.id for agenda in agendas]
    with database.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        connection.execute(text("DROP TABLE outline"))

        import_module("rdvdav.migrations.versions.0002_outlines").upgrade()

    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Outline)) == 6
        assert [flawed(session, id_, START) for id_ in ids] == [[], []]
