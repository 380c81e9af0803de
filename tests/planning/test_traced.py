"""Every use case that changes something leaves its line, with who did it, in the organisation it happened in (L-6, A10)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from booking_times import NINE
from make import MONDAY, Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.audit.entry import AuditEntry
from rdvdav.audit.record import Actor
from rdvdav.booking.cancel import cancel
from rdvdav.booking.contact import complete
from rdvdav.booking.freely import Plan, book_freely
from rdvdav.booking.people import Person, attach_citizen, create_citizen
from rdvdav.booking.staff import book_for, move_to
from rdvdav.booking.withdraw import keep_anyway, reassign, withdraw
from rdvdav.citizens.citizen import CitizenOrganisation
from rdvdav.clock import StoppedClock
from rdvdav.directory.organisation import DetailLevel
from rdvdav.feeds.access import new_app_password, revoke_app_password
from rdvdav.feeds.address import new_feed_address, reset_feed_address, revoke_feed_address
from rdvdav.feeds.follow import follow, unfollow
from rdvdav.feeds.object import CollectionKind
from rdvdav.feeds.publish import publish, unpublish
from rdvdav.feeds.republish import choose_level
from rdvdav.planning import absences, holidays, opening_ranges

SECOND = MONDAY + timedelta(days=8)


class Office:
    """An administrator, a colleague, and something of everything to change."""

    def __init__(self, session: Session, clock: StoppedClock, make: Maker) -> None:
        """Build it."""
        self.session, self.clock = session, clock
        self.home = make.organisation()
        self.motif, self.place = make.motif(), make.place()
        self.me, self.colleague = make.agent(role="admin"), make.agent()
        self.agenda, self.theirs = make.agenda_of(self.me), make.agenda_of(self.colleague)
        self.citizen, self.stranger = make.citizen(), make.citizen()
        for who in (self.me, self.colleague):
            make.opening_range(make.agenda_of(who), [self.motif], place_id=self.place.id)
        session.add(
            CitizenOrganisation(citizen_id=self.citizen.id, organisation_id=self.home.id, created_at=clock.now())
        )
        self.range = session.scalars(select(OpeningRange).where(OpeningRange.agenda_id == self.agenda.id)).one()
        self.absence: Absence = make.absence(
            self.agenda, first_day=date(2026, 12, 1), recurrence="FREQ=WEEKLY", last_day=None
        )
        self.booked = make.appointment(self.agenda, NINE, motif=self.motif, citizen=self.citizen, place=self.place)
        self.password = new_app_password(session, clock, self.me.id, "Mac")[0]
        self.address = new_feed_address(session, clock, self.me.id, "Outlook")[0]
        session.query(AuditEntry).delete()

    @property
    def by_me(self) -> tuple[Session, StoppedClock, int]:
        """What use cases of agents begin with."""
        return self.session, self.clock, self.me.id

    @property
    def house(self) -> tuple[Session, StoppedClock]:
        """What all others begin with."""
        return self.session, self.clock

    @property
    def actor(self) -> Actor:
        """The agent who acts."""
        return Actor.agent(self.me.id)

    def plan(self, hour: int) -> Plan:
        """An appointment with the citizen."""
        starts_at = NINE + timedelta(days=1, hours=hour)
        return Plan(self.motif.id, self.citizen.id, starts_at, 30, self.place.id, frozenset({self.agenda.id}))

    def opening(self, **changes: object) -> opening_ranges.Plan:
        """The range as it is, but for *changes*."""
        return replace(opening_ranges.plan_of(self.range), **changes)

    def away(self, **changes: object) -> absences.Plan:
        """The absence as it is, but for *changes*."""
        return replace(absences.plan_of(self.absence), **changes)


USE_CASES: dict[str, tuple[Callable[[Office], object], list[str]]] = {
    "book for": (
        lambda o: book_for(
            *o.house,
            o.actor,
            agenda_id=o.agenda.id,
            motif_id=o.motif.id,
            place_id=o.place.id,
            starts_at=NINE + timedelta(days=1),
            citizen_id=o.stranger.id,
        ),
        ["citizen.attached", "appointment.booked"],
    ),
    "book freely": (lambda o: book_freely(*o.by_me, o.plan(0)), ["appointment.booked"]),
    "move": (
        lambda o: move_to(*o.house, o.actor, o.booked, NINE + timedelta(days=1)),
        ["appointment.moved"],
    ),
    "cancel": (lambda o: cancel(*o.house, o.booked.id, o.actor), ["appointment.cancelled"]),
    "withdraw": (lambda o: withdraw(*o.house, o.booked.id, o.actor, "Grève"), ["appointment.withdrawn"]),
    "keep": (lambda o: keep_anyway(*o.house, o.booked.id, o.actor), ["appointment.kept"]),
    "reassign": (
        lambda o: reassign(*o.house, o.booked.id, o.actor, leaves=o.agenda.id, to=o.theirs.id),
        ["appointment.reassigned"],
    ),
    "open": (
        lambda o: opening_ranges.create(*o.by_me, o.agenda.id, o.opening(name="Soir")),
        ["opening_range.created"],
    ),
    "change a range": (
        lambda o: opening_ranges.change(*o.by_me, o.range.id, o.opening(opens=time(10))),
        ["opening_range.changed"],
    ),
    "remove a range": (lambda o: opening_ranges.remove(*o.by_me, o.range.id), ["opening_range.removed"]),
    "change one date": (
        lambda o: opening_ranges.change_one(*o.by_me, o.range.id, SECOND, o.opening(first_day=SECOND, recurrence=None)),
        ["opening_range.date_changed"],
    ),
    "remove one date": (
        lambda o: opening_ranges.remove_one(*o.by_me, o.range.id, SECOND),
        ["opening_range.date_removed"],
    ),
    "change the following dates": (
        lambda o: opening_ranges.change_from(*o.by_me, o.range.id, SECOND, o.opening(first_day=SECOND)),
        ["opening_range.ended", "opening_range.created"],
    ),
    "end a range": (lambda o: opening_ranges.remove_from(*o.by_me, o.range.id, SECOND), ["opening_range.ended"]),
    "be away": (lambda o: absences.create(*o.by_me, o.agenda.id, o.away(title="Congé")), ["absence.created"]),
    "change an absence": (
        lambda o: absences.change(*o.by_me, o.absence.id, o.away(title="Congé")),
        ["absence.changed"],
    ),
    "remove an absence": (lambda o: absences.remove(*o.by_me, o.absence.id), ["absence.removed"]),
    "follow a holiday calendar": (
        lambda o: holidays.choose_calendar(*o.by_me, o.home.id, "RE"),
        ["organisation.holidays_changed"],
    ),
    "work on holidays": (
        lambda o: holidays.close_on(*o.by_me, o.home.id, set()),
        ["organisation.holidays_changed"],
    ),
    "add a holiday": (
        lambda o: holidays.add_day(*o.by_me, o.home.id, SECOND, "Pont"),
        ["organisation.holidays_changed"],
    ),
    "take a holiday back": (
        lambda o: holidays.remove_day(*o.by_me, o.home.id, SECOND),
        ["organisation.holidays_changed"],
    ),
    "show more": (
        lambda o: choose_level(*o.house, o.home.id, DetailLevel.FULL, o.actor),
        ["organisation.detail_changed"],
    ),
    "create a record": (
        lambda o: create_citizen(*o.by_me, o.home.id, Person("Eve", "Roux")),
        ["citizen.created"],
    ),
    "attach a record": (
        lambda o: attach_citizen(*o.by_me, o.home.id, str(o.stranger.email)),
        ["citizen.attached"],
    ),
    "make a password": (lambda o: new_app_password(*o.by_me, "iPhone"), ["app_password.created"]),
    "revoke a password": (lambda o: revoke_app_password(*o.by_me, o.password.id), ["app_password.revoked"]),
    "make a link": (lambda o: new_feed_address(*o.by_me, "Google"), ["feed_address.created"]),
    "reset a link": (lambda o: reset_feed_address(*o.by_me, o.address.id), ["feed_address.reset"]),
    "revoke a link": (lambda o: revoke_feed_address(*o.by_me, o.address.id), ["feed_address.revoked"]),
    "publish": (lambda o: publish(*o.by_me, CollectionKind.ABSENCES), ["agenda.published"]),
    "publish no more": (
        lambda o: (publish(*o.by_me, CollectionKind.ABSENCES), unpublish(*o.by_me, CollectionKind.ABSENCES)),
        ["agenda.published", "agenda.unpublished"],
    ),
    "follow": (lambda o: follow(*o.by_me, o.theirs.id), ["agenda.followed"]),
    "follow no more": (
        lambda o: (follow(*o.by_me, o.theirs.id), unfollow(*o.by_me, o.theirs.id)),
        ["agenda.followed", "agenda.unfollowed"],
    ),
}


@pytest.fixture
def office(sqlite, clock: StoppedClock):
    """The office on SQLite: what is written does not depend on the database."""
    with sqlite.transaction() as session:
        yield Office(session, clock, Maker(session, clock))
        session.rollback()


def test_each_use_case_leaves_its_line(office: Office) -> None:
    wrong = {}
    for name, (act, kinds) in USE_CASES.items():
        with office.session.begin_nested() as attempt:
            act(office)
            office.session.flush()
            entries = office.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
            found = [(entry.kind, entry.actor_id, entry.organisation_id) for entry in entries]
            if found != [(kind, office.me.id, office.home.id) for kind in kinds]:
                wrong[name] = found
            attempt.rollback()
        office.session.expire_all()
    assert wrong == {}


def test_what_a_citizen_adds_is_told_from_what_to_what_and_kept_as_personal(office: Office) -> None:
    complete(*office.house, office.citizen.id, phone="+33612345678", birth_date=date(1980, 5, 2))

    entry = office.session.scalars(select(AuditEntry)).one()
    assert (entry.kind, entry.actor_id, entry.details) == ("citizen.changed", office.citizen.id, {})
    assert entry.personal == {
        "phone": {"old": None, "new": "+33612345678"},
        "birth_date": {"old": None, "new": "1980-05-02"},
    }


def test_a_change_says_only_what_is_another_now(office: Office) -> None:
    absences.change(*office.by_me, office.absence.id, office.away(title="Congé"))
    opening_ranges.change(*office.by_me, office.range.id, office.opening(opens=time(10)))

    absence, opening = office.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    assert absence.personal == {"title": {"old": "Formation", "new": "Congé"}}
    assert opening.details["opens"] == {"old": "09:00", "new": "10:00"}
    assert opening.details["closes"] == "12:00"
