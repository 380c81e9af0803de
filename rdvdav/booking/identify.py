"""A citizen proves an e-mail address by a code or a link, and is thereby known (ux 3.9). The answer never tells whether it was known.

The code is typed on the page whose address holds the *visit* secret; the link works on any device. Both last half an hour.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from rdvdav.agenda.hold import Hold
from rdvdav.audit.record import Actor, changed, record
from rdvdav.booking.contact import complete
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.known import find_or_make, known_by_email
from rdvdav.citizens.link import EmailProof
from rdvdav.clock import Clock
from rdvdav.directory.organisation import Organisation
from rdvdav.errors import NotFound, Refused, Stale
from rdvdav.feeds.change import changing
from rdvdav.feeds.holding import showing
from rdvdav.notify.proof import tell_code
from rdvdav.policy.installation import installation
from rdvdav.policy.throttle import Limit, count_attempt, require_room, take_attempt
from rdvdav.tokens import digest, new_token

LASTS = timedelta(minutes=30)
TRIES = 5
PAUSE = timedelta(seconds=60)
MAILS_PER_EMAIL = Limit("proof-mail", 8, timedelta(hours=1))
MAILS_PER_ADDRESS = Limit("proof-address", 30, timedelta(hours=1))
WRONG_PER_EMAIL = Limit("wrong-code-mail", 20, timedelta(days=1))
WRONG_PER_ADDRESS = Limit("wrong-code-address", 50, timedelta(hours=1))
"""Wrong codes alone count; the mailed link still opens."""


class NoSuchProof(NotFound):
    """No proof is asked under this secret."""


class ProofExpired(Stale):
    """The code and the link are over, or too many wrong codes were typed: ask again."""


class AddressTaken(Refused):
    """The address was proved, and is that of another record already."""


@dataclass(eq=False)
class TooSoon(Refused):
    """The last mail has just been sent."""

    retry_at: datetime


@dataclass(frozen=True)
class Identity:
    """Who somebody says to be. E-mail alone when only looking for one's appointments."""

    email: str
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    birth_date: date | None = None


@dataclass(frozen=True)
class Proved:
    """Outcome of a try.

    Attributes:
        citizen: The person; None when the code was wrong, or when nobody is known under the address and no name was given.
        wrong: The code was wrong; *tries_left* remain.
        changed: It is the address of the person's account from now on; whoever proved it is not signed in by that.
    """

    citizen: Citizen | None
    wrong: bool = False
    tries_left: int = TRIES
    changed: bool = False


def ask(
    session: Session,
    clock: Clock,
    *,
    organisation_id: int,
    identity: Identity,
    hold_token: str | None,
    address: str,
    account_id: int | None = None,
) -> str:
    """Mail a code and a link to the address, and return the visit secret of the page that takes the code. The caller commits.

    Args:
        hold_token: The slot being booked; its hold follows the person.
        address: IP address of the visitor; counted, never kept in clear.
        account_id: The signed-in citizen who wants to be reached there from now on (B17).

    Raises:
        TooMany: Too many mails to this e-mail, or from this address.
    """
    email = identity.email.strip().lower()
    for limit, who in ((MAILS_PER_EMAIL, email), (MAILS_PER_ADDRESS, address)):
        take_attempt(session, clock, limit, who)
    organisation = session.get_one(Organisation, organisation_id)
    visit = new_token()
    proof = EmailProof(
        territory_id=organisation.territory_id,
        organisation_id=organisation.id,
        email=email,
        first_name=identity.first_name,
        last_name=identity.last_name,
        phone=identity.phone,
        birth_date=identity.birth_date,
        citizen_id=account_id,
    )
    _issue(session, clock, proof, organisation, visit, hold_token)
    return visit


def send_again(session: Session, clock: Clock, visit: str, hold_token: str | None) -> None:
    """Mail a fresh code and link; earlier ones stay valid. The caller commits.

    Raises:
        NoSuchProof: Nothing is asked under *visit*.
        TooSoon: Within a minute of the last mail.
        TooMany: Too many mails to this e-mail.
    """
    last = pending(session, clock, visit)
    if clock.now() < last.sent_at + PAUSE:
        raise TooSoon(last.sent_at + PAUSE)
    take_attempt(session, clock, MAILS_PER_EMAIL, last.email)
    again = EmailProof(
        territory_id=last.territory_id,
        organisation_id=last.organisation_id,
        email=last.email,
        first_name=last.first_name,
        last_name=last.last_name,
        phone=last.phone,
        birth_date=last.birth_date,
        citizen_id=last.citizen_id,
    )
    _issue(session, clock, again, session.get_one(Organisation, last.organisation_id), visit, hold_token)


def pending(session: Session, clock: Clock, visit: str) -> EmailProof:
    """The newest proof asked under *visit*.

    Raises:
        NoSuchProof: None is.
        ProofExpired: It is over.
    """
    proofs = _asked(session, visit)
    if not proofs:
        raise NoSuchProof
    if proofs[0].expires_at <= clock.now() or proofs[0].tries_left <= 0:
        raise ProofExpired
    return proofs[0]


def typed(session: Session, visit: str) -> Identity | None:
    """What was typed under *visit*, so that nothing is asked twice; None when nothing was."""
    proofs = _asked(session, visit)
    if not proofs:
        return None
    newest = proofs[0]
    return Identity(newest.email, newest.first_name, newest.last_name, newest.phone, newest.birth_date)


def prove_by_code(session: Session, clock: Clock, visit: str, code: str, *, address: str = "") -> Proved:
    """Check a typed code against those mailed under *visit*. The caller commits, so that a wrong try counts.

    Args:
        address: Network address of the visitor; counted, never kept in clear.

    Raises:
        NoSuchProof, ProofExpired: As `pending`.
        AddressTaken: It was to be an account's, and is another record's.
        TooMany: Too many wrong codes for this e-mail, or from this network address.
    """
    newest = pending(session, clock, visit)
    session.refresh(newest, with_for_update={"key_share": True})  # a hold may name it meanwhile
    if newest.tries_left <= 0:
        raise ProofExpired
    counted = ((WRONG_PER_EMAIL, newest.email), (WRONG_PER_ADDRESS, address))
    for limit, who in counted:
        require_room(session, clock, limit, who)
    for proof in _asked(session, visit):
        typed = _code_digest(visit, "".join(filter(str.isdigit, code)))
        if proof.expires_at > clock.now() and secrets.compare_digest(proof.code_digest, typed):
            return _proved(session, clock, proof)
    newest.tries_left -= 1
    for limit, who in counted:
        count_attempt(session, clock, limit, who)
    return Proved(None, wrong=True, tries_left=newest.tries_left)


def peek_link(session: Session, clock: Clock, token: str) -> EmailProof:
    """What a mailed link would prove: for the page with one button, so that mail scanners prove nothing.

    Raises:
        NoSuchProof, ProofExpired: It is unknown or over.
    """
    proof = session.scalar(select(EmailProof).where(EmailProof.link_digest == digest(token)))
    if proof is None:
        raise NoSuchProof
    if proof.expires_at <= clock.now():
        raise ProofExpired
    return proof


def prove_by_link(session: Session, clock: Clock, token: str) -> Proved:
    """Open a mailed link; on any device. The caller commits.

    Raises:
        NoSuchProof, ProofExpired: As `peek_link`.
        AddressTaken: It was to be an account's, and is another record's.
    """
    return _proved(session, clock, peek_link(session, clock, token))


def _issue(
    session: Session,
    clock: Clock,
    proof: EmailProof,
    organisation: Organisation,
    visit: str,
    hold_token: str | None,
) -> None:
    """Give *proof* its code and link, write it, and mail them."""
    now = clock.now()
    code, token = f"{secrets.randbelow(1_000_000):06}", new_token()
    proof.visit_digest = digest(visit)
    proof.code_digest = _code_digest(visit, code)
    proof.link_digest = digest(token)
    proof.tries_left = TRIES
    proof.sent_at = now
    proof.expires_at = now + LASTS
    session.add(proof)
    session.flush()
    page = "mes-rendez-vous"
    if hold_token is not None:
        page = f"reservation/{hold_token}"
        hold = session.scalar(select(Hold).where(Hold.digest == digest(hold_token)))
        if hold is not None:
            hold.proof_id = proof.id
    link = f"{installation(session).public_url}/rdv/{organisation.slug}/{page}/lien/{token}"
    tell_code(session, clock, proof, organisation, code, link)


def is_change(proof: EmailProof) -> bool:
    """Whether *proof* is to give an account its address, and has not done so yet."""
    return proof.citizen_id is not None and proof.proven_at is None


def _proved(session: Session, clock: Clock, proof: EmailProof) -> Proved:
    if not is_change(proof):
        return Proved(_known(session, clock, proof))
    citizen = session.get_one(Citizen, proof.citizen_id, with_for_update=True)
    if citizen.erased_at is not None:
        raise NoSuchProof
    other, facts = known_by_email(session, proof.territory_id, proof.email), {}
    if other is not None and other is not citizen:
        raise AddressTaken
    try:
        with session.begin_nested():
            facts = changed({"email": citizen.email}, {"email": proof.email})
            proof.proven_at = citizen.email_proven_at = clock.now()
            citizen.email, citizen.updated_at = proof.email, clock.now()
    except IntegrityError as error:  # somebody else took it at the same time
        raise AddressTaken from error
    if facts:
        record(session, clock, Actor.citizen(citizen.id), "citizen.changed", citizen.territory_id, citizen.id, **facts)
    session.flush()
    return Proved(citizen, changed=True)


def _known(session: Session, clock: Clock, proof: EmailProof) -> Citizen | None:
    """The person behind a proved address; made from what was typed if new. E-mail is the only key (P-7)."""
    has_it = (Citizen.territory_id == proof.territory_id) & (Citizen.email == proof.email)
    theirs = session.scalars(select(Citizen.id).where(has_it, Citizen.merged_into_id.is_(None))).all()
    with changing(session, clock, showing(session, *theirs)):  # agendas are locked before people (D-4)
        return _known_now(session, clock, proof)


def _known_now(session: Session, clock: Clock, proof: EmailProof) -> Citizen | None:
    now = clock.now()
    proof.proven_at = now
    if proof.first_name and proof.last_name:
        citizen: Citizen | None = find_or_make(
            session,
            clock,
            territory_id=proof.territory_id,
            email=proof.email,
            first_name=proof.first_name,
            last_name=proof.last_name,
            phone=proof.phone or None,
            birth_date=proof.birth_date,
        )
    else:
        citizen = known_by_email(session, proof.territory_id, proof.email)
    if citizen is None:
        return None
    citizen.email_proven_at = now
    complete(session, clock, citizen.id, phone=proof.phone or None, birth_date=proof.birth_date)
    proof.citizen_id = citizen.id
    session.flush()
    return citizen


def _asked(session: Session, visit: str) -> list[EmailProof]:
    """All proofs asked under *visit*, newest first."""
    query = select(EmailProof).where(EmailProof.visit_digest == digest(visit))
    return list(session.scalars(query.order_by(EmailProof.id.desc())))


def _code_digest(visit: str, code: str) -> bytes:
    """A code alone is too short to hash; with the visit's secret it is not."""
    return digest(f"{visit}\n{code}")
