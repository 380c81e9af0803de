"""The only place that reads the system's time (T-4): everything else is handed a Clock."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


class StoppedClock:
    """A clock that moves only when told: for tests and for the demonstration's `--today`."""

    def __init__(self, instant: datetime) -> None:
        """Stop at *instant*, which must be aware."""
        self._instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        """The instant it stands at, in UTC."""
        return self._instant

    def advance(self, step: timedelta) -> None:
        """Move by *step*."""
        self._instant += step
