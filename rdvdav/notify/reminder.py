"""Reminders: two days before, never on a Sunday or holiday (M-3).

A reminder is a row of the outbox from the booking on, with the instant at which it leaves. Its words are written only then, since
it must tell what is true when it leaves: place, instructions, address may have changed. What was written is kept, so that each try
sends the same bytes. One that is no longer true by then – cancelled, over, switched off – does not leave.
"""

from collections.abc import Collection, Container, Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import Status
from rdvdav.citizens.citizen import Citizen
from rdvdav.clock import Clock
from rdvdav.directory.organisation import Organisation
from rdvdav.hours.limit import ONE_DAY, SUNDAY
from rdvdav.hours.wall import instant_of
from rdvdav.i18n import speaking
from rdvdav.ical.uid import new_uid
from rdvdav.notify.audience import hears
from rdvdav.notify.compose import about_appointment
from rdvdav.notify.links import message_link
from rdvdav.notify.post import follow_threads
from rdvdav.notify.sms import write_sms
from rdvdav.notify.wording import Reader, wording_for
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Channel, Message
from rdvdav.policy.installation import Installation, installation

BEFORE = timedelta(hours=48)
OVER = "it is no longer true"


def reminder_moment(starts_at: datetime, zone: str, holidays: Container[date] = ()) -> datetime:
    """When the reminder of what begins at *starts_at* leaves: 48 h before, or on the last working day before that, at the same time.

    Args:
        zone: IANA zone of the organisation, whose days count.
        holidays: Its days off; Saturdays are worked, Sundays are not.
    """
    moment = starts_at - BEFORE
    local = moment.astimezone(ZoneInfo(zone))
    day = local.date()
    while day.weekday() == SUNDAY or day in holidays:
        day -= ONE_DAY
    if day == local.date():
        return moment
    return instant_of(day, local.time(), zone) + timedelta(seconds=local.second, microseconds=local.microsecond)


def plan_reminders(
    session: Session, clock: Clock, appointment: Appointment, seats: Iterable[Participation] | None = None
) -> None:
    """Let the reminders of these seats, by default all, be as the appointment is now: planned, at another time, or gone.

    What is booked, or heard of, after the reminder's moment gets none. Three statements at most; the caller commits.
    """
    session.flush()
    seats = list(appointment.participations if seats is None else seats)
    rows = _rows(session, [seat.id for seat in seats])
    _plan(session, clock, installation(session), appointment, seats, rows)


def forget_reminders(session: Session, clock: Clock, appointment: Appointment) -> None:
    """Let no reminder of an appointment that is about to be deleted leave. The caller commits."""
    for rows in _rows(session, [seat.id for seat in appointment.participations]).values():
        for row in rows:
            _give_up(session, clock, row)


def plan_all(session: Session, clock: Clock, organisation_id: int) -> None:
    """The same for all that is to come in an organisation whose holidays changed. The caller commits.

    A reminder whose moment has passed by the new calendar leaves at once; one that has left is not sent again.
    """
    _plan_where(session, clock, Appointment.organisation_id == organisation_id)


def plan_for(session: Session, clock: Clock, citizen_id: int) -> None:
    """The same for all that is to come of a citizen who is reached otherwise now, and of whom they answer for. The caller commits."""
    people = select(Citizen.id).where(or_(Citizen.id == citizen_id, Citizen.responsible_id == citizen_id))
    theirs = select(Participation.appointment_id).where(Participation.citizen_id.in_(people))
    _plan_where(session, clock, Appointment.id.in_(theirs))


def _plan_where(session: Session, clock: Clock, which: ColumnElement[bool]) -> None:
    """Of all planned appointments to come that are meant; as many statements for one as for all."""
    session.flush()
    query = (
        select(Appointment)
        .where(which, Appointment.starts_at > clock.now(), Appointment.status == Status.PLANNED)
        .options(
            joinedload(Appointment.motif),
            joinedload(Appointment.organisation).selectinload(Organisation.holiday_changes),
            selectinload(Appointment.participations).joinedload(Participation.citizen),
        )
    )
    appointments = session.scalars(query).all()
    rows = _rows(session, [seat.id for each in appointments for seat in each.participations])
    house = installation(session)
    for appointment in appointments:
        _plan(session, clock, house, appointment, appointment.participations, rows)


def _rows(session: Session, seat_ids: Collection[int]) -> Mapping[int, list[Message]]:
    """The reminders there are, sent ones too, by seat."""
    found: dict[int, list[Message]] = {seat_id: [] for seat_id in seat_ids}
    query = select(Message).where(Message.event == Event.APPOINTMENT_REMINDED)
    for row in session.scalars(query.where(Message.participation_id.in_(found)).order_by(Message.id)):
        if row.participation_id is not None:
            found[row.participation_id].append(row)
    return found


def _plan(
    session: Session,
    clock: Clock,
    house: Installation,
    appointment: Appointment,
    seats: Iterable[Participation],
    rows: Mapping[int, list[Message]],
) -> None:
    organisation = appointment.organisation
    moment = reminder_moment(appointment.starts_at, organisation.zone, organisation.holidays)
    for seat in seats:
        there = {row.key: row for row in rows[seat.id]}
        for channel in channels(house, appointment, seat):
            row = there.pop(_key(appointment, seat, channel), None)
            if row is None and moment > clock.now():
                session.add(_row(clock, house, appointment, seat, channel, moment))
            elif row is not None and row.to_compose:
                row.due_at, row.recipient = moment, _recipient(seat, channel)
        for row in there.values():
            _give_up(session, clock, row)
    session.flush()


def channels(house: Installation, appointment: Appointment, seat: Participation) -> list[Channel]:
    """By which ways a participant is reminded as things are; none where nobody comes."""
    if {appointment.status, seat.status} != {Status.PLANNED}:
        return []
    ways = (Channel.MAIL, Channel.SMS) if house.sms else (Channel.MAIL,)
    return [channel for channel in ways if hears(appointment, seat, channel)]


def _recipient(seat: Participation, channel: Channel) -> str:
    return (seat.citizen.called if channel is Channel.SMS else seat.citizen.reached.email) or ""


def _key(appointment: Appointment, seat: Participation, channel: Channel) -> str:
    """One for each time of the appointment: moved away and back, or given to another agent, it is the same (M-6)."""
    return f"{Event.APPOINTMENT_REMINDED}:{seat.uid}:{channel}:{appointment.starts_at:%Y%m%dT%H%M%S}"


def _row(
    clock: Clock, house: Installation, appointment: Appointment, seat: Participation, channel: Channel, moment: datetime
) -> Message:
    return Message(
        territory_id=appointment.territory_id,
        key=_key(appointment, seat, channel),
        event=Event.APPOINTMENT_REMINDED,
        channel=channel,
        message_id=f"<{new_uid(house.uid_host)}>",
        recipient=_recipient(seat, channel),
        subject="",
        text="",
        appointment_id=appointment.id,
        citizen_id=seat.citizen_id,
        participation_id=seat.id,
        to_compose=True,
        created_at=clock.now(),
        due_at=moment,
        expires_at=appointment.starts_at,
    )


def _give_up(session: Session, clock: Clock, row: Message) -> None:
    """Forget a plan; keep what was written and did not leave, as given up."""
    if row.to_compose:
        session.delete(row)
    elif row.sent_at is None and row.dropped_at is None:
        row.dropped_at, row.last_error = clock.now(), OVER


def compose_reminder(session: Session, clock: Clock, message: Message) -> bool:
    """Write the words of a reminder that is due, as things are now; False when it is not true any more. The caller commits."""
    house = installation(session)
    seat = session.get(Participation, message.participation_id) if message.participation_id else None
    appointment = session.get(Appointment, seat.appointment_id) if seat else None
    if seat is None or appointment is None or appointment.starts_at <= clock.now():
        return False
    if message.channel not in channels(house, appointment, seat):
        return False
    if message.channel is Channel.SMS:
        write_sms(session, clock, message, appointment, seat)
        return True
    event = Event.APPOINTMENT_REMINDED
    link, message.secrets = message_link(session, clock, event, appointment, seat)
    wording = wording_for(session, appointment.organisation, event, Reader.CITIZEN, seat.language)
    with speaking(seat.language):
        letter = about_appointment(event, appointment, seat, None, link, wording, clock.now())
    message.recipient, message.subject = _recipient(seat, Channel.MAIL), letter.subject
    message.text, message.html, message.thread = letter.text, letter.html, seat.uid
    follow_threads(session, [message])
    return True
