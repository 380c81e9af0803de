"""What is traced, and which of its details are about a person."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of entry.

    Attributes:
        subject: Table of the row it is about.
        personal: Names of the details that purging blanks.
    """

    subject: str
    personal: frozenset[str] = frozenset()


KINDS: dict[str, Kind] = {
    "appointment.booked": Kind("appointment"),
    "appointment.moved": Kind("appointment"),
    "appointment.changed": Kind("appointment"),
    "appointment.cancelled": Kind("appointment", frozenset({"reason"})),
    "appointment.left": Kind("appointment", frozenset({"reason"})),
    "appointment.opened": Kind("appointment"),
    "appointment.joined": Kind("appointment"),
    "appointment.kept": Kind("appointment"),
    "appointment.reassigned": Kind("appointment"),
    "appointment.outcome_set": Kind("appointment"),
    "appointment.arrived": Kind("appointment"),
    "appointment.arrival_undone": Kind("appointment"),
    "appointment.commented": Kind("appointment"),
    "appointment.notices_changed": Kind("appointment"),
    "appointment.removed": Kind("appointment"),
    "appointment.withdrawn": Kind("appointment", frozenset({"reason"})),
    "opening_range.created": Kind("opening_range"),
    "opening_range.changed": Kind("opening_range"),
    "opening_range.removed": Kind("opening_range"),
    "opening_range.ended": Kind("opening_range"),
    "opening_range.date_changed": Kind("opening_range"),
    "opening_range.date_removed": Kind("opening_range"),
    "opening_range.date_restored": Kind("opening_range"),
    "opening_ranges.purged": Kind("agenda"),
    "absence.created": Kind("absence", frozenset({"title"})),
    "absence.changed": Kind("absence", frozenset({"title"})),
    "absence.removed": Kind("absence", frozenset({"title"})),
    "absence.ended": Kind("absence", frozenset({"title"})),
    "absence.date_changed": Kind("absence", frozenset({"title"})),
    "absence.date_removed": Kind("absence", frozenset({"title"})),
    "absence.date_restored": Kind("absence", frozenset({"title"})),
    "territory.created": Kind("territory"),
    "territory.messages_changed": Kind("territory"),
    "service.switched_on": Kind("service"),
    "service.switched_off": Kind("service"),
    "organisation.created": Kind("organisation"),
    "organisation.changed": Kind("organisation"),
    "organisation.holidays_changed": Kind("organisation"),
    "organisation.messages_changed": Kind("organisation"),
    "organisation.detail_changed": Kind("organisation"),
    "organisation.embedding_changed": Kind("organisation"),
    "place.created": Kind("place"),
    "place.changed": Kind("place"),
    "motif.created": Kind("motif"),
    "motif.changed": Kind("motif"),
    "motif.archived": Kind("motif"),
    "agent.invited": Kind("agent", frozenset({"email"})),
    "agent.joined": Kind("agent"),
    "agent.removed": Kind("agent"),
    "agent.left": Kind("agent"),
    "agent.rights_changed": Kind("agent"),
    "agent.password_chosen": Kind("agent"),
    "team.created": Kind("team"),
    "team.changed": Kind("team"),
    "team.removed": Kind("team"),
    "webhook.created": Kind("webhook"),
    "webhook.changed": Kind("webhook"),
    "webhook.secret_renewed": Kind("webhook"),
    "webhook.repeated": Kind("webhook"),
    "webhook.removed": Kind("webhook"),
    "citizen.created": Kind("citizen"),
    "citizen.attached": Kind("citizen"),
    "citizen.changed": Kind("citizen", frozenset({"first_name", "last_name", "email", "phone", "birth_date", "notes"})),
    "citizen.identified": Kind("citizen"),
    "citizen.followed": Kind("citizen"),
    "citizen.unfollowed": Kind("citizen"),
    "citizen.responsible_changed": Kind("citizen"),
    "citizen.invited": Kind("citizen"),
    "citizen.invited_to_book": Kind("citizen"),
    "citizen.invitation_sent_again": Kind("citizen"),
    "citizen.invitation_revoked": Kind("citizen"),
    "citizen.merged": Kind("citizen"),
    "citizen.closed": Kind("citizen"),
    "citizen.erased": Kind("citizen"),
    "app_password.created": Kind("app_password", frozenset({"label"})),
    "app_password.revoked": Kind("app_password"),
    "feed_address.created": Kind("feed_address", frozenset({"label"})),
    "feed_address.reset": Kind("feed_address"),
    "feed_address.revoked": Kind("feed_address"),
    "agenda.published": Kind("agenda"),
    "agenda.unpublished": Kind("agenda"),
    "agenda.followed": Kind("agenda"),
    "agenda.unfollowed": Kind("agenda"),
}
