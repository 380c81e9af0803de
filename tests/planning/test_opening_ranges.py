"""Opening, changing and closing time on an agenda: by whom, what is refused, what is traced, what is kept."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from make import MONDAY, Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.audit.entry import AuditEntry
from rdvdav.clock import StoppedClock
from rdvdav.directory.membership import Membership
from rdvdav.errors import NotFound
from rdvdav.hours.recurrence import weekly
from rdvdav.planning.offer import offer_for
from rdvdav.planning.opening_ranges import (
    Contradiction,
    Contradictory,
    Plan,
    change,
    contradictions,
    create,
    opening_ranges,
    remove,
)

TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def plan(make: Maker) -> Plan:
    """Tuesdays and Thursdays from nine to twelve, without end."""
    motif, place = make.motif(), make.place()
    return Plan("Matin", place.id, frozenset({motif.id}), TUESDAY, time(9), time(12), weekly([1, 3]))


def traces(session: Session) -> list[str]:
    return [entry.kind for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def test_an_agent_opens_time_on_the_own_agenda(session: Session, clock: StoppedClock, make: Maker, plan: Plan) -> None:
    agent = make.agent()
    agenda = make.agenda_of(agent)

    made = create(session, clock, agent.id, agenda.id, replace(plan, recurrence=weekly([1], 2, date(2027, 1, 31))))

    session.expire_all()
    kept = session.get_one(OpeningRange, made.id)
    assert (kept.name, kept.opens, kept.closes, kept.zone) == ("Matin", time(9), time(12), "Europe/Paris")
    assert kept.last_day == date(2027, 1, 31)
    assert [motif.id for motif in kept.motifs] == list(plan.motif_ids)
    assert kept.series.between(MONDAY, date(2026, 12, 31)) == [TUESDAY, date(2026, 12, 8), date(2026, 12, 22)]
    assert traces(session) == ["opening_range.created"]


def test_a_single_day_ends_on_itself_and_an_endless_range_never(
    session: Session, clock: StoppedClock, make: Maker, plan: Plan
) -> None:
    agent = make.agent()
    agenda = make.agenda_of(agent)

    once = create(session, clock, agent.id, agenda.id, replace(plan, recurrence=None))
    endless = create(session, clock, agent.id, agenda.id, plan)

    assert (once.last_day, endless.last_day) == (TUESDAY, None)


def test_a_colleague_of_the_service_opens_time_and_a_stranger_does_not(
    session: Session, clock: StoppedClock, make: Maker, plan: Plan
) -> None:
    agenda = make.agenda()
    colleague = make.agent()
    stranger = make.agent(organisation=make.organisation(), services=[make.service()])

    opening = create(session, clock, colleague.id, agenda.id, plan)

    with pytest.raises(NotFound):
        create(session, clock, stranger.id, agenda.id, plan)
    with pytest.raises(NotFound):
        change(session, clock, stranger.id, opening.id, plan)
    with pytest.raises(NotFound):
        remove(session, clock, stranger.id, opening.id)
    assert len(session.scalars(select(OpeningRange)).all()) == 1
    assert traces(session) == ["opening_range.created"]


def test_an_unknown_range_or_agenda_is_not_found(
    session: Session, clock: StoppedClock, make: Maker, plan: Plan
) -> None:
    agent = make.agent()

    for attempt in (
        lambda: create(session, clock, agent.id, 999_999, plan),
        lambda: change(session, clock, agent.id, 999_999, plan),
        lambda: remove(session, clock, agent.id, 999_999),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_each_contradiction_is_named_and_nothing_is_saved(
    session: Session, clock: StoppedClock, make: Maker, plan: Plan
) -> None:
    agent = make.agent()
    agenda = make.agenda_of(agent)
    elsewhere = make.organisation()
    foreign = make.place(organisation_id=elsewhere.id)
    offer = offer_for(session, agenda)
    phone = make.motif(modality="phone")
    wrong = {
        Contradiction.ENDS_BEFORE_START: replace(plan, closes=time(9)),
        Contradiction.NO_MOTIF: replace(plan, motif_ids=frozenset(), place_id=None),
        Contradiction.NO_PLACE: replace(plan, place_id=None),
        Contradiction.NO_DATE: replace(plan, recurrence=weekly([1], until=MONDAY)),
    }

    for contradiction, bad in wrong.items():
        assert contradictions(bad, offer) == [contradiction]
        with pytest.raises(Contradictory) as refused:
            create(session, clock, agent.id, agenda.id, bad)
        assert refused.value.found == (contradiction,)
    assert contradictions(replace(plan, place_id=foreign.id), offer) == [Contradiction.NO_PLACE]
    assert contradictions(replace(plan, motif_ids=plan.motif_ids | {999_999}), offer) == [Contradiction.NO_MOTIF]
    by_phone = replace(plan, motif_ids=frozenset({phone.id}), place_id=None)
    assert contradictions(by_phone, offer_for(session, agenda)) == []
    assert session.scalars(select(OpeningRange)).all() == []


def test_motifs_of_two_organisations_do_not_mix(session: Session, clock: StoppedClock, make: Maker, plan: Plan) -> None:
    agent = make.agent()
    other = make.organisation()
    session.add(
        Membership(agent_id=agent.id, organisation_id=other.id, territory_id=other.territory_id, created_at=clock.now())
    )
    theirs = make.motif(organisation_id=other.id)
    offer = offer_for(session, make.agenda_of(agent))

    mixed = replace(plan, motif_ids=plan.motif_ids | {theirs.id})

    assert contradictions(mixed, offer) == [Contradiction.TWO_ORGANISATIONS]


def test_the_offer_is_what_the_agents_services_have_and_what_the_range_carries(
    session: Session, make: Maker, plan: Plan
) -> None:
    agenda = make.agenda()
    archived = make.motif(archived_at=make.clock.now())
    other_service = make.motif(service_id=make.service().id)
    closed = make.place(enabled=False)
    opening = make.opening_range(agenda, [archived], place_id=closed.id)

    fresh, kept = offer_for(session, agenda), offer_for(session, agenda, opening)

    assert [motif.id for motif, _service, _organisation in fresh.motifs] == list(plan.motif_ids)
    assert [place.id for place in fresh.places] == [plan.place_id]
    assert {motif.id for motif, _service, _organisation in kept.motifs} == {*plan.motif_ids, archived.id}
    assert closed in kept.places
    assert other_service.id not in {motif.id for motif, _service, _organisation in kept.motifs}


def test_a_change_keeps_days_left_out_and_booked_appointments(
    session: Session, clock: StoppedClock, make: Maker, plan: Plan
) -> None:
    agent = make.agent()
    agenda = make.agenda_of(agent)
    opening = create(session, clock, agent.id, agenda.id, plan)
    opening.excluded_days = ["2026-12-01"]
    booked = make.appointment(agenda, datetime(2026, 11, 24, 8, tzinfo=UTC))
    version = agenda.version

    change(session, clock, agent.id, opening.id, replace(plan, name="Après-midi", opens=time(14), closes=time(17)))

    assert (opening.name, opening.opens, opening.excluded_days) == ("Après-midi", time(14), ["2026-12-01"])
    assert session.get_one(Appointment, booked.id).status == "planned"
    assert agenda.version == version
    assert traces(session) == ["opening_range.created", "opening_range.changed"]


def test_removing_keeps_what_was_booked_in_it(session: Session, clock: StoppedClock, make: Maker, plan: Plan) -> None:
    agent = make.agent()
    agenda = make.agenda_of(agent)
    opening = create(session, clock, agent.id, agenda.id, plan)
    booked = make.appointment(agenda, datetime(2026, 11, 24, 8, tzinfo=UTC))

    remove(session, clock, agent.id, opening.id)

    assert session.scalars(select(OpeningRange)).all() == []
    assert session.get_one(Appointment, booked.id).status == "planned"
    assert traces(session) == ["opening_range.created", "opening_range.removed"]


def test_the_list_parts_at_today_by_the_agendas_clock(session: Session, clock: StoppedClock, make: Maker) -> None:
    agenda, motif = make.agenda(), make.motif()
    sunday = MONDAY - timedelta(days=1)
    over = make.opening_range(agenda, [motif], first_day=sunday, last_day=sunday, recurrence=None)
    today = make.opening_range(agenda, [motif], last_day=MONDAY, recurrence=None)
    endless = make.opening_range(agenda, [motif], first_day=TUESDAY)

    assert list(opening_ranges(session, clock, agenda, past=True)) == [over]
    assert list(opening_ranges(session, clock, agenda, past=False)) == [today, endless]
