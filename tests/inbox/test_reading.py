"""Whatever comes in is understood or ignored, and never hurts (K-52, M-7)."""

from base64 import b64encode
from time import monotonic

import pytest
from inbox import mails
from inbox.mails import filled

from rdvdav.inbox.bounce import Bounce
from rdvdav.inbox.reading import MOST_BYTES, Answer, read
from rdvdav.notify.mail import nobody_there

ID = "<1f2e3d4c@rdv.example.test>"
TO = "amina@example.test"


@pytest.mark.parametrize(
    ("mail", "status", "gone"),
    [
        (mails.POSTFIX, "5.1.1", True),
        (mails.POSTFIX_NO_DOMAIN, "5.4.4", True),
        (mails.POSTFIX_FULL, "5.2.2", False),
        (mails.POSTFIX_SPAM, "5.7.1", False),
        (mails.POSTFIX_EXPIRED, "4.4.1", False),
        (mails.EXIM, "5.1.1", True),
        (mails.EXIM_OLDER, "5.1.1", True),
        (mails.EXCHANGE, "5.1.10", True),
        (mails.GMAIL, "5.1.1", True),
        (mails.INTERNATIONAL, "5.1.1", True),
    ],
)
def test_a_mail_that_came_back_is_known_by_its_id_and_recipient(mail: str, status: str, gone: bool) -> None:
    bounce = read(filled(mail, id=ID, to="Amina@Example.test"))

    assert isinstance(bounce, Bounce)
    assert ID in bounce.message_ids
    [failure] = bounce.failures
    assert (failure.addresses, failure.status) == ({TO}, status)
    assert nobody_there(failure.code, failure.status) is gone


def test_line_ends_of_either_kind_are_read_alike() -> None:
    for mail in (mails.POSTFIX, mails.EXIM_OLDER, mails.GMAIL):
        raw = filled(mail, id=ID, to=TO)
        assert read(raw.replace(b"\n", b"\r\n")) == read(raw) == read(b"From rdv Mon Nov 23 09:31:02 2026\n" + raw)


def test_a_delay_says_nothing_yet() -> None:
    assert read(filled(mails.POSTFIX_DELAYED, id=ID, to=TO)) is None


def test_a_person_answers_the_nearest_mail_first() -> None:
    assert read(filled(mails.ANSWER, id=ID, **{"from": "Amina@Example.test"})) == Answer(
        TO, "<CAF1b2c3d4@mail.example.net>", (ID, "<older@rdv.example.test>"), None
    )


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; owner-email=x",
        "Return-Path: <>",
        "Precedence: bulk",
        "Precedence: list",
        "List-Id: <annonces.example.test>",
        "List-Unsubscribe: <https://example.test/>",
        "X-Auto-Response-Suppress: DR, OOF, AutoReply",
        "X-Autoreply: yes",
        "X-Spam-Flag: YES",
        "From: MAILER-DAEMON@example.test",
        "From: noreply@example.test",
        "From: no-reply+x@example.test",
        "From: owner-annonces@example.test",
        "From: annonces-bounces@example.test",
        "From: ",
        "From: nobody in particular",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
        "Content-Type: multipart/report; report-type=feedback-report; boundary=b",
    ],
)
def test_what_no_person_sent_is_not_answered(header: str) -> None:
    name = header.partition(":")[0].lower()
    lines = filled(mails.ANSWER, id=ID, **{"from": TO}).decode().splitlines()
    others = [line for line in lines if not line.lower().startswith(f"{name}:")]

    assert read("\n".join([header, *others]).encode()) is None


@pytest.mark.parametrize(("partstat", "heard"), [("DECLINED", True), ("TENTATIVE", True), ("ACCEPTED", False)])
def test_a_calendar_program_that_says_no_is_a_person(partstat: str, heard: bool) -> None:
    reply = filled(mails.REPLY, uid_folded="abc-def\r\n ghi@rdv.example.test", partstat=partstat, **{"from": TO})
    answer = read(filled(mails.DECLINED, calendar=b64encode(reply).decode(), **{"from": TO}))

    if heard:
        assert isinstance(answer, Answer)
        assert answer.calendar is not None
        assert (answer.calendar.uids, answer.calendar.accepted) == (("abc-defghi@rdv.example.test",), False)
    else:
        assert answer is None


def nested(depth: int) -> bytes:
    parts = [f'Content-Type: multipart/report; boundary="{level}"\n\n--{level}\n'.encode() for level in range(depth)]
    return b"From: a@example.test\n" + b"".join(parts) + filled(mails.POSTFIX, id=ID, to=TO)


def report(status: bytes) -> bytes:
    return (
        b"Return-Path: <>\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        b"--b\nContent-Type: message/delivery-status\n\n" + status
    )


BAD = {
    "empty": b"",
    "no headers": b"\n\n\n",
    "one line": b"hello",
    "nul": b"\0" * 1000,
    "bytes": bytes(range(256)) * 400,
    "no such charset": b"From: =?x-klingon?q?=FF?= <amina@example.test>\nContent-Type: text/calendar; charset=x-klingon\n\n\xff",
    "broken base64": filled(mails.DECLINED, calendar="@@@=", **{"from": TO}),
    "nested a thousandfold": nested(3000),
    "nested reports": nested(50),
    "long addresses": b"X-Failed-Recipients: " + b"a" * MOST_BYTES,
    "many addresses": report(b"Action: failed\nFinal-Recipient: " + b"rfc822;" * 70_000),
    "many recipients": report(b"a: b\n\n" * 80_000),
    "long sender": b"From: " + b"<" * 300_000 + b"\n\n",
    "many references": b"From: a@example.test\nReferences: " + b"<a@b> " * 80_000 + b"\n\n",
    "long lines of a calendar": b"From: a@example.test\nContent-Type: text/calendar\n\n" + b"ATTENDEE;" * 50_000,
    "too big": filled(mails.ANSWER, id=ID, **{"from": TO}) + b"x" * 50_000_000,
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_hurts_nobody(name: str) -> None:
    began = monotonic()
    found = read(BAD[name])

    assert monotonic() - began < 5
    assert isinstance(found, Answer | None)


def test_a_mail_cut_anywhere_is_read_or_ignored() -> None:
    for mail in (mails.POSTFIX, mails.GMAIL, mails.EXIM_OLDER):
        raw = filled(mail, id=ID, to=TO)
        for end in range(0, len(raw), 40):
            found = read(raw[:end])
            assert found is None or (isinstance(found, Bounce) and found.failures[0].addresses == {TO})
