"""The words of the automatic answer to who answers a mail (K-52)."""

from rdvdav.agenda.appointment import Appointment
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.territory import Territory
from rdvdav.i18n import gettext as _
from rdvdav.i18n import moment, wall
from rdvdav.notify.compose import Letter, note
from rdvdav.notify.compose_agent import AGENDA_PATH
from rdvdav.outbox.event import Event


def about_answer(event: Event, appointment: Appointment, link: str, *, over: bool) -> Letter:
    """To a participant: how the appointment stands, by the *event* that says so or *over*, and what can be done."""
    organisation = appointment.organisation
    when = moment(wall(appointment.starts_at, organisation.zone))
    match event:
        case Event.APPOINTMENT_CANCELLED if over:
            stands = _("Your appointment of %(moment)s is over.", moment=when)
            button = _("Book another appointment")
        case Event.APPOINTMENT_CANCELLED:
            stands = _("Your appointment of %(moment)s is cancelled.", moment=when)
            button = _("Book another appointment")
        case Event.APPOINTMENT_WITHDRAWN:
            stands = _("Your appointment of %(moment)s is to be rescheduled.", moment=when)
            button = _("Choose another time")
        case _:
            stands = _("Your appointment of %(moment)s still stands.", moment=when)
            button = _("See, move or cancel")
    return _note(organisation, [stands], button, link)


def about_unknown_answer(house: Organisation | Territory, public_url: str) -> Letter:
    """To who answers something else, or from another address: how to reach somebody."""
    is_organisation = isinstance(house, Organisation)
    link = f"{public_url}/{'rdv' if is_organisation else 'territoire'}/{house.slug}"
    return _note(house, [], _("Book or find an appointment"), link)


def about_agenda_answer(house: Organisation | Territory, public_url: str) -> Letter:
    """To an agent."""
    return _note(house, [], _("See my agenda"), f"{public_url}{AGENDA_PATH}")


def _note(house: Organisation | Territory, lines: list[str], button: str, link: str) -> Letter:
    contact = house.contact if isinstance(house, Organisation) else ""
    return note(
        _("Your message was not read – %(place)s", place=house.name),
        house,
        [
            _("You wrote to an address that only sends messages: nobody reads it, and your message changed nothing."),
            *lines,
            *([_("To reach us: %(contact)s", contact=contact)] if contact else []),
        ],
        button,
        link,
        _("This is an automatic answer."),
    )
