"""A series cut in two at one of its days: « cette date et les suivantes » (S02). Pure, naive local dates."""

from dataclasses import replace
from datetime import date, timedelta

from rdvdav.hours.recurrence import Series


def before(series: Series, day: date) -> Series:
    """What is left of *series* when it ends the day before *day*; it repeats."""
    rule = series.rule
    assert rule is not None  # noqa: S101 - a single day has nothing before it
    left_out = frozenset(each for each in series.excluded if each < day)
    return Series(series.first_day, str(replace(rule, until=day - timedelta(days=1), count=None)), left_out)


def onward(series: Series, day: date) -> Series:
    """*series* from *day* on, one of the days of its rule: the same days, a COUNT less by those that went before."""
    rule = series.rule
    assert rule is not None  # noqa: S101 - a single day has nothing after it
    if rule.count is not None:
        past = Series(series.first_day, series.recurrence).ordinals(series.first_day.toordinal(), day.toordinal())
        rule = replace(rule, count=rule.count - len(past))
    left_out = frozenset(each for each in series.excluded if each >= day)
    return Series(day, str(rule), left_out)
