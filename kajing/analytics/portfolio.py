"""Totals for dashboards: by month, week and day, by unit, manager, segment and product."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.marts import month_of

BUCKETS = ("M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+")
OWNERS = ("unit_id", "manager_id")


def by_month(
    account_months: Table, accounts: Table, cards: Table, customers: Table, as_of: date, months: int = 24
) -> Table:
    """Spend and activity per month × unit × manager × segment × product, from `marts.account_month`.

    The stock figures (balances by bucket, accounts, valid cards) stand in the month of as_of only, because they are
    known as of that day. Owners, segments and products are tonight's: a customer's past goes with the customer.
    """
    who = customers.select("customer_id", *OWNERS, "segment")
    what = accounts.select("account_id", "product_id")
    recent = account_months.filter(account_months.month >= month_of(as_of, -(months - 1)))
    rows = recent.join(who, "customer_id").join(what, "account_id")
    keys = [*OWNERS, "segment", "product_id"]
    active = rows.uses > 0
    flows = rows.group_by("month", *keys).agg(
        spend=rows.spend.sum(),
        txn_count=rows.txn_count.sum(),
        cash=rows.cash.sum(),
        active_accounts=active.cast("int64").sum(),
        active_customers=active.ifelse(rows.customer_id, ibis.null("string")).nunique(),
    )
    stock = _stock(accounts, cards, who, keys).mutate(month=ibis.literal(month_of(as_of, 0)).cast("date"))
    both = flows.outer_join(stock, ["month", *keys])
    keep = {name: ibis.coalesce(both[name], both[f"{name}_right"]) for name in ["month", *keys]}
    figures = [name for name in (*flows.columns, *stock.columns) if name not in keep]
    return both.select(**keep, **{name: both[name].fill_null(0) for name in dict.fromkeys(figures)})


def _stock(accounts: Table, cards: Table, who: Table, keys: list[str]) -> Table:
    valid = cards.group_by("account_id").agg(valid=cards.valid.cast("int64").sum())
    a = accounts.join(who, "customer_id").left_join(valid, "account_id").drop("account_id_right")
    buckets: dict[str, Any] = {
        f"balance_{name.lower().replace('+', 'plus')}": (a.bucket == name).ifelse(ibis.greatest(a.balance, 0), 0).sum()
        for name in BUCKETS
    }
    return a.group_by(*keys).agg(
        accounts=a.is_open.cast("int64").sum(),
        customers=a.customer_id.nunique(),
        valid_cards=a.valid.fill_null(0).sum(),
        balance=ibis.greatest(a.balance, 0).sum(),
        overdue_balance=(a.dpd > 0).ifelse(ibis.greatest(a.balance, 0), 0).sum(),
        **buckets,
    )


def by_day(t: Table, customers: Table, as_of: date, days: int = 90) -> Table:
    """Spend, purchases and active customers per day × unit × manager."""
    rows = t.filter(t.day > as_of - timedelta(days)).join(customers.select("customer_id", *OWNERS), "customer_id")
    return rows.group_by("day", *OWNERS).agg(
        spend=rows.spend.sum(),
        txn_count=rows.purchase.cast("int64").sum(),
        active_customers=rows.use.ifelse(rows.customer_id, ibis.null("string")).nunique(),
    )


def by_week(t: Table, cycles: Table, customers: Table, as_of: date, weeks: int = 8) -> Table:
    """Spend, active customers and statement balance of accounts past due per week × unit × manager.

    Weeks of 7 days, number 0 the oldest, the last ending with as_of; the overdue balance is that of the week's last
    day.
    """
    who = customers.select("customer_id", *OWNERS)
    start = as_of - timedelta(7 * weeks - 1)
    rows = t.filter(t.day >= start).join(who, "customer_id")
    number = (rows.day.delta(ibis.literal(start).cast("date"), unit="day") / 7).floor().cast("int64")
    flows = rows.group_by(number.name("week"), *OWNERS).agg(
        spend=rows.spend.sum(),
        txn_count=rows.purchase.cast("int64").sum(),
        active_customers=rows.use.ifelse(rows.customer_id, ibis.null("string")).nunique(),
    )
    late = positions(cycles, [start + timedelta(7 * n + 6) for n in range(weeks)])
    late = late.filter((late.dpd > 0) & (late.balance > 0)).join(who, "customer_id")
    late = late.group_by(late.place.name("week"), *OWNERS).agg(overdue_balance=late.balance.sum())
    both = flows.outer_join(late, ["week", *OWNERS])
    keep = {name: ibis.coalesce(both[name], both[f"{name}_right"]) for name in ("week", *OWNERS)}
    figures = ("spend", "txn_count", "active_customers", "overdue_balance")
    return both.select(**keep, **{name: both[name].fill_null(0) for name in figures})


def by_overdue(cycles: Table, accounts: Table, customers: Table, as_of: date, months: int = 12) -> Table:
    """Balance and balance past due at the last month-ends and at as_of per unit × manager, by bucket of days.

    Month-ends go by statement balances; the last day is tonight's own figures.
    """
    who = customers.select("customer_id", *OWNERS)
    ends = [month_of(as_of, -n) - timedelta(1) for n in range(months - 1)]
    past = positions(cycles, ends).filter(lambda r: r.balance > 0).select("customer_id", "day", "balance", "dpd")
    now = accounts.select(
        "customer_id", day=ibis.literal(as_of).cast("date"), balance=accounts.balance, dpd=accounts.dpd
    )
    rows = past.union(now.filter(now.balance > 0)).join(who, "customer_id")
    steps = {
        "m0": rows.dpd <= 0,
        **{f"m{n}": (rows.dpd > 30 * (n - 1)) & (rows.dpd <= 30 * n) for n in range(1, 7)},
        "m6plus": rows.dpd > 180,
    }
    return rows.group_by("day", *OWNERS).agg(
        balance=rows.balance.sum(),
        overdue=(rows.dpd > 0).ifelse(rows.balance, 0).sum(),
        **{f"balance_{name}": inside.ifelse(rows.balance, 0).sum() for name, inside in steps.items()},
    )


def positions(cycles: Table, days: list[date]) -> Table:
    """Where each account with a statement stood at the end of some days.

    place (of the day in the list), balance and limit of the statement in force (0 where the feed gave no limit), dpd by
    the oldest minimum not made good by then.
    """
    place = ibis.range(0, len(days)).unnest().name("place").as_table()
    dates = [ibis.literal(day).cast("date") for day in days]
    ends = place.mutate(day=ibis.cases(*[(place.place == n, day) for n, day in enumerate(dates)], else_=dates[0]))
    keys = ["account_id", "customer_id", "place", "day"]
    held = cycles.select("account_id", "customer_id", "statement_on", "next_on", "balance", "credit_limit")
    held = held.cross_join(ends)
    held = held.filter((held.statement_on <= held.day) & (held.next_on.isnull() | (held.next_on > held.day)))
    # Few cycles are missed, so only these are looked through for the oldest that still stood on a day.
    late = cycles.filter(cycles.missed).select("account_id", "customer_id", "due_on", "deadline", "met_on")
    late = late.cross_join(ends)
    late = late.filter((late.deadline < late.day) & (late.met_on.isnull() | (late.met_on > late.day)))
    none = ibis.null("date")
    both = held.select(
        *keys, balance=ibis.greatest(held.balance, 0), credit_limit=held.credit_limit.fill_null(0), due_on=none
    ).union(
        late.select(*keys, balance=ibis.literal(0, "int64"), credit_limit=ibis.literal(0, "int64"), due_on=late.due_on)
    )
    rows = both.group_by(keys).agg(
        balance=both.balance.sum(), credit_limit=both.credit_limit.sum(), since=both.due_on.min()
    )
    return rows.mutate(dpd=rows.day.delta(rows.since, unit="day").fill_null(0)).drop("since")
