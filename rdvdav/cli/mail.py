"""The command a mail server hands incoming mails to. Its exit codes are those of sysexits.h: 0 done, 75 try again later."""

import sys
from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import click

from rdvdav.cli.house import House, command
from rdvdav.inbox.reading import MOST_BYTES
from rdvdav.inbox.receive import take_in
from rdvdav.serving import require_current


class TryAgainLater(click.ClickException):
    """EX_TEMPFAIL: the mail server keeps the mail and hands it in again."""

    exit_code = 75


def _kept_by_the_mail_server(function: Callable[..., None]) -> Callable[..., None]:
    """Whatever goes wrong here, no mail is lost and none goes back to a citizen."""

    def run(*arguments: Any, **options: Any) -> None:
        try:
            function(*arguments, **options)
        except click.ClickException as error:
            raise TryAgainLater(error.message) from error
        except Exception as error:
            # Its text may hold what somebody wrote.
            raise TryAgainLater(f"The mail could not be taken in ({type(error).__name__}).") from None

    return update_wrapper(run, function)


@click.group()
def mail() -> None:
    """Take in what comes back to the sending address: bounces, and answers of people (docs/mail.md)."""


@mail.command("receive")
@_kept_by_the_mail_server
@command
def receive(house: House) -> None:
    """Take in one mail from standard input.

    For an alias or a pipe of a mail server. A bounce is noted among the sendings, and its address blocked; who answers gets one
    automatic answer with the link; everything else is ignored. Exits with 0, or with 75 when the mail is to be handed in again.
    """
    stdin = sys.stdin.buffer
    raw = stdin.read(MOST_BYTES)
    while stdin.read(MOST_BYTES):
        pass  # who hands it in must be able to finish
    require_current(house.database)
    take_in(house.database, house.clock, raw)
