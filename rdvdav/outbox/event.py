"""What can happen that somebody must hear of, in the past tense."""

from enum import StrEnum


class Event(StrEnum):
    """An event of the house; `notify` says who hears of it and in which words."""

    APPOINTMENT_CREATED = "appointment.created"
    APPOINTMENT_MOVED = "appointment.moved"
    APPOINTMENT_CHANGED = "appointment.changed"
    """Another place, motif or duration, at the time it was."""
    APPOINTMENT_CANCELLED = "appointment.cancelled"
    APPOINTMENT_REASSIGNED = "appointment.reassigned"
    APPOINTMENT_WITHDRAWN = "appointment.withdrawn"
    ABSENCE_CREATED = "absence.created"
    ABSENCE_CHANGED = "absence.changed"
    ABSENCE_REMOVED = "absence.removed"
    OPENING_CREATED = "opening_range.created"
    OPENING_CHANGED = "opening_range.changed"
    OPENING_REMOVED = "opening_range.removed"
    APPOINTMENT_REMINDED = "appointment.reminded"
    PROOF_ASKED = "proof.asked"
    APPOINTMENT_REFERRED = "appointment.referred"
    WAITING_LIST_ASKED = "waiting_list.asked"
    WAITING_LIST_JOINED = "waiting_list.joined"
    WAITING_LIST_SERVED = "waiting_list.served"
    INVITED_TO_BOOK = "citizen.invited_to_book"
    CITIZEN_INVITED = "citizen.invited"
    AGENT_INVITED = "agent.invited"
    PASSWORD_FORGOTTEN = "password.forgotten"  # noqa: S105 - the name of an event
    MAIL_TRIED = "mail.tried"
    MAIL_ANSWERED = "mail.answered"
    """Somebody answered a mail, and gets the automatic answer (K-52)."""
