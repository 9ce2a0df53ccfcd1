"""Month arithmetic and half-open windows, as domain reference "Conventions for all formulas" defines them."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def add_months(day: date, months: int) -> date:
    """Move by whole months, clamped to the last day: add_months(2026-08-31, -18) = 2025-02-28."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def months_between(start: date, end: date) -> int:
    """Whole calendar months from ``start``'s month to ``end``'s month (MOB, domain §1.8)."""
    return (end.year - start.year) * 12 + end.month - start.month


def month_start(day: date) -> date:
    """The first day of the month of ``day``."""
    return day.replace(day=1)


def month_end(day: date) -> date:
    """The last day of the month of ``day``."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span of days: ``start`` is in, ``end`` is out."""

    start: date
    end: date

    @classmethod
    def last_days(cls, as_of: date, days: int) -> Window:
        """The ``days`` days that end with ``as_of`` (as_of is a date at end of day, so it is in)."""
        end = as_of + timedelta(days=1)
        return cls(end - timedelta(days=days), end)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end
