"""What « Mes agendas » publishes beside the appointments, and which colleagues stand in one's CalDAV account (K-1, K-21)."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from rdvdav.feeds.follow import follow, followed, unfollow
from rdvdav.feeds.object import CollectionKind
from rdvdav.feeds.publish import publish, unpublish
from rdvdav.feeds.subscription import subscriptions_of
from rdvdav.i18n import N_, ngettext
from rdvdav.i18n import gettext as _
from rdvdav_web.agent.calendar_forms import ColleaguesForm
from rdvdav_web.agent.calendar_page import views
from rdvdav_web.agent.office import me
from rdvdav_web.transaction import clock, reading, transaction

CALENDARS = {"indisponibilites": CollectionKind.ABSENCES, "plages": CollectionKind.OPENINGS}
"""Calendars that can be switched, by their name in the address."""
CALENDAR = f"any({','.join(CALENDARS)})"

PUBLISHED = {
    CollectionKind.ABSENCES: N_("Your absences are published: your programs show them at their next reading."),
    CollectionKind.OPENINGS: N_("Your opening ranges are published: your programs show them at their next reading."),
}
UNPUBLISHED = {
    CollectionKind.ABSENCES: N_("Your absences are no longer published."),
    CollectionKind.OPENINGS: N_("Your opening ranges are no longer published."),
}
STOP = {
    CollectionKind.ABSENCES: N_("Stop publishing my absences"),
    CollectionKind.OPENINGS: N_("Stop publishing my opening ranges"),
}


@views.post(f"/mes-agendas/publication/<{CALENDAR}:calendar>")
def publish_calendar(calendar: str) -> ResponseReturnValue:
    """Switch one of the agent's own calendars on."""
    kind = CALENDARS[calendar]
    with transaction() as work:
        publish(work, clock(), me().id, kind)
    flash(_(PUBLISHED[kind]), "success")
    return redirect(url_for(".show"), 303)


@views.route(f"/mes-agendas/publication/<{CALENDAR}:calendar>/arreter", methods=["GET", "POST"])
def unpublish_calendar(calendar: str) -> ResponseReturnValue:
    """Switch it off, once confirmed: the links that show it die."""
    kind = CALENDARS[calendar]
    form = FlaskForm()
    if form.validate_on_submit():
        with transaction() as work:
            unpublish(work, clock(), me().id, kind)
        flash(_(UNPUBLISHED[kind]), "success")
        return redirect(url_for(".show"), 303)
    with reading() as work:
        links = [
            each.address.label
            for each in subscriptions_of(work, me().id)
            if each.calendar and each.calendar.kind is kind
        ]
    sentences = [_("The calendar disappears from the programs that show it by CalDAV, at their next reading.")]
    if links:
        sentences.append(
            ngettext(
                "The link of %(programs)s stops working for good.",
                "The links of %(programs)s stop working for good.",
                len(links),
                programs=", ".join(links),
            )
        )
    return render_template(
        "agent/confirm.html",
        title=_(STOP[kind]),
        sentences=sentences,
        do=_(STOP[kind]),
        keep=_("Keep publishing"),
        back=url_for(".show"),
    )


@views.post("/mes-agendas/collegues")
def choose_colleagues() -> ResponseReturnValue:
    """Show the colleagues that are ticked, and no others."""
    form = ColleaguesForm(())
    wanted = set(form.agenda.data or ()) if form.validate() else set()
    with transaction() as work:
        before = {agenda.id for agenda in followed(work, me().id)}
        for agenda_id in wanted - before:
            follow(work, clock(), me().id, agenda_id)
        for agenda_id in before - wanted:
            unfollow(work, clock(), me().id, agenda_id)
    flash(_("Your CalDAV account shows these colleagues."), "success")
    return redirect(url_for(".show"), 303)
