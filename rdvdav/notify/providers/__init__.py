"""Who carries SMS: ours, and those that other packages announce under the entry point group « rdvdav.sms ».

An entry point names a function that takes the options of `sms_options`, the sender's name and the address for receipts (empty
when there is none), and gives a `Provider`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from rdvdav.outbox.message import Message


class OptionsWrong(ValueError):
    """An option is missing, unknown, or can't be used; the text says which."""


@dataclass(frozen=True)
class Report:
    """What a provider says became of an SMS.

    Attributes:
        provider_id: As `Provider.send` called it.
        arrived: On the telephone; else it never will.
        gone: The number is none any more (M-7).
        reason: Why it did not, in the provider's word.
    """

    provider_id: str
    arrived: bool
    gone: bool = False
    reason: str = ""


class Provider(Protocol):
    """Carries SMS."""

    def send(self, message: Message) -> str | None:
        """Hand over `message.text` to the number `message.recipient`: what the provider calls it.

        Raises:
            SendFailed: It did not leave.
        """
        ...

    def report(self, values: Mapping[str, Any]) -> Report | None:
        """Read a delivery report, whose fields came in the address or body; None when it says nothing final."""
        ...


Make = Callable[[Mapping[str, Any], str, str], Provider]
"""From options, sender's name and address for receipts to a provider."""


def options(given: Mapping[str, Any], *, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, str]:
    """The options of a provider, all of them texts.

    Raises:
        OptionsWrong: One is missing, unknown, or no text.
    """
    if missing := [name for name in required if not given.get(name)]:
        raise OptionsWrong(f"sms_options lacks {', '.join(missing)}")
    if unknown := sorted(given.keys() - {*required, *optional}):
        known = ", ".join((*required, *optional)) or "none"
        raise OptionsWrong(f"sms_options has {', '.join(unknown)}; known ones are {known}")
    if wrong := [name for name, value in given.items() if not isinstance(value, str)]:
        raise OptionsWrong(f"sms_options: {', '.join(wrong)} must be a text")
    return {name: str(given.get(name, "")) for name in (*required, *optional)}
