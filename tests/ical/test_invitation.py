"""What goes out by mail, and what a citizen downloads (K-50 to K-52)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from ical.examples import AGENT, CANCELLED, CITIZEN, CONTACT, CREATED, MOVED, MOVED_AGAIN, ORGANIZER
from ical.parsers import by_icalendar

from rdvdav.ical.event import EventStatus
from rdvdav.ical.invitation import cancel, download, request

A_DAY_AND_AN_HOUR = [timedelta(days=-1), timedelta(hours=-1)]


def test_a_citizen_has_accepted_and_is_reminded_twice() -> None:
    text = request(CREATED, organizer=ORGANIZER, attendee=CITIZEN, alarms=True, contact=CONTACT).decode()
    (event,) = by_icalendar(text)

    assert "\r\nMETHOD:REQUEST\r\n" in text
    assert event["attendee"] == (f"mailto:{CITIZEN[1]}", {"CN": CITIZEN[0], "PARTSTAT": "ACCEPTED", "RSVP": "FALSE"})
    assert event["organizer"] == (f"mailto:{ORGANIZER[1]}", {"CN": ORGANIZER[0]})
    assert [trigger for _, trigger, _ in event["alarms"]] == A_DAY_AND_AN_HOUR
    assert event["contact"] == CONTACT
    assert event["url"] == CREATED.url


def test_an_agent_is_not_reminded() -> None:
    (event,) = by_icalendar(request(CREATED, organizer=ORGANIZER, attendee=AGENT, alarms=False).decode())

    assert event["alarms"] == []


def test_a_cancellation_names_the_same_event_with_a_higher_sequence() -> None:
    sent = [request(entry, organizer=ORGANIZER, attendee=CITIZEN, alarms=True) for entry in (CREATED, MOVED)]
    sent.append(cancel(CANCELLED, organizer=ORGANIZER, attendee=CITIZEN))
    events = [by_icalendar(mail.decode())[0] for mail in sent]

    assert len({event["uid"] for event in events}) == 1
    assert [event["sequence"] for event in events] == sorted({event["sequence"] for event in events})
    assert events[-1]["status"] == "CANCELLED"
    assert events[-1]["alarms"] == []


def test_an_appointment_to_replan_leaves_the_citizens_calendar() -> None:
    tentative = replace(MOVED_AGAIN, status=EventStatus.TENTATIVE)
    (event,) = by_icalendar(cancel(tentative, organizer=ORGANIZER, attendee=CITIZEN).decode())

    assert event["status"] == "CANCELLED"


def test_an_agent_who_is_removed_learns_it_without_a_status() -> None:
    text = cancel(MOVED, organizer=ORGANIZER, attendee=AGENT, whole_event=False).decode()
    (event,) = by_icalendar(text)

    assert "\r\nMETHOD:CANCEL\r\n" in text
    assert "status" not in event
    assert event["attendee"][0] == f"mailto:{AGENT[1]}"


def test_a_cancelled_event_cannot_be_requested() -> None:
    with pytest.raises(ValueError, match="cancelled"):
        request(CANCELLED, organizer=ORGANIZER, attendee=CITIZEN, alarms=True)


def test_a_download_names_nobody() -> None:
    text = download(CREATED, contact=CONTACT).decode()
    (event,) = by_icalendar(text)

    assert not event.keys() & {"organizer", "attendee"}
    assert "METHOD" not in text
    assert [trigger for _, trigger, _ in event["alarms"]] == A_DAY_AND_AN_HOUR


@pytest.mark.parametrize(
    ("email", "uri"),
    [("zoe+rdv@x.fr", "mailto:zoe+rdv@x.fr"), ("a;b\r\nX:@x.fr", "mailto:a%3Bb%0D%0AX%3A@x.fr"), ("a%b@x.fr", "mailto:a%25b@x.fr")],
)  # fmt: skip
def test_an_address_is_a_sound_uri(email: str, uri: str) -> None:
    (event,) = by_icalendar(request(CREATED, organizer=ORGANIZER, attendee=("", email), alarms=False).decode())

    assert event["attendee"] == (uri, {"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"})
