"""Mails to agents about their account, written in the transaction that makes them due (M-1): invitation, new password, trial."""

from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.directory.agent import Agent
from rdvdav.directory.organisation import Organisation
from rdvdav.directory.territory import Territory
from rdvdav.i18n import duration
from rdvdav.i18n import gettext as _
from rdvdav.ical.uid import new_uid
from rdvdav.notify.compose import Letter, note
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import installation
from rdvdav.policy.password_link import LASTS, Purpose, new_password_link
from rdvdav.tokens import new_slug

PASSWORD_PATH = "/agent/connexion/mot-de-passe/"  # noqa: S105 - an address


def tell_invited(
    session: Session, clock: Clock, agent: Agent, house: Organisation | Territory, by: Agent | None = None
) -> str:
    """Send *agent* a link to choose a first password: the link. Earlier ones open nothing any more. The caller commits."""
    link, token = _password_link(session, clock, agent, Purpose.INVITED)
    invited = (
        _("%(name)s invites you to manage the appointments of %(place)s.", name=by.name, place=house.name)
        if by is not None
        else _("An account was made for you to administer %(place)s.", place=house.name)
    )
    letter = note(
        _("Your account – %(place)s", place=house.name),
        house,
        [invited, _("You sign in with %(email)s and a password that you choose now.", email=agent.email)],
        _("Choose my password"),
        link,
        _("This link works for %(days)s days. After that, ask for another one.", days=LASTS[Purpose.INVITED].days),
    )
    territory_id = house.territory_id if isinstance(house, Organisation) else house.id
    _write(session, clock, Event.AGENT_INVITED, new_slug(), territory_id, agent, letter, [token])
    return link


def tell_forgotten(session: Session, clock: Clock, agent: Agent, house: Organisation | Territory) -> None:
    """Send *agent* a link to choose another password. The caller commits."""
    link, token = _password_link(session, clock, agent, Purpose.FORGOTTEN)
    letter = note(
        _("Choose a new password – %(place)s", place=house.name),
        house,
        [_("Somebody, probably you, asked for a new password for your account.")],
        _("Choose a new password"),
        link,
        _(
            "This link works for %(length)s. If you asked for nothing, ignore this message: your password stays.",
            length=duration(LASTS[Purpose.FORGOTTEN]),
        ),
    )
    territory_id = house.territory_id if isinstance(house, Organisation) else house.id
    _write(session, clock, Event.PASSWORD_FORGOTTEN, new_slug(), territory_id, agent, letter, [token])


def tell_trial(session: Session, clock: Clock, agent: Agent, organisation: Organisation, link: str) -> None:
    """Send *agent* the mail that shows that mails of *organisation* leave. The caller commits."""
    letter = note(
        _("Test mail – %(place)s", place=organisation.name),
        organisation,
        [_("This is the test you asked for: mails to citizens leave in the same way.")],
        _("Back to the settings"),
        link,
    )
    key = f"{organisation.id}:{new_slug()}"
    _write(session, clock, Event.MAIL_TRIED, key, organisation.territory_id, agent, letter, [])


def _password_link(session: Session, clock: Clock, agent: Agent, purpose: Purpose) -> tuple[str, str]:
    token = new_password_link(session, clock, agent.id, purpose)
    return f"{installation(session).public_url}{PASSWORD_PATH}{token}", token


def _write(
    session: Session,
    clock: Clock,
    event: Event,
    key: str,
    territory_id: int,
    agent: Agent,
    letter: Letter,
    secrets: list[str],
) -> None:
    now = clock.now()
    session.add(
        Message(
            territory_id=territory_id,
            key=f"{event}:{key}:mail:0",
            event=event,
            message_id=f"<{new_uid(installation(session).uid_host)}>",
            recipient=agent.email,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            secrets=secrets,
            created_at=now,
            due_at=now,
        )
    )
    session.flush()
