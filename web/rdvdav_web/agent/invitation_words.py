"""What a record says of an invitation to book."""

from typing import Any

from rdvdav.agenda.booking_invitation import BookingInvitation, InvitationState
from rdvdav.i18n import N_, short_date, translated
from rdvdav_web.agent.deeds import short_moment
from rdvdav_web.transaction import clock

STATES = {
    InvitationState.SENT: (N_("Invitation sent"), "info"),
    InvitationState.OPENED: (N_("Link opened"), "info"),
    InvitationState.BOOKED: (N_("Appointment booked"), "success"),
    InvitationState.EXPIRED: (N_("Invitation expired"), "neutral"),
    InvitationState.REVOKED: (N_("Invitation revoked"), "neutral"),
}


def invitation_row(invitation: BookingInvitation, zone: str) -> dict[str, Any]:
    """What the record says of an invitation."""
    now = clock().now()
    word, kind = STATES[invitation.state(now)]
    return {
        "id": invitation.id,
        "what": invitation.motif.name if invitation.motif else invitation.category or invitation.service.name,
        "by": invitation.agent.name,
        "sent": short_moment(invitation.sent_at, zone),
        "until": short_date(invitation.last_day),
        "word": translated(word),
        "kind": kind,
        "open": invitation.is_open(now),
    }
