"""« Infos/Annulation »: what the link of a message opens once the first letters of the surname are said (4.1, B09)."""

from typing import Any

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from rdvdav.agenda.appointment import Appointment
from rdvdav.agenda.participation import Participation
from rdvdav.agenda.status import CANCELLED, Status
from rdvdav.audit.record import Actor
from rdvdav.booking.cancel import cancel, require_cancellable
from rdvdav.booking.linked import INFOS, linked_seat, try_surname
from rdvdav.i18n import gettext as _
from rdvdav.i18n import ngettext
from rdvdav_web.citizen import calendars
from rdvdav_web.citizen.appointments import details
from rdvdav_web.citizen.forms import CancelForm, SurnameForm
from rdvdav_web.citizen.portal import Portal, enter, here, is_opened, remember_opened, views
from rdvdav_web.transaction import clock, house, reading, transaction

INFOS_PAGE = "/rdv/<slug>/i/<link_token>"


class NotOpened(Exception):
    """The surname was not said in this browser, or half an hour ago: it is asked first."""


@views.errorhandler(NotOpened)
def _ask_first(_error: NotOpened) -> ResponseReturnValue:
    return redirect(url_for(".infos", link_token=_error.args[0]), 303)


@views.get(INFOS_PAGE)
def infos(slug: str, link_token: str) -> ResponseReturnValue:
    """The appointment; before the surname is said, the question alone."""
    with reading() as session:
        portal, mine, seat = _linked(session, slug, link_token)
        if not is_opened(link_token):
            return render_template("citizen/surname.html", form=SurnameForm())
        return render_template("citizen/appointment.html", **_shown(portal, mine, seat, link_token), confirmed=False)


@views.post(INFOS_PAGE)
def say_surname(slug: str, link_token: str) -> ResponseReturnValue:
    """Check the letters; wrong ones count as a try."""
    form = SurnameForm()
    with transaction() as session:
        portal, _mine, _seat = _linked(session, slug, link_token)
        if form.validate():
            tried = try_surname(session, clock(), link_token, portal.organisation.id, form.letters.data, address=here())
            if tried.opened:
                remember_opened(link_token)
                return redirect(url_for(".infos", link_token=link_token), 303)
            wrong = _("The surname of the appointment does not begin like that.")
            left = ngettext("%(num)d try is left.", "%(num)d tries are left.", tried.tries_left)
            form.letters.errors.append(f"{wrong} {left}")
        return render_template("citizen/surname.html", form=form), 422


@views.get(f"{INFOS_PAGE}/rendez-vous.ics")
def infos_file(slug: str, link_token: str) -> FlaskResponse:
    """The appointment as a file for any calendar program."""
    with reading() as session:
        _portal, mine, seat = _opened(session, slug, link_token)
        text = calendars.calendar_file(mine, seat.citizen, house().settings.public_url)
    headers = {"Content-Disposition": 'attachment; filename="rendez-vous.ics"'}
    return FlaskResponse(text, mimetype="text/calendar", headers=headers)


@views.route(f"{INFOS_PAGE}/annuler", methods=["GET", "POST"])
def infos_cancel(slug: str, link_token: str) -> ResponseReturnValue:
    """What cancelling means, and once confirmed, done: the time is free for others at once."""
    form = CancelForm()
    with reading() as session:
        portal, mine, seat = _opened(session, slug, link_token)
        if seat.status in CANCELLED:
            return redirect(url_for(".infos", link_token=link_token), 303)
        require_cancellable(clock(), mine)
        if not form.is_submitted():
            return render_template("citizen/cancel.html", **_shown(portal, mine, seat, link_token), form=form)
    with transaction() as session:
        _portal, mine, seat = _opened(session, slug, link_token)
        cancel(session, clock(), mine.id, Actor.citizen(seat.citizen_id), form.words)
    flash(_("The appointment is cancelled."), "success")
    return redirect(url_for(".infos", link_token=link_token), 303)


def _linked(session: Session, slug: str, link_token: str) -> tuple[Portal, Appointment, Participation]:
    portal = enter(session, slug)
    return portal, *linked_seat(session, clock(), link_token, portal.organisation.id, INFOS)


def _opened(session: Session, slug: str, link_token: str) -> tuple[Portal, Appointment, Participation]:
    found = _linked(session, slug, link_token)
    if not is_opened(link_token):
        raise NotOpened(link_token)
    return found


def _shown(portal: Portal, mine: Appointment, seat: Participation, link_token: str) -> dict[str, Any]:
    """What the page of an appointment shows, less who comes and how to reach them; each action by the link."""
    shown = details(portal, seat.citizen, mine) | {"citizen": None, "called": ""}
    shown |= {
        "page_url": url_for(".infos", link_token=link_token),
        "file_url": url_for(".infos_file", link_token=link_token),
        "by_link": True,
    }
    if shown["cancel_url"]:
        shown["cancel_url"] = url_for(".infos_cancel", link_token=link_token)
    if mine.status is Status.TO_REPLAN:
        shown["move_url"] = url_for(".replan", link_token=link_token)
    elif seat.citizen.email is None:  # to move, one says who one is by e-mail
        shown["move_url"] = shown["earlier_url"] = ""
    return shown
