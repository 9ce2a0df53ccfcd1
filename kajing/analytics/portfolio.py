"""Totals for dashboards: by month, week and day, by unit, manager, segment and product."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.marts import month_of

BUCKETS = ("M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+")
OWNERS = ("unit_id", "manager_id")


MONTHS, DAYS, WEEKS, ENDS = 24, 90, 8, 11
FAR = 8  # days since the last day with a use, beyond which a week's count need not look


def month_totals(account_months: Table, who: Table, what: Table, as_of: date) -> Table:
    """What `by_month` adds up, from `marts.account_month`; n: rows of it.

    `who`: customer_id, owners and segment; `what`: account_id and product_id. A customer counts once in each group, so
    totals of two sets of customers add up.
    """
    recent = account_months.filter(account_months.month >= month_of(as_of, -(MONTHS - 1)))
    rows = recent.join(who, "customer_id").join(what, "account_id")
    active = rows.uses > 0
    return rows.group_by("month", *OWNERS, "segment", "product_id").agg(
        spend=rows.spend.sum(),
        txn_count=rows.txn_count.sum(),
        cash=rows.cash.sum(),
        active_accounts=active.cast("int64").sum(),
        active_customers=active.ifelse(rows.customer_id, ibis.null("string")).nunique(),
        n=rows.count(),
    )


def by_month(totals: Table, accounts: Table, cards: Table, who: Table, as_of: date) -> Table:
    """Spend and activity per month × unit × manager × segment × product, from `month_totals`.

    The stock figures (balances by bucket, accounts, valid cards) stand in the month of as_of only, because they are
    known as of that day. Owners, segments and products are tonight's: a customer's past goes with the customer.
    """
    keys = [*OWNERS, "segment", "product_id"]
    flows = totals.filter(totals.month >= month_of(as_of, -(MONTHS - 1))).drop("n")
    stock = _stock(accounts, cards, who, keys).mutate(month=ibis.literal(month_of(as_of, 0)).cast("date"))
    now = flows.filter(flows.month == month_of(as_of, 0))
    both = now.outer_join(stock, ["month", *keys])
    keep = {name: ibis.coalesce(both[name], both[f"{name}_right"]) for name in ["month", *keys]}
    figures = dict.fromkeys(name for name in (*flows.columns, *stock.columns) if name not in keep)
    tonight = both.select(**keep, **{name: both[name].fill_null(0) for name in figures})
    past = flows.filter(flows.month < month_of(as_of, 0))
    nothing = {name: ibis.literal(0, "int64") for name in figures if name not in flows.columns}
    return tonight.union(past.mutate(**nothing).select(*tonight.columns))


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


def use_days(t: Table) -> Table:
    """customer_id, day → spend, txn_count, active, gap: what `day_totals` adds up.

    active: 1 where there is a customer-initiated use; gap: days since the day with one before it, at most FAR, 0 where
    there is none. Exact where `t` reaches FAR days further back.
    """
    days = t.group_by("customer_id", "day").agg(
        spend=t.spend.sum(), txn_count=t.purchase.cast("int64").sum(), active=t.use.cast("int64").max()
    )
    used = (days.active == 1).ifelse(days.day, ibis.null("date"))
    before = used.max().over(ibis.window(group_by="customer_id", order_by="day", preceding=(None, 1)))
    gap = ibis.least(days.day.delta(before, unit="day").cast("int64").fill_null(FAR), FAR)
    return days.mutate(gap=gap * days.active)


def day_totals(days: Table, who: Table) -> Table:
    """`use_days` per day × owner × gap; n: customers. What `by_day` and `by_week` add up."""
    rows = days.join(who.select("customer_id", *OWNERS), "customer_id")
    return rows.group_by("day", *OWNERS, "gap").agg(
        spend=rows.spend.sum(), txn_count=rows.txn_count.sum(), active=rows.active.sum(), n=rows.count()
    )


def recent_days(t: Table, as_of: date) -> Table:
    """`use_days` of the last days that are told."""
    days = use_days(t.filter(t.day > as_of - timedelta(DAYS + FAR)))
    return days.filter(days.day > as_of - timedelta(DAYS))


def by_day(totals: Table, as_of: date) -> Table:
    """Spend, purchases and active customers per day × unit × manager."""
    rows = totals.filter(totals.day > as_of - timedelta(DAYS))
    return rows.group_by("day", *OWNERS).agg(
        spend=rows.spend.sum(), txn_count=rows.txn_count.sum(), active_customers=rows.active.sum()
    )


def by_week(totals: Table, cycles: Table, who: Table, as_of: date) -> Table:
    """Spend, active customers and statement balance of accounts past due per week × unit × manager.

    Weeks of 7 days, number 0 the oldest, the last ending with as_of; the overdue balance is that of the week's last
    day. A customer is counted on the first day of the week with a use: the one whose gap reaches out of the week.
    """
    start = as_of - timedelta(7 * WEEKS - 1)
    rows = totals.filter(totals.day >= start)
    place = rows.day.delta(ibis.literal(start).cast("date"), unit="day").cast("int64")
    rows = rows.mutate(week=(place / 7).floor().cast("int64"), first=(rows.gap > place % 7).ifelse(rows.active, 0))
    flows = rows.group_by("week", *OWNERS).agg(
        spend=rows.spend.sum(), txn_count=rows.txn_count.sum(), active_customers=rows["first"].sum()
    )
    late = positions(cycles, [start + timedelta(7 * n + 6) for n in range(WEEKS)])
    late = late.filter((late.dpd > 0) & (late.balance > 0)).join(who.select("customer_id", *OWNERS), "customer_id")
    late = late.group_by(late.place.cast("int64").name("week"), *OWNERS).agg(overdue_balance=late.balance.sum())
    both = flows.outer_join(late, ["week", *OWNERS])
    keep = {name: ibis.coalesce(both[name], both[f"{name}_right"]) for name in ("week", *OWNERS)}
    figures = ("spend", "txn_count", "active_customers", "overdue_balance")
    return both.select(**keep, **{name: both[name].fill_null(0) for name in figures})


def past_ends(as_of: date) -> list[date]:
    """The month-ends that `by_overdue` tells before as_of, newest first; they change with the month only."""
    return [month_of(as_of, -n) - timedelta(1) for n in range(ENDS)]


def past_overdue(cycles: Table, who: Table, as_of: date) -> Table:
    """`overdue_totals` at the month-ends before, by statement balances."""
    return overdue_totals(positions(cycles, past_ends(as_of)), who)


def overdue_totals(rows: Table, who: Table) -> Table:
    """Balance and balance past due per day × unit × manager, by bucket of days; n: accounts that owe."""
    rows = rows.filter(rows.balance > 0).select("customer_id", "day", "balance", "dpd")
    rows = rows.join(who.select("customer_id", *OWNERS), "customer_id")
    steps = {
        "m0": rows.dpd <= 0,
        **{f"m{n}": (rows.dpd > 30 * (n - 1)) & (rows.dpd <= 30 * n) for n in range(1, 7)},
        "m6plus": rows.dpd > 180,
    }
    return rows.group_by("day", *OWNERS).agg(
        balance=rows.balance.sum(),
        overdue=(rows.dpd > 0).ifelse(rows.balance, 0).sum(),
        **{f"balance_{name}": inside.ifelse(rows.balance, 0).sum() for name, inside in steps.items()},
        n=rows.count(),
    )


def by_overdue(totals: Table, accounts: Table, who: Table, as_of: date) -> Table:
    """Balance and balance past due at the last month-ends and at as_of per unit × manager, by bucket of days.

    Month-ends go by statement balances (`past_overdue`); the last day is tonight's own figures.
    """
    now = accounts.select("customer_id", "balance", "dpd", day=ibis.literal(as_of).cast("date"))
    tonight = overdue_totals(now, who)
    return totals.select(*tonight.columns).union(tonight).drop("n")


def positions(cycles: Table, days: list[date]) -> Table:
    """Where each account with a statement stood at the end of some days.

    place (of the day in the list), balance and limit of the statement in force (0 where the feed gave no limit), dpd by
    the oldest minimum not made good by then.
    """
    place = ibis.range(0, len(days)).unnest().name("place").as_table()
    dates = [ibis.literal(day).cast("date") for day in days]
    ends = place.mutate(day=ibis.cases(*[(place.place == n, day) for n, day in enumerate(dates)], else_=dates[0]))
    keys = ["account_id", "customer_id", "place", "day"]
    # Only what was in force on one of the days is laid against all of them.
    held = cycles.filter((cycles.statement_on <= max(days)) & (cycles.next_on.isnull() | (cycles.next_on > min(days))))
    held = held.select("account_id", "customer_id", "statement_on", "next_on", "balance", "credit_limit")
    held = held.cross_join(ends)
    held = held.filter((held.statement_on <= held.day) & (held.next_on.isnull() | (held.next_on > held.day)))
    # Few cycles are missed, so only these are looked through for the oldest that still stood on a day.
    late = cycles.filter(cycles.missed & (cycles.met_on.isnull() | (cycles.met_on > min(days))))
    late = late.select("account_id", "customer_id", "due_on", "deadline", "met_on")
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
