"""Statuses of appointments and seats, and the moves between them (L-1)."""

from dataclasses import dataclass
from enum import StrEnum

from rdvdav.errors import Refused


class Status(StrEnum):
    """What is stored (L-1); « À renseigner » is derived from PLANNED and the day."""

    PLANNED = "planned"
    TO_REPLAN = "to_replan"
    CANCELLED_BY_CITIZEN = "cancelled_by_citizen"
    CANCELLED_BY_STAFF = "cancelled_by_staff"
    DONE = "done"
    NO_SHOW = "no_show"


CANCELLED = frozenset({Status.CANCELLED_BY_CITIZEN, Status.CANCELLED_BY_STAFF})
OUTCOMES = frozenset({Status.DONE, Status.NO_SHOW})
HOLDS_TIME = frozenset({Status.PLANNED, Status.DONE, Status.NO_SHOW})
"""Those that block the agenda (S-10)."""

NEXT: dict[Status, frozenset[Status]] = {
    Status.PLANNED: frozenset({Status.TO_REPLAN, Status.DONE, Status.NO_SHOW}) | CANCELLED,
    Status.TO_REPLAN: frozenset({Status.PLANNED, Status.DONE, Status.NO_SHOW}) | CANCELLED,
    Status.DONE: frozenset({Status.PLANNED, Status.NO_SHOW}),
    Status.NO_SHOW: frozenset({Status.PLANNED, Status.DONE}),
    Status.CANCELLED_BY_CITIZEN: frozenset(),
    Status.CANCELLED_BY_STAFF: frozenset(),
}
"""The moves L-1 allows."""


@dataclass(eq=False)
class NoSuchMove(Refused):
    """An appointment in this status can't get that one."""

    status: Status
    wanted: Status
