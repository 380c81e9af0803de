"""Holding a slot (D-2, D-5)."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from booking_times import NINE
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.hold import Hold, HoldClaim
from rdvdav.booking.bookable import NotBookable
from rdvdav.booking.held import (
    HoldExpired,
    NoMoreExtensions,
    NoSuchHold,
    extend,
    held_under,
    release,
    require_live,
    sweep,
)
from rdvdav.booking.hold import TooManyHolds, keep, retake
from rdvdav.booking.honour import SlotTaken
from rdvdav.clock import StoppedClock
from rdvdav.directory.motif import BookableBy, Modality, Motif
from rdvdav.directory.place import Place
from rdvdav.policy.throttle import TooMany

HALF_AN_HOUR = timedelta(minutes=30)
addresses = (f"192.0.2.{n}" for n in count(10))


@pytest.fixture
def hold(session: Session, clock: StoppedClock, agenda: Agenda, motif: Motif, place: Place):
    def holding(starts_at=NINE, visit="another visit", address=None, **more: object) -> str:
        return keep(
            session,
            clock,
            motif_id=more.pop("motif_id", motif.id),
            place_id=more.pop("place_id", place.id),
            starts_at=starts_at,
            visit=visit,
            address=address or next(addresses),
            **more,
        )

    return holding


def test_a_held_slot_is_taken_for_others_who_get_the_three_nearest(hold_token: str, hold) -> None:
    with pytest.raises(SlotTaken) as taken:
        hold()

    assert [slot.starts_at for slot in taken.value.alternatives] == [NINE + HALF_AN_HOUR * n for n in (1, 2, 3)]


def test_a_hold_raises_no_version(hold_token: str, agenda: Agenda) -> None:
    assert agenda.version == 0


def test_a_hold_lasts_fifteen_minutes_and_not_an_instant_longer(
    session: Session, clock: StoppedClock, hold_token: str, hold
) -> None:
    clock.advance(timedelta(minutes=15) - timedelta(microseconds=1))
    require_live(held_under(session, hold_token), clock)

    clock.advance(timedelta(microseconds=1))

    with pytest.raises(HoldExpired):
        require_live(held_under(session, hold_token), clock)
    assert hold() != hold_token


def test_extending_adds_five_minutes_ten_times(session: Session, clock: StoppedClock, hold_token: str, hold) -> None:
    until = held_under(session, hold_token).expires_at
    for n in range(1, 11):
        assert extend(session, clock, hold_token).expires_at == until + timedelta(minutes=5 * n)

    with pytest.raises(NoMoreExtensions):
        extend(session, clock, hold_token)
    clock.advance(timedelta(minutes=60))
    with pytest.raises(SlotTaken):
        hold()


def test_an_expired_hold_can_not_be_extended(session: Session, clock: StoppedClock, hold_token: str) -> None:
    clock.advance(timedelta(minutes=15))

    with pytest.raises(HoldExpired):
        extend(session, clock, hold_token)


def test_a_released_slot_is_free_at_once(session: Session, clock: StoppedClock, hold_token: str, hold) -> None:
    release(session, clock, hold_token)

    hold()
    with pytest.raises(NoSuchHold):
        held_under(session, hold_token)


def test_a_visit_keeps_three_slots_at_most(hold) -> None:
    for n in range(3):
        hold(NINE + HALF_AN_HOUR * n)

    with pytest.raises(TooManyHolds):
        hold(NINE + HALF_AN_HOUR * 3)


def test_a_hold_may_be_given_up_for_another(session: Session, hold) -> None:
    tokens = [hold(NINE + HALF_AN_HOUR * n) for n in range(3)]

    hold(NINE + HALF_AN_HOUR * 3, replaces=tokens[0])

    assert session.scalars(select(HoldClaim.starts_at).order_by(HoldClaim.starts_at)).all() == [
        NINE + HALF_AN_HOUR * n for n in (1, 2, 3)
    ]


def test_choosing_a_slot_twice_in_one_visit_holds_it_once(session: Session, hold) -> None:
    tokens = [hold(visit="one visit") for _ in range(2)]

    assert session.scalars(select(HoldClaim.starts_at)).all() == [NINE]
    assert held_under(session, tokens[1]).starts_at == NINE
    with pytest.raises(NoSuchHold):
        held_under(session, tokens[0])


def test_what_is_given_up_may_be_gone_already(session: Session, hold) -> None:
    assert held_under(session, hold(replaces="swept long ago")).starts_at == NINE


def test_taking_an_expired_slot_twice_again_is_harmless(session: Session, clock: StoppedClock, hold_token: str) -> None:
    clock.advance(timedelta(minutes=20))

    tokens = [retake(session, clock, hold_token, visit="a visit", address="192.0.2.1") for _ in range(2)]

    assert held_under(session, tokens[1]).starts_at == NINE


def test_an_address_makes_twenty_holds_an_hour(clock: StoppedClock, make: Maker, motif: Motif, hold) -> None:
    for n in range(20):
        hold(NINE + timedelta(days=n // 6 % 2, minutes=30 * (n % 6)), visit=f"visit {n}", address="192.0.2.1")
        clock.advance(timedelta(minutes=2))

    with pytest.raises(TooMany):
        hold(NINE + timedelta(days=5), visit="another", address="192.0.2.1")


def test_an_id_opens_nothing(session: Session, hold_token: str) -> None:
    hold = session.scalars(select(Hold)).one()

    with pytest.raises(NoSuchHold):
        held_under(session, str(hold.id))
    assert hold_token.encode() not in hold.digest


def test_a_motif_for_agents_can_not_be_held_by_citizens(make: Maker, hold) -> None:
    internal = make.motif(bookable_by=BookableBy.AGENTS)

    with pytest.raises(NotBookable):
        hold(motif_id=internal.id)


def test_a_start_that_is_no_slot_can_not_be_held(hold) -> None:
    with pytest.raises(SlotTaken):
        hold(NINE + timedelta(minutes=7))


def test_another_free_agent_takes_the_second_hold(
    session: Session, make: Maker, motif: Motif, place: Place, hold
) -> None:
    second = make.agenda()
    make.opening_range(second, [motif], place_id=place.id)

    held = [held_under(session, hold(visit=f"visit {n}")).claims[0].agenda_id for n in range(2)]

    assert held[1] == second.id
    assert held[0] != second.id
    with pytest.raises(SlotTaken):
        hold(visit="visit 3")


def test_an_expired_slot_can_be_taken_again_while_it_is_free(
    session: Session, clock: StoppedClock, hold_token: str, hold
) -> None:
    clock.advance(timedelta(minutes=20))

    again = retake(session, clock, hold_token, visit="a visit", address="192.0.2.1")

    assert held_under(session, again).starts_at == NINE
    with pytest.raises(SlotTaken):
        hold()


def test_sweeping_forgets_only_what_ended_long_ago(
    session: Session, clock: StoppedClock, hold_token: str, hold
) -> None:
    clock.advance(timedelta(hours=2))
    live = hold()

    assert sweep(session, clock, timedelta(hours=1)) == 1
    assert held_under(session, live).starts_at == NINE


@pytest.mark.parametrize("starts_at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)])
def test_a_start_at_the_end_of_the_calendar_is_taken_like_any_other(hold, agenda: Agenda, starts_at: datetime) -> None:
    with pytest.raises(SlotTaken) as taken:
        hold(starts_at)

    assert len(taken.value.alternatives) == 3


def test_what_needs_no_place_is_held_at_none(session: Session, motif: Motif, hold, agenda: Agenda) -> None:
    motif.modality = Modality.PHONE

    assert held_under(session, hold(place_id=0)).place_id is None
