"""How many appointments to come one person may have (D-4, I-3); several slots in one go (B06)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from booking_times import NINE
from make import Maker
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.hold import Hold
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.audit.entry import AuditEntry
from rdvdav.audit.record import Actor
from rdvdav.booking.book import book, book_all
from rdvdav.booking.cancel import cancel
from rdvdav.booking.collective import add_person
from rdvdav.booking.freely import Plan, ToAccept, book_freely
from rdvdav.booking.held import HoldExpired, extend, holds_under, know, release
from rdvdav.booking.hold import TooManyHolds, Wish, keep, keep_all, retake
from rdvdav.booking.honour import SlotTaken
from rdvdav.booking.limit import LimitReached
from rdvdav.booking.staff import book_for
from rdvdav.booking.warning import Kind
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.directory.motif import LimitScope, Motif
from rdvdav.directory.place import Place
from rdvdav.outbox.message import Message

HALF = timedelta(minutes=30)
Deed = Callable[[frozenset[str]], object]


@pytest.fixture
def at(session: Session, clock: StoppedClock, agenda: Agenda, motif: Motif, place: Place):
    """Hold the slot *n* half-hours after nine."""

    def held(n: int, *, what: Motif = motif, citizen_id: int | None = None, visit: str = "") -> str:
        where = {"motif_id": what.id, "place_id": place.id, "starts_at": NINE + n * HALF}
        who = {"visit": visit or f"visit {n}", "address": f"192.0.2.{n}", "citizen_id": citizen_id}
        return keep(session, clock, **where, **who)

    return held


@pytest.fixture
def lot(session: Session, clock: StoppedClock, agenda: Agenda, motif: Motif, place: Place) -> str:
    """Three slots of one go, from nine on."""
    motif.slots_at_once = 3
    wishes = [Wish(NINE + n * HALF, place.id) for n in range(3)]
    return keep_all(session, clock, motif_id=motif.id, wishes=wishes, visit="v", address="192.0.2.1").token


def test_three_to_come_are_the_usual_limit(session: Session, clock: StoppedClock, at, citizen: Citizen) -> None:
    for n in range(3):
        book(session, clock, at(n), citizen.id)

    with pytest.raises(LimitReached) as refused:
        book(session, clock, at(3), citizen.id)

    assert (refused.value.limit, refused.value.scope) == (3, LimitScope.MOTIF)


@pytest.mark.parametrize("limit", [1, 2])
def test_cancelled_and_past_ones_leave_room(
    session: Session, clock: StoppedClock, at, citizen: Citizen, motif: Motif, limit: int
) -> None:
    motif.per_citizen_limit = limit
    booked = [book(session, clock, at(n), citizen.id) for n in range(limit)]
    with pytest.raises(LimitReached):
        book(session, clock, at(4), citizen.id)

    cancel(session, clock, booked[0].id, Actor.citizen(citizen.id))
    book(session, clock, at(0), citizen.id)
    clock.advance(NINE + HALF * 2 - clock.now())

    assert book(session, clock, at(12 * 2 * 2), citizen.id).status is Status.PLANNED


def test_no_limit_lets_any_number_book(
    session: Session, clock: StoppedClock, at, citizen: Citizen, motif: Motif
) -> None:
    motif.per_citizen_limit = None

    assert len({book(session, clock, at(n), citizen.id).id for n in range(5)}) == 5


@pytest.mark.parametrize(
    ("scope", "category", "service", "together"),
    [
        (LimitScope.MOTIF, "Titres", True, False),
        (LimitScope.CATEGORY, "Titres", False, True),
        (LimitScope.CATEGORY, "Actes", True, False),
        (LimitScope.CATEGORY, None, True, False),
        (LimitScope.SERVICE, None, True, True),
        (LimitScope.SERVICE, "Titres", False, False),
        (LimitScope.ORGANISATION, None, False, True),
    ],
)
@pytest.mark.parametrize("limit", [1, 2])
def test_what_counts_together(
    session: Session,
    clock: StoppedClock,
    make: Maker,
    at,
    agenda: Agenda,
    place: Place,
    motif: Motif,
    citizen: Citizen,
    scope: LimitScope,
    category: str | None,
    service: bool,
    together: bool,
    limit: int,
) -> None:
    motif.category, motif.limit_scope, motif.per_citizen_limit = "Titres", scope, limit
    if scope is LimitScope.CATEGORY and category is None:
        motif.category = None
    own = motif.service_id if service else make.service().id
    other = make.motif(category=category, service_id=own, limit_scope=scope, per_citizen_limit=9)
    make.opening_range(agenda, [other], place_id=place.id)
    for n in range(limit):
        book(session, clock, at(n, what=other), citizen.id)

    if together:
        with pytest.raises(LimitReached):
            book(session, clock, at(4), citizen.id)
    else:
        assert book(session, clock, at(4), citizen.id)


def test_holds_of_a_known_person_count_and_the_first_of_them_still_passes(
    session: Session, clock: StoppedClock, at, citizen: Citizen, motif: Motif
) -> None:
    motif.per_citizen_limit = 1
    first, second = at(0), at(1)
    know(session, clock, first, citizen.id)
    with pytest.raises(LimitReached):
        at(2, citizen_id=citizen.id)
    know(session, clock, second, citizen.id)

    with pytest.raises(LimitReached):
        book(session, clock, second, citizen.id)
    book(session, clock, first, citizen.id)


def test_the_database_lets_nobody_have_two_where_the_limit_is_one(
    session: Session, clock: StoppedClock, at, make: Maker, motif: Motif
) -> None:
    motif.per_citizen_limit = 1
    one, other = make.citizen(), make.citizen()
    seats = [book(session, clock, at(n), who.id).participations[0] for n, who in enumerate((one, other))]

    assert seats[0].sole == seats[1].sole == f"motif:{motif.id}"
    move = update(Participation).where(Participation.id == seats[1].id).values(citizen_id=one.id)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(move)


LATER = NINE + timedelta(days=7)


def freely(session: Session, clock: StoppedClock, make: Maker, agenda: Agenda, motif: Motif, who: int) -> Deed:
    [place] = session.scalars(select(Place))
    plan, agent = Plan(motif.id, who, LATER, 30, place.id, frozenset({agenda.id})), make.agent()
    return lambda accepted: book_freely(session, clock, agent.id, plan, accepted)


def in_a_slot(session: Session, clock: StoppedClock, make: Maker, agenda: Agenda, motif: Motif, who: int) -> Deed:
    slot = {"agenda_id": agenda.id, "motif_id": motif.id, "starts_at": LATER, "citizen_id": who}
    agent = make.agent()
    return lambda accepted: book_for(session, clock, Actor.agent(agent.id), **slot, accepted=accepted)


def into_a_meeting(session: Session, clock: StoppedClock, make: Maker, agenda: Agenda, motif: Motif, who: int) -> Deed:
    meeting, agent = make.appointment(agenda, LATER, motif=motif, seats=9), make.agent()
    return lambda accepted: add_person(session, clock, agent.id, meeting.id, who, tell=True, accepted=accepted)


@pytest.mark.parametrize("limit", [1, 3])
@pytest.mark.parametrize("way", [freely, in_a_slot, into_a_meeting])
def test_staff_go_over_it_once_they_accept_the_warning(
    session: Session,
    clock: StoppedClock,
    make: Maker,
    at,
    agenda: Agenda,
    motif: Motif,
    citizen: Citizen,
    way,
    limit: int,
) -> None:
    motif.per_citizen_limit = limit
    for n in range(limit):
        book(session, clock, at(n), citizen.id)
    deed = way(session, clock, make, agenda, motif, citizen.id)

    with pytest.raises(ToAccept) as asked, session.begin_nested():
        deed(frozenset())
    assert [warned.kind for warned in asked.value.warnings] == [Kind.LIMIT]
    assert standing(session, citizen) == limit
    keys = [warned.key for warned in asked.value.warnings]
    deed(frozenset(keys))

    assert standing(session, citizen) == limit + 1
    [last] = session.scalars(select(Participation).order_by(Participation.id.desc()).limit(1))
    assert last.sole is None
    assert session.get(CitizenOrganisation, (citizen.id, motif.organisation_id)) is not None
    [noted] = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))
    assert noted.details["accepted"] == keys


def standing(session: Session, citizen: Citizen) -> int:
    return len(session.scalars(select(Participation.id).where(Participation.citizen_id == citizen.id)).all())


def test_slots_of_one_go_become_an_appointment_and_a_mail_each(
    session: Session, clock: StoppedClock, lot: str, citizen: Citizen
) -> None:
    extend(session, clock, lot)
    assert {hold.extensions for hold in holds_under(session, lot)} == {1}

    booked = book_all(session, clock, lot, citizen.id)
    again = book_all(session, clock, lot, citizen.id)

    assert [each.starts_at for each in booked.appointments] == [NINE, NINE + HALF, NINE + 2 * HALF]
    assert again.appointments == booked.appointments
    assert len(session.scalars(select(Message).where(~Message.to_compose)).all()) == 3


def test_of_slots_of_one_go_those_that_are_lost_leave_the_others(
    session: Session, clock: StoppedClock, make: Maker, lot: str, agenda: Agenda, motif: Motif, citizen: Citizen
) -> None:
    for n in (0, 2):
        make.appointment(agenda, NINE + n * HALF, motif=motif)

    booked = book_all(session, clock, lot, citizen.id)

    assert [each.starts_at for each in booked.appointments] == [NINE + HALF]
    assert [hold.starts_at for hold in booked.lost] == [NINE, NINE + 2 * HALF]


def test_slots_of_one_go_that_are_all_lost_are_refused(
    session: Session, clock: StoppedClock, make: Maker, lot: str, agenda: Agenda, motif: Motif, citizen: Citizen
) -> None:
    make.appointment(agenda, NINE, motif=motif, minutes=90)

    with pytest.raises(SlotTaken):
        book_all(session, clock, lot, citizen.id)


def test_wishes_others_were_faster_for_are_named(
    session: Session, clock: StoppedClock, at, motif: Motif, place: Place
) -> None:
    motif.slots_at_once = 2
    at(0)
    wishes = [Wish(NINE, place.id), Wish(NINE + HALF, place.id)]

    kept = keep_all(session, clock, motif_id=motif.id, wishes=wishes, visit="v", address="192.0.2.9")

    assert kept.lost == (wishes[0],)
    assert [hold.starts_at for hold in holds_under(session, kept.token)] == [NINE + HALF]
    with pytest.raises(SlotTaken):
        keep_all(session, clock, motif_id=motif.id, wishes=wishes, visit="w", address="192.0.2.9")


def test_no_more_slots_at_once_than_the_motif_gives(
    session: Session, clock: StoppedClock, agenda: Agenda, motif: Motif, place: Place, citizen: Citizen
) -> None:
    wishes = [Wish(NINE + n * HALF, place.id) for n in range(2)]
    call = {"motif_id": motif.id, "wishes": wishes, "visit": "v", "address": "192.0.2.9"}
    with pytest.raises(TooManyHolds):
        keep_all(session, clock, **call)

    motif.slots_at_once, motif.per_citizen_limit = 2, 1
    with pytest.raises(LimitReached):
        keep_all(session, clock, **call, citizen_id=citizen.id)
    with pytest.raises(LimitReached):
        book(session, clock, keep_all(session, clock, **call).token, citizen.id)
    assert session.scalars(select(Appointment)).all() == []


def test_slots_of_one_go_expire_are_taken_again_and_released_together(
    session: Session, clock: StoppedClock, lot: str, citizen: Citizen
) -> None:
    clock.advance(timedelta(minutes=15))
    with pytest.raises(HoldExpired):
        book(session, clock, lot, citizen.id)

    fresh = retake(session, clock, lot, visit="v", address="192.0.2.1")
    assert len(holds_under(session, fresh)) == 3
    release(session, clock, fresh)

    assert session.scalars(select(Hold).where(Hold.expires_at > clock.now())).all() == []
