"""Forms in which somebody says who they are, or who somebody else is."""

from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    StringField,
    TelField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from rdvdav.booking.identify import Identity
from rdvdav.booking.referral import Beneficiary, Contact
from rdvdav.citizens.email import NotAnEmail, read_email
from rdvdav.citizens.phone import NotAPhone, read_phone
from rdvdav.directory.motif import Modality, Motif
from rdvdav.i18n import N_
from rdvdav_web.citizen.fields import DayField, no_control, number, stripped


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
        self.e164 = number(field, self._zone)

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
        self.e164 = number(field, self._zone)

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
