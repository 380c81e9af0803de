"""Staff book at any time: what must be accepted first, what can't be at all, and what is kept of it (S-11, D-6)."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from booking_times import NINE
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment, Channel
from rdvdav.agenda.seen import seen_between
from rdvdav.audit.entry import AuditEntry
from rdvdav.audit.record import Actor
from rdvdav.booking.choices import agendas_for, motifs_for, places_for
from rdvdav.booking.freely import Contradiction, Contradictory, Plan, ToAccept, book_freely
from rdvdav.booking.hold import keep
from rdvdav.booking.honour import SlotTaken
from rdvdav.booking.staff import move_to
from rdvdav.booking.warning import Kind
from rdvdav.citizens.citizen import Citizen, CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.agent import Agent
from rdvdav.directory.motif import BookableBy, Motif
from rdvdav.directory.place import Place
from rdvdav.feeds.object import CalendarObject
from rdvdav.hours.interval import Interval
from rdvdav.hours.wall import to_minutes
from rdvdav.outbox.message import Message
from rdvdav.planning.moving import Wish, move_freely, outlook
from rdvdav.planning.standing import load_bookings, load_hours

WEDNESDAY = date(2026, 11, 25)
EVENING = NINE + timedelta(hours=10)
"""Outside of any opening."""


@pytest.fixture
def agent(make: Maker, motif: Motif) -> Agent:
    return make.agent()


@pytest.fixture
def agenda(make: Maker, agent: Agent, motif: Motif, place: Place) -> Agenda:
    agenda = make.agenda_of(agent)
    make.opening_range(agenda, [motif], place_id=place.id)
    return agenda


@pytest.fixture
def citizen(session: Session, make: Maker, motif: Motif) -> Citizen:
    return known(session, make, motif)


def known(session: Session, make: Maker, motif: Motif, **columns: Any) -> Citizen:
    """A person the motif's organisation knows."""
    citizen = make.citizen(**columns)
    at = make.clock.now()
    session.add(CitizenOrganisation(citizen_id=citizen.id, organisation_id=motif.organisation_id, created_at=at))
    session.flush()
    return citizen


@pytest.fixture
def plan(motif: Motif, place: Place, agenda: Agenda, citizen: Citizen) -> Callable[..., Plan]:
    """A slot at nine, with changes by name."""

    def make_plan(**changes: Any) -> Plan:
        usual: dict[str, Any] = {
            "motif_id": motif.id,
            "citizen_id": citizen.id,
            "starts_at": NINE,
            "minutes": 30,
            "place_id": place.id,
            "agenda_ids": frozenset({agenda.id}),
        }
        return Plan(**(usual | changes))

    return make_plan


def warned(error: pytest.ExceptionInfo[ToAccept]) -> set[Kind]:
    return {each.kind for each in error.value.warnings}


def keys(error: pytest.ExceptionInfo[ToAccept]) -> frozenset[str]:
    return frozenset(each.key for each in error.value.warnings)


def test_a_free_slot_is_booked_published_told_and_traced(
    session: Session, clock: StoppedClock, agent: Agent, agenda: Agenda, plan: Callable[..., Plan]
) -> None:
    booked = book_freely(session, clock, agent.id, plan())

    assert (booked.starts_at, booked.ends_at, booked.channel) == (NINE, NINE + timedelta(minutes=30), Channel.AGENT)
    [claim] = booked.claims
    assert claim.agenda_id == agenda.id
    assert claim.opening_range_id is not None
    assert not booked.overlap_accepted
    assert session.scalar(select(CalendarObject.uid)) == booked.uid
    assert (
        session.scalar(select(Message.recipient).where(~Message.to_compose)) == booked.participations[0].citizen.email
    )
    entry = session.scalars(select(AuditEntry).where(AuditEntry.subject == "appointment")).one()
    assert (entry.kind, entry.actor_id, entry.details["accepted"]) == ("appointment.booked", agent.id, [])


def test_a_time_that_is_no_slot_is_booked_from_no_range(
    session: Session, clock: StoppedClock, agent: Agent, plan: Callable[..., Plan]
) -> None:
    evening = book_freely(session, clock, agent.id, plan(starts_at=EVENING, minutes=45))
    off_grid = book_freely(session, clock, agent.id, plan(starts_at=NINE + timedelta(days=1, minutes=10)))

    assert [claim.opening_range_id for claim in (*evening.claims, *off_grid.claims)] == [None, None]
    assert evening.ends_at - evening.starts_at == timedelta(minutes=45)


def test_an_address_of_its_own_is_no_slot_and_is_told_wherever_a_place_is(
    session: Session, clock: StoppedClock, agent: Agent, agenda: Agenda, place: Place, plan: Callable[..., Plan]
) -> None:
    there = plan(place_id=None, address="Salle des fêtes, Vernay")
    with pytest.raises(ToAccept) as error:
        book_freely(session, clock, agent.id, there)
    assert warned(error) == {Kind.OTHER_PLACE}
    booked = book_freely(session, clock, agent.id, there, keys(error))

    assert (booked.place_id, [claim.opening_range_id for claim in booked.claims]) == (None, [None])
    assert "LOCATION:Salle des fêtes\\, Vernay" in session.scalars(select(CalendarObject.text)).one()
    assert "Lieu : Salle des fêtes, Vernay" in session.scalars(select(Message.text).where(~Message.to_compose)).one()
    window = Interval(to_minutes(NINE), to_minutes(NINE) + 30)
    [seen] = seen_between(session, [agenda.id], window)[agenda.id]
    assert seen.place == "Salle des fêtes, Vernay"
    # No opening carries it, so that none takes it along when it goes.
    [standing] = load_bookings(session, [agenda.id], clock.now())
    assert load_hours(session, {agenda.id}, [standing])[agenda.id].opening_for(standing) is None

    # Moved by hand it stays there; to a slot that was found, it is where the slot is.
    later = Wish(NINE + timedelta(days=1, hours=10))
    look = outlook(session, clock, agent.id, booked.reference, later)
    move_freely(
        session, clock, agent.id, booked.reference, later, accepted=frozenset(each.key for each in look.warnings)
    )
    assert booked.where is not None
    assert booked.where.name == "Salle des fêtes, Vernay"
    move_to(session, clock, Actor.agent(agent.id), booked, NINE + timedelta(days=1))
    assert booked.where == place


def test_who_is_not_to_be_told_is_not(
    session: Session, clock: StoppedClock, agent: Agent, plan: Callable[..., Plan]
) -> None:
    booked = book_freely(session, clock, agent.id, plan(by_email=False))

    assert not booked.participations[0].by_email
    assert session.scalar(select(Message.id).where(~Message.to_compose)) is None


@pytest.mark.parametrize(
    ("kind", "starts_at"),
    [
        (Kind.OVERLAP, NINE + timedelta(minutes=15)),
        (Kind.HELD, NINE + timedelta(minutes=75)),
        (Kind.ABSENCE, NINE - timedelta(days=1)),
        (Kind.OTHER_PLACE, NINE + timedelta(hours=6)),
        (Kind.PAST, NINE - timedelta(days=2, hours=2)),
        (Kind.SAME_DAY, NINE + timedelta(days=2, hours=9)),
    ],
)
def test_each_warning_must_be_accepted_and_is_kept(
    session: Session,
    clock: StoppedClock,
    make: Maker,
    agent: Agent,
    agenda: Agenda,
    motif: Motif,
    place: Place,
    citizen: Citizen,
    plan: Callable[..., Plan],
    kind: Kind,
    starts_at: datetime,
) -> None:
    make.appointment(agenda, NINE)
    make.absence(agenda)
    make.opening_range(agenda, [motif], place_id=make.place().id, opens=time(15), closes=time(17))
    make.appointment(agenda, NINE + timedelta(days=2), citizen=citizen)
    held_at = NINE + timedelta(minutes=60)
    keep(session, clock, motif_id=motif.id, place_id=place.id, starts_at=held_at, visit="v", address="192.0.2.1")
    before = session.scalars(select(Appointment.id)).all()

    with pytest.raises(ToAccept) as error:
        book_freely(session, clock, agent.id, plan(starts_at=starts_at))

    assert warned(error) == {kind}
    assert session.scalars(select(Appointment.id)).all() == before
    with pytest.raises(ToAccept):
        book_freely(session, clock, agent.id, plan(starts_at=starts_at), frozenset({f"{kind}-999-999"}))
    booked = book_freely(session, clock, agent.id, plan(starts_at=starts_at), keys(error))
    assert booked.overlap_accepted is (kind in {Kind.OVERLAP, Kind.HELD})
    entry = session.scalars(select(AuditEntry).where(AuditEntry.subject_id == booked.id)).one()
    assert frozenset(entry.details["accepted"]) == keys(error)


@pytest.mark.parametrize(
    "starts_at",
    [
        NINE - timedelta(minutes=30),
        NINE + timedelta(minutes=30),
    ],
)
def test_touching_ends_warn_of_nothing(
    session: Session, clock: StoppedClock, make: Maker, agent: Agent, plan: Callable[..., Plan], starts_at: datetime
) -> None:
    make.appointment(make.agenda_of(agent), NINE)

    assert not book_freely(session, clock, agent.id, plan(starts_at=starts_at)).overlap_accepted


def test_a_cancelled_appointment_an_expired_hold_or_another_motif_warn_of_nothing(
    session: Session, clock: StoppedClock, make: Maker, agent: Agent, motif: Motif, place: Place, citizen: Citizen, plan
) -> None:
    agenda = make.agenda_of(agent)
    cancelled = make.appointment(agenda, NINE, citizen=citizen)
    cancelled.become("cancelled_by_staff")
    make.appointment(agenda, NINE + timedelta(hours=2), citizen=citizen, motif=make.motif())
    session.flush()
    keep(session, clock, motif_id=motif.id, place_id=place.id, starts_at=NINE, visit="v", address="192.0.2.1")
    clock.advance(timedelta(minutes=15))

    assert book_freely(session, clock, agent.id, plan()).starts_at == NINE


def test_several_agendas_are_claimed_and_each_is_warned_of(
    session: Session, clock: StoppedClock, make: Maker, agent: Agent, agenda: Agenda, plan: Callable[..., Plan]
) -> None:
    other = make.agenda()
    both = frozenset({agenda.id, other.id})
    make.appointment(other, EVENING)

    with pytest.raises(ToAccept) as error:
        book_freely(session, clock, agent.id, plan(starts_at=EVENING, agenda_ids=both))
    assert [each.agenda_id for each in error.value.warnings] == [other.id]

    booked = book_freely(session, clock, agent.id, plan(starts_at=EVENING, agenda_ids=both), keys(error))
    assert {claim.agenda_id for claim in booked.claims} == both


CONTRADICTIONS = [
    (Contradiction.NO_MOTIF, {"motif_id": "closed"}),
    (Contradiction.NO_MOTIF, {"motif_id": -1}),
    (Contradiction.NO_CITIZEN, {"citizen_id": "stranger"}),
    (Contradiction.NO_AGENT, {"agenda_ids": frozenset()}),
    (Contradiction.NO_AGENT, {"agenda_ids": "gone"}),
    (Contradiction.AGENT_ELSEWHERE, {"agenda_ids": "elsewhere"}),
    (Contradiction.NO_PLACE, {"place_id": None}),
    (Contradiction.NO_PLACE, {"place_id": "disabled"}),
    (Contradiction.NO_PLACE, {"place_id": "elsewhere"}),
    (Contradiction.NO_PLACE, {"motif_id": "phone"}),
    (Contradiction.NO_PLACE, {"address": "1 rue du Lavoir, Vernay"}),
    (Contradiction.NO_TIME, {"minutes": 0}),
    (Contradiction.NO_TIME, {"minutes": 1441}),
]


@pytest.mark.parametrize(("contradiction", "changes"), CONTRADICTIONS)
def test_what_can_not_be_is_refused_and_leaves_nothing(
    session: Session,
    clock: StoppedClock,
    make: Maker,
    agent: Agent,
    plan: Callable[..., Plan],
    contradiction: Contradiction,
    changes: dict[str, Any],
) -> None:
    elsewhere = make.organisation()
    rows = {
        ("motif_id", "closed"): lambda: make.motif(organisation_id=elsewhere.id, bookable_by=BookableBy.AGENTS).id,
        ("motif_id", "phone"): lambda: make.motif(modality="phone").id,
        ("citizen_id", "stranger"): lambda: make.citizen().id,
        ("agenda_ids", "gone"): lambda: frozenset({make.agenda(left_at=clock.now()).id}),
        ("agenda_ids", "elsewhere"): lambda: frozenset({make.agenda(organisation=elsewhere).id}),
        ("place_id", "disabled"): lambda: make.place(enabled=False).id,
        ("place_id", "elsewhere"): lambda: make.place(organisation_id=elsewhere.id).id,
    }
    [(name, value)] = changes.items()
    wanted = plan(**{name: rows.get((name, value), lambda: value)()})

    with pytest.raises(Contradictory) as error:
        book_freely(session, clock, agent.id, wanted)

    assert error.value.found == (contradiction,)
    assert session.scalar(select(Appointment.id)) is None


def test_in_an_agenda_out_of_sight_only_what_is_found_is_booked(
    session: Session, clock: StoppedClock, make: Maker, motif: Motif, agenda: Agenda, plan: Callable[..., Plan]
) -> None:
    neighbour = make.agent(services=[make.service()])
    assert agenda not in agendas_for(session, neighbour.id, motif)
    assert agenda in agendas_for(session, neighbour.id, motif, also=[agenda.id])

    with pytest.raises(SlotTaken) as taken:
        book_freely(session, clock, neighbour.id, plan(starts_at=EVENING))
    assert taken.value.alternatives
    with pytest.raises(SlotTaken):
        book_freely(session, clock, neighbour.id, plan(minutes=60))
    book_freely(session, clock, neighbour.id, plan())
    with pytest.raises(SlotTaken):
        book_freely(session, clock, neighbour.id, plan(), frozenset({"overlap"}))


def test_what_can_be_chosen_follows_the_roles(session: Session, make: Maker, motif: Motif, agenda: Agenda) -> None:
    agent = session.get_one(Agent, agenda.agent_id)
    other = make.motif(service_id=make.service().id)
    phone = make.motif(modality="phone")
    make.place(enabled=False)
    stranger = make.agenda(organisation=make.organisation())

    assert {row[0] for row in motifs_for(session, agent.id)} == {motif, phone}
    assert {row[0] for row in motifs_for(session, agent.id, also=other.id)} == {motif, phone, other}
    assert {row[0] for row in motifs_for(session, agent.id, widened=True)} == {motif, phone, other}
    assert [place.enabled for place in places_for(session, motif)] == [True]
    assert places_for(session, phone) == places_for(session, None) == []
    assert agendas_for(session, agent.id, motif, also=[stranger.id]) == [agenda]


def test_ten_agendas_cost_as_many_statements_as_one(
    session: Session,
    database: Database,
    clock: StoppedClock,
    make: Maker,
    agent: Agent,
    agenda: Agenda,
    motif: Motif,
    plan: Callable[..., Plan],
    statements: Callable[[Database], Any],
) -> None:
    agendas = [make.agenda() for _ in range(10)]
    for each in agendas:
        make.absence(each, first_day=WEDNESDAY, starts=time(18), ends=time(22))
        make.opening_range(each, [motif], place_id=make.place().id, opens=time(18), closes=time(22))

    def reads(**changes: Any) -> int:
        with statements(database) as sent, pytest.raises(ToAccept):
            book_freely(session, clock, agent.id, plan(starts_at=EVENING, **changes))
        return len(sent)

    make.absence(agenda, first_day=WEDNESDAY, starts=time(18), ends=time(22))
    assert reads(agenda_ids=frozenset(each.id for each in agendas)) == reads()


def test_a_slot_that_people_share_is_joined_until_it_is_full(
    session: Session, clock: StoppedClock, make: Maker, agent: Agent, agenda: Agenda, motif: Motif, plan
) -> None:
    make.opening_range(agenda, [motif], opens=time(14), closes=time(15), seats=2)
    shared = {"starts_at": NINE + timedelta(hours=5)}

    first = book_freely(session, clock, agent.id, plan(**shared))
    second = book_freely(session, clock, agent.id, plan(**shared, citizen_id=known(session, make, motif).id))

    assert first is second
    assert (first.seats, len(first.seated), first.overlap_accepted) == (2, 2, False)
    assert len(session.scalars(select(Message.id).where(~Message.to_compose)).all()) == 2
    with pytest.raises(ToAccept) as error:
        book_freely(session, clock, agent.id, plan(**shared, citizen_id=known(session, make, motif).id))
    assert warned(error) == {Kind.OVERLAP}


def test_who_has_a_seat_keeps_that_one(
    session: Session, clock: StoppedClock, make: Maker, agent: Agent, agenda: Agenda, motif: Motif, plan
) -> None:
    make.opening_range(agenda, [motif], opens=time(14), closes=time(15), seats=3)
    shared = plan(starts_at=NINE + timedelta(hours=5))
    book_freely(session, clock, agent.id, shared)

    with pytest.raises(ToAccept) as error:
        book_freely(session, clock, agent.id, shared)
    assert warned(error) == {Kind.SAME_DAY}
    again = book_freely(session, clock, agent.id, shared, keys(error))
    assert len(again.seated) == 1
    assert len(session.scalars(select(Message.id).where(~Message.to_compose)).all()) == 1


def test_a_slot_of_an_agent_and_a_room_takes_both(
    session: Session, clock: StoppedClock, make: Maker, agent: Agent, agenda: Agenda, citizen: Citizen, place: Place
) -> None:
    both = make.motif(rooms_needed=1)
    room = Agenda(
        territory_id=agenda.territory_id, kind="room", name="Salle 2", zone=agenda.zone, created_at=clock.now()
    )
    session.add(room)
    session.flush()
    for each in (agenda, room):
        make.opening_range(each, [both], place_id=place.id, opens=time(14), closes=time(15))
    starts_at = NINE + timedelta(hours=5)
    wanted = Plan(both.id, citizen.id, starts_at, 30, place.id, frozenset({agenda.id, room.id}))

    booked = book_freely(session, clock, agent.id, wanted)

    assert {claim.agenda_id: claim.opening_range_id is None for claim in booked.claims} == {
        agenda.id: False,
        room.id: False,
    }
    # The room is out of sight: only while its slot is free can it be booked.
    with pytest.raises(SlotTaken):
        book_freely(session, clock, agent.id, wanted, frozenset({"overlap"}))


def test_who_books_in_another_organisation_is_its_referrer(session: Session, make: Maker, clock: StoppedClock) -> None:
    home = make.organisation(name="Centre social")
    me = make.agent(organisation=home)
    far = make.organisation(name="Mairie")
    motif = make.motif(organisation_id=far.id, bookable_by=BookableBy.REFERRERS)
    place = make.place(organisation_id=far.id)
    agenda = make.agenda(organisation=far)
    make.opening_range(agenda, [motif], organisation_id=far.id, place_id=place.id)
    citizen = make.citizen()
    session.add(CitizenOrganisation(citizen_id=citizen.id, organisation_id=home.id, created_at=clock.now()))
    session.flush()
    starts = NINE

    booked = book_freely(
        session, clock, me.id, Plan(motif.id, citizen.id, starts, 30, place.id, frozenset({agenda.id}))
    )

    referrer = booked.participations[0].referrer
    assert referrer is not None
    assert (referrer.agent_id, referrer.structure, referrer.email) == (me.id, "Centre social", me.email)
    assert booked.channel is Channel.REFERRER
