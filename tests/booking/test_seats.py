"""Time that people share, motifs that need several agendas, follow-up motifs: from search to cancelled (S-7, S16, D-3)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from booking_times import NINE
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Claim
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.status import Status
from rdvdav.audit.record import SYSTEM, Actor
from rdvdav.booking.book import book
from rdvdav.booking.bookable import NotBookable
from rdvdav.booking.cancel import cancel
from rdvdav.booking.hold import keep
from rdvdav.booking.honour import SlotTaken
from rdvdav.booking.mine import appointment_of
from rdvdav.booking.move import NotMovable, move
from rdvdav.booking.staff import move_to
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.referent import follow, unfollow
from rdvdav.clock import StoppedClock
from rdvdav.directory.motif import Modality, Motif
from rdvdav.directory.place import Place
from rdvdav.feeds.object import CalendarObject, Collection
from rdvdav.outbox.message import Message
from rdvdav.slots.load import Scope
from rdvdav.slots.meetings import meetings
from rdvdav.slots.near import offered_at
from rdvdav.slots.search import find_days

AT_TEN = NINE + timedelta(hours=1)
numbers = count(1)


@pytest.fixture
def hold(session: Session, clock: StoppedClock, motif: Motif, place: Place) -> Callable[..., str]:
    def holding(starts_at: datetime = NINE, **more: object) -> str:
        n = next(numbers)
        wanted = {"motif_id": motif.id, "place_id": place.id} | more
        return keep(session, clock, starts_at=starts_at, visit=f"visit {n}", address=f"192.0.2.{n % 250}", **wanted)

    return holding


@pytest.fixture
def shared(make: Maker, motif: Motif, place: Place) -> OpeningRange:
    """An opening with three seats."""
    return make.opening_range(make.agenda(), [motif], place_id=place.id, seats=3)


@pytest.fixture
def joins(session: Session, clock: StoppedClock, make: Maker, hold) -> Callable[..., tuple[Appointment, Citizen]]:
    def joining(starts_at: datetime = NINE, citizen: Citizen | None = None, **more: object):
        citizen = citizen or make.citizen()
        return book(session, clock, hold(starts_at, **more), citizen.id), citizen

    return joining


def seats_left(session: Session, clock: StoppedClock, motif: Motif, starts_at: datetime = NINE) -> list[int]:
    return [slot.seats for slot in offered_at(session, clock, motif, starts_at)]


def told(session: Session) -> list[tuple[str, str]]:
    return [
        (m.event, m.recipient) for m in session.scalars(select(Message).where(~Message.to_compose).order_by(Message.id))
    ]


# --- seats of an opening


def test_the_first_booking_makes_the_appointment_and_others_join_it(
    session: Session, clock: StoppedClock, shared: OpeningRange, joins, motif: Motif
) -> None:
    assert seats_left(session, clock, motif) == [3]
    first, alice = joins()
    second, bob = joins()

    assert first is second
    assert (first.seats, [seat.citizen_id for seat in first.seated]) == (3, [alice.id, bob.id])
    assert seats_left(session, clock, motif) == [1]
    assert [recipient for _event, recipient in told(session)] == [alice.email, bob.email]
    [slot] = offered_at(session, clock, motif, NINE)
    assert slot.appointment_id == first.id


def test_a_hold_takes_one_seat_and_no_more_than_all_are_taken(
    session: Session, clock: StoppedClock, shared: OpeningRange, joins, hold, motif: Motif
) -> None:
    joins()
    hold()
    assert seats_left(session, clock, motif) == [1]
    hold()

    assert seats_left(session, clock, motif) == []
    with pytest.raises(SlotTaken) as taken:
        hold()
    assert NINE not in {slot.starts_at for slot in taken.value.alternatives}
    clock.advance(timedelta(minutes=15))
    assert seats_left(session, clock, motif) == [2]


def test_holds_alone_count_before_there_is_any_appointment(
    session: Session, clock: StoppedClock, shared: OpeningRange, hold, make: Maker, motif: Motif
) -> None:
    tokens = [hold() for _ in range(3)]

    assert seats_left(session, clock, motif) == []
    assert len({book(session, clock, token, make.citizen().id).id for token in tokens}) == 1


def test_for_other_openings_and_motifs_it_is_busy_time(
    session: Session, clock: StoppedClock, shared: OpeningRange, joins, make: Maker, motif: Motif, place: Place
) -> None:
    other = make.motif()
    agenda = session.get_one(Agenda, shared.agenda_id)
    make.opening_range(agenda, [motif, other], place_id=place.id, seats=3)
    make.opening_range(agenda, [other], place_id=place.id)
    joins()

    [slot] = offered_at(session, clock, motif, NINE)
    assert (slot.opening_id, slot.seats) == (shared.id, 2)
    assert offered_at(session, clock, other, NINE) == []


def test_an_absence_or_a_holiday_closes_it(
    session: Session, clock: StoppedClock, shared: OpeningRange, joins, make: Maker, motif: Motif
) -> None:
    joins()
    make.absence(session.get_one(Agenda, shared.agenda_id), first_day=NINE.date(), end_day=NINE.date())

    assert seats_left(session, clock, motif) == []


def test_who_has_a_seat_keeps_that_one(session: Session, shared: OpeningRange, joins, citizen: Citizen) -> None:
    booked, _ = joins(citizen=citizen)
    again, _ = joins(citizen=citizen)

    assert again is booked
    assert len(booked.participations) == 1
    assert len(told(session)) == 1


def test_one_leaves_and_the_others_stay(
    session: Session, clock: StoppedClock, shared: OpeningRange, joins, motif: Motif
) -> None:
    booked, alice = joins()
    _, bob = joins()

    cancel(session, clock, booked.id, Actor.citizen(alice.id))
    cancel(session, clock, booked.id, Actor.citizen(alice.id))

    assert booked.status is Status.PLANNED
    assert [seat.citizen_id for seat in booked.seated] == [bob.id]
    assert (booked.status_for(alice.id), booked.status_for(bob.id)) == (Status.CANCELLED_BY_CITIZEN, Status.PLANNED)
    assert told(session)[2:] == [("appointment.cancelled", alice.email)]
    assert seats_left(session, clock, motif) == [2]
    cancel(session, clock, booked.id, Actor.citizen(bob.id))
    assert booked.status is Status.CANCELLED_BY_CITIZEN
    assert seats_left(session, clock, motif) == [3]


def test_who_left_may_come_back(session: Session, clock: StoppedClock, shared: OpeningRange, joins) -> None:
    booked, alice = joins()
    joins()
    cancel(session, clock, booked.id, SYSTEM, citizen_id=alice.id)

    back, _ = joins(citizen=alice)

    assert back is booked
    assert booked.status_for(alice.id) is Status.PLANNED
    assert len({seat.uid for seat in booked.participations}) == 3
    assert appointment_of(session, alice.id, booked.reference) is booked


def test_staff_cancels_it_for_everybody_who_has_a_seat(
    session: Session, clock: StoppedClock, shared: OpeningRange, joins
) -> None:
    booked, alice = joins()
    _, bob = joins()
    cancel(session, clock, booked.id, Actor.citizen(alice.id))

    cancel(session, clock, booked.id, SYSTEM)

    assert booked.status is Status.CANCELLED_BY_STAFF
    assert told(session)[3:] == [("appointment.cancelled", bob.email)]


def test_one_moves_alone_with_the_calendar_event(
    session: Session, clock: StoppedClock, shared: OpeningRange, joins, hold, motif: Motif
) -> None:
    booked, alice = joins()
    _, bob = joins()
    uid = booked.seat_of(alice.id).uid
    token = hold(AT_TEN, moves=booked.id)

    new = move(session, clock, token, Actor.citizen(alice.id))

    assert move(session, clock, token, Actor.citizen(alice.id)) is new
    assert (new.starts_at, [seat.uid for seat in new.seated]) == (AT_TEN, [uid])
    assert (booked.status, [seat.citizen_id for seat in booked.seated]) == (Status.PLANNED, [bob.id])
    assert appointment_of(session, alice.id, booked.reference).status_for(alice.id) is Status.CANCELLED_BY_CITIZEN
    assert told(session)[2:] == [("appointment.moved", alice.email)]
    assert (seats_left(session, clock, motif), seats_left(session, clock, motif, AT_TEN)) == ([2], [2])


def test_the_last_one_who_moves_to_others_leaves_nothing_behind(
    session: Session, clock: StoppedClock, shared: OpeningRange, joins, hold, motif: Motif
) -> None:
    booked, alice = joins()
    there, _bob = joins(AT_TEN)

    new = move(session, clock, hold(AT_TEN, moves=booked.id), Actor.citizen(alice.id))

    assert new is there
    assert len(there.seated) == 2
    assert booked.status is Status.CANCELLED_BY_CITIZEN
    assert (seats_left(session, clock, motif), seats_left(session, clock, motif, AT_TEN)) == ([3], [1])


def test_who_has_a_seat_there_cannot_move_to_it(
    session: Session, clock: StoppedClock, shared: OpeningRange, joins, hold
) -> None:
    booked, alice = joins()
    joins(AT_TEN, citizen=alice)

    with pytest.raises(NotMovable):
        move(session, clock, hold(AT_TEN, moves=booked.id), Actor.citizen(alice.id))


def test_staff_moves_all_of_them_where_there_is_room_for_all(
    session: Session, clock: StoppedClock, shared: OpeningRange, joins, hold
) -> None:
    booked, _ = joins()
    joins()
    joins(AT_TEN)
    joins(AT_TEN)

    with pytest.raises(SlotTaken):
        move(session, clock, hold(AT_TEN, moves=booked.id), SYSTEM)
    half_past = NINE + timedelta(minutes=30)
    new = move(session, clock, hold(half_past, moves=booked.id), SYSTEM)
    assert new is booked
    assert (booked.starts_at, len(booked.seated)) == (half_past, 2)


# --- collective appointments


@pytest.fixture
def workshop(session: Session, make: Maker, motif: Motif, place: Place) -> Appointment:
    """A collective appointment with two seats, on a public holiday, without any opening."""
    motif.collective = True
    christmas = datetime(2026, 12, 25, 9, 0, tzinfo=UTC)
    appointment = make.appointment(make.agenda(), christmas, motif=motif, place=place, seats=2, title="Atelier")
    session.expire_all()
    return appointment


def test_a_collective_appointment_is_offered_whatever_holidays_say_until_it_is_full(
    session: Session, clock: StoppedClock, workshop: Appointment, joins, motif: Motif
) -> None:
    assert seats_left(session, clock, motif, workshop.starts_at) == [1]
    [day] = find_days(session, clock, motif).days
    assert day.slots[0].appointment_id == workshop.id

    joined, _ = joins(workshop.starts_at)

    assert joined is workshop
    assert seats_left(session, clock, motif, workshop.starts_at) == []
    with pytest.raises(SlotTaken):
        joins(workshop.starts_at)


def test_a_collective_appointment_with_a_single_seat_is_joined_and_left_like_any_other(
    session: Session, clock: StoppedClock, workshop: Appointment, joins, motif: Motif
) -> None:
    cancel(session, clock, workshop.id, Actor.citizen(workshop.seated[0].citizen_id))
    workshop.seats = 1
    assert seats_left(session, clock, motif, workshop.starts_at) == [1]

    joined, citizen = joins(workshop.starts_at)
    assert joined is workshop
    assert [meeting.seats for meeting in meetings(session, clock, motif)] == [0]
    cancel(session, clock, workshop.id, Actor.citizen(citizen.id))

    assert workshop.status is Status.PLANNED
    assert [meeting.seats for meeting in meetings(session, clock, motif)] == [1]


def test_an_absence_closes_it_until_staff_keeps_it(
    session: Session, clock: StoppedClock, workshop: Appointment, make: Maker, motif: Motif
) -> None:
    [claim] = workshop.claims
    day = workshop.starts_at.date()
    make.absence(session.get_one(Agenda, claim.agenda_id), first_day=day, end_day=day)

    assert seats_left(session, clock, motif, workshop.starts_at) == []
    claim.conflict_kept_at = clock.now()
    assert seats_left(session, clock, motif, workshop.starts_at) == [1]


def test_the_last_participant_leaves_it_as_planned(
    session: Session, clock: StoppedClock, workshop: Appointment, motif: Motif
) -> None:
    [seat] = workshop.seated
    cancel(session, clock, workshop.id, Actor.citizen(seat.citizen_id))

    assert workshop.status is Status.PLANNED
    assert seats_left(session, clock, motif, workshop.starts_at) == [2]
    cancel(session, clock, workshop.id, SYSTEM)
    assert workshop.status is Status.CANCELLED_BY_STAFF


def test_openings_of_a_collective_motif_offer_nothing_of_their_own(
    session: Session, clock: StoppedClock, workshop: Appointment, make: Maker, motif: Motif, place: Place
) -> None:
    make.opening_range(make.agenda(), [motif], place_id=place.id)

    assert seats_left(session, clock, motif) == []


def test_a_collective_appointment_that_was_cancelled_meanwhile_is_no_more(
    session: Session, clock: StoppedClock, workshop: Appointment, hold, citizen: Citizen
) -> None:
    token = hold(workshop.starts_at)
    cancel(session, clock, workshop.id, SYSTEM)

    with pytest.raises(SlotTaken):
        book(session, clock, token, citizen.id)


# --- several agendas at once


@pytest.fixture
def room(make: Maker, agenda: Agenda, motif: Motif, place: Place) -> Agenda:
    """A room at the place of the one agent; the motif needs both."""
    motif.rooms_needed = 1
    room = make.room()
    make.opening_range(room, [motif], place_id=place.id)
    return room


def claimed(session: Session) -> list[tuple[int, datetime]]:
    rows = session.execute(select(Claim.agenda_id, Claim.starts_at).order_by(Claim.agenda_id))
    return [(agenda_id, starts_at) for agenda_id, starts_at in rows]


def test_agent_and_room_are_held_booked_published_moved_and_freed_together(
    session: Session, clock: StoppedClock, agenda: Agenda, room: Agenda, hold, joins, motif: Motif
) -> None:
    hold()
    with pytest.raises(SlotTaken):
        hold()
    booked, person = joins(AT_TEN)
    assert claimed(session) == [(agenda.id, AT_TEN), (room.id, AT_TEN)]
    shown = select(Collection.agenda_id).join(CalendarObject).where(CalendarObject.text.is_not(None))
    assert sorted(session.scalars(shown)) == [agenda.id, room.id]

    clock.advance(timedelta(minutes=20))
    new = move(session, clock, hold(NINE, moves=booked.id), Actor.citizen(person.id))
    assert new is booked
    assert claimed(session) == [(agenda.id, NINE), (room.id, NINE)]
    later = NINE + timedelta(hours=2)
    move_to(session, clock, SYSTEM, booked, later)
    assert claimed(session) == [(agenda.id, later), (room.id, later)]
    cancel(session, clock, booked.id, SYSTEM)
    assert len(offered_at(session, clock, motif, later)) == 1


def test_staff_moves_what_a_room_made_first_takes(
    session: Session, clock: StoppedClock, make: Maker, motif: Motif, place: Place, joins
) -> None:
    motif.rooms_needed = 1
    room, agent = make.room(), make.agenda()
    for agenda in (room, agent):
        make.opening_range(agenda, [motif], place_id=place.id)
    booked, _ = joins()

    move_to(session, clock, SYSTEM, booked, AT_TEN)

    assert claimed(session) == [(room.id, AT_TEN), (agent.id, AT_TEN)]


def test_a_room_that_is_taken_leaves_the_agent_without_a_slot(
    session: Session, clock: StoppedClock, agenda: Agenda, room: Agenda, make: Maker, motif: Motif
) -> None:
    [slot] = offered_at(session, clock, motif, NINE)
    assert (slot.agenda_id, [each for each, _ in slot.others]) == (agenda.id, [room.id])

    make.appointment(room, NINE, motif=make.motif())

    assert offered_at(session, clock, motif, NINE) == []


# --- follow-up, and motifs without a place


def test_a_follow_up_motif_is_booked_with_ones_referents_alone(
    session: Session, clock: StoppedClock, agenda: Agenda, motif: Motif, hold, make: Maker, citizen: Citizen
) -> None:
    motif.follow_up = True
    other = make.agenda()
    make.opening_range(other, [motif], place_id=make.place().id)

    assert offered_at(session, clock, motif, NINE) == []
    assert offered_at(session, clock, motif, NINE, Scope(citizen_id=citizen.id)) == []
    assert len(offered_at(session, clock, motif, NINE, Scope(staff=True))) == 2
    follow(session, clock, citizen.id, agenda.agent_id)
    follow(session, clock, citizen.id, agenda.agent_id)
    [slot] = offered_at(session, clock, motif, NINE, Scope(citizen_id=citizen.id))
    assert slot.agenda_id == agenda.id
    with pytest.raises(NotBookable):
        book(session, clock, hold(citizen_id=citizen.id), make.citizen().id)
    assert book(session, clock, hold(AT_TEN, citizen_id=citizen.id), citizen.id).starts_at == AT_TEN
    unfollow(session, citizen.id, agenda.agent_id)
    assert offered_at(session, clock, motif, AT_TEN + timedelta(hours=1), Scope(citizen_id=citizen.id)) == []


@pytest.mark.parametrize("modality", [Modality.PHONE, Modality.VIDEO, Modality.HOME])
def test_motifs_without_a_place_go_all_the_way(
    session: Session, clock: StoppedClock, agenda: Agenda, motif: Motif, make: Maker, hold, citizen: Citizen, modality
) -> None:
    motif.modality = modality
    elsewhere = make.agenda()
    make.opening_range(elsewhere, [motif], place_id=None)

    assert [slot.place_id for slot in offered_at(session, clock, motif, NINE)] == [None, None]
    booked = book(session, clock, hold(place_id=None), citizen.id)
    assert booked.place_id is None
    moved = move(session, clock, hold(AT_TEN, place_id=None, moves=booked.id), Actor.citizen(citizen.id))
    assert (moved.starts_at, moved.place_id) == (AT_TEN, None)
    cancel(session, clock, moved.id, Actor.citizen(citizen.id))
    assert len(offered_at(session, clock, motif, AT_TEN)) == 2
