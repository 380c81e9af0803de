"""« Mot de passe oublié », and the page a personal link leads to: choosing a password (9.4, R03). Hashes are made outside transactions."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length, ValidationError

from rdvdav.administration import passwords
from rdvdav.directory.agent import Agent
from rdvdav.i18n import N_
from rdvdav.i18n import gettext as _
from rdvdav.policy.password import LONGEST, Weakness, hash_password, weakness_of
from rdvdav.policy.password_link import agent_of_link
from rdvdav_web import signin
from rdvdav_web.transaction import clock, reading, transaction

WEAKNESSES = {
    Weakness.SHORT: N_("Choose a longer password: 12 characters at least."),
    Weakness.MONOTONOUS: N_("Choose a password with more different characters."),
    Weakness.PERSONAL: N_("Choose a password that says less of your name and address."),
}
TOO_LONG = Length(max=LONGEST, message=N_("Choose a password of 1,000 characters at most."))

views = Blueprint("passwords", __name__, url_prefix="/agent/connexion")


class ForgottenForm(FlaskForm):
    """Whose password was forgotten."""

    email = EmailField(
        N_("E-mail address"),
        [InputRequired(N_("Type your e-mail address, for example name@example.fr.")), Length(max=254)],
    )


class ChoosingForm(FlaskForm):
    """A new password; it may be pasted, and shown by the browser."""

    new_password = PasswordField(N_("New password"), [InputRequired(N_("Choose a password.")), TOO_LONG])

    def __init__(self, agent: Agent, **more: Any) -> None:
        """For *agent*, whose name and address are no password."""
        super().__init__(**more)
        self._known = (agent.first_name, agent.last_name, agent.email)

    def validate_new_password(self, field: PasswordField) -> None:
        """Refuse what is easily guessed."""
        weakness = weakness_of(field.data or "", *self._known)
        if weakness is not None:
            raise ValidationError(WEAKNESSES[weakness])


@views.route("/mot-de-passe-oublie", methods=["GET", "POST"])
def forgotten() -> ResponseReturnValue:
    """Ask for a link; the answer is the same whether there is such an account or not."""
    form = ForgottenForm()
    if not form.validate_on_submit():
        return render_template("agent/forgotten.html", form=form)
    email = "".join(filter(str.isprintable, form.email.data or ""))
    with transaction() as work:
        passwords.ask_for_another(work, clock(), email, request.remote_addr or "")
    return redirect(url_for(".sent"), 303)


@views.get("/mot-de-passe-oublie/envoye")
def sent() -> str:
    """What happens now."""
    return render_template("agent/forgotten_sent.html")


@views.route("/mot-de-passe/<link_token>", methods=["GET", "POST"])
def choose(link_token: str) -> ResponseReturnValue:
    """Choose a password by a personal link, and be signed in."""
    with reading() as work:
        agent = agent_of_link(work, clock(), link_token)
    form = ChoosingForm(agent)
    if not form.validate_on_submit():
        return render_template("agent/choose_password.html", form=form, agent=agent)
    hashed = hash_password(form.new_password.data)
    with transaction() as work:
        token = passwords.choose(work, clock(), link_token, hashed, str(request.user_agent))
    signin.remember(token)
    flash(_("Your password is saved. You are signed in."), "success")
    return redirect(url_for("agent.home"), 303)
