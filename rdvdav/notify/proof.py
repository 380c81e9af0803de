"""The mail that proves an e-mail address."""

from sqlalchemy.orm import Session

from rdvdav.citizens.link import EmailProof
from rdvdav.clock import Clock
from rdvdav.directory.organisation import Organisation
from rdvdav.i18n import language
from rdvdav.ical.uid import new_uid
from rdvdav.notify.compose import about_code
from rdvdav.notify.wording import Reader, wording_for
from rdvdav.outbox.event import Event
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import installation


def tell_code(
    session: Session, clock: Clock, proof: EmailProof, organisation: Organisation, code: str, link: str
) -> None:
    """Mail *code* and *link*; both are blanked in the outbox once delivered (M-5). The caller commits."""
    now = clock.now()
    wording = wording_for(session, organisation, Event.PROOF_ASKED, Reader.CITIZEN, language())
    letter = about_code(organisation, code, link, proof.expires_at - proof.sent_at, wording)
    session.add(
        Message(
            territory_id=proof.territory_id,
            key=f"{Event.PROOF_ASKED}:{proof.link_digest.hex()}:mail:0",  # ids of tidied proofs come again on SQLite
            event=Event.PROOF_ASKED,
            message_id=f"<{new_uid(installation(session).uid_host)}>",
            recipient=proof.email,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            secrets=[code, link],
            created_at=now,
            due_at=now,
            expires_at=proof.expires_at,
        )
    )
    session.flush()
