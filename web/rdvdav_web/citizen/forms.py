"""Forms of the portal: what may be typed, and what to say when it can't be used."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Field,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from rdvdav.booking.identify import Identity
from rdvdav.booking.referral import Beneficiary, Contact
from rdvdav.citizens.email import NotAnEmail, read_email
from rdvdav.citizens.phone import NotAPhone, read_phone
from rdvdav.directory.motif import Modality, Motif
from rdvdav.i18n import N_, translated
from rdvdav.i18n import gettext as _
from rdvdav.slots.search import DayPart
from rdvdav_web.question_fields import QuestionsForm

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
"""Words of the address, Monday first."""
WEEKDAY_LABELS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
PARTS = {"": N_("All day"), DayPart.MORNING.value: N_("Morning"), DayPart.AFTERNOON.value: N_("Afternoon")}
"""By value of `slots.search.DayPart`: its words."""
YEARS = range(2000, 2200)
"""Days beyond are nobody's appointment, and the ends of the calendar are out of reach of any arithmetic."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What no keyboard has: control characters, and signs that turn the text after them round."""
INSTANT = re.compile(r"(2[01]\d\d-\d\d-\d\dT\d\d:\d\d)Z")


def stripped(text: str | None) -> str | None:
    """Without the blanks around it."""
    return text.strip() if text is not None else None


def no_control(_form: Any, field: Field) -> None:
    """Refuse signs that no keyboard has."""
    if CONTROL.search(field.data or ""):
        raise ValidationError(N_("Remove the special characters"))


class DayField(DateField):
    """A date, as a date picker sends it or typed « 30/11/2026 »."""

    def __init__(self, label: str, validators: Sequence[Any] = (), **more: Any) -> None:
        """A field with *label*, a message id."""
        super().__init__(label, validators, format=["%Y-%m-%d", "%d/%m/%Y"], **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was sent.

        Raises:
            ValueError: It is no date that can be meant.
        """
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
        if valuelist and valuelist[0] and (self.data is None or self.data.year not in range(1900, YEARS.stop)):
            self.data = None
            raise ValueError(N_("Enter a date, for example 30/11/2026"))


class Filters(FlaskForm):
    """Of the list of slots (3.6); its state is the address. What it does not know it leaves out."""

    class Meta:
        """A form that changes nothing needs no token."""

        csrf = False

    du = DayField(N_("Starting on"), [Optional()])
    moment = SelectField(N_("Time of day"), choices=[], validate_choice=False)
    jours = SelectMultipleField(
        N_("Days of the week"),
        choices=[SelectChoice(word, label) for word, label in zip(WEEKDAYS, WEEKDAY_LABELS, strict=True)],
        validate_choice=False,
    )
    agent = SelectField(N_("Agent"), choices=[], validate_choice=False)

    def __init__(self, args: MultiDict[str, str], agents: Iterable[tuple[int, str]] = ()) -> None:
        """Read the filters from *args*; *agents* are those the citizen may choose among, by agenda."""
        super().__init__(args)
        self.agents = {str(agenda_id): name for agenda_id, name in agents}
        parts = {DayPart.ANY: _("All day"), DayPart.MORNING: _("Morning"), DayPart.AFTERNOON: _("Afternoon")}
        self.moment.choices = [SelectChoice(part, label) for part, label in parts.items()]
        named = [SelectChoice(agenda_id, name) for agenda_id, name in self.agents.items()]
        self.agent.choices = [SelectChoice("", _("Any agent")), *named]
        self.validate()
        if not self.agents:
            del self.agent

    @property
    def part(self) -> DayPart:
        """The half of the day that was asked for."""
        known = {part.value: part for part in DayPart}
        return known.get(self.moment.data or "", DayPart.ANY)

    @property
    def weekdays(self) -> frozenset[int]:
        """The days of the week that were asked for, 0 being Monday."""
        return frozenset(WEEKDAYS.index(word) for word in self.jours.data or () if word in WEEKDAYS)

    @property
    def first_day(self) -> date | None:
        """The day the list starts at."""
        day: date | None = self.du.data
        return day

    @property
    def agenda_id(self) -> int | None:
        """The agent that was asked for, by agenda."""
        return int(self.agent.data) if "agent" in self and self.agent.data in self.agents else None

    @property
    def state(self) -> dict[str, Any]:
        """The filters as arguments of an address."""
        given: dict[str, Any] = {
            "du": self.first_day.isoformat() if self.first_day else "",
            "moment": self.part.value,
            "jours": [WEEKDAYS[day] for day in sorted(self.weekdays)],
            "agent": self.agenda_id,
        }
        return {name: value for name, value in given.items() if value}


class ConditionsForm(FlaskForm):
    """What a motif asks to be read first (3.4)."""

    read = BooleanField(
        N_("I have read these conditions"), [InputRequired(N_("Tick the box once you have read the conditions"))]
    )


class NamesForm(FlaskForm):
    """What a person is called."""

    first_name = StringField(
        N_("First name"),
        [DataRequired(N_("Enter your first name")), Length(max=100, message=N_("Shorten this name")), no_control],
        filters=[stripped],
    )
    last_name = StringField(
        N_("Last name"),
        [DataRequired(N_("Enter your last name")), Length(max=100, message=N_("Shorten this name")), no_control],
        filters=[stripped],
    )


class EmailForm(FlaskForm):
    """An address to be proved."""

    email = EmailField(
        N_("E-mail address"),
        [
            DataRequired(N_("Enter an e-mail address, for example name@example.org")),
            Length(max=254, message=N_("This e-mail address is too long")),
        ],
        filters=[stripped],
    )

    def validate_email(self, field: Field) -> None:
        """Accept what can be an address; whether mail arrives is proved by the code."""
        try:
            self.address = read_email(field.data)
        except NotAnEmail as error:
            raise ValidationError(N_("Enter an e-mail address, for example name@example.org")) from error

    address: str = ""
    """The e-mail address as it is kept, once valid."""

    @property
    def identity(self) -> Identity:
        """Who looks for appointments."""
        return Identity(self.address)


class ContactForm(FlaskForm):
    """What an appointment may need beside a name and an address."""

    phone = TelField(N_("Phone number"), filters=[stripped])
    birth_date = DayField(N_("Date of birth"), [DataRequired(N_("Enter a date, for example 30/11/2026"))])

    def __init__(self, motif: Motif, zone: str, today: date, **data: Any) -> None:
        """The fields *motif* needs; phone numbers are read as in *zone*."""
        super().__init__(data=data)
        self._zone, self._today = zone, today
        self._needs = self.needs_of(motif)
        self.phone.flags.required = "phone" in self._needs
        if "birth_date" not in self._needs:
            del self.birth_date

    @staticmethod
    def needs_of(motif: Motif) -> frozenset[str]:
        """The fields that must be filled for *motif*."""
        phone = {"phone"} if motif.modality is Modality.PHONE else set()
        birth_date = {"birth_date"} if motif.asks_birth_date else set()
        return frozenset(phone | birth_date)

    def validate_phone(self, field: Field) -> None:
        """Accept numbers of France and its territories, and others with their country code."""
        if not field.data and "phone" in self._needs:
            raise ValidationError(N_("Enter the number we can call you on, for example 06 12 34 56 78"))
        self.e164 = _number(field, self._zone)

    def validate_birth_date(self, field: Field) -> None:
        """Nobody is born tomorrow."""
        if field.data > self._today:
            raise ValidationError(N_("Enter a date of birth in the past"))

    e164: str | None = None
    """The number as it is kept, once valid."""

    @property
    def born(self) -> date | None:
        """The birth date, where it is asked."""
        day: date | None = self.birth_date.data if "birth_date" in self else None
        return day


class IdentityForm(ContactForm, EmailForm, NamesForm):
    """« Vous » (3.9)."""

    @property
    def identity(self) -> Identity:
        """Who the person says to be."""
        return Identity(self.address, self.first_name.data, self.last_name.data, self.e164, self.born)


class AccountForm(FlaskForm):
    """How one is reached (10.10)."""

    phone = TelField(N_("Phone number"), filters=[stripped])
    mails_wanted = BooleanField(N_("Receive messages about my appointments by e-mail"))
    sms_wanted = BooleanField(N_("Receive messages about my appointments by SMS"))

    def __init__(self, zone: str, **known: str | bool) -> None:
        """What is known comes filled in; phone numbers are read as in *zone*."""
        super().__init__(data=known)
        self._zone = zone

    def validate_phone(self, field: Field) -> None:
        """Accept what can be called, or nothing."""
        try:
            self.e164 = read_phone(field.data[:50], self._zone) if field.data else None
        except NotAPhone as error:
            raise ValidationError(N_("Enter a phone number, for example 06 12 34 56 78")) from error

    e164: str | None = None
    """The number as it is kept, once valid."""


class InvitedForm(ContactForm):
    """What is still to be said by who books under an invitation: nothing that is known (4.3)."""

    read = BooleanField(
        N_("I have read these conditions"), [InputRequired(N_("Tick the box once you have read the conditions"))]
    )

    def __init__(self, motif: Motif, zone: str, today: date, *, phone_known: bool, born: date | None) -> None:
        """The fields *motif* needs and nobody has filled in yet."""
        super().__init__(motif, zone, today)
        if phone_known or "phone" not in self._needs:
            del self.phone
        if born is not None and "birth_date" in self:
            del self.birth_date
        if not motif.restriction:
            del self.read


class WaitingForm(EmailForm):
    """What somebody waits for (3.17)."""

    weekdays = SelectMultipleField(
        N_("Days that suit you"),
        choices=[SelectChoice(word, label) for word, label in zip(WEEKDAYS, WEEKDAY_LABELS, strict=True)],
        validate_choice=False,
    )
    part = RadioField(
        N_("Time of day"), choices=[SelectChoice(part, label) for part, label in PARTS.items()], validate_choice=False
    )

    def __init__(self, *, signed_in: bool, weekdays: Sequence[str], part: str) -> None:
        """Filled with the filters of the list one comes from; who is *signed_in* is known by an address."""
        super().__init__(data={"weekdays": list(weekdays), "part": part if part in PARTS else ""})
        if signed_in:
            del self.email


class SurnameForm(FlaskForm):
    """How the surname begins, before an appointment is shown (4.1)."""

    letters = StringField(
        N_("First 3 letters of your surname"),
        [DataRequired(N_("Enter the first 3 letters of your surname")), Length(max=100), no_control],
    )


class ReferrerForm(EmailForm, NamesForm):
    """Who books for somebody else (3.19)."""

    structure = StringField(
        N_("Structure"),
        [
            DataRequired(N_("Enter the structure you work for")),
            Length(max=200, message=N_("Shorten this name")),
            no_control,
        ],
        filters=[stripped],
    )
    phone = TelField(N_("Phone number"), filters=[stripped])

    def __init__(self, zone: str, kept: dict[str, Any]) -> None:
        """Filled with what is *kept*; phone numbers are read as in *zone*."""
        super().__init__(data=kept)
        self._zone = zone

    def validate_phone(self, field: Field) -> None:
        """Accept nothing, or a number."""
        self.e164 = _number(field, self._zone)

    e164: str | None = None
    """The number as it is kept, once valid."""

    @property
    def contact(self) -> Contact:
        """Who it is, once valid."""
        names = self.first_name.data or "", self.last_name.data or ""
        return Contact(*names, self.structure.data or "", self.address, self.e164)


class BeneficiaryForm(ContactForm):
    """Who is referred (3.19)."""

    first_name = StringField(
        N_("First name"),
        [
            DataRequired(N_("Enter the person's first name")),
            Length(max=100, message=N_("Shorten this name")),
            no_control,
        ],
        filters=[stripped],
    )
    last_name = StringField(
        N_("Last name"),
        [
            DataRequired(N_("Enter the person's last name")),
            Length(max=100, message=N_("Shorten this name")),
            no_control,
        ],
        filters=[stripped],
    )
    email = EmailField(
        N_("E-mail address"),
        [Optional(), Length(max=254, message=N_("This e-mail address is too long"))],
        filters=[stripped],
    )

    def validate_email(self, field: Field) -> None:
        """Accept nothing, or what can be an address."""
        try:
            self.address = read_email(field.data) if field.data else None
        except NotAnEmail as error:
            raise ValidationError(N_("Enter an e-mail address, for example name@example.org")) from error

    address: str | None = None
    """The e-mail address as it is kept, once valid."""

    @property
    def person(self) -> Beneficiary:
        """Who it is, once valid."""
        names = self.first_name.data or "", self.last_name.data or ""
        return Beneficiary(*names, self.address, self.e164, self.born)


class CodeForm(FlaskForm):
    """The code of a mail."""

    code = StringField(N_("Code of 6 figures"), [DataRequired(N_("Enter the 6 figures of the code"))])

    def validate_code(self, field: Field) -> None:
        """Six figures, with blanks or not."""
        if not re.fullmatch(r"[0-9]{6}", re.sub(r"\s", "", field.data)):
            raise ValidationError(N_("Enter the 6 figures of the code"))


class CheckForm(QuestionsForm):
    """The last look before booking, and what the motif asks (3.11)."""

    by_email = BooleanField(N_("Receive messages about this appointment by e-mail"), default=True)
    by_sms = BooleanField(N_("Receive messages about this appointment by SMS"), default=True)


REASONS = {
    "empechement": N_("I can no longer come"),
    "autrement": N_("I no longer need this appointment"),
    "erreur": N_("I booked by mistake"),
    "autre": N_("Another reason"),
}


class CancelForm(FlaskForm):
    """Why one cancels, if one says it (3.16)."""

    reason = RadioField(
        N_("Why do you cancel?"),
        choices=[SelectChoice(value, label) for value, label in REASONS.items()],
        validate_choice=False,
    )

    @property
    def words(self) -> str:
        """The reason as agents read it."""
        return translated(REASONS.get(self.reason.data or "", ""))


def _number(field: Field, zone: str) -> str | None:
    """The E.164 form of what was typed; None where nothing was.

    Raises:
        ValidationError: It is no phone number.
    """
    try:
        return read_phone(field.data[:50], zone) if field.data else None
    except NotAPhone as error:
        raise ValidationError(N_("Enter a phone number, for example 06 12 34 56 78")) from error


def read_day(text: str) -> date | None:
    """A day as a date picker sends it; None when it is not one."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_instant(text: str) -> datetime | None:
    """An instant as the portal writes it, `2026-11-25T08:00Z`; None when it is not one."""
    found = INSTANT.fullmatch(text)
    try:
        return datetime.fromisoformat(found[1]).replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


def write_instant(instant: datetime) -> str:
    """`2026-11-25T08:00Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
