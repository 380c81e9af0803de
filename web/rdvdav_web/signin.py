"""Agents sign in with e-mail and password (ux 9.4); the cookie holds a token whose session can be revoked.

The password is checked between two transactions, never inside one. Whatever fails is told in the same words.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Request, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length

from rdvdav.directory.agent import Agent
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.workplace import organisations_of
from rdvdav.i18n import N_
from rdvdav.policy import signin
from rdvdav.policy.password import password_matches
from rdvdav.policy.right import Standing, standing_of
from rdvdav.policy.session import close_session, visitor_of
from rdvdav_web.transaction import clock, reading, transaction

COOKIE_KEY = "agent"
"""Where the token stands in the signed cookie."""
CHOSEN = "organisation"
"""Where the organisation that is worked for stands in it, of those one belongs to."""

views = Blueprint("signin", __name__)


class SignedIn(UserMixin):
    """The agent of this request, where the agent works (the organisation chosen first), and what the agent administers."""

    def __init__(self, agent: Agent, organisations: list[Organisation], standing: Standing) -> None:
        """Made for each request anew, from the session's row."""
        self.agent = agent
        self.organisations = organisations
        self.standing = standing


def install(app: Flask) -> None:
    """Let agents sign in to *app*: `current_user` tells who did."""
    manager = LoginManager()
    manager.session_protection = None
    manager.request_loader(_from_cookie)
    # Not init_app: it would look for a remember-me cookie at every answer, and so make feeds and static files vary by cookie.
    app.login_manager = manager  # type: ignore[attr-defined]
    app.register_blueprint(views)


def ask() -> ResponseReturnValue:
    """Lead to the sign-in page, and from there back to what was asked for."""
    target = request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else None
    return redirect(url_for("signin.sign_in", next=target), 303)


def local_path(target: str) -> str:
    """*target* if it is a path of this site, else nothing: no sign-in leads anybody elsewhere."""
    if not target.startswith("/") or target.startswith("//") or "\\" in target or not target.isprintable():
        return ""
    return "" if urlsplit(target).netloc else target


class SignInForm(FlaskForm):
    """E-mail and password; both may be pasted."""

    email = EmailField(
        N_("E-mail address"),
        [InputRequired(N_("Type your e-mail address, for example name@example.fr.")), Length(max=254)],
    )
    password = PasswordField(N_("Password"), [InputRequired(N_("Type your password.")), Length(max=1000)])


@views.route("/agent/connexion", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """The sign-in page; afterwards, the page that was asked for, or the agenda."""
    target = local_path(request.args.get("next", "")) or url_for("agent.agenda.show")
    if current_user.is_authenticated:
        return redirect(target, 303)
    form = SignInForm()
    if form.validate_on_submit():
        token = _token_for(form.email.data, form.password.data)
        if token:
            remember(token)
            return redirect(target, 303)
        form.form_errors.append(
            N_("This e-mail address and this password do not go together. Check both, then try again.")
        )
    return render_template("agent/sign_in.html", form=form)


@views.post("/agent/deconnexion")
def sign_out() -> ResponseReturnValue:
    """Close the session: its token opens nothing any more, wherever it was copied."""
    token = session.pop(COOKIE_KEY, "")
    session.pop("csrf_token", None)
    with transaction() as work:
        close_session(work, clock(), token)
    return redirect(url_for(".sign_in"), 303)


def remember(token: str) -> None:
    """Let this browser be signed in with *token* from now on."""
    session.pop("csrf_token", None)
    session[COOKIE_KEY] = token


def own_token() -> str:
    """The token this browser is signed in with; empty without one."""
    return str(session.get(COOKIE_KEY, ""))


def _token_for(email: str, password: str) -> str | None:
    """The token of a new session, or nothing when e-mail and password do not go together."""
    email = "".join(filter(str.isprintable, email))
    with reading() as work:
        attempt = signin.attempt(work, clock(), email, request.remote_addr or "")
    fits = password_matches(attempt.password_hash, password)
    with transaction() as work:
        if fits:
            return signin.admit(work, clock(), attempt, str(request.user_agent))
        signin.note_failure(work, clock(), attempt)
        return None


def _from_cookie(_request: Request) -> Any:
    token = session.get(COOKIE_KEY)
    if not token:
        return None
    with reading() as work:
        agent = visitor_of(work, clock(), token).agent
        if agent is None:
            return None
        organisations = organisations_of(work, agent.id)
        organisations.sort(key=lambda each: each.id != session.get(CHOSEN))
        return SignedIn(agent, organisations, standing_of(work, agent.id))
