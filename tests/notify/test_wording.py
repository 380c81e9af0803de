"""Words of one's own in mails: fields, whose words go first, languages (N05)."""

import pytest
from make import Maker
from sqlalchemy.orm import Session

from rdvdav.agenda.participation import Participation
from rdvdav.clock import StoppedClock
from rdvdav.feeds.change import changing
from rdvdav.feeds.disclosure import location_of
from rdvdav.notify.announce import announce
from rdvdav.notify.wording import (
    HOUSE,
    TEMPLATED,
    Field,
    MailTemplate,
    Reader,
    UnknownField,
    Wording,
    require_known_fields,
    wording_for,
)
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message

VALUES = {Field.DATE: "mardi", Field.PLACE: "{nom} <b>", Field.NAME: "Zoé"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Le {date}", "Le mardi"),
        ("Le { date }", "Le mardi"),
        ("{lieu}", "{nom} <b>"),  # what is filled in is not filled again
        ("{autre}", "{autre}"),
        ("100 %(date)s {{date}}", "100 %(date)s {mardi}"),
        ("{date.__class__}", "{date.__class__}"),
    ],
)
def test_fields_are_filled_and_nothing_is_run(words: str, said: str) -> None:
    assert Wording(words).filled(VALUES).subject == said


@pytest.mark.parametrize("words", ["{ville}", "{}", "{date.year}", "{0}", "ok {date} {Date}"])
def test_what_is_no_field_is_refused_by_its_name(words: str) -> None:
    with pytest.raises(UnknownField) as refused:
        require_known_fields(list(Field), "{date} {lieu}", words)

    assert "{" + refused.value.name + "}" in words


def test_each_mail_knows_its_own_fields() -> None:
    require_known_fields(TEMPLATED[Reader.CITIZEN][Event.APPOINTMENT_REMINDED], "{date} {heure} {lieu} {motif} {nom}")
    with pytest.raises(UnknownField):
        require_known_fields(TEMPLATED[Reader.CITIZEN][Event.PROOF_ASKED], "{organisation} {nom}")


def test_the_organisation_speaks_before_its_territory_part_by_part(session: Session, make: Maker) -> None:
    organisation, other = make.organisation(), make.organisation()
    for whose, subject, closing in ((None, "territoire", "fin"), (organisation.id, "mairie", ""), (other.id, "x", "x")):
        row = {"subject": subject, "introduction": "", "closing": closing, "organisation_id": whose}
        session.add(
            MailTemplate(
                territory_id=organisation.territory_id,
                event=Event.APPOINTMENT_CREATED,
                reader=Reader.CITIZEN,
                **row,
            )
        )
    session.flush()

    said = wording_for(session, organisation, Event.APPOINTMENT_CREATED, Reader.CITIZEN)
    assert said == Wording("mairie", "", "fin")
    assert wording_for(session, organisation, Event.APPOINTMENT_CREATED, Reader.AGENT) == HOUSE
    assert wording_for(session, organisation, Event.APPOINTMENT_CREATED, Reader.CITIZEN, "en") == HOUSE


def test_own_words_stand_in_both_forms_around_what_is_always_said(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    organisation = make.organisation()
    words = {"subject": "RDV {reference}", "introduction": "Cher <{nom}>,\n\nbienvenue.", "closing": "À {lieu}."}
    session.add(
        MailTemplate(
            territory_id=organisation.territory_id,
            organisation_id=organisation.id,
            event=Event.APPOINTMENT_CREATED,
            reader=Reader.CITIZEN,
            **words,
        )
    )
    citizen = make.citizen(first_name="Zoé", last_name="Roy", email="zoe@example.test")
    appointment = make.appointment(make.agenda(), clock.now(), citizen=citizen)
    with changing(session, clock, [claim.agenda_id for claim in appointment.claims]):
        announce(session, clock, Event.APPOINTMENT_CREATED, appointment)
    message = session.query(Message).one()

    assert message.subject == f"RDV {appointment.reference}"
    assert "Cher <Zoé Roy>," in message.text
    assert "Cher &lt;Zoé Roy&gt;," in (message.html or "")
    for body in (message.text, (message.html or "").partition("<h1")[2]):
        order = ["confirmé", "bienvenue", "lundi 23 novembre 2026", "invite.ics", f"À {location_of(appointment)}."]
        assert order == sorted(order, key=body.index)


def test_a_reader_of_another_language_is_written_to_in_it(session: Session, clock: StoppedClock, make: Maker) -> None:
    citizen = make.citizen(email="zoe@example.test")
    appointment = make.appointment(make.agenda(), clock.now(), citizen=citizen)
    seat: Participation = appointment.participations[0]
    seat.language = "en"
    with changing(session, clock, [claim.agenda_id for claim in appointment.claims]):
        announce(session, clock, Event.APPOINTMENT_CREATED, appointment)
    message = session.query(Message).one()

    assert message.subject.startswith("Appointment on ")
    assert 'lang="en"' in (message.html or "")
