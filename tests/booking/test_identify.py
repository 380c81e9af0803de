"""Proving an e-mail address: the same work for everybody, half an hour, five tries, any device (ux 3.9)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from make import Maker
from sqlalchemy import select
from sqlalchemy.orm import Session

from rdvdav.booking.held import held_under
from rdvdav.booking.hold import retake
from rdvdav.booking.identify import (
    AddressTaken,
    Identity,
    NoSuchProof,
    ProofExpired,
    TooSoon,
    ask,
    peek_link,
    prove_by_code,
    prove_by_link,
    send_again,
    typed,
)
from rdvdav.citizens.citizen import Citizen
from rdvdav.citizens.link import EmailProof
from rdvdav.clock import StoppedClock
from rdvdav.database import Database
from rdvdav.directory.organisation import Organisation
from rdvdav.outbox.message import Message
from rdvdav.policy.installation import settle
from rdvdav.policy.throttle import TooMany
from rdvdav.settings import Settings

AMINA = Identity("amina@exemple.test", "Amina", "Benali", "+33612345678")


@pytest.fixture(autouse=True)
def _settled(session: Session, settings: Settings) -> None:
    settle(session, settings)


def asked(session: Session, clock: StoppedClock, make: Maker, who: Identity = AMINA, **more: Any) -> str:
    organisation = make._the(Organisation)
    return ask(
        session,
        clock,
        organisation_id=organisation.id,
        identity=who,
        hold_token=more.get("hold_token"),
        address=more.get("address", "192.0.2.1"),
    )


def mailed(session: Session) -> tuple[str, str]:
    """Code and token of the link in the newest mail."""
    message = session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert message is not None
    code, link = message.secrets
    return code, link.rpartition("/")[2]


def test_asking_costs_the_same_statements_whether_the_address_is_known_or_not(
    session: Session,
    database: Database,
    clock: StoppedClock,
    make: Maker,
    statements: Callable[[Database], Any],
) -> None:
    asked(session, clock, make, Identity("first@exemple.test"))
    known = make.citizen(email="known@exemple.test", email_proven_at=clock.now())
    work = []
    for email in (known.email or "", "unknown@exemple.test"):
        with statements(database) as seen:
            asked(session, clock, make, Identity(email))
        work.append(list(seen))

    assert work[0] == work[1]
    assert not any("FROM citizen" in statement for statement in work[0])


def test_a_link_lasts_half_an_hour_and_not_an_instant_longer(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    visit = asked(session, clock, make)
    code, token = mailed(session)
    clock.advance(timedelta(minutes=30) - timedelta(microseconds=1))
    assert peek_link(session, clock, token).email == "amina@exemple.test"

    clock.advance(timedelta(microseconds=1))
    for late in (
        lambda: prove_by_link(session, clock, token),
        lambda: prove_by_code(session, clock, visit, code),
        lambda: send_again(session, clock, visit, None),
    ):
        with pytest.raises(ProofExpired):
            late()
    assert session.scalars(select(Citizen)).all() == []
    assert typed(session, visit) == AMINA  # nothing is asked twice


def test_five_wrong_codes_close_the_code_and_the_right_one_comes_too_late(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    visit = asked(session, clock, make)
    code, _token = mailed(session)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"

    left = [prove_by_code(session, clock, visit, wrong).tries_left for _ in range(5)]

    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(ProofExpired):
        prove_by_code(session, clock, visit, code)


def test_a_code_opens_the_page_that_asked_for_it_alone(session: Session, clock: StoppedClock, make: Maker) -> None:
    asked(session, clock, make)
    code, token = mailed(session)
    other = asked(session, clock, make, Identity("eve@exemple.test", "Eve", "Roux"))

    assert prove_by_code(session, clock, other, code).citizen is None
    with pytest.raises(NoSuchProof):
        prove_by_link(session, clock, token + "x")


def test_another_mail_leaves_after_a_minute_and_eight_an_hour(
    session: Session, clock: StoppedClock, make: Maker
) -> None:
    visit = asked(session, clock, make)
    with pytest.raises(TooSoon):
        send_again(session, clock, visit, None)
    for _ in range(7):
        clock.advance(timedelta(minutes=1))
        send_again(session, clock, visit, None)
    clock.advance(timedelta(minutes=1))
    with pytest.raises(TooMany):
        send_again(session, clock, visit, None)
    with pytest.raises(TooMany):
        asked(session, clock, make, AMINA, address="192.0.2.99")


def test_the_hold_follows_what_was_typed_to_another_device_and_past_its_end(
    session: Session, clock: StoppedClock, make: Maker, hold_token: str
) -> None:
    asked(session, clock, make, hold_token=hold_token)
    _code, token = mailed(session)
    clock.advance(timedelta(minutes=20))

    proved = prove_by_link(session, clock, token)
    assert proved.citizen is not None
    fresh = retake(session, clock, hold_token, visit="a telephone", address="192.0.2.7", citizen_id=proved.citizen.id)

    proof = session.scalars(select(EmailProof)).one()
    assert held_under(session, fresh).proof_id == proof.id
    assert (proved.citizen.name, proved.citizen.email_proven_at) == ("Amina Benali", clock.now())


@pytest.mark.parametrize("taken", [False, True])
def test_an_address_becomes_an_accounts_once_proved_unless_it_is_anothers(
    session: Session, clock: StoppedClock, make: Maker, taken: bool
) -> None:
    mine = make.citizen(email="old@exemple.test")
    if taken:
        make.citizen(email="new@exemple.test")
    here = {"organisation_id": make._the(Organisation).id, "hold_token": None, "address": "192.0.2.1"}
    visit = ask(session, clock, identity=Identity("new@exemple.test"), account_id=mine.id, **here)
    code, token = mailed(session)
    assert mine.email == "old@exemple.test"

    if taken:
        for prove in (lambda: prove_by_code(session, clock, visit, code), lambda: prove_by_link(session, clock, token)):
            with pytest.raises(AddressTaken):
                prove()
        assert mine.email == "old@exemple.test"
    else:
        assert prove_by_code(session, clock, visit, code).changed
        assert (mine.email, mine.email_proven_at) == ("new@exemple.test", clock.now())
        assert prove_by_link(session, clock, token).citizen is mine  # and signs in from now on


def test_an_account_that_is_deleted_gets_no_address(session: Session, clock: StoppedClock, make: Maker) -> None:
    gone = make.citizen(email=None, erased_at=clock.now())
    here = {"organisation_id": make._the(Organisation).id, "hold_token": None, "address": "192.0.2.1"}
    ask(session, clock, identity=Identity("new@exemple.test"), account_id=gone.id, **here)

    with pytest.raises(NoSuchProof):
        prove_by_link(session, clock, mailed(session)[1])
