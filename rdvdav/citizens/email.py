"""E-mail addresses of people: read as they are typed, kept in lower case (P-7)."""

from email_validator import EmailNotValidError, validate_email


class NotAnEmail(ValueError):
    """The text is no address that mail can be sent to."""


def read_email(text: str) -> str:
    """The address as it is kept. Whether mail arrives is not asked here.

    Raises:
        NotAnEmail: No such address can be.
    """
    try:
        # Addresses in .test are those of demonstrations.
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise NotAnEmail(text) from error
    return found.normalized.lower()
