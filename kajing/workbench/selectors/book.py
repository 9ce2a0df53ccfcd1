"""The figures of a person's book: from the table that lists filter on, so that every number opens to its rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, Sum

from kajing.analytics import reading
from kajing.analytics.warehouse import NotPublished
from kajing.customers.selectors import customers
from kajing.customers.selectors.warehouse import warehouse
from kajing.org.scoping import current_scope
from kajing.ui import formats

BEHIND = 0.9


@dataclass(frozen=True, slots=True)
class Book:
    """Sums over the customers one sees; money in fen."""

    customers: int
    active: int
    spend: int
    spend_before: int
    balance: int
    overdue_balance: int
    overdue_customers: int
    unused: int

    @property
    def active_rate(self) -> float | None:
        """Active customers ÷ customers."""
        return self.active / self.customers if self.customers else None

    @property
    def spend_change(self) -> float | None:
        """Spend of 30 days against the 30 days before, as a share."""
        return (self.spend - self.spend_before) / self.spend_before if self.spend_before else None

    @property
    def spend_pace(self) -> float | None:
        """Spend of 30 days ÷ the 30 days before."""
        return self.spend / self.spend_before if self.spend_before else None

    @property
    def active_percent(self) -> float | None:
        """The active rate, 0–100, for a ring."""
        return None if self.active_rate is None else self.active_rate * 100

    @property
    def pace_percent(self) -> float | None:
        """The pace, 0–100, for a ring; more than the month before is a full one."""
        return None if self.spend_pace is None else min(self.spend_pace, 1) * 100

    @property
    def pace_tone(self) -> str:
        """Behind the month before by more than a tenth wants attention."""
        return "warn" if self.spend_pace is not None and self.spend_pace < BEHIND else "ok"

    @property
    def overdue_percent(self) -> float | None:
        """The overdue share, 0–100, for a ring."""
        return None if self.overdue_share is None else self.overdue_share * 100

    @property
    def change_words(self) -> str:
        """▲ 12.4%."""
        return "—" if self.spend_change is None else formats.change(self.spend_change)

    @property
    def overdue_words(self) -> str:
        """1.84%."""
        return "—" if self.overdue_share is None else formats.percent(self.overdue_share, 2)

    @property
    def overdue_share(self) -> float | None:
        """Balance of overdue customers ÷ balance."""
        return self.overdue_balance / self.balance if self.balance else None


OVERDUE = Q(figures__dpd__gt=0)
SUMS = {
    "customers": Count("pk"),
    "active": Count("pk", filter=Q(figures__state="ACTIVE")),
    "spend": Sum("figures__spend_30d"),
    "spend_before": Sum("figures__spend_prev_30d"),
    "balance": Sum("figures__balance"),
    "overdue_balance": Sum("figures__balance", filter=OVERDUE),
    "overdue_customers": Count("pk", filter=OVERDUE),
    "unused": Count("pk", filter=Q(figures__state="NEVER_USED")),
}


def book(user: Any) -> Book:
    """The sums of this person's book by the last night."""
    found = customers(user).filter(status="ACTIVE").aggregate(**SUMS)
    return Book(**{name: value or 0 for name, value in found.items()})


@dataclass(frozen=True, slots=True)
class Weeks:
    """Eight weeks of a book, oldest first; the last value stands beside the line."""

    spend: list[int] = field(default_factory=list)
    active: list[int] = field(default_factory=list)
    overdue: list[float | None] = field(default_factory=list)

    @property
    def last_spend(self) -> int | None:
        """The newest week's spend in fen."""
        return self.spend[-1] if self.spend else None

    @property
    def last_active(self) -> int | None:
        """Customers active in the newest week."""
        return self.active[-1] if self.active else None

    @property
    def last_overdue(self) -> float | None:
        """The newest overdue share."""
        return self.overdue[-1] if self.overdue else None


def weeks(user: Any) -> Weeks:
    """Spend, active customers and overdue share of this person's book, from the warehouse; empty before a night."""
    scope = current_scope(user)
    try:
        found = reading.portfolio_weeks(warehouse(), scope)
        months = reading.overdue_months(warehouse(), scope)
    except NotPublished:
        return Weeks()
    return Weeks(
        spend=[row["spend"] for row in found],
        active=[row["active_customers"] for row in found],
        overdue=[row["overdue"] / row["balance"] if row["balance"] else None for row in months[-8:]],
    )
