"""The three families every refusal belongs to; each leaf lives beside the rule that raises it.

RdvdavError
├── NotFound   it does not exist, or not for this person: doors answer both alike
├── Refused    a rule says no, and will say no again
└── Stale      right once; start again from what is true now

Errors carry facts, never sentences: words are chosen at the door, in the reader's language.
"""


class RdvdavError(Exception):
    """Root of all errors the core raises on purpose."""


class NotFound(RdvdavError):
    """No such thing, or none this person may know of."""


class Refused(RdvdavError):
    """A rule says no."""


class Stale(RdvdavError):
    """What the caller saw is no longer true."""
