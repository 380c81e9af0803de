"""A way out that leads nowhere for now is tried by few messages until one gets through; then all go on, in order."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from rdvdav.outbox.message import Channel

FEW = 3
"""So many failures in a row, whatever the messages, are the server's and not theirs."""
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)
FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(hours=6)


def delay(tries: int, key: str) -> timedelta:
    """How long a message waits after its nth try: doubling, up to six hours, up to a half more so that not all come at once.

    The part by chance hangs on *key* and *tries* alone.
    """
    whole: timedelta = min(FIRST_DELAY * 2 ** min(tries - 1, 20), LONGEST_DELAY)
    chance = crc32(f"{key}:{tries}".encode()) / 2**32
    return whole + whole * (chance / 2)


@dataclass
class Circuit:
    """What one worker knows of one way out.

    Attributes:
        failures: How often in a row nobody was there.
        opens_at: Until then nothing is tried; None while messages get through.
    """

    failures: int = 0
    opens_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether to try a message now."""
        return self.opens_at is None or self.opens_at <= now

    def missed(self, now: datetime) -> None:
        """Nobody was there: after a few times wait, each time longer."""
        self.failures += 1
        if self.failures >= FEW:
            self.opens_at = now + min(FIRST_PAUSE * 2 ** min(self.failures - FEW, 20), LONGEST_PAUSE)

    def reached(self) -> bool:
        """Somebody was there, whatever the answer; whether nobody had been before."""
        was_away = self.opens_at is not None
        self.failures, self.opens_at = 0, None
        return was_away


class Circuits(defaultdict[Channel, Circuit]):
    """One for each way out."""

    def __init__(self) -> None:
        """All open."""
        super().__init__(Circuit)

    def closed(self, now: datetime) -> frozenset[Channel]:
        """The ways out that are not tried now."""
        return frozenset(channel for channel, circuit in self.items() if not circuit.is_open(now))
