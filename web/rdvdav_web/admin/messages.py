"""« Messages »: mails in words of one's own, of an organisation or of a territory (N05, ux 10.6)."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import Field as FormField
from wtforms import ValidationError

from rdvdav.administration import messages
from rdvdav.administration.messages import Kind, NoSuchMessage, Sender
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav.notify.wording import (
    HOUSE,
    TEMPLATED,
    Field,
    Reader,
    UnknownField,
    Wording,
    require_known_fields,
)
from rdvdav.outbox.event import Event
from rdvdav_web.admin import settings, territory
from rdvdav_web.admin.organisation_form import at_most
from rdvdav_web.agent.forms import LineField, TextField
from rdvdav_web.agent.office import me
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("messages", __name__)
LIST = f"{settings.HERE}/messages"
LIST_OF_TERRITORY = f"{territory.WHOLE}/messages"

LAID_OUT = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
"""A mail carries its styles in itself, as mail programs want; it has no script, and is shown where none could run."""

EVENTS = {
    "confirmation": (Event.APPOINTMENT_CREATED, N_("Appointment made")),
    "rappel": (Event.APPOINTMENT_REMINDED, N_("Reminder, two days before")),
    "deplacement": (Event.APPOINTMENT_MOVED, N_("Appointment moved")),
    "modification": (Event.APPOINTMENT_CHANGED, N_("Place, motif or duration changed")),
    "agent": (Event.APPOINTMENT_REASSIGNED, N_("Another agent")),
    "replanifier": (Event.APPOINTMENT_WITHDRAWN, N_("To be rescheduled")),
    "annulation": (Event.APPOINTMENT_CANCELLED, N_("Appointment cancelled")),
    "code": (Event.PROOF_ASKED, N_("Code to prove an address")),
    "compte": (Event.CITIZEN_INVITED, N_("Invitation to see one's appointments")),
    "invitation": (Event.INVITED_TO_BOOK, N_("Invitation to book")),
    "liste-a-confirmer": (Event.WAITING_LIST_ASKED, N_("Waiting list: to be confirmed")),
    "liste-inscription": (Event.WAITING_LIST_JOINED, N_("Waiting list: on it")),
    "liste-creneau": (Event.WAITING_LIST_SERVED, N_("Waiting list: a time slot is free")),
}
READERS = {
    "usager": (Reader.CITIZEN, N_("To the citizen")),
    "agent": (Reader.AGENT, N_("To the agent")),
}
"""Words of addresses, what they mean, and what people call it."""
FIELDS = {
    Field.DATE: N_("the date"),
    Field.TIME: N_("the time"),
    Field.PLACE: N_("the place"),
    Field.MOTIF: N_("the motif, or « appointment » where it is sensitive"),
    Field.NAME: N_("the name of the citizen; in mails to agents that of the organisation"),
    Field.ORGANISATION: N_("the organisation"),
    Field.REFERENCE: N_("the reference of the appointment"),
}


class WordingForm(FlaskForm):
    """A subject, an introduction, a closing."""

    subject = LineField(N_("Subject"), [at_most(150)])
    introduction = TextField(N_("Introduction"), [at_most(2000)])
    closing = TextField(N_("Closing"), [at_most(2000)])

    def __init__(self, kind: Kind, **values: Any) -> None:
        """Of one mail, in which some fields can stand."""
        super().__init__(**values)
        self.known = TEMPLATED[kind.reader][kind.event]

    def validate_subject(self, field: FormField) -> None:
        """Refuse by its name what is no field."""
        try:
            require_known_fields(self.known, field.data or "")
        except UnknownField as error:
            known = ", ".join(f"{{{each}}}" for each in Field if each in self.known)
            words = _("{%(name)s} is no field. Choose among: %(known)s.", name=error.name, known=known)
            raise ValidationError(words) from error

    validate_introduction = validate_closing = validate_subject

    @property
    def wording(self) -> Wording:
        """What was typed."""
        return Wording(*(self[name].data or "" for name in ("subject", "introduction", "closing")))


@views.get(LIST)
def show(organisation_id: int) -> ResponseReturnValue:
    """All mails of an organisation."""
    with reading() as work:
        sender = messages.sender_organisation(work, me().id, organisation_id)
        return _list(work, sender, _organisation_page(work, organisation_id))


@views.get(LIST_OF_TERRITORY)
def show_territory(territory_id: int) -> ResponseReturnValue:
    """All mails of a territory."""
    with reading() as work:
        sender = messages.sender_territory(work, me().id, territory_id)
        return _list(work, sender, _territory_page(work, territory_id))


@views.route(f"{LIST}/<wording>", methods=["GET", "POST"])
def change(organisation_id: int, wording: str) -> ResponseReturnValue:
    """Reword one mail of an organisation."""
    with reading() as work:
        sender = messages.sender_organisation(work, me().id, organisation_id)
        answer = _answer(work, sender, _kind(wording), _organisation_page(work, organisation_id))
    return answer or redirect(url_for(".show", organisation_id=organisation_id), 303)


@views.route(f"{LIST_OF_TERRITORY}/<wording>", methods=["GET", "POST"])
def change_territory(territory_id: int, wording: str) -> ResponseReturnValue:
    """Reword one mail of a territory."""
    with reading() as work:
        sender = messages.sender_territory(work, me().id, territory_id)
        answer = _answer(work, sender, _kind(wording), _territory_page(work, territory_id))
    return answer or redirect(url_for(".show_territory", territory_id=territory_id), 303)


Page = Callable[..., str]


def _organisation_page(work: Session, organisation_id: int) -> Page:
    organisation = settings.administered(work, organisation_id)

    def show(template: str, **facts: Any) -> str:
        where = {"list": url_for(".show", organisation_id=organisation_id), "of_organisation": True}
        return settings.page(work, organisation, template, "messages", house=organisation, **where, **facts)

    return show


def _territory_page(work: Session, territory_id: int) -> Page:
    whole = territory.administered(work, territory_id)

    def show(template: str, **facts: Any) -> str:
        where = {"list": url_for(".show_territory", territory_id=territory_id), "of_organisation": False}
        return territory.page(work, whole, template, "messages", house=whole, **where, **facts)

    return show


def _list(work: Session, sender: Sender, page: Page) -> str:
    own, theirs = messages.wordings_of(work, sender), messages.inherited(work, sender)
    groups = []
    for reader_word, (reader, title) in READERS.items():
        rows = []
        for event_word, (event, name) in EVENTS.items():
            if event not in TEMPLATED[reader]:
                continue
            kind = Kind(event, reader)
            whose = "own" if kind in own else "territory" if kind in theirs else "house"
            rows.append((f"{reader_word}-{event_word}", _(name), whose))
        groups.append((_(title), rows))
    named = {event: _(name) for event, name in EVENTS.values()}
    texts = [(named[event], text) for event, text in messages.texts(work, clock(), sender).items()]
    return page("admin/messages.html", groups=groups, texts=texts)


def _answer(work: Session, sender: Sender, kind: Kind, page: Page) -> ResponseReturnValue | None:
    """The page of one mail; None once it is reworded."""
    own = messages.wordings_of(work, sender).get(kind, HOUSE)
    form = WordingForm(kind, data=vars(own))
    action = request.form.get("action", "") if request.method == "POST" else "look"
    if action == "reset":
        _reword(sender, kind, HOUSE)
        return None
    valid = action == "look" or form.validate()
    if valid and action == "test":
        _send_test(sender, kind, form.wording)
    elif valid and action == "save":
        _reword(sender, kind, form.wording)
        return None
    letter = messages.preview(work, clock(), me(), sender, kind, form.wording) if valid else None
    if letter is not None and action == "layout":
        return Response(letter.html, headers={"Content-Security-Policy": LAID_OUT})
    house = messages.preview(work, clock(), me(), sender, kind, HOUSE)
    return page(
        "admin/message.html",
        form=form,
        letter=letter,
        house_subject=house.subject if house else "",
        names=(_next(kind.reader, READERS), _next(kind.event, EVENTS)),
        own=own != HOUSE,
        fields=[(f"{{{field}}}", _(words)) for field, words in FIELDS.items() if field in form.known],
        about_appointment=Field.REFERENCE in form.known,
        address=me().email,
    )


def _reword(sender: Sender, kind: Kind, wording: Wording) -> None:
    with transaction() as work:
        messages.reword(work, clock(), me().id, sender, kind, wording)
    flash(_("The house's own words are back.") if wording == HOUSE else _("The message is saved."), "success")


def _send_test(sender: Sender, kind: Kind, wording: Wording) -> None:
    with transaction() as work:
        sent = messages.send_test(work, clock(), me(), sender, kind, wording)
    if sent:
        flash(_("A test is on its way to %(email)s; nothing is saved yet.", email=me().email), "info")


def _kind(word: str) -> Kind:
    reader, _dash, event = word.partition("-")
    if reader not in READERS or event not in EVENTS:
        raise NoSuchMessage
    return messages.known(EVENTS[event][0], READERS[reader][0])


def _next(value: str, table: dict[str, tuple[Any, str]]) -> str:
    return next(_(name) for meaning, name in table.values() if meaning == value)
