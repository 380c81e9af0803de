"""« Mon compte »: name, password, devices signed in, how the agenda looks, keys (ux 6.2, 9.3)."""

import re
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import BooleanField, PasswordField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired

from rdvdav.administration import accounts, passwords
from rdvdav.agenda.agenda import Agenda
from rdvdav.i18n import N_, pgettext
from rdvdav.i18n import gettext as _
from rdvdav.i18n import ngettext as _n
from rdvdav.policy.password import hash_password, password_matches
from rdvdav.policy.session import close_sessions, sessions_of
from rdvdav.policy.sight import agendas_of_sight, favourites_of
from rdvdav_web.admin.organisation_form import at_most
from rdvdav_web.agent.forms import LineField, key_of
from rdvdav_web.agent.office import me, my_organisations
from rdvdav_web.passwords import TOO_LONG, ChoosingForm
from rdvdav_web.signin import own_token
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("account", __name__)

NOON, MIDNIGHT = 12, 24

PROGRAMS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
MACHINES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
"""What a browser says of itself, and the names people know; the first that fits."""


class NameForm(FlaskForm):
    """How colleagues and citizens read one's name."""

    first_name = LineField(N_("First name"), [DataRequired(N_("Type the first name.")), at_most(80)])
    last_name = LineField(N_("Surname"), [DataRequired(N_("Type the surname.")), at_most(80)])


class PasswordForm(ChoosingForm):
    """Another password, for who knows the present one."""

    present = PasswordField(N_("Present password"), [InputRequired(N_("Type your present password.")), TOO_LONG])


class KeysForm(FlaskForm):
    """Whether keys alone do something."""

    single_key_shortcuts = BooleanField(N_("Use single keys"))


class AgendaForm(FlaskForm):
    """What the agenda shows even when nothing stands there, and whose it offers first."""

    first_hour = SelectField(N_("Hours shown from"), coerce=int)
    last_hour = SelectField(N_("Hours shown until"), coerce=int)
    weekends = BooleanField(N_("Always show Saturday and Sunday"))
    favourites = SelectMultipleField(N_("Favourite colleagues"), coerce=key_of, validate_choice=False)

    def __init__(self, colleagues: Iterable[Agenda], **more: Any) -> None:
        """Offer full hours, and the *colleagues* whose agendas are in sight."""
        super().__init__(**more)
        self.first_hour.choices = [_hour(hour) for hour in range(NOON + 1)]
        self.last_hour.choices = [_hour(hour) for hour in range(NOON + 1, MIDNIGHT + 1)]
        self.favourites.choices = [SelectChoice(each.agent_id, each.name) for each in colleagues]


def _hour(hour: int) -> SelectChoice:
    return SelectChoice(hour, pgettext("script", "{hour}:00").format(hour=hour))


@views.get("/mon-compte")
def show() -> ResponseReturnValue:
    """The whole account."""
    return _page()


@views.post("/mon-compte/nom")
def rename() -> ResponseReturnValue:
    """Write one's name otherwise."""
    form = NameForm()
    if not form.validate():
        return _page(name_form=form)
    with transaction() as work:
        accounts.rename(work, clock(), me().id, form.first_name.data or "", form.last_name.data or "")
    return _done(_("Your name is saved."))


@views.post("/mon-compte/mot-de-passe")
def change_password() -> ResponseReturnValue:
    """Take another password; all other devices are signed out."""
    form, checked = PasswordForm(me()), me().password_hash
    right = form.validate()
    if right and not password_matches(checked, form.present.data):
        form.present.errors = [N_("This is not your present password.")]
        right = False
    if not right:
        return _page(password_form=form)
    hashed = hash_password(form.new_password.data)
    with transaction() as work:
        passwords.change(work, clock(), me().id, checked=checked, password_hash=hashed, token=own_token())
    return _done(_("Your password is changed. Your other devices are signed out."))


@views.post("/mon-compte/appareils")
def sign_out_others() -> ResponseReturnValue:
    """« Déconnecter mes autres appareils »."""
    with transaction() as work:
        count = close_sessions(work, clock(), me().id, but=own_token())
    return _done(_n("%(num)d other device is signed out.", "%(num)d other devices are signed out.", count))


@views.post("/mon-compte/agenda")
def arrange() -> ResponseReturnValue:
    """How the agenda looks."""
    with reading() as work:
        form = AgendaForm(_colleagues(work))
    if not form.validate():
        return _page(agenda_form=form)
    with transaction() as work:
        accounts.arrange(
            work,
            me().id,
            first_hour=form.first_hour.data,
            last_hour=form.last_hour.data,
            weekends=bool(form.weekends.data),
            colleague_ids=frozenset(form.favourites.data or ()),
        )
    return _done(_("Your choice is saved."))


@views.post("/mon-compte/touches")
def choose_keys() -> ResponseReturnValue:
    """Switch single keys on or off."""
    with transaction() as work:
        accounts.use_keys(work, me().id, used=bool(KeysForm().single_key_shortcuts.data))
    return _done(_("Your choice is saved."))


def program_words(program: str | None) -> str:
    """« Firefox, Windows »: what people call the browser and the machine that say *program* of themselves."""
    text = program or ""
    found = [next((name for sign, name in table if re.search(sign, text)), "") for table in (PROGRAMS, MACHINES)]
    return ", ".join(filter(None, found)) or _("Unknown browser")


def _page(**forms: Any) -> ResponseReturnValue:
    agent = me()
    with reading() as work:
        sessions = sessions_of(work, clock(), agent.id, own_token())
        colleagues, favourites = _colleagues(work), favourites_of(work, agent.id)
    organisation = next(iter(my_organisations()), None)
    given = {
        "name_form": NameForm(formdata=None, obj=agent),
        "password_form": PasswordForm(agent, formdata=None),
        "agenda_form": AgendaForm(colleagues, formdata=None, obj=agent, data={"favourites": sorted(favourites)}),
        "keys_form": KeysForm(formdata=None, obj=agent),
    } | forms
    return render_template(
        "agent/account.html",
        form=next(iter(forms.values()), None),
        sessions=[(row, mine, program_words(row.program)) for row, mine in sessions],
        zone=organisation.zone if organisation else "Europe/Paris",
        agent=agent,
        **given,
    )


def _colleagues(work: Session) -> list[Agenda]:
    """Whose agendas can be favourites."""
    return [each for each in work.scalars(agendas_of_sight(me().id)) if each.agent_id not in (None, me().id)]


def _done(words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for(".show"), 303)
