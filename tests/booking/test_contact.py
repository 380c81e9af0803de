"""A phone number given while booking, or for all appointments: which SMS go where from then on (M-2, M-3)."""

from datetime import timedelta

import pytest
from booking_times import NINE
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.agenda.agenda import Agenda
from rdvdav.agenda.appointment import Appointment
from rdvdav.booking.contact import complete
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import StoppedClock
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import DetailLevel
from rdvdav.feeds.collecting import open_collection
from rdvdav.feeds.object import CalendarObject
from rdvdav.notify.reminder import plan_for
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Channel, Message
from rdvdav.policy.installation import Installation
from rdvdav.records.account import change_contact

OLD, NEW, LANDLINE = "+33611111111", "+33622222222", "+33122222222"


@pytest.fixture
def earlier(session: Session, clock: StoppedClock, make: Maker, agenda: Agenda, motif: Motif, citizen: Citizen):
    """What was booked before, a week ahead, in a calendar that names who comes."""
    session.get_one(Installation, 1).sms = True
    motif.organisation.detail_level = agenda.detail_level = DetailLevel.FULL
    session.flush()
    open_collection(session, clock, agenda.id, level=DetailLevel.FULL)
    return make.appointment(agenda, NINE + timedelta(days=7), motif=motif, citizen=citizen)


def reminded(session: Session) -> list[str]:
    """Numbers that reminders by SMS are planned for."""
    session.flush()
    planned = (Message.event == Event.APPOINTMENT_REMINDED) & (Message.channel == Channel.SMS)
    return list(session.scalars(select(Message.recipient).where(planned)))


@pytest.mark.parametrize(
    ("agreed", "before", "given", "expected"),
    [
        pytest.param(True, OLD, NEW, [NEW], id="another number"),
        pytest.param(True, None, NEW, [NEW], id="the first number, staff agreed"),
        pytest.param(False, None, NEW, [], id="a number for another appointment"),
        pytest.param(True, OLD, LANDLINE, [], id="no mobile any more"),
        pytest.param(True, OLD, None, [OLD], id="nothing given"),
    ],
)
def test_a_number_given_while_booking_serves_what_sms_were_agreed_for(
    session: Session,
    clock: StoppedClock,
    earlier: Appointment,
    citizen: Citizen,
    agreed: bool,
    before: str | None,
    given: str | None,
    expected: list[str],
) -> None:
    earlier.participations[0].by_sms, citizen.phone = agreed, before
    plan_for(session, clock, citizen.id)

    complete(session, clock, citizen.id, phone=given)

    assert reminded(session) == expected
    texts = "".join(session.scalars(select(CalendarObject.text))).replace("\r\n ", "")
    assert given is None or given in texts


def test_the_switch_for_all_appointments_agrees_to_sms_about_what_is_to_come(
    session: Session,
    clock: StoppedClock,
    make: Maker,
    agenda: Agenda,
    motif: Motif,
    earlier: Appointment,
    citizen: Citizen,
) -> None:
    child = make.citizen(responsible_id=citizen.id, email=None, phone=None)
    for each in (earlier, make.appointment(agenda, NINE + timedelta(days=8), motif=motif, citizen=child)):
        each.participations[0].by_sms = False
    citizen.phone = None

    change_contact(session, clock, citizen.id, phone=NEW, mails_wanted=True, sms_wanted=False)
    assert reminded(session) == []
    change_contact(session, clock, citizen.id, phone=NEW, mails_wanted=True, sms_wanted=True)
    assert reminded(session) == [NEW, NEW]

    earlier.participations[0].by_sms = False
    change_contact(session, clock, citizen.id, phone=OLD, mails_wanted=True, sms_wanted=True)
    assert reminded(session) == [OLD]
