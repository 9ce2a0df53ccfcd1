"""Accounts: activity and use of limits (§1.3, §1.5)."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.metrics.base import KEYS, MetricTables, added, calendar, metric, tonight, totals
from kajing.analytics.metrics.cards import month_complete

STATEMENT_CYCLE = 31  # days after which every account has had a statement


def is_open(t: MetricTables, a: Table) -> Any:
    """Open at the end of the calendar's day; one that is gone on a day nobody gave is left out of the past."""
    stays = (a.closed_on > a.day).fill_null(a.is_open)
    return tonight(t, a).ifelse(a.is_open, (a.opened_on <= a.day) & stays)


@metric(
    "active_account_rate_month",
    "share",
    "accounts with a customer-initiated use in the month ÷ valid accounts",
    "domain §1.3 动户率",
    since=month_complete,
)
def active_account_rate_month(t: MetricTables) -> Table:
    """Active accounts in the month, up to as_of in the last one."""
    used = t.use.filter(t.use.last_use_on.notnull()).select("account_id", "month").distinct().mutate(used=True)
    a = t.accounts.cross_join(calendar(t.observed(month_complete(t))))
    a = a.filter(is_open(t, a))
    a = a.left_join(used, ["account_id", "month"]).drop("account_id_right", "month_right")
    return totals(a, a.used.fill_null(False), a.account_id.notnull())


def _limited(t: MetricTables) -> date:
    return t.since("limit", STATEMENT_CYCLE)


@metric(
    "utilisation",
    "share",
    "balance ÷ limit of open accounts, temporary limits in force included;"
    " past month-ends by balance and limit of the statement in force",
    "domain §1.5 用信率",
    since=_limited,
)
def utilisation(t: MetricTables) -> Table:
    """Use of limits."""
    held = t.accounts.filter(t.accounts.is_open).cross_join(calendar([t.as_of]))
    now = totals(held, ibis.greatest(held.balance, 0), held.effective_limit)
    owners = t.accounts.select("account_id", *KEYS, "is_open", "opened_on", "closed_on")
    past = t.positions.join(owners, "account_id")
    past = past.filter((past.day >= _limited(t)) & (past.day < t.as_of) & (past.credit_limit > 0) & is_open(t, past))
    past = past.mutate(month=past.day.truncate("M").cast("date"))
    return added(now, totals(past, past.balance, past.credit_limit))
