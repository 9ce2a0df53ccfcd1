"""Workdays (工作日) by the State Council's calendar with make-up weekends, the bank's overrides first (domain §5.3).

The calendar package knows 2004 to the last announced year. Outside it Monday to Friday stand in, and
`calendar_estimated` says so, so that a page can mark a figure that may still move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import chinese_calendar
from chinese_calendar.constants import holidays

from kajing.reference.models import CalendarDay
from kajing.reference.selectors.parameters import parameter

# The package answers for these years and raises for any other.
ANNOUNCED_YEARS = range(min(holidays).year, max(holidays).year + 1)
_DAY = timedelta(days=1)
_LONGEST_HOLIDAY = 12  # days in a row without a workday, with room to spare
_SATURDAY = 5


def is_workday(day: date) -> bool:
    """Whether banks in mainland China work on this day."""
    return _works(day, _overrides(day, day))


def calendar(first: date, last: date) -> Callable[[date], bool]:
    """`is_workday` for a span of days at the cost of one query; days outside it go without the bank's overrides."""
    known = _overrides(first, last)
    return lambda day: _works(day, known)


def workdays_between(first: date, last: date) -> int:
    """The workdays from `first` to `last`, both included; 0 when `last` is before `first`."""
    known = _overrides(first, last)
    return sum(_works(day, known) for day in _days(first, last))


def add_workdays(day: date, workdays: int) -> date:
    """The day on which the `workdays`-th workday after `day` falls; `day` itself is not counted."""
    horizon = day + timedelta(days=workdays * 2 + _LONGEST_HOLIDAY)
    known = _overrides(day, horizon)
    left, found = workdays, day
    while left > 0:
        found += _DAY
        left -= _works(found, known)
    return found


def earliest_effect(notice_on: date, workdays: int) -> date:
    """The first day a change may take effect after a notice of so many whole workdays (2011 Measures Art. 51)."""
    return add_workdays(notice_on, workdays) + _DAY


def deadline(received_on: date, key: str) -> date:
    """The last day of a period in natural days, such as `simple_deadline` (RG048); the receipt day is not counted."""
    days = parameter(key, received_on)
    if not isinstance(days, int):
        raise TypeError(f"{key} is not a number of days")
    return received_on + timedelta(days=days)


def calendar_estimated(first: date, last: date) -> bool:
    """Whether some day of the span is known neither to the calendar package nor to the bank's holiday file."""
    known = _overrides(first, last)
    return any(day not in known and _announced(day) is None for day in _days(first, last))


def _works(day: date, known: dict[date, bool]) -> bool:
    if day in known:
        return known[day]
    announced = _announced(day)
    return day.weekday() < _SATURDAY if announced is None else announced


def _announced(day: date) -> bool | None:
    return bool(chinese_calendar.is_workday(day)) if day.year in ANNOUNCED_YEARS else None


def _overrides(first: date, last: date) -> dict[date, bool]:
    return dict(CalendarDay.objects.filter(day__gte=first, day__lte=last).values_list("day", "is_workday"))


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)
