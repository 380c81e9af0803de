"""A referrer books for somebody: one appointment however often it is pressed, and records of others untouched (B10)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from booking_times import NINE
from make import Maker
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment, Channel
from rdvdav.booking.book import book
from rdvdav.booking.bookable import NotBookable
from rdvdav.booking.hold import keep
from rdvdav.booking.referral import Beneficiary, Contact, refer
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.referrer import Referrer
from rdvdav.clock import StoppedClock
from rdvdav.database import Base, Database
from rdvdav.directory.motif import BookableBy
from rdvdav.outbox.message import Message

DENIS = Contact("Denis", "Leroy", "Mission locale", "denis@mission.example", "+33144556677")
LUCIE = Beneficiary("Lucie", "Martel", "lucie@exemple.fr")


def counted(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def held(database: Database, clock: StoppedClock, by: BookableBy = BookableBy.EVERYONE) -> str:
    """Tuesday at nine is kept for a referrer."""
    with database.transaction() as session:
        make = Maker(session, clock)
        motif = make.motif(bookable_by=by)
        make.opening_range(make.agenda(), [motif])
        where = {"motif_id": motif.id, "place_id": None, "starts_at": NINE}
        return keep(session, clock, visit="v", address="192.0.2.1", referred=True, **where)  # type: ignore[arg-type]


def test_pressed_many_times_at_once_it_is_one_appointment(database: Database, clock: StoppedClock) -> None:
    token = held(database, clock)

    def press(_n: int) -> int:
        with database.transaction() as session:
            return refer(session, clock, token, DENIS, LUCIE, address="192.0.2.1").id

    with ThreadPoolExecutor(4) as pool:
        booked = set(pool.map(press, range(4)))

    assert len(booked) == 1
    with database.reading() as session:
        told = session.scalars(select(Message.event).where(~Message.to_compose)).all()
        assert [counted(session, table) for table in (Appointment, Referrer, Citizen)] == [1, 1, 1]
        assert len(told) == 2


def test_two_who_have_no_address_are_two_people(database: Database, clock: StoppedClock) -> None:
    nobody = replace(LUCIE, email=None)
    for _ in range(2):
        token = held(database, clock)
        with database.transaction() as session:
            refer(session, clock, token, DENIS, nobody, address="192.0.2.1")
    with database.reading() as session:
        assert counted(session, Citizen) == 2
        assert session.scalars(select(Message.recipient)).all() == [DENIS.email] * 2


def test_what_is_open_to_referrers_is_booked_by_no_citizen(database: Database, clock: StoppedClock) -> None:
    token = held(database, clock, BookableBy.REFERRERS)
    with pytest.raises(NotBookable), database.transaction() as session:
        book(session, clock, token, Maker(session, clock).citizen().id)

    with database.transaction() as session:
        appointment = refer(session, clock, token, DENIS, LUCIE, address="192.0.2.1")
        assert appointment.channel is Channel.REFERRER
        seat = appointment.participations[0]
        assert seat.referrer is not None
        assert seat.referrer.name == "Denis Leroy"
