"""Which dates of a series something is about, and what of it is changed, removed, or would be lost (S02). Nothing here writes."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar

from rdvdav.agenda.absence import Absence
from rdvdav.agenda.opening_range import OpeningRange
from rdvdav.errors import NotFound
from rdvdav.hours import split
from rdvdav.hours.recurrence import Series
from rdvdav.hours.wall_range import WallRange

Row = TypeVar("Row", OpeningRange, Absence)


class NoSuchDate(NotFound):
    """The series has no such date."""


class Scope(StrEnum):
    """Which dates of a series a change is about: « Cette date seulement », « Cette date et les suivantes », « Toutes les dates »."""

    ONE = "one"
    FOLLOWING = "following"
    ALL = "all"


@dataclass(frozen=True)
class Part(Generic[Row]):
    """What is being changed of *row*: all of it, or from a date on, or that date alone."""

    row: Row
    scope: Scope = Scope.ALL
    day: date = date.min

    def takes(self, other: Row) -> bool:
        """Whether *other* is wholly replaced by what comes: the row itself, and the changed dates that go along with it."""
        if other.id == self.row.id:
            return self.scope is Scope.ALL
        if other.series_id != self.row.id:
            return False
        day = originally(other)
        return {Scope.ONE: day == self.day, Scope.FOLLOWING: day >= self.day, Scope.ALL: False}[self.scope]

    def left(self, other: Row) -> WallRange:
        """When *other*, which is not wholly replaced, still happens."""
        hours = other.hours
        if other.id != self.row.id:
            return hours
        if self.scope is Scope.ONE:
            return replace(hours, series=replace(hours.series, excluded=hours.series.excluded | {self.day}))
        return replace(hours, series=split.before(hours.series, self.day))

    @property
    def changed(self) -> list[Row]:
        """The changed dates that what comes would have to take over."""
        if self.scope is Scope.ONE:
            return []
        return [each for each in self.row.changed if originally(each) >= self.day]

    def excluded(self, series: Series) -> frozenset[date]:
        """The days that stay removed in *series*, which it is to become."""
        if self.scope is Scope.ONE or series.recurrence is None:
            return frozenset()
        days = replace(series, excluded=frozenset())
        return frozenset(day for day in removed_days(self.row) if day >= self.day and falls_on(days, day))


@dataclass(frozen=True)
class Foreseen(Generic[Row]):
    """When something will happen once it is saved.

    Attributes:
        hours: On which days, those that happen otherwise among them.
        changed: What happens instead, by the day it stands for.
        lost: Dates changed before that would go, for the series would no more fall on them.
    """

    hours: WallRange
    changed: dict[date, Row]
    lost: list[Row]

    @property
    def usual(self) -> WallRange:
        """Without the changed dates: what the sentence tells."""
        series = self.hours.series
        return replace(self.hours, series=replace(series, excluded=series.excluded.union(self.changed)))


def foresee(hours: WallRange, part: Part[Row] | None) -> Foreseen[Row]:
    """What *hours*, nothing left out, will become where they take the place of *part*."""
    if part is None or part.scope is Scope.ONE:
        return Foreseen(hours, {}, [])
    gone = lost(part.row, hours.series, part.day)
    changed = {originally(each): each for each in part.changed if each not in gone}
    return Foreseen(replace(hours, series=replace(hours.series, excluded=part.excluded(hours.series))), changed, gone)


def all_days(row: OpeningRange | Absence) -> Series:
    """The days of *row* as people see them: those that happen otherwise are among them, those removed are not."""
    changed = {each.original_day for each in row.changed}
    return replace(row.series, excluded=row.series.excluded - changed)


def changed_on(row: Row, day: date) -> Row | None:
    """What happens instead of the series *row* on *day*, if that date was changed."""
    return next((each for each in row.changed if each.original_day == day), None)


def removed_days(row: OpeningRange | Absence) -> list[date]:
    """The days of *row* that were taken out, in order."""
    return sorted(all_days(row).excluded)


def lost(row: Row, series: Series, since: date = date.min) -> list[Row]:
    """The changed dates of *row*, from *since* on, that are no day of *series*, which it is to have: they would go."""
    days = replace(series, excluded=frozenset())
    return [
        each
        for each in row.changed
        if originally(each) >= since and not (series.recurrence and falls_on(days, originally(each)))
    ]


def require_date(row: OpeningRange | Absence, day: date) -> None:
    """Check that *day* is a date of the series *row*, changed or not.

    Raises:
        NoSuchDate: It is not, or *row* does not repeat.
    """
    if row.recurrence is None or not falls_on(all_days(row), day):
        raise NoSuchDate


def originally(one: OpeningRange | Absence) -> date:
    """The day of its series that the changed date *one* stands for."""
    assert one.original_day is not None  # noqa: S101 - a changed date has one, says a CHECK of the table
    return one.original_day


def falls_on(series: Series, day: date) -> bool:
    """Whether *day* is one of *series*."""
    return bool(series.ordinals(day.toordinal(), day.toordinal() + 1))
