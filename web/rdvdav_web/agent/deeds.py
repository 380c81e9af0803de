"""What the journal says of each deed, of each kind of thing, and of each field that changed; a test finds kinds without words."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from rdvdav.audit.entry import ActorKind, AuditEntry
from rdvdav.citizens.phone import phone_words
from rdvdav.i18n import N_, clock, moment, short_date, wall
from rdvdav.i18n import gettext as _
from rdvdav.planning.journal import Traced
from rdvdav_web.agent.warning_words import accepted_words

DEEDS = {
    "appointment.booked": N_("Booked"),
    "appointment.moved": N_("Moved"),
    "appointment.changed": N_("Changed"),
    "appointment.cancelled": N_("Cancelled"),
    "appointment.left": N_("One person gave up the seat, the others keep theirs"),
    "appointment.opened": N_("Opened"),
    "appointment.joined": N_("Participant added"),
    "appointment.kept": N_("Kept although its time slot is gone"),
    "appointment.reassigned": N_("Given to another agent"),
    "appointment.withdrawn": N_("To be replanned"),
    "appointment.outcome_set": N_("Outcome set"),
    "appointment.arrived": N_("Citizen arrived"),
    "appointment.arrival_undone": N_("Arrival taken back"),
    "appointment.commented": N_("Internal comment changed"),
    "appointment.notices_changed": N_("Choice of who gets messages changed"),
    "appointment.removed": N_("Appointment removed for good"),
    "appointment.message_retried": N_("Message sent again"),
    "appointment.message_dropped": N_("Message given up"),
    "appointment.address_unblocked": N_("Address unblocked"),
    "citizen.message_retried": N_("Message sent again"),
    "citizen.message_dropped": N_("Message given up"),
    "citizen.address_unblocked": N_("Address unblocked"),
    "territory.message_retried": N_("Message sent again"),
    "territory.message_dropped": N_("Message given up"),
    "territory.address_unblocked": N_("Address unblocked"),
    "opening_range.created": N_("Opening range created"),
    "opening_range.changed": N_("Opening range changed"),
    "opening_range.removed": N_("Opening range removed"),
    "opening_range.ended": N_("Opening range ended earlier"),
    "opening_range.date_changed": N_("One date of the opening range changed"),
    "opening_range.date_removed": N_("One date of the opening range removed"),
    "opening_range.date_restored": N_("One date of the opening range restored"),
    "opening_ranges.purged": N_("Opening ranges that were over long ago deleted"),
    "absence.created": N_("Absence created"),
    "absence.changed": N_("Absence changed"),
    "absence.removed": N_("Absence removed"),
    "absence.ended": N_("Absence ended earlier"),
    "absence.date_changed": N_("One date of the absence changed"),
    "absence.date_removed": N_("One date of the absence removed"),
    "absence.date_restored": N_("One date of the absence restored"),
    "territory.created": N_("Territory created"),
    "service.switched_on": N_("Service switched on"),
    "service.switched_off": N_("Service switched off"),
    "organisation.created": N_("Organisation created"),
    "organisation.changed": N_("Organisation changed"),
    "organisation.embedding_changed": N_("Sites that may show the booking pages changed"),
    "place.created": N_("Place created"),
    "place.changed": N_("Place changed"),
    "motif.created": N_("Motif created"),
    "motif.changed": N_("Motif changed"),
    "motif.archived": N_("Motif archived"),
    "agent.invited": N_("Agent invited"),
    "agent.joined": N_("Agent joined"),
    "agent.removed": N_("Agent removed from the organisation"),
    "agent.left": N_("Account of the agent closed"),
    "agent.rights_changed": N_("Rights of the agent changed"),
    "agent.password_chosen": N_("Password chosen"),
    "team.created": N_("Team created"),
    "team.changed": N_("Team changed"),
    "team.removed": N_("Team removed"),
    "webhook.created": N_("Webhook created"),
    "webhook.changed": N_("Webhook changed"),
    "webhook.secret_renewed": N_("Secret of the webhook renewed"),
    "webhook.repeated": N_("Delivery of the webhook asked for again"),
    "webhook.removed": N_("Webhook removed"),
    "organisation.holidays_changed": N_("Public holidays changed"),
    "organisation.messages_changed": N_("Words of a message changed"),
    "territory.messages_changed": N_("Words of a message changed"),
    "organisation.detail_changed": N_("Detail shown by calendars changed"),
    "citizen.created": N_("Record created"),
    "citizen.attached": N_("Record attached to the organisation"),
    "citizen.changed": N_("Record changed"),
    "citizen.identified": N_("Identity vouched for by a provider"),
    "citizen.followed": N_("Followed by an agent"),
    "citizen.unfollowed": N_("No longer followed by an agent"),
    "citizen.responsible_changed": N_("Other person responsible"),
    "citizen.invited": N_("Invited to see one's appointments"),
    "citizen.invited_to_book": N_("Invited to book an appointment"),
    "citizen.invitation_sent_again": N_("Invitation to book sent again"),
    "citizen.invitation_revoked": N_("Invitation to book revoked"),
    "citizen.merged": N_("Another record was merged into this one"),
    "citizen.closed": N_("Closed: merged into another record"),
    "citizen.erased": N_("Record deleted"),
    "app_password.created": N_("App password created"),
    "app_password.revoked": N_("App password revoked"),
    "feed_address.created": N_("Subscription link created"),
    "feed_address.reset": N_("Subscription link reset"),
    "feed_address.revoked": N_("Subscription link revoked"),
    "agenda.published": N_("Calendar published"),
    "agenda.unpublished": N_("Calendar no longer published"),
    "agenda.followed": N_("Colleague's agenda followed"),
    "agenda.unfollowed": N_("Colleague's agenda no longer followed"),
}
"""By kind of `audit.kind`: what happened."""

OUTCOMES = {
    "done": N_("Attended"),
    "no_show": N_("Unexcused absence"),
    "planned": N_("Outcome taken back"),
}
"""By new status of an outcome: what happened."""

CHANGED = N_("Changed")
"""What is left to say of a kind that the house wrote once and knows no more."""

THINGS = {
    "absence": N_("Absence"),
    "agenda": N_("Agenda"),
    "agent": N_("Agent"),
    "app_password": N_("App password"),
    "appointment": N_("Appointment"),
    "citizen": N_("Citizen"),
    "feed_address": N_("Subscription link"),
    "opening_range": N_("Opening range"),
    "organisation": N_("Organisation"),
    "motif": N_("Motif"),
    "place": N_("Place"),
    "service": N_("Service"),
    "team": N_("Team"),
    "territory": N_("Territory"),
    "webhook": N_("Webhook"),
}
"""By subject: what it is."""

OTHER = N_("Setting")

FIELDS = {
    "name": N_("name"),
    "title": N_("title"),
    "reason": N_("kind of absence"),
    "place_id": N_("place"),
    "motif_ids": N_("motifs"),
    "first_day": N_("first day"),
    "end_day": N_("last day"),
    "opens": N_("start"),
    "starts": N_("start"),
    "closes": N_("end"),
    "ends": N_("end"),
    "recurrence": N_("repetition"),
    "level": N_("detail"),
    "calendar": N_("calendar"),
    "first_name": N_("first name"),
    "last_name": N_("surname"),
    "email": N_("e-mail"),
    "phone": N_("phone"),
    "birth_date": N_("date of birth"),
    "notes": N_("notes"),
    "embedders": N_("sites"),
    "minutes": N_("minutes"),
    "mails_wanted": N_("messages by e-mail"),
    "sms_wanted": N_("messages by SMS"),
}
"""By name of a detail; those that are not here are not shown."""
UNSAID = frozenset(
    {"place_id", "motif_ids", "recurrence", "level", "calendar", "reason", "notes", "mails_wanted", "sms_wanted"}
)
"""Whose values no reader would understand: only that they changed is said."""


def deed(entry: AuditEntry, zone: str) -> str:
    """What happened, with what is known of it."""
    what, changed = _deed(entry, zone), _("; ").join(changes(entry))
    what = _("%(what)s (%(changes)s)", what=what, changes=changed) if changed else what
    return what if entry.details.get("told", True) else _("%(what)s – nobody was told", what=what)


def thing(subject: str) -> str:
    """What a row of the table *subject* is."""
    return _(THINGS.get(subject, OTHER))


def actor(traced: Traced) -> str:
    """Who did it."""
    match traced.entry.actor:
        case ActorKind.AGENT:
            return _("%(name)s (agent)", name=traced.who or "?")
        case ActorKind.CITIZEN:
            return _("%(name)s (citizen)", name=traced.who or "?")
        case ActorKind.REFERRER:
            return _("%(name)s (referrer)", name=traced.who or "?")
        case _:
            return _("Automatic")


def changes(entry: AuditEntry) -> Iterator[str]:
    """« début : 09:00 → 10:00 » for each field that changed."""
    known = entry.details | (entry.personal or {})
    for name, value in known.items():
        if name in FIELDS and isinstance(value, dict) and value.keys() == {"old", "new"}:
            label = _(FIELDS[name])
            words = phone_words if name == "phone" else str
            said = {"field": label, "old": _said(value["old"], words), "new": _said(value["new"], words)}
            yield label if name in UNSAID else _("%(field)s: %(old)s → %(new)s", **said)


def short_moment(instant: datetime, zone: str) -> str:
    """« 24/11/2026 à 9 h 12 »."""
    local = wall(instant, zone)
    return _("%(date)s at %(time)s", date=short_date(local), time=clock(local))


def _deed(entry: AuditEntry, zone: str) -> str:
    details, reason = entry.details, (entry.personal or {}).get("reason")
    match entry.kind:
        case "appointment.booked" if details.get("accepted"):
            when, accepted = _moment(details.get("starts_at"), zone), accepted_words(details["accepted"])
            return _("Booked for %(moment)s; accepted: %(warnings)s", moment=when, warnings=accepted)
        case "appointment.booked":
            return _("Booked for %(moment)s", moment=_moment(details.get("starts_at"), zone))
        case "appointment.opened":
            return _("Opened for %(moment)s", moment=_moment(details.get("starts_at"), zone))
        case "appointment.joined" if details.get("accepted"):
            return _("Participant added; accepted: %(warnings)s", warnings=accepted_words(details["accepted"]))
        case "appointment.moved" if details.get("accepted"):
            old, new = _moment(details.get("old"), zone), _moment(details.get("new"), zone)
            warnings = accepted_words(details["accepted"])
            return _("Moved from %(old)s to %(new)s; accepted: %(warnings)s", old=old, new=new, warnings=warnings)
        case "appointment.moved":
            old, new = _moment(details.get("old"), zone), _moment(details.get("new"), zone)
            return _("Moved from %(old)s to %(new)s", old=old, new=new)
        case "appointment.outcome_set" if details.get("new") in OUTCOMES:
            return _(OUTCOMES[details["new"]])
        case "appointment.withdrawn" if reason:
            return _("To be replanned: %(reason)s", reason=reason)
        case "appointment.cancelled" if reason:
            return _("Cancelled: %(reason)s", reason=reason)
    what = _(DEEDS.get(entry.kind, CHANGED))
    day = details.get("original_day")
    return _("%(what)s: %(day)s", what=what, day=_said(day)) if day else what


def _said(value: Any, words: Callable[[str], str] = str) -> str:
    if value is None or value == "":
        return "–"
    try:
        return short_date(date.fromisoformat(str(value)))
    except ValueError:
        return words(str(value))


def _moment(text: str | None, zone: str) -> str:
    return moment(wall(datetime.fromisoformat(text), zone)) if text else "?"
