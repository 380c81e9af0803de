"""Random histories: whoever files the mails, and knows nothing else, ends with exactly the right events (K-51, K-52, I-4)."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from random import Random
from typing import Any

import icalendar
import pytest
from ical.client import Client, Seen
from ical.lint import problems
from make import MONDAY, Maker
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from rdvdav.agenda.absence import Absence, AbsenceKind
from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED, Status
from rdvdav.audit.record import Actor
from rdvdav.booking.cancel import cancel
from rdvdav.booking.collective import add_person, open_collective
from rdvdav.booking.freely import Plan, ToAccept
from rdvdav.booking.hold import keep
from rdvdav.booking.move import move
from rdvdav.booking.staff import book_for, move_to
from rdvdav.booking.withdraw import reassign, withdraw
from rdvdav.citizens.citizen import CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.agent import Level
from rdvdav.directory.organisation import DetailLevel
from rdvdav.errors import RdvdavError
from rdvdav.feeds.citizen_event import title_outside
from rdvdav.feeds.citizen_events import flawed
from rdvdav.feeds.citizen_feed import citizen_feed, citizen_feed_by_secret
from rdvdav.feeds.disclosure import event_status, location_of
from rdvdav.feeds.object import CollectionKind
from rdvdav.feeds.publish import publish
from rdvdav.hours.interval import Interval
from rdvdav.hours.wall import from_minutes, to_minutes
from rdvdav.outbox.message import Message
from rdvdav.planning import absences, opening_ranges
from rdvdav.planning.moving import Wish, move_freely, outlook
from rdvdav.planning.one_appointment import remove_for_good
from rdvdav.records.subscription import subscribe
from rdvdav.tokens import new_token

STEPS = 25
WINDOW = (datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 1, 31, tzinfo=UTC))


class Town:
    """Three agents, five citizens, and whatever may happen to their calendars."""

    def __init__(self, session: Session, clock: StoppedClock, chance: Random) -> None:
        self.session, self.clock, self.chance = session, clock, chance
        make = Maker(session, clock)
        organisation = make.organisation(detail_level=DetailLevel.FULL)
        self.place = make.place()
        self.motif, self.atelier = make.motif(), make.motif(name="Atelier", collective=True, seats=3)
        levels = (Level.ALL, Level.OTHERS, Level.NONE)
        self.agents = [make.agent(appointments_told=level, calendar_by_mail=True, role="admin") for level in levels]
        self.agendas = [make.agenda_of(agent) for agent in self.agents]
        self.agendas[0].detail_level = DetailLevel.FULL
        for agenda in self.agendas:
            make.opening_range(agenda, [self.motif], seats=chance.choice([1, 3]))
        publish(session, clock, self.agents[1].id, CollectionKind.ABSENCES)
        self.citizens = [make.citizen() for _ in range(5)]
        for citizen in self.citizens:
            row = {"citizen_id": citizen.id, "organisation_id": organisation.id, "created_at": clock.now()}
            session.add(CitizenOrganisation(**row))
        session.flush()
        self.secrets = {each.id: subscribe(session, clock, each.id, organisation.id) for each in self.citizens[:3]}

    def live(self) -> Sequence[Appointment]:
        alive = (Status.PLANNED, Status.TO_REPLAN)
        return self.session.scalars(
            select(Appointment).where(Appointment.status.in_(alive)).order_by(Appointment.id)
        ).all()

    def any(self) -> Appointment:
        return self.chance.choice(self.live() or [self.book()])

    def when(self) -> datetime:
        day = MONDAY + timedelta(days=self.chance.randint(1, 4))
        return datetime.combine(day, time(8), UTC) + timedelta(minutes=30 * self.chance.randint(0, 5))

    def staff(self) -> Actor:
        return Actor.agent(self.chance.choice(self.agents).id)

    def insist(self, deed: Callable[..., Any]) -> Any:
        """Do it, and accept what speaks against it."""
        try:
            with self.session.begin_nested():
                return deed()
        except ToAccept as error:
            return deed(accepted=frozenset(warned.key for warned in error.warnings))

    # --- what may happen

    def book(self) -> Appointment:
        citizen = self.chance.choice(self.citizens)
        booking = partial(
            book_for,
            self.session,
            self.clock,
            self.chance.choice([self.staff(), Actor.citizen(citizen.id)]),
            agenda_id=self.chance.choice(self.agendas).id,
            motif_id=self.motif.id,
            starts_at=self.when(),
            citizen_id=citizen.id,
            place_id=self.place.id,
        )
        return self.insist(booking)

    def leave(self) -> None:
        appointment = self.any()
        if not appointment.seated:
            return
        seat = self.chance.choice(appointment.seated)
        cancel(self.session, self.clock, appointment.id, Actor.citizen(seat.citizen_id))

    def call_off(self) -> None:
        cancel(self.session, self.clock, self.any().id, self.staff(), "Grève")

    def move(self) -> None:
        agenda = self.chance.choice(self.agendas).id
        move_to(self.session, self.clock, self.staff(), self.any(), self.when(), agenda_id=agenda)

    def move_oneself(self) -> None:
        appointment = self.any()
        if not appointment.seated:
            return
        who = self.chance.choice(appointment.seated).citizen_id
        token = keep(
            self.session, self.clock, motif_id=appointment.motif_id, place_id=self.place.id, starts_at=self.when(),
            visit=new_token(), address="", moves=appointment.id,
        )  # fmt: skip
        move(self.session, self.clock, token, Actor.citizen(who))

    def move_freely(self) -> None:
        appointment, agent = self.any(), self.chance.choice(self.agents).id
        claimed = [claim.agenda_id for claim in appointment.claims]
        to = self.chance.choice([None, *(agenda.id for agenda in self.agendas)])
        wish = Wish(self.when() + timedelta(minutes=5), claimed[0] if to else None, to)
        look = outlook(self.session, self.clock, agent, appointment.reference, wish)
        accepted = frozenset(warned.key for warned in look.warnings)
        move_freely(self.session, self.clock, agent, appointment.reference, wish, accepted=accepted)

    def give(self) -> None:
        appointment = self.any()
        leaves = appointment.claims[0].agenda_id
        to = self.chance.choice([agenda.id for agenda in self.agendas if agenda.id != leaves])
        reassign(self.session, self.clock, appointment.id, self.staff(), leaves=leaves, to=to)

    def take_away(self) -> None:
        withdraw(self.session, self.clock, self.any().id, self.staff(), "Panne")

    def remove(self) -> None:
        remove_for_good(self.session, self.clock, self.chance.choice(self.agents).id, self.any().reference, tell=True)

    def open_session(self) -> None:
        agendas = frozenset({self.chance.choice(self.agendas).id})
        plan = Plan(self.atelier.id, 0, self.when(), 60, self.place.id, agendas)
        agent = self.chance.choice(self.agents).id
        self.insist(partial(open_collective, self.session, self.clock, agent, plan, title="", seats=3))

    def join(self) -> None:
        shared = [each for each in self.live() if each.motif_id == self.atelier.id]
        if shared:
            person, agent = self.chance.choice(self.citizens).id, self.chance.choice(self.agents).id
            where = self.chance.choice(shared).id
            self.insist(partial(add_person, self.session, self.clock, agent, where, person, tell=True))

    # --- hours

    def away(self) -> absences.Plan:
        first = MONDAY + timedelta(days=self.chance.randint(0, 10))
        rule = self.chance.choice([None, "FREQ=WEEKLY;UNTIL=20270115", "FREQ=DAILY;INTERVAL=2;UNTIL=20261220"])
        return absences.Plan(
            "Stage", AbsenceKind.OTHER, first, first, time(13), time(14 + self.chance.randint(0, 4)), rule
        )

    def absent(self) -> None:
        agenda = self.chance.choice(self.agendas).id
        absences.create(self.session, self.clock, self.agents[0].id, agenda, self.away())

    def change_hours(self) -> None:
        rows = self.session.scalars(select(Absence).where(Absence.series_id.is_(None)).order_by(Absence.id)).all()
        if not rows:
            return
        row, who = self.chance.choice(rows), self.chance.choice(self.agents).id
        days = [date.fromordinal(each) for each in row.series.ordinals(MONDAY.toordinal(), MONDAY.toordinal() + 40)]
        day, plan = self.chance.choice([*days, row.first_day]), self.away()
        alone = replace(plan, first_day=day, end_day=day, recurrence=None)
        work, clock = self.session, self.clock
        self.chance.choice(
            [
                lambda: absences.change(work, clock, who, row.id, plan),
                lambda: absences.remove(work, clock, who, row.id),
                lambda: absences.change_one(work, clock, who, row.id, day, alone),
                lambda: absences.remove_one(work, clock, who, row.id, day),
                lambda: absences.restore(work, clock, who, row.id, day),
                lambda: absences.change_from(work, clock, who, row.id, day, replace(plan, first_day=day, end_day=day)),
                lambda: absences.remove_from(work, clock, who, row.id, day),
            ]
        )()

    def open_hours(self) -> None:
        day = MONDAY + timedelta(days=self.chance.randint(0, 10))
        rule = self.chance.choice([None, "FREQ=MONTHLY;BYDAY=1TU"])
        motifs = frozenset({self.motif.id})
        plan = opening_ranges.Plan("Soir", self.place.id, motifs, day, time(17), time(19), rule)
        opening_ranges.create(self.session, self.clock, self.agents[0].id, self.chance.choice(self.agendas).id, plan)

    def steps(self) -> list[Callable[[], object]]:
        return [
            self.book, self.book, self.book, self.book, self.leave, self.call_off, self.move, self.move,
            self.move_oneself, self.move_oneself, self.move_freely, self.move_freely, self.give, self.give,
            self.take_away, self.remove, self.open_session, self.join, self.join, self.absent, self.change_hours,
            self.change_hours, self.open_hours,
        ]  # fmt: skip

    def live_through(self, count: int) -> int:
        """Let *count* things happen, less those a rule refuses; how many did."""
        done = 0
        for _ in range(count):
            self.clock.advance(timedelta(minutes=1))
            with suppress(RdvdavError), self.session.begin_nested():
                self.chance.choice(self.steps())()
                self.session.flush()
                done += 1
        return done


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 50))])
def test_calendars_that_file_mails_end_as_the_agendas_are(sqlite: Database, clock: StoppedClock, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - drawn, not secret
    with sqlite.transaction() as session:
        town = Town(session, clock, chance)
        assert town.live_through(STEPS) > STEPS // 3
        session.expire_all()
        mails = session.scalars(select(Message).where(Message.calendar.is_not(None)).order_by(Message.id)).all()
        assert len(mails) > STEPS // 2
        shuffled = chance.sample(mails, len(mails))
        for order in (mails, shuffled):
            clients = {mail.recipient: Client(mail.recipient) for mail in order}
            for mail in order:
                clients[mail.recipient].receive(mail.calendar or "")
            _check_agents(session, town, clients)
            _check_citizens(session, town, clients)
        _check_subscriptions(session, town)
        assert [found for mail in mails for found in problems(mail.calendar or "")] == []
        assert len({mail.message_id for mail in mails}) == len(mails)


def _check_agents(session: Session, town: Town, clients: dict[str, Client]) -> None:
    appointments = session.scalars(select(Appointment)).all()
    for agent, agenda in zip(town.agents, town.agendas, strict=True):
        client = clients.get(agent.email, Client(agent.email))
        expected = {
            each.uid: (each.starts_at, each.ends_at, location_of(each), str(event_status(each.status)))
            for each in appointments
            if each.status not in CANCELLED and agenda.id in {claim.agenda_id for claim in each.claims}
        }
        known = {each.uid for each in appointments}
        filed = {
            uid: (seen.starts_at, seen.ends_at, seen.location, seen.status)
            for uid, seen in client.events().items()
            if uid in known
        }
        assert filed == expected
        _check_hours(session, agenda.id, client, known)


def _check_hours(session: Session, agenda_id: int, client: Client, appointments: set[str]) -> None:
    minutes = Interval(*map(to_minutes, WINDOW))
    expected = {}
    for table in (Absence, OpeningRange):
        rows = session.scalars(
            select(table)
            .where(table.agenda_id == agenda_id, table.series_id.is_(None))
            .options(selectinload(table.changed))
        ).all()
        for row in rows:
            if table is OpeningRange and row.name == "Permanence":
                continue  # made by the test's builder, which tells nobody
            spans = [*row.hours.within(minutes), *(span for one in row.changed for span in one.hours.within(minutes))]
            expected[row.uid] = {(from_minutes(start), from_minutes(end)) for start, end in spans}
    filed = {uid: spans for uid, spans in client.occurrences(*WINDOW).items() if uid not in appointments}
    assert filed == expected


def _check_citizens(session: Session, town: Town, clients: dict[str, Client]) -> None:
    gone = CANCELLED | {Status.TO_REPLAN}
    appointments = session.scalars(select(Appointment)).all()
    for citizen in town.citizens:
        client = clients.get(citizen.email or "", Client(citizen.email or ""))
        expected = {
            seat.uid: Seen(each.starts_at, each.ends_at, title_outside(each), location_of(each), "CONFIRMED")
            for each in appointments
            for seat in each.participations
            if seat.citizen_id == citizen.id and seat.status not in gone and each.status not in gone
        }
        assert client.events() == expected


def _check_subscriptions(session: Session, town: Town) -> None:
    """What is stored of those who subscribed is what would be written now, and says what their mails say."""
    assert flawed(session, town.clock) == []
    for citizen_id, secret in town.secrets.items():
        feed = citizen_feed_by_secret(session, secret)
        assert feed is not None
        events = icalendar.Calendar.from_ical(citizen_feed(session, feed).text()).walk("VEVENT")
        rows = select(Participation, Appointment).join(Appointment, Appointment.id == Participation.appointment_id)
        expected = {
            seat.uid: (each.starts_at, each.ends_at, title_outside(each), location_of(each), seat.sequence)
            for seat, each in session.execute(rows.where(Participation.citizen_id == citizen_id))
            if seat.status not in CANCELLED or each.status in CANCELLED
        }
        assert expected == {
            str(each["UID"]): (
                each["DTSTART"].dt,
                each["DTEND"].dt,
                each["SUMMARY"],
                each["LOCATION"],
                each["SEQUENCE"],
            )
            for each in events
        }
