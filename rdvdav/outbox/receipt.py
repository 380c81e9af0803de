"""What becomes of a message after it left, as the other side says afterwards."""

from sqlalchemy import select
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
