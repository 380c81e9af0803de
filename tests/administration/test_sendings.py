"""« Envois »: who sees what, what is tried again with a new link, what is given up, addresses unblocked (M-5, M-7, 8.11)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from make import Maker
from outbox.post import a_message
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.administration.sendings import (
    NoSuchSending,
    NotSendable,
    Standing,
    Wanted,
    drop_sending,
    send_sending_again,
    sendings,
    unblock,
)
from rdvdav.audit.entry import AuditEntry
from rdvdav.citizens.citizen import CitizenOrganisation
from rdvdav.citizens.link import Link, new_link
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.outbox.blocked import block, blocks
from rdvdav.outbox.message import Channel, Message
from rdvdav.tokens import digest

NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def town(make: Maker) -> dict[str, Any]:
    """An organisation with an administrator, another one, and messages of each kind."""
    session, clock = make.session, make.clock
    territory = make.territory()
    here, there = make.organisation(), make.organisation()
    admin = make.agent(organisation=here, role="admin")
    basic, chief = make.agent(organisation=here), make.agent(organisation=there, administers=territory)
    appointment = make.appointment(make.agenda_of(admin), NINE)
    elsewhere = make.appointment(make.agenda_of(chief), NINE, motif=make.motif(organisation_id=there.id))
    known = make.citizen()
    session.add(CitizenOrganisation(citizen_id=known.id, organisation_id=here.id, created_at=clock.now()))
    session.flush()
    seat = appointment.participations[0]
    token = new_link(session, clock, territory.id, seat.id)
    about = {"event": "appointment.withdrawn", "secrets": [token], "text": f"Voir {token}", "html": f"<a>{token}</a>"}
    rows = {
        "failed": a_message(
            session, clock.now(), 1, territory.id, appointment_id=appointment.id, tries=3, last_error="no", **about
        ),
        "sent": a_message(session, clock.now(), 2, territory.id, appointment_id=appointment.id, sent_at=clock.now()),
        "waiting": a_message(session, clock.now(), 3, territory.id, citizen_id=known.id),
        "dropped": a_message(
            session, clock.now(), 4, territory.id, appointment_id=appointment.id, dropped_at=clock.now(), tries=9
        ),
        "planned": a_message(session, clock.now(), 5, territory.id, appointment_id=appointment.id, to_compose=True),
        "theirs": a_message(session, clock.now(), 6, territory.id, appointment_id=elsewhere.id),
        "agents": a_message(session, clock.now(), 7, territory.id),
        "over": a_message(
            session, clock.now(), 8, territory.id, appointment_id=appointment.id, tries=1, expires_at=clock.now()
        ),
    }
    return {
        "rows": {name: row.id for name, row in rows.items()},
        "admin": admin.id,
        "basic": basic.id,
        "chief": chief.id,
        "token": token,
        "seat": seat.id,
        "territory": territory.id,
    }


def seen(session: Session, clock: StoppedClock, found: dict[str, Any], who: str, **wanted: Any) -> set[str]:
    names = {id_: name for name, id_ in found["rows"].items()}
    page = sendings(session, clock, found[who], Wanted(**wanted))
    return {names[line.message.id] for line in page.lines}


def test_administrators_see_what_is_theirs(session: Session, make: Maker, clock: StoppedClock) -> None:
    found = town(make)
    mine = {"failed", "sent", "waiting", "dropped", "over"}

    assert seen(session, clock, found, "admin") == mine
    assert seen(session, clock, found, "chief") == mine | {"theirs", "agents"}
    assert seen(session, clock, found, "basic") == set()
    for standing, names in {
        Standing.FAILED: {"failed", "over"},
        Standing.SENT: {"sent"},
        Standing.WAITING: {"waiting"},
        Standing.DROPPED: {"dropped"},
        Standing.PLANNED: {"planned"},
    }.items():
        assert seen(session, clock, found, "admin", standing=standing) == names
    assert seen(session, clock, found, "admin", channel=Channel.SMS) == set()
    assert seen(session, clock, found, "admin", event="appointment.withdrawn") == {"failed"}
    assert seen(session, clock, found, "admin", before=found["rows"]["waiting"]) == {"failed", "sent"}


def test_sending_again_makes_a_new_link_and_keeps_the_old_one(
    session: Session, make: Maker, clock: StoppedClock
) -> None:
    found = town(make)
    clock.advance(timedelta(hours=1))
    send_sending_again(session, clock, found["admin"], found["rows"]["failed"])

    row = session.get_one(Message, found["rows"]["failed"])
    [new] = row.secrets
    assert (row.tries, row.due_at, row.dropped_at) == (0, clock.now(), None)
    assert new != found["token"]
    assert (row.text, row.html) == (f"Voir {new}", f"<a>{new}</a>")
    links = session.scalars(select(Link.digest).where(Link.participation_id == found["seat"])).all()
    assert set(links) == {digest(new), digest(found["token"])}
    assert session.scalars(select(AuditEntry.kind)).all() == ["appointment.message_retried"]


@pytest.mark.parametrize("name", ["sent", "over", "planned"])
def test_what_has_left_or_is_over_is_not_sent_again(
    session: Session, make: Maker, clock: StoppedClock, name: str
) -> None:
    found = town(make)
    with pytest.raises(NotSendable):
        send_sending_again(session, clock, found["admin"], found["rows"][name])


def test_giving_up_and_unblocking(session: Session, make: Maker, clock: StoppedClock) -> None:
    found = town(make)
    waiting = session.get_one(Message, found["rows"]["waiting"])
    block(session, found["territory"], waiting.recipient.upper(), "550", clock.now())
    page = sendings(session, clock, found["admin"], Wanted())
    assert {line.message.id: line.blocked for line in page.lines}[waiting.id] == "550"

    unblock(session, clock, found["admin"], waiting.id)
    assert blocks(session, found["territory"], [waiting.recipient]) == []
    drop_sending(session, clock, found["admin"], waiting.id)
    drop_sending(session, clock, found["admin"], waiting.id)
    assert waiting.dropped_at == clock.now()
    assert session.scalars(select(AuditEntry.kind)).all() == ["citizen.address_unblocked", "citizen.message_dropped"]
    for other, who in (("theirs", "admin"), ("agents", "admin"), ("failed", "basic")):
        for deed in (send_sending_again, drop_sending, unblock):
            with pytest.raises(NoSuchSending):
                deed(session, clock, found[who], found["rows"][other])


def test_a_longer_list_takes_as_many_statements(sqlite: Database, clock: StoppedClock, statements: Callable) -> None:
    counts = []
    for more in (0, 30):
        with sqlite.transaction() as session:
            found = town(Maker(session, clock))
            for number in range(more):
                a_message(
                    session,
                    clock.now(),
                    100 + number,
                    found["territory"],
                    appointment_id=session.get_one(Message, found["rows"]["sent"]).appointment_id,
                )
            session.flush()
            session.expire_all()
            with statements(sqlite) as run:
                lines = sendings(session, clock, found["admin"], Wanted()).lines
                assert all(line.appointment is None or line.appointment.organisation.zone for line in lines)
            counts.append(len(run))
            session.rollback()
    assert counts[0] == counts[1]
