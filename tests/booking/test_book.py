"""From hold to appointment, to another time, to cancelled: rows, calendar, journal, mail (D-1, D-3, L-1, L-3)."""

from datetime import timedelta

import pytest
from booking_times import NINE
from make import Maker
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.status import Status
from rdvdav.audit.entry import AuditEntry
from rdvdav.audit.record import Actor
from rdvdav.booking.book import book
from rdvdav.booking.cancel import NotCancellable, TooLateToCancel, cancel
from rdvdav.booking.held import HoldExpired, NoSuchHold, held_under
from rdvdav.booking.hold import keep
from rdvdav.booking.honour import SlotTaken
from rdvdav.booking.mine import NoSuchAppointment, appointment_of, appointments_of
from rdvdav.booking.move import NotMovable, TooLateToMove, move
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import StoppedClock
from rdvdav.directory.agent import Agent
from rdvdav.directory.motif import Motif
from rdvdav.directory.place import Place
from rdvdav.feeds.object import CalendarObject
from rdvdav.outbox.message import Message

AT_TEN = NINE + timedelta(hours=1)


@pytest.fixture
def booked(session: Session, clock: StoppedClock, hold_token: str, citizen: Citizen) -> Appointment:
    return book(session, clock, hold_token, citizen.id)


@pytest.fixture
def move_token(session: Session, clock: StoppedClock, booked: Appointment, motif: Motif, place: Place) -> str:
    return keep(
        session,
        clock,
        motif_id=motif.id,
        place_id=place.id,
        starts_at=AT_TEN,
        visit="a visit",
        address="192.0.2.1",
        moves=booked.id,
    )


def messages(session: Session) -> list[tuple[str, str | None]]:
    return [
        (m.event, m.method) for m in session.scalars(select(Message).where(~Message.to_compose).order_by(Message.id))
    ]


def journal(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.kind).order_by(AuditEntry.id)))


def published(session: Session) -> list[str]:
    return [row.text or "" for row in session.scalars(select(CalendarObject))]


def test_a_booking_writes_appointment_calendar_journal_and_mail_together(
    session: Session, booked: Appointment, agenda: Agenda, citizen: Citizen
) -> None:
    assert (booked.starts_at, booked.ends_at, booked.status) == (NINE, NINE + timedelta(minutes=30), Status.PLANNED)
    assert [claim.agenda_id for claim in booked.claims] == [agenda.id]
    assert [seat.citizen_id for seat in booked.participations] == [citizen.id]
    assert agenda.version == 1
    assert "DTSTART:20261125T080000Z" in published(session)[0]
    assert journal(session) == ["citizen.attached", "appointment.booked"]
    assert messages(session) == [("appointment.created", "REQUEST")]


def test_booking_twice_is_harmless(
    session: Session, clock: StoppedClock, booked: Appointment, hold_token: str, citizen: Citizen
) -> None:
    clock.advance(timedelta(hours=1))

    assert book(session, clock, hold_token, citizen.id) is booked
    assert session.scalar(select(func.count()).select_from(Appointment)) == 1
    assert len(messages(session)) == 1


def test_a_hold_ends_on_the_minute(
    session: Session, clock: StoppedClock, agenda: Agenda, hold_token: str, citizen: Citizen
) -> None:
    clock.advance(timedelta(minutes=15))

    with pytest.raises(HoldExpired):
        book(session, clock, hold_token, citizen.id)

    assert agenda.version == 0
    assert messages(session) == []


def test_staff_who_used_the_time_meanwhile_win(
    session: Session, clock: StoppedClock, make: Maker, agenda: Agenda, motif: Motif, hold_token: str, citizen: Citizen
) -> None:
    make.appointment(agenda, NINE + timedelta(minutes=15), motif=motif, overlap_accepted=True)

    with pytest.raises(SlotTaken) as taken:
        book(session, clock, hold_token, citizen.id)

    assert len(taken.value.alternatives) == 3


def test_a_slot_whose_agent_left_or_whose_place_closed_is_refused(
    session: Session, clock: StoppedClock, make: Maker, agenda: Agenda, place: Place, hold_token: str, citizen: Citizen
) -> None:
    place.enabled = False
    with pytest.raises(SlotTaken):
        book(session, clock, hold_token, citizen.id)

    place.enabled = True
    session.get_one(Agent, agenda.agent_id).left_at = clock.now()
    with pytest.raises(SlotTaken):
        book(session, clock, hold_token, citizen.id)


def test_an_unknown_token_books_nothing(session: Session, clock: StoppedClock, citizen: Citizen) -> None:
    with pytest.raises(NoSuchHold):
        book(session, clock, "nothing is held under this", citizen.id)


def test_a_move_claims_the_new_time_then_frees_the_old(
    session: Session,
    clock: StoppedClock,
    booked: Appointment,
    move_token: str,
    citizen: Citizen,
    motif: Motif,
    place: Place,
) -> None:
    moved = move(session, clock, move_token, Actor.citizen(citizen.id))

    assert moved is booked
    assert (moved.starts_at, moved.claims[0].starts_at, moved.sequence) == (AT_TEN, AT_TEN, 1)
    assert "DTSTART:20261125T090000Z" in published(session)[0]
    assert messages(session) == [("appointment.created", "REQUEST"), ("appointment.moved", "REQUEST")]
    keep(session, clock, motif_id=motif.id, place_id=place.id, starts_at=NINE, visit="other", address="192.0.2.2")


def test_moving_twice_is_harmless(
    session: Session, clock: StoppedClock, move_token: str, citizen: Citizen, agenda: Agenda
) -> None:
    for _ in range(2):
        moved = move(session, clock, move_token, Actor.citizen(citizen.id))

    assert (moved.sequence, agenda.version, len(messages(session))) == (1, 2, 2)


def test_a_slot_held_to_move_makes_no_second_appointment(
    session: Session, clock: StoppedClock, move_token: str, citizen: Citizen
) -> None:
    with pytest.raises(NoSuchHold):
        book(session, clock, move_token, citizen.id)

    assert session.scalar(select(func.count()).select_from(Appointment)) == 1


def test_a_move_that_fails_keeps_the_old_time(
    session: Session, clock: StoppedClock, booked: Appointment, move_token: str, citizen: Citizen
) -> None:
    clock.advance(timedelta(minutes=15))

    with pytest.raises(HoldExpired):
        move(session, clock, move_token, Actor.citizen(citizen.id))

    assert booked.starts_at == NINE


def test_a_plain_hold_moves_nothing(session: Session, clock: StoppedClock, hold_token: str, citizen: Citizen) -> None:
    with pytest.raises(NoSuchHold):
        move(session, clock, hold_token, Actor.citizen(citizen.id))


@pytest.mark.parametrize(("limit", "late"), [("48 hours", True), ("47 hours", False), ("2 calendar_days", True)])
def test_a_citizen_moves_while_the_limit_allows(
    session: Session, clock: StoppedClock, motif: Motif, move_token: str, citizen: Citizen, limit: str, *, late: bool
) -> None:
    motif.move_limit = limit
    clock.advance(timedelta(hours=1, minutes=5))  # 47 h 55 before; the hold is renewed below
    held_under(session, move_token).expires_at = clock.now() + timedelta(minutes=1)
    session.flush()

    if late:
        with pytest.raises(TooLateToMove):
            move(session, clock, move_token, Actor.citizen(citizen.id))
    else:
        assert move(session, clock, move_token, Actor.citizen(citizen.id)).starts_at == AT_TEN


def test_staff_move_at_any_time(
    session: Session, clock: StoppedClock, motif: Motif, move_token: str, booked: Appointment
) -> None:
    motif.may_move = False
    session.flush()

    with pytest.raises(NotMovable):
        move(session, clock, move_token, Actor.citizen(1))
    assert move(session, clock, move_token, Actor.agent(1)).starts_at == AT_TEN


def test_a_cancellation_frees_the_time_and_tells_the_citizen(
    session: Session, clock: StoppedClock, booked: Appointment, citizen: Citizen, motif: Motif, place: Place
) -> None:
    cancel(session, clock, booked.id, Actor.citizen(citizen.id), "Empêchement")

    assert booked.status is Status.CANCELLED_BY_CITIZEN
    assert [seat.status for seat in booked.participations] == [Status.CANCELLED_BY_CITIZEN]
    assert "STATUS:CANCELLED" in published(session)[0]
    assert messages(session)[-1] == ("appointment.cancelled", "CANCEL")
    assert journal(session) == ["citizen.attached", "appointment.booked", "appointment.cancelled"]
    keep(session, clock, motif_id=motif.id, place_id=place.id, starts_at=NINE, visit="other", address="192.0.2.2")


def test_cancelling_twice_tells_once(session: Session, clock: StoppedClock, booked: Appointment) -> None:
    for _ in range(2):
        cancel(session, clock, booked.id, Actor.agent(1))

    assert booked.status is Status.CANCELLED_BY_STAFF
    assert len(messages(session)) == 2


def test_the_reason_is_kept_apart_as_personal(session: Session, clock: StoppedClock, booked: Appointment) -> None:
    cancel(session, clock, booked.id, Actor.agent(1), "Deuil")

    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.details, entry.personal) == ({}, {"reason": "Deuil"})


def test_a_citizen_cancels_until_four_hours_before_that_instant_included(
    session: Session, clock: StoppedClock, booked: Appointment, citizen: Citizen
) -> None:
    clock.advance(NINE - timedelta(hours=4) - clock.now() + timedelta(microseconds=1))
    with pytest.raises(TooLateToCancel) as late:
        cancel(session, clock, booked.id, Actor.citizen(citizen.id))
    assert late.value.until == NINE - timedelta(hours=4)

    clock.advance(-timedelta(microseconds=1))
    cancel(session, clock, booked.id, Actor.citizen(citizen.id))


def test_what_is_done_can_not_be_cancelled(session: Session, clock: StoppedClock, booked: Appointment) -> None:
    booked.become(Status.DONE)
    session.flush()

    with pytest.raises(NotCancellable):
        cancel(session, clock, booked.id, Actor.agent(1))


def test_another_citizen_s_appointment_answers_like_none(
    session: Session, make: Maker, booked: Appointment, citizen: Citizen
) -> None:
    stranger = make.citizen()

    assert appointments_of(session, citizen.id) == [booked]
    assert appointments_of(session, stranger.id) == []
    with pytest.raises(NoSuchAppointment):
        appointment_of(session, stranger.id, booked.reference)


def test_uid_stays_and_sequence_grows_through_moves_and_cancellation(
    session: Session, clock: StoppedClock, booked: Appointment, move_token: str, citizen: Citizen
) -> None:
    uid, texts = booked.uid, published(session)
    move(session, clock, move_token, Actor.citizen(citizen.id))
    texts += published(session)
    cancel(session, clock, booked.id, Actor.citizen(citizen.id))
    texts += published(session)

    assert [f"SEQUENCE:{n}" in text and f"UID:{uid}" in text for n, text in enumerate(texts)] == [True, True, True]
    calendars = [
        m.calendar or "" for m in session.scalars(select(Message).where(~Message.to_compose).order_by(Message.id))
    ]
    seat = booked.participations[0].uid
    assert [f"SEQUENCE:{n}" in c and f"UID:{seat}" in c for n, c in enumerate(calendars)] == [True, True, True]
