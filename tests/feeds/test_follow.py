"""Colleagues' agendas switched on and off (K-21)."""

import pytest
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.audit.entry import AuditEntry
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.membership import AgentService
from rdvdav.feeds.follow import follow, followed, unfollow
from rdvdav.policy.sight import NoSuchAgenda


def names(session: Session, agent_id: int) -> list[str]:
    return [agenda.name for agenda in followed(session, agent_id)]


def test_a_colleague_in_sight_is_switched_on_and_off(session: Session, make: Maker, clock: StoppedClock) -> None:
    anne, bruno = make.agent(), make.agent()
    agenda = make.agenda_of(bruno)

    follow(session, clock, anne.id, agenda.id)
    follow(session, clock, anne.id, agenda.id)
    assert names(session, anne.id) == [bruno.name]
    assert names(session, bruno.id) == []

    unfollow(session, clock, anne.id, agenda.id)
    unfollow(session, clock, anne.id, agenda.id)
    assert names(session, anne.id) == []
    kinds = session.scalars(select(AuditEntry.kind).order_by(AuditEntry.id)).all()
    assert kinds == ["agenda.followed", "agenda.unfollowed"]


def test_one_does_not_follow_oneself_nor_who_is_out_of_sight(
    session: Session, make: Maker, clock: StoppedClock
) -> None:
    anne = make.agent()
    stranger = make.agent(organisation=make.organisation(), services=[make.service()])

    follow(session, clock, anne.id, make.agenda_of(anne).id)
    for agenda_id in (make.agenda_of(stranger).id, 999):
        with pytest.raises(NoSuchAgenda):
            follow(session, clock, anne.id, agenda_id)
    assert names(session, anne.id) == []


def test_who_leaves_or_leaves_sight_is_no_longer_followed(
    session: Session, make: Maker, clock: StoppedClock, database: Database, statements
) -> None:
    anne, bruno, chloe = make.agent(), make.agent(), make.agent()
    for colleague in (bruno, chloe):
        follow(session, clock, anne.id, make.agenda_of(colleague).id)
    bruno.left_at = clock.now()
    session.query(AgentService).filter_by(agent_id=chloe.id).delete()
    session.flush()

    with statements(database) as seen:
        assert names(session, anne.id) == []

    assert len(seen) == 1
    unfollow(session, clock, anne.id, make.agenda_of(chloe).id)
