"""What each route's address and form name, and who may go there: one line a route, read by `test_rights`.

`agent(…)` is for everybody signed in, `admin(…)` and `setting(…)` for administrators of the organisation,
`chief(…)` for those of the territory, `citizen(…)` for who proved an e-mail
address, `public(…)` for everybody. Keywords are arguments of the route: the kind of thing they name (see `Things.FOREIGN`), or PLAIN
for what names nothing that is anybody's. *query* and *form* say the same of what stands after the question mark and in the form.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Who(StrEnum):
    """Who has business there."""

    PUBLIC = "public"
    CITIZEN = "citizen"
    AGENT = "agent"
    ADMIN = "admin"
    CHIEF = "chief"


PLAIN = "plain"
"""An argument that names nothing of anybody: a day, a program, a page; or a secret that opens by itself."""


@dataclass(frozen=True)
class Entry:
    """One route.

    Attributes:
        arguments, query, form: What is named there, by the name of the argument or field.
        read_by_all: An administrators' page that everybody of the organisation may read.
    """

    who: Who
    arguments: dict[str, str]
    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    read_by_all: bool = False


def agent(query: dict[str, str] | None = None, form: dict[str, str] | None = None, **arguments: str) -> Entry:
    """For everybody who is signed in."""
    return Entry(Who.AGENT, arguments, query or {}, form or {})


def admin(
    query: dict[str, str] | None = None,
    form: dict[str, str] | None = None,
    *,
    read_by_all: bool = False,
    **arguments: str,
) -> Entry:
    """For administrators."""
    return Entry(Who.ADMIN, arguments, query or {}, form or {}, read_by_all)


def setting(form: dict[str, str] | None = None, **arguments: str) -> Entry:
    """For administrators of the organisation that the address names."""
    return Entry(Who.ADMIN, arguments | {"organisation_id": "organisation"}, form=form or {})


def chief(form: dict[str, str] | None = None, **arguments: str) -> Entry:
    """For administrators of the territory that the address names."""
    return Entry(Who.CHIEF, arguments | {"territory_id": "territory"}, form=form or {})


def citizen(**arguments: str) -> Entry:
    """For who proved an e-mail address."""
    return Entry(Who.CITIZEN, arguments | {"slug": PLAIN})


def public(**arguments: str) -> Entry:
    """For everybody; a secret in the address opens by itself."""
    return Entry(Who.PUBLIC, arguments)


OF_AGENDA = {"agenda": "agenda"}
BOOKING = {"motif": "motif", "usager": "citizen", "lieu": "place", "agent": "agenda", "copie": "appointment"}
BOOKING_FORM = {
    "motif": "motif",
    "citizen": "citizen",
    "place": "place",
    "agent": "agenda",
    "others": "agenda",
    "told": "citizen",
}
SEARCH = {"motif": "motif", "usager": "citizen", "lieu": "place", "agent": "agenda", "service": "service"}
LIST = {"motif": "motif", "usager": "citizen", "lieu": "place", "agent": "agenda"}
OPENING_FORM = {"place": "place", "motifs": "motif"}

REGISTER: dict[str, Entry] = {
    "agent.home": agent(),
    "agent.agenda.show": agent(OF_AGENDA),
    "agent.absences.show": agent(OF_AGENDA),
    "agent.absences.new": agent(OF_AGENDA | {"copie": "absence"}),
    "agent.absences.show_preview": agent(OF_AGENDA | {"indisponibilite": "absence"}),
    "agent.absences.change": agent(absence_id="absence"),
    "agent.absences.remove": agent(absence_id="absence"),
    "agent.absences.dates": agent(row_id="absence"),
    "agent.absences.date": agent(row_id="absence", day=PLAIN),
    "agent.absences.change_date": agent(row_id="absence", day=PLAIN),
    "agent.absences.remove_date": agent(row_id="absence", day=PLAIN),
    "agent.absences.restore_date": agent(row_id="absence", day=PLAIN),
    "agent.appointments.show": agent(reference="appointment"),
    "agent.appointments.cancel": agent(reference="appointment"),
    "agent.audit.show": admin({"organisation": "organisation"}),
    "agent.citizens.unblock": admin(citizen_id="citizen"),
    "agent.sendings.show": admin({"organisation": "organisation"}),
    "agent.sendings.again": admin(message_id="message"),
    "agent.sendings.drop": admin(message_id="message"),
    "agent.sendings.free": admin(message_id="message"),
    "agent.appointment_list.show": agent(LIST),
    "agent.appointment_list.find_person": agent(LIST),
    "agent.to_complete.show": agent(OF_AGENDA),
    "agent.to_complete.settle": agent(OF_AGENDA, {"choix": "appointment"}),
    "agent.waiting.show": agent(OF_AGENDA),
    "agent.waiting.note": agent(OF_AGENDA),
    "agent.one_appointment.settle": agent(reference="appointment"),
    "agent.one_appointment.comment": agent(reference="appointment"),
    "agent.one_appointment.notices": agent(reference="appointment"),
    "agent.one_appointment.reassign": agent(form={"to": "agenda"}, reference="appointment"),
    "agent.one_appointment.remove": admin(reference="appointment"),
    "agent.collective.show": agent(LIST),
    "agent.collective.new": agent(OF_AGENDA | BOOKING),
    "agent.collective.send": agent(form=BOOKING_FORM),
    "agent.collective.add": agent({"usager": "citizen"}, {"citizen": "citizen"}, reference="appointment"),
    "agent.booking.new": agent(OF_AGENDA | BOOKING),
    "agent.booking.send": agent(form=BOOKING_FORM),
    "agent.booking.show_doubles": agent(form=BOOKING_FORM),
    "agent.booking.show_preview": agent(form=BOOKING_FORM),
    "agent.calendars.add_link": agent(client=PLAIN),
    "agent.calendars.add_password": agent(client=PLAIN),
    "agent.calendars.apple_profile": agent(),
    "agent.calendars.choose_colleagues": agent(form=OF_AGENDA),
    "agent.calendars.drop_link": agent(address_id="feed_address"),
    "agent.calendars.drop_password": agent(password_id="app_password"),
    "agent.calendars.publish_calendar": agent(calendar=PLAIN),
    "agent.calendars.renew_link": agent(address_id="feed_address"),
    "agent.calendars.show": agent(client=PLAIN),
    "agent.calendars.unpublish_calendar": agent(calendar=PLAIN),
    "agent.finding.find_person": agent(SEARCH),
    "agent.finding.show": agent(SEARCH),
    "agent.holidays.show": admin({"organisation": "organisation"}, read_by_all=True),
    "agent.holidays.add": admin({"organisation": "organisation"}),
    "agent.holidays.choose_calendar": admin({"organisation": "organisation"}),
    "agent.holidays.choose_days": admin({"organisation": "organisation"}),
    "agent.holidays.remove": admin({"organisation": "organisation"}),
    "agent.online.show": agent(),
    "agent.online.one": agent(motif_id="motif"),
    "agent.opening_ranges.show": agent(OF_AGENDA),
    "agent.opening_ranges.show_week": agent(OF_AGENDA),
    "agent.opening_ranges.new": agent(OF_AGENDA | {"copie": "opening_range"}, OPENING_FORM),
    "agent.opening_ranges.show_preview": agent(
        OF_AGENDA | {"plage": "opening_range", "copie": "opening_range"}, OPENING_FORM
    ),
    "agent.opening_ranges.change": agent(form=OPENING_FORM, range_id="opening_range"),
    "agent.opening_ranges.remove": agent(range_id="opening_range"),
    "agent.opening_ranges.dates": agent(row_id="opening_range"),
    "agent.opening_ranges.date": agent(row_id="opening_range", day=PLAIN),
    "agent.opening_ranges.change_date": agent(form=OPENING_FORM, row_id="opening_range", day=PLAIN),
    "agent.opening_ranges.remove_date": agent(row_id="opening_range", day=PLAIN),
    "agent.opening_ranges.restore_date": agent(row_id="opening_range", day=PLAIN),
    "agent.unsettled.show": agent(OF_AGENDA),
    "agent.moving.show": agent({"de": "agenda", "agenda": "agenda"}, reference="appointment"),
    "agent.moving.send": agent({"de": "agenda", "agenda": "agenda"}, reference="appointment"),
    "agent.citizens.show": agent({"organisation": "organisation"}),
    "agent.citizens.attach": agent(form={"organisation": "organisation", "usager": "citizen"}),
    "agent.citizens.new": agent({"responsable": "citizen"}),
    "agent.citizens.create": agent({"responsable": "citizen"}, {"organisation": "organisation"}),
    "agent.citizens.show_doubles": agent(),
    "agent.citizens.record": agent(citizen_id="citizen"),
    "agent.citizens.visits": agent(citizen_id="citizen"),
    "agent.citizens.edit": agent(citizen_id="citizen"),
    "agent.citizens.send_invitation": agent(citizen_id="citizen"),
    "agent.citizens.invite_to_book_form": agent(citizen_id="citizen"),
    "agent.citizens.send_invitation_again": agent(citizen_id="citizen", invitation_id="invitation"),
    "agent.citizens.revoke_invitation": agent(citizen_id="citizen", invitation_id="invitation"),
    "agent.citizens.change_referents": agent(form={"referent": "agent"}, citizen_id="citizen"),
    "agent.citizens.drop_responsible": agent(citizen_id="citizen"),
    "agent.citizens.remove": agent(citizen_id="citizen"),
    "agent.citizens.merge_two": agent({"garder": "citizen", "fermer": "citizen"}),
    "agent.citizens.merge_step": agent({"garder": "citizen", "fermer": "citizen"}),
    "agent.switch.choose": agent(form={"organisation": "organisation"}),
    "agent.account.show": agent(),
    "agent.account.rename": agent(),
    "agent.account.change_password": agent(),
    "agent.account.sign_out_others": agent(),
    "agent.account.choose_keys": agent(),
    "agent.notifications.show": agent(),
    "agent.account.arrange": agent(form={"favourites": PLAIN}),
    "agent.organisation.begin": admin(),
    "agent.organisation.show": setting(),
    "agent.embedding.show": setting(),
    "agent.messages.show": setting(),
    "agent.messages.change": setting(wording=PLAIN),
    "agent.messages.show_territory": chief(),
    "agent.messages.change_territory": chief(wording=PLAIN),
    "agent.setting_up.show": setting(),
    "agent.setting_up.send": setting(),
    "agent.setting_up.put_away": setting(),
    "agent.places.show": setting(),
    "agent.places.new": setting(),
    "agent.places.change": setting(place_id="place"),
    "agent.places.close": setting(place_id="place"),
    "agent.places.reopen": setting(place_id="place"),
    "agent.motifs.show": setting(),
    "agent.motifs.new": setting({"service_id": "service"}),
    "agent.motifs.change": setting({"service_id": "service"}, motif_id="motif"),
    "agent.motifs.show_preview": setting(),
    "agent.motifs.several": setting(),
    "agent.motifs.archive": setting(motif_id="motif"),
    "agent.members.show": setting(),
    "agent.members.invite": setting({"services": "service"}),
    "agent.members.invite_again": setting(agent_id="agent"),
    "agent.members.remove": setting(agent_id="agent"),
    "agent.territory.begin": Entry(Who.CHIEF, {}),
    "agent.territory.show": chief(),
    "agent.territory.new": chief(),
    "agent.territory.services": chief(),
    "agent.territory.switch_on": chief(key=PLAIN),
    "agent.territory.switch_off": chief(service_id="service"),
    "agent.rights.show": chief(),
    "agent.rights.change": chief({"services": "service"}, agent_id="agent"),
    "agent.teams.show": chief(),
    "agent.teams.new": chief(),
    "agent.teams.change": chief(team_id="team"),
    "agent.teams.remove": chief(team_id="team"),
    "agent.webhooks.show": chief(),
    "agent.webhooks.new": chief({"organisation": "organisation"}),
    "agent.webhooks.change": chief({"organisation": "organisation"}, webhook_id="webhook"),
    "agent.webhooks.log": chief(webhook_id="webhook"),
    "agent.webhooks.one": chief(webhook_id="webhook", delivery_id="delivery"),
    "agent.webhooks.repeat": chief(webhook_id="webhook", delivery_id="delivery"),
    "agent.webhooks.send_trial": chief(webhook_id="webhook"),
    "agent.webhooks.renew_secret": chief(webhook_id="webhook"),
    "agent.webhooks.remove": chief(webhook_id="webhook"),
    "passwords.forgotten": public(),
    "passwords.sent": public(),
    "passwords.choose": public(link_token=PLAIN),
    "help.show": public(),
    "help.questions": public(),
    "help.status": public(),
    "help.computing": public(),
    "citizen.appointments": citizen(),
    "citizen.appointment": citizen(reference="appointment"),
    "citizen.ask_cancel": citizen(reference="appointment"),
    "citizen.ask_move": citizen(reference="appointment"),
    "citizen.calendar_file": citizen(reference="appointment"),
    "citizen.cancel_it": citizen(reference="appointment"),
    "citizen.confirmed": citizen(reference="appointment"),
    "citizen.hold_other": citizen(reference="appointment"),
    "citizen.find": public(slug=PLAIN),
    "citizen.sign_out": public(slug=PLAIN),
    "citizen.organisations": public(),
    "citizen.territory": public(territory_slug=PLAIN),
    "citizen.organisation": public(slug=PLAIN),
    "citizen.services": public(slug=PLAIN),
    "citizen.motifs": public(slug=PLAIN),
    "citizen.places": public(slug=PLAIN),
    "citizen.conditions": public(slug=PLAIN),
    "citizen.slots": public(slug=PLAIN),
    "citizen.hold": public(slug=PLAIN),
    "citizen.all_confirmed": public(slug=PLAIN, hold_token=PLAIN),
    "citizen.check": public(slug=PLAIN, hold_token=PLAIN),
    "citizen.confirm": public(slug=PLAIN, hold_token=PLAIN),
    "citizen.prolong": public(slug=PLAIN, hold_token=PLAIN),
    "citizen.take_again": public(slug=PLAIN, hold_token=PLAIN),
    "citizen.tell_who": public(slug=PLAIN, hold_token=PLAIN),
    "citizen.you": public(slug=PLAIN, hold_token=PLAIN),
    "citizen.link": public(slug=PLAIN, hold_token=PLAIN, link_token=PLAIN),
    "citizen.mailbox": public(slug=PLAIN, hold_token=PLAIN, visit=PLAIN),
    "citizen.prove_by_code": public(slug=PLAIN, hold_token=PLAIN, visit=PLAIN),
    "citizen.prove_by_link": public(slug=PLAIN, hold_token=PLAIN, link_token=PLAIN),
    "citizen.send_again": public(slug=PLAIN, hold_token=PLAIN, visit=PLAIN),
    "citizen.account": citizen(),
    "citizen.change_address": citizen(),
    "citizen.subscribe_calendar": citizen(),
    "citizen.data": citizen(),
    "citizen.data_file": citizen(),
    "citizen.delete_account": citizen(),
    "citizen.who_for": public(slug=PLAIN, hold_token=PLAIN),
    "citizen.relatives": citizen(),
    "citizen.relative": citizen(relative_id="relative"),
    "citizen.drop_relative": citizen(relative_id="relative"),
    "citizen.sign_on": public(slug=PLAIN, hold_token=PLAIN, provider=PLAIN),
    "citizen.signed_on": public(provider=PLAIN),
    "citizen.signed_out": public(provider=PLAIN),
    "citizen.infos": public(slug=PLAIN, link_token=PLAIN),
    "citizen.say_surname": public(slug=PLAIN, link_token=PLAIN),
    "citizen.infos_cancel": public(slug=PLAIN, link_token=PLAIN),
    "citizen.infos_file": public(slug=PLAIN, link_token=PLAIN),
    "citizen.invitation": public(slug=PLAIN, link_token=PLAIN),
    "citizen.hold_invited": public(slug=PLAIN, link_token=PLAIN),
    "citizen.check_invited": public(slug=PLAIN, link_token=PLAIN, hold_token=PLAIN),
    "citizen.confirm_invited": public(slug=PLAIN, link_token=PLAIN, hold_token=PLAIN),
    "citizen.referrer": public(slug=PLAIN, hold_token=PLAIN),
    "citizen.beneficiary": public(slug=PLAIN, hold_token=PLAIN),
    "citizen.referral": public(slug=PLAIN, hold_token=PLAIN),
    "citizen.confirm_referral": public(slug=PLAIN, hold_token=PLAIN),
    "citizen.referred": public(slug=PLAIN, hold_token=PLAIN),
    "citizen.wait_for_slot": public(slug=PLAIN),
    "citizen.wait_for_earlier": citizen(reference="appointment"),
    "citizen.waiting_entry": public(slug=PLAIN, link_token=PLAIN),
    "citizen.change_entry": public(slug=PLAIN, link_token=PLAIN),
    "citizen.waiting_slots": public(slug=PLAIN, link_token=PLAIN),
    "citizen.replan": public(slug=PLAIN, link_token=PLAIN),
    "citizen.choose": public(slug=PLAIN, link_token=PLAIN),
    "citizen.give_up": public(slug=PLAIN, link_token=PLAIN),
    "demonstration.invitation": public(name=PLAIN),
    "demonstration.mail": public(name=PLAIN),
    "demonstration.show": public(),
    "pages.accessibility": public(),
    "pages.legal": public(),
    "pages.privacy": public(),
    "signin.sign_in": public(),
    "signin.sign_out": public(),
    "static": public(filename=PLAIN),
    "monitoring.show": public(),
    "receipts.take": public(secret=PLAIN),
    "webcal.feed": public(name=PLAIN),
    "webcal.free_busy": public(name=PLAIN),
    "wellknown.caldav": public(),
    "wellknown.carddav": public(),
    "wellknown.root": public(),
}
