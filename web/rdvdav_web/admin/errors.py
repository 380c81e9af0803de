"""Words for what administration refuses; forms say it beside the field first, these are for what happened meanwhile."""

from flask import url_for

from rdvdav.administration.agents import AlreadyMember, HasSignedIn, LastAdmin
from rdvdav.administration.departure import StillBooked
from rdvdav.administration.embedding import NoSuchOrigin, TooManyOrigins
from rdvdav.administration.messages import NoSuchMessage
from rdvdav.administration.motifs import Contradictory
from rdvdav.administration.organisations import ZoneInUse, ZoneUnknown
from rdvdav.administration.passwords import PasswordChanged
from rdvdav.administration.services import ServiceInUse
from rdvdav.administration.territories import EmailTaken, NameTaken
from rdvdav.hours.holiday import CalendarUnknown
from rdvdav.i18n import gettext as _
from rdvdav.i18n import ngettext as _n
from rdvdav.notify.wording import UnknownField
from rdvdav.policy.password_link import NoSuchPasswordLink
from rdvdav_web.errors import Notice, notice


@notice.register
def _no_message(_error: NoSuchMessage) -> Notice:
    return Notice(404, _("There is no such message"), _("The list in the settings shows them all."))


@notice.register
def _unknown_field(error: UnknownField) -> Notice:
    name = getattr(error, "name", "")
    return Notice(422, _("{%(name)s} is no field", name=name), _("The page lists the fields that are filled in."))


@notice.register
def _no_link(_error: NoSuchPasswordLink) -> Notice:
    return Notice(
        404,
        _("This link no longer works"),
        _("It was used already, replaced by a newer one, or it is too old."),
        _("Ask for another one: your administrator sends the invitation again, or choose « Forgotten password »."),
        [{"label": _("Forgotten password"), "url": url_for("passwords.forgotten")}],
    )


@notice.register
def _already_member(_error: AlreadyMember) -> Notice:
    return Notice(
        409,
        _("This agent belongs to the organisation already"),
        _("Nothing was changed and no mail was sent."),
        _("Go back to the previous page. Admins of the territory change levels and services."),
    )


@notice.register
def _email_taken(_error: EmailTaken) -> Notice:
    return Notice(
        403,
        _("This address can't be invited"),
        _("It is that of an agent of another territory, whose agendas stay there. Nothing was changed."),
        _("Invite this person with another address."),
    )


@notice.register
def _no_such_origin(_error: NoSuchOrigin) -> Notice:
    return Notice(
        403,
        _("This is not the address of a web site"),
        _("A site is named by its address in https. Nothing was changed."),
        _("Go back to the previous page and correct the address."),
    )


@notice.register
def _too_many_origins(_error: TooManyOrigins) -> Notice:
    return Notice(
        403,
        _("These are too many sites"),
        _("At most twenty sites may show the booking pages. Nothing was changed."),
        _("Go back to the previous page and remove some."),
    )


@notice.register
def _has_signed_in(_error: HasSignedIn) -> Notice:
    return Notice(
        409,
        _("This agent has a password already"),
        _("The invitation has been used: no other one was sent."),
        _("Who does not know the password any more chooses « Forgotten password » on the sign-in page."),
    )


@notice.register
def _last_admin(_error: LastAdmin) -> Notice:
    return Notice(
        403,
        _("A territory keeps an administrator"),
        _("Nobody would administer the territory any more. Nothing was changed."),
        _("Make another agent administrator of the territory first."),
    )


@notice.register
def _still_booked(error: StillBooked) -> Notice:
    target = url_for("agent.members.remove", organisation_id=error.organisation_id, agent_id=error.agent_id)
    return Notice(
        409,
        _("Appointments are still to come"),
        _n(
            "%(num)d appointment of this agent is still to come there. Nothing was changed.",
            "%(num)d appointments of this agent are still to come there. Nothing was changed.",
            error.count,
        ),
        _("Reassign or cancel them first."),
        [{"label": _("See these appointments"), "url": target}],
    )


@notice.register
def _service_in_use(error: ServiceInUse) -> Notice:
    return Notice(
        409,
        _("The service %(name)s is in use", name=error.name),
        _("Motifs or agents belong to it. Nothing was changed."),
        _("Take the agents out of it first; a service that ever had a motif stays switched on."),
    )


@notice.register
def _name_taken(_error: NameTaken) -> Notice:
    return Notice(
        409,
        _("This name is taken"),
        _("Another one has it since a moment ago. Nothing was changed."),
        _("Go back to the previous page and choose another name."),
    )


@notice.register(Contradictory)
@notice.register(ZoneInUse)
@notice.register(ZoneUnknown)
@notice.register(CalendarUnknown)
def _meanwhile(_error: Contradictory | ZoneInUse | ZoneUnknown | CalendarUnknown) -> Notice:
    return Notice(
        403,
        _("This could not be saved"),
        _("What you could choose has changed while the form was open. Nothing was changed."),
        _("Go back to the previous page, reload it, then send the form again."),
    )


@notice.register
def _password_changed(_error: PasswordChanged) -> Notice:
    return Notice(
        409,
        _("Your password was changed meanwhile"),
        _("Nothing was saved now."),
        _("Go back to the previous page and type the new one."),
    )
