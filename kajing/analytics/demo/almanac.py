"""The demo bank's year: festivals and the weights of days and hours in its customers' lives.

Everything here is plain arithmetic on dates, so that two runs with one seed agree to the byte.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

# Lunar New Year's Day by the Purple Mountain Observatory's calendar, 2012–2035.
SPRING_FESTIVAL = tuple(
    date.fromisoformat(day)
    for day in (
        "2012-01-23 2013-02-10 2014-01-31 2015-02-19 2016-02-08 2017-01-28 2018-02-16 2019-02-05 "
        "2020-01-25 2021-02-12 2022-02-01 2023-01-22 2024-02-10 2025-01-29 2026-02-17 2027-02-06 "
        "2028-01-26 2029-02-13 2030-02-03 2031-01-23 2032-02-11 2033-01-31 2034-02-19 2035-02-08"
    ).split()
)

# What moves a purchase in time; a shop has one rhythm.
RHYTHMS = ("DAILY", "LEISURE", "ONLINE", "TRAVEL", "WORK", "BILL")

# Factors Monday … Sunday.
_WEEK = {
    "DAILY": (0.95, 0.92, 0.93, 0.95, 1.02, 1.15, 1.12),
    "LEISURE": (0.70, 0.70, 0.74, 0.80, 1.15, 1.55, 1.40),
    "ONLINE": (1.04, 1.02, 1.00, 1.00, 0.98, 0.96, 1.02),
    "TRAVEL": (0.95, 0.78, 0.80, 0.95, 1.35, 1.15, 1.10),
    "WORK": (1.15, 1.12, 1.12, 1.12, 1.14, 0.72, 0.63),
    "BILL": (1.15, 1.10, 1.08, 1.08, 1.05, 0.80, 0.74),
}

# Days from Lunar New Year's Day: (from, to, factor), shopping before, silence on the day, travel after.
_FESTIVAL = {
    "DAILY": ((-12, -2, 1.55), (-1, 2, 0.45), (3, 6, 0.80)),
    "LEISURE": ((-14, -2, 1.60), (-1, 1, 0.50), (2, 7, 1.35)),
    "ONLINE": ((-20, -9, 1.30), (-8, 3, 0.45), (4, 8, 0.80)),
    "TRAVEL": ((-9, -1, 1.90), (0, 0, 0.90), (1, 8, 2.10)),
    "WORK": ((-6, -2, 0.80), (-1, 6, 0.28), (7, 12, 0.80)),
    "BILL": ((-10, -3, 1.25), (-2, 6, 0.35)),
}

# Fixed days of the solar year: (month, day from, day to, rhythms, factor).
_SOLAR = (
    (5, 1, 5, ("TRAVEL", "LEISURE"), 1.80),
    (10, 1, 7, ("TRAVEL", "LEISURE"), 1.90),
    (10, 1, 7, ("WORK", "BILL"), 0.45),
    (1, 1, 1, ("LEISURE", "DAILY"), 1.40),
    (6, 1, 18, ("ONLINE",), 1.35),
    (6, 18, 18, ("ONLINE",), 2.20),
    (10, 31, 31, ("ONLINE",), 1.90),
    (11, 1, 10, ("ONLINE",), 1.45),
    (11, 11, 11, ("ONLINE",), 4.20),
    (11, 12, 13, ("ONLINE",), 1.30),
    (12, 12, 12, ("ONLINE",), 1.80),
    (2, 14, 14, ("LEISURE",), 1.60),
)

# Weight of each hour of the day, midnight first.
_HOURS = {
    "DAILY": (2, 1, 1, 1, 1, 3, 12, 30, 42, 48, 52, 50, 46, 40, 38, 42, 52, 72, 84, 76, 58, 36, 16, 6),
    "LEISURE": (4, 2, 1, 1, 0, 0, 1, 4, 10, 22, 40, 70, 82, 60, 54, 58, 62, 80, 110, 112, 88, 52, 26, 10),
    "ONLINE": (32, 16, 8, 4, 3, 3, 8, 20, 36, 56, 66, 62, 66, 58, 52, 54, 54, 52, 56, 72, 92, 104, 92, 62),
    "TRAVEL": (6, 4, 3, 3, 4, 12, 34, 56, 66, 66, 62, 54, 48, 50, 56, 58, 58, 56, 52, 46, 40, 32, 22, 12),
    "WORK": (4, 2, 1, 1, 1, 4, 24, 74, 70, 46, 44, 96, 104, 52, 40, 40, 44, 72, 84, 60, 40, 26, 14, 8),
    "BILL": (1, 0, 0, 0, 0, 1, 4, 20, 62, 90, 86, 62, 44, 48, 66, 70, 60, 44, 40, 42, 40, 30, 14, 4),
}

_SALARY_DAYS = {10: 1.18, 11: 1.14, 12: 1.08, 15: 1.14, 16: 1.10}


@dataclass(frozen=True)
class Month:
    """One calendar month of the run, cut to the days the feed covers."""

    index: int
    first: date
    last: date

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(n) for n in range((self.last - self.first).days + 1)]


def add_months(day: date, months: int) -> date:
    """Month arithmetic that clamps to the month's last day (domain reference, conventions)."""
    total = day.year * 12 + day.month - 1 + months
    first_next = date((total + 1) // 12, (total + 1) % 12 + 1, 1)
    last = (first_next - timedelta(1)).day
    return date(total // 12, total % 12 + 1, min(day.day, last))


def months_between(start: date, until: date) -> Iterator[Month]:
    """Calendar months from `start` to `until`, the first and last cut to the run."""
    first, index = start, 0
    while first <= until:
        next_first = add_months(first.replace(day=1), 1)
        yield Month(index, first, min(until, next_first - timedelta(1)))
        first, index = next_first, index + 1


def day_weight(day: date, rhythm: str) -> float:
    """How much a day attracts purchases of one rhythm; 1 is an ordinary day."""
    weight = _WEEK[rhythm][day.weekday()] * _SALARY_DAYS.get(day.day, 1.0)
    for month, first, last, rhythms, factor in _SOLAR:
        if day.month == month and first <= day.day <= last and rhythm in rhythms:
            weight *= factor
    return weight * _festival_factor(day, rhythm)


def _festival_factor(day: date, rhythm: str) -> float:
    for festival in SPRING_FESTIVAL:
        offset = (day - festival).days
        for first, last, factor in _FESTIVAL[rhythm]:
            if first <= offset <= last:
                return factor
    return 1.0


def month_factor(month: Month, rhythm: str) -> float:
    """A month's mean day weight: a month with a festival holds more (or fewer) purchases."""
    days = month.days
    return sum(day_weight(day, rhythm) for day in days) / len(days)


def lottery(weights: Sequence[float], size: int) -> list[int]:
    """Spread `size` tickets over positions in proportion to their weights, largest remainder first."""
    total = sum(weights) or 1.0
    exact = [size * weight / total for weight in weights]
    tickets = [int(share) for share in exact]
    by_remainder = sorted(range(len(weights)), key=lambda n: (tickets[n] - exact[n], n))
    for n in by_remainder[: size - sum(tickets)]:
        tickets[n] += 1
    return [n for n, count in enumerate(tickets) for _ in range(count)]


def day_tickets(month: Month, size: int) -> list[int]:
    """For each rhythm `size` tickets, each a day counted from the month's first covered day."""
    return [t for r in RHYTHMS for t in lottery([day_weight(day, r) for day in month.days], size)]


def quarter_tickets(size: int) -> list[int]:
    """For each rhythm `size` tickets, each a quarter of an hour of the day (0–95)."""
    return [t for r in RHYTHMS for t in lottery(_quarters(_HOURS[r]), size)]


def _quarters(hours: Sequence[int]) -> list[float]:
    """Hour weights smoothed to quarters, so that no step shows at the full hour."""
    return [hours[h] * (1 - q / 4) + hours[(h + 1) % 24] * q / 4 for h in range(24) for q in range(4)]
