"""Times the booking tests share."""

from datetime import UTC, datetime

NINE = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
"""Wednesday 25 November 2026, nine o'clock in Paris."""
