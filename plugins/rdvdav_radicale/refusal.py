"""What the door refuses by a precondition of WebDAV or CalDAV."""


class Refusal(Exception):
    """403 with `DAV:error` naming a precondition. No ValueError, which Radicale would answer with a bare 400."""

    def __init__(self, precondition: str) -> None:
        """*precondition* with Radicale's prefix, as `D:supported-report`."""
        super().__init__(precondition)
        self.precondition = precondition
