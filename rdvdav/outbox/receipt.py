"""What becomes of a message after it left, as the other side says afterwards."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rdvdav.clock import Clock
from rdvdav.outbox.blocked import block
from rdvdav.outbox.message import Channel, Message, Receipt


def note_receipt(
    session: Session, clock: Clock, provider_id: str, *, arrived: bool, gone: bool = False, reason: str = ""
) -> None:
    """Note that an SMS arrived, or never will; of an unknown one nothing, and arrived stays arrived. The caller commits.

    Args:
        gone: The number is none any more: it is blocked (M-7).
    """
    query = select(Message).where(Message.provider_id == provider_id, Message.channel == Channel.SMS)
    message = session.scalars(query.order_by(Message.id.desc()).limit(1)).first()
    if message is None or message.receipt is Receipt.ARRIVED:
        return
    message.receipt = Receipt.ARRIVED if arrived else Receipt.FAILED
    message.receipt_at = clock.now()
    message.last_error = None if arrived else f"the SMS did not arrive ({reason})"
    if gone:
        block(session, message.territory_id, message.recipient, f"the number is none any more ({reason})", clock.now())


def note_returned(
    session: Session,
    clock: Clock,
    message_ids: Collection[str],
    addresses: Collection[str],
    reason: str,
    *,
    gone: bool,
) -> bool:
    """Note that a mail came back; whether it is one that we sent to one of *addresses*: of any other nothing. The caller commits.

    Args:
        message_ids: Its Message-ID, perhaps among others that answer it.
        addresses: Lower-cased.
        gone: The address is none, or none any more: it is blocked (M-7).
    """
    sent = (
        Message.channel == Channel.MAIL,
        Message.first_tried_at.is_not(None),
    )  # it may come back before that is noted
    query = select(Message).where(
        Message.message_id.in_(message_ids), func.lower(Message.recipient).in_(addresses), *sent
    )
    found = session.scalars(query.with_for_update()).all()
    for message in found:
        if message.receipt is None:
            message.receipt, message.receipt_at, message.last_error = Receipt.FAILED, clock.now(), reason
        if gone:
            block(session, message.territory_id, message.recipient, reason, clock.now())
    return bool(found)
