"""C1–C10 of domain reference §4: cards turned into cash. Each rule is one expression; its thresholds are rows.

What is usual is told beside what is found, and with every row the threshold (`least`) below which it would not be.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.alerts.base import AlertTables, register
from kajing.analytics.marts import month_of, ratio
from kajing.analytics.parameters import Parameters
from kajing.analytics.portable import half_up

CYCLES = 3
CYCLE_DAYS = 125  # in which three cycles and the open one lie


def usual_month(c: Table) -> Any:
    """What a customer spent in a month of the 90 days before the last 60."""
    return c.spend_before_90d.cast("float64") / 3


def by_customer(c: Table, level: str, **columns: Any) -> Table:
    """Rows about the customer as a whole, of 30 days."""
    return c.select("customer_id", account_id=ibis.literal(""), severity=ibis.literal(level), **columns)


def with_usual(rows: Table, t: AlertTables) -> Table:
    """Add `median`, a usual purchase of the customer."""
    usual = t.usual.select("customer_id", "median")
    return rows.left_join(usual, "customer_id").drop("customer_id_right")


def worst(rows: Table, *columns: str) -> Table:
    """The row of each account with the highest columns, and of equals the first transaction."""
    order = [*(ibis.desc(name) for name in columns), "txn_id"]
    rows = rows.mutate(place=ibis.row_number().over(group_by="account_id", order_by=order))
    return rows.filter(rows.place == 0).drop("place")


def of_transaction(rows: Table, level: str, *, days: int, value: Any, usual: Any, **params: Any) -> Table:
    """Rows about one transaction and what it is worth."""
    given = {"value_at_stake": rows.amount, "on": rows.day.cast("string"), "merchant": rows.merchant_name} | params
    return rows.select(
        "customer_id",
        "account_id",
        "txn_id",
        severity=ibis.literal(level),
        value=value.cast("float64"),
        usual=usual.cast("float64"),
        days=ibis.literal(days),
        **given,
    )


@register("round_sums", "level_round_sums")
def round_sums(t: AlertTables, p: Parameters) -> Table:
    """C1: round sums of 30 days, by number and by their share. Usual: spend of a month before."""
    c = t.customers
    rows = c.filter((c.round_count_30d >= p.round_sums_from) & (c.round_share_30d >= p.round_sums_share))
    return by_customer(
        rows,
        p.level_round_sums,
        value_at_stake=half_up(ibis.greatest(rows.spend_30d, 0) * rows.round_share_30d).cast("int64"),
        value=rows.spend_30d.cast("float64"),
        usual=half_up(usual_month(rows)),
        days=ibis.literal(30),
        times=rows.round_count_30d,
        share=rows.round_share_30d,
        least=ibis.literal(p.round_sums_from),
        least_share=ibis.literal(p.round_sums_share),
    )


@register("limit_emptied", "level_limit_emptied")
def limit_emptied(t: AlertTables, p: Parameters) -> Table:
    """C2: nearly the whole limit spent within a day, in two of the last three cycles. Usual: the median purchase."""
    x, a, c = t.transactions, t.accounts, t.cycles
    limits = a.filter(a.is_open & (a.effective_limit > 0)).select("account_id", limit="effective_limit")
    since = t.as_of - timedelta(CYCLE_DAYS)
    m = t.months.filter(t.months.month >= month_of(since, 0))
    m = m.group_by("account_id", "month").agg(taken=m.taken.sum()).join(limits, "account_id")
    able = m.filter(m.taken >= m["limit"] * p.limit_emptied_share).select("account_id").distinct()
    spent = x.filter((x.purchase | ((x.kind == "CASH") & ~x.reversed)) & (x.day > since))
    spent = spent.semi_join(able, "account_id")
    spent = spent.group_by("customer_id", "account_id", "day").agg(spent=spent.amount.sum())
    spent = spent.join(limits, "account_id")
    spent = spent.filter(spent.spent >= spent["limit"] * p.limit_emptied_share)
    newest = ibis.row_number().over(group_by="account_id", order_by=ibis.desc("statement_on"))
    recent = c.semi_join(able, "account_id").select("account_id", "statement_on", "next_on", place=newest)
    recent = recent.filter(lambda r: r.place < CYCLES)
    rows = spent.join(recent, "account_id")
    rows = rows.filter((rows.day > rows.statement_on) & (rows.next_on.isnull() | (rows.day <= rows.next_on)))
    found = rows.group_by("customer_id", "account_id").agg(
        cycles=rows.statement_on.nunique(), spent=rows.spent.max(), limit=rows["limit"].max(), on=rows.day.max()
    )
    found = with_usual(found.filter(found.cycles >= p.limit_emptied_cycles), t)
    return found.select(
        "customer_id",
        "account_id",
        "cycles",
        "limit",
        severity=ibis.literal(p.level_limit_emptied),
        value_at_stake=found.spent,
        value=found.spent.cast("float64"),
        usual=half_up(found["median"]),
        days=ibis.literal(90),
        on=found.on.cast("string"),
        least=ibis.literal(p.limit_emptied_cycles),
        least_share=ibis.literal(p.limit_emptied_share),
    )


@register("same_merchant", "level_same_merchant")
def same_merchant(t: AlertTables, p: Parameters) -> Table:
    """C3: several large purchases at one merchant in 7 days. Usual: the median purchase."""
    s = t.signals
    rows = s.filter(
        (s.same_merchant_7d >= p.same_merchant_times) & (s.kind == "PURCHASE") & (s.amount >= p.merchant_from)
    )
    rows = with_usual(worst(rows, "same_merchant_7d", "amount"), t)
    return of_transaction(
        rows,
        p.level_same_merchant,
        days=7,
        value=rows.amount,
        usual=half_up(rows["median"]),
        times=rows.same_merchant_7d,
        least=ibis.literal(p.same_merchant_times),
        least_amount=ibis.literal(p.merchant_from),
    )


@register("risky_trades", "level_risky_trades")
def risky_trades(t: AlertTables, p: Parameters) -> Table:
    """C4: most of 30 days in few large sums at trades that cards are turned into cash at. Usual: a month before."""
    c = t.customers
    rows = c.filter((c.risky_share_30d >= p.risky_trades_share) & (c.risky_30d >= p.risky_trades_from))
    rows = rows.filter(rows.risky_30d >= rows.txn_count_30d * p.risky_trades_ticket)
    return by_customer(
        rows,
        p.level_risky_trades,
        value_at_stake=rows.risky_30d,
        value=rows.risky_30d.cast("float64"),
        usual=half_up(usual_month(rows)),
        days=ibis.literal(30),
        share=rows.risky_share_30d,
        times=rows.txn_count_30d,
        least=ibis.literal(p.risky_trades_from),
        least_share=ibis.literal(p.risky_trades_share),
        least_ticket=ibis.literal(p.risky_trades_ticket),
    )


@register("repay_respend", "level_repay_respend")
def repay_respend(t: AlertTables, p: Parameters) -> Table:
    """C5: what was repaid is spent again within a day, in two of three cycles. Usual: use of the limit 30 days ago."""
    a = t.accounts.select("account_id", "customer_id", "balance", "is_open", "utilisation_30d_ago")
    rows = t.conduct.filter(t.conduct.respend_cycles_3 >= p.respend_cycles)
    rows = rows.join(a, "account_id").filter(lambda r: r.is_open)
    return rows.select(
        "customer_id",
        "account_id",
        severity=ibis.literal(p.level_repay_respend),
        value_at_stake=ibis.greatest(rows.balance, 0),
        value=rows.respend_share_3m,
        usual=rows.utilisation_30d_ago,
        days=ibis.literal(90),
        cycles=rows.respend_cycles_3,
        least=ibis.literal(p.respend_cycles),
        least_share=ibis.literal(p.respend_ratio),
    )


@register("split_amounts", "level_split_amounts")
def split_amounts(t: AlertTables, p: Parameters) -> Table:
    """C6: several purchases at one merchant within the hour, or two that stay just below a line one looks at."""
    s = t.signals
    many = (s.same_merchant_1h >= p.split_times) & (s.amount >= p.split_from)
    below = s.just_below & (s.same_merchant_1h >= 2)
    rows = with_usual(worst(s.filter((s.kind == "PURCHASE") & (many | below)), "same_merchant_1h", "amount"), t)
    return of_transaction(
        rows,
        p.level_split_amounts,
        days=1,
        value=rows.amount,
        usual=half_up(rows["median"]),
        value_at_stake=rows.amount_1h,
        times=rows.same_merchant_1h,
        just_below=rows.just_below,
        least=ibis.literal(p.split_times),
        least_amount=ibis.literal(p.split_from),
    )


@register("terminal_jump", "level_terminal_jump")
def terminal_jump(t: AlertTables, p: Parameters) -> Table:
    """C7: a purchase at a terminal that told several trades or cities on that day. Usual: the median purchase."""
    x = t.transactions
    recent = x.filter(x.purchase & x.terminal_id.notnull() & (x.day > t.as_of - timedelta(p.signal_days)))
    told = recent.group_by("terminal_id", "day").agg(trades=recent.mcc.nunique(), cities=recent.city.nunique())
    told = told.filter((told.trades >= p.terminal_changes) | (told.cities >= p.terminal_changes))
    rows = recent.filter(recent.amount >= p.terminal_from).join(told, ["terminal_id", "day"])
    rows = with_usual(worst(rows, "trades", "cities", "amount"), t)
    return of_transaction(
        rows,
        p.level_terminal_jump,
        days=1,
        value=rows.amount,
        usual=half_up(rows["median"]),
        trades=rows.trades,
        cities=rows.cities,
        least=ibis.literal(p.terminal_changes),
    )


@register("odd_hour", "level_odd_hour")
def odd_hour(t: AlertTables, p: Parameters) -> Table:
    """C8: a large purchase with the card itself in the small hours, at a trade that is shut then. Usual: the median."""
    s, (first, until) = t.signals, p.odd_hours
    hour = s.occurred_at.hour()
    rows = s.filter((s.kind == "PURCHASE") & (s.channel == "POS") & (s.amount >= p.odd_hour_from))
    rows = rows.filter((hour >= first) & (hour < until) & rows.mcc.isin(p.closed_at_night_mccs))
    rows = with_usual(worst(rows, "amount"), t)
    return of_transaction(
        rows,
        p.level_odd_hour,
        days=1,
        value=rows.amount,
        usual=half_up(rows["median"]),
        hour=rows.occurred_at.hour().cast("int64"),
        minute=rows.occurred_at.minute().cast("int64"),
        least=ibis.literal(p.odd_hour_from),
        until=ibis.literal(until),
    )


@register("income_mismatch", "level_income_mismatch")
def income_mismatch(t: AlertTables, p: Parameters) -> Table:
    """C9: 30 days and the 30 before, each above so many verified monthly incomes. In halves: see `of_income`."""
    verified = t.people.filter(t.people.income_verified.fill_null(False) & (t.people.annual_income > 0))
    earns = verified.select("customer_id", "annual_income")
    rows = t.customers.join(earns, "customer_id")
    most = rows.annual_income * (p.income_times / 12)
    rows = rows.filter((rows.spend_30d > most) & (rows.spend_prev_30d > most))

    def incomes(amount: Any) -> Any:
        return (ratio(amount * 24, rows.annual_income) + 0.5).floor() / 2.0

    return by_customer(
        rows,
        p.level_income_mismatch,
        value_at_stake=rows.spend_30d,
        value=incomes(rows.spend_30d),
        usual=incomes(rows.spend_before_90d / 3),
        days=ibis.literal(60),
        spent=rows.spend_30d,
        before=rows.spend_prev_30d,
        least=ibis.literal(p.income_times),
    )


@register("circular_flow", "level_circular_flow")
def circular_flow(t: AlertTables, p: Parameters) -> Table:
    """C10: bills paid by a merchant the account buys at, or by a third party that pays those of several accounts.

    Usual: nothing; own repayments need no comparison.
    """
    since = t.as_of - timedelta(p.circular_days)
    r, x = t.repayments, t.transactions
    paid = r.filter((r.paid_on > since) & (r.method == "THIRD_PARTY") & r.payer.notnull())
    paid = paid.group_by("account_id", "payer").agg(paid=paid.amount.sum(), times=paid.count())
    many = paid.group_by("payer").agg(accounts=paid.account_id.nunique())
    shops = x.filter(x.purchase & (x.day > since)).semi_join(paid, "account_id")
    shops = shops.select("account_id", payer="merchant_name").distinct().mutate(shop=True)
    rows = paid.join(many, "payer").left_join(shops, ["account_id", "payer"]).drop("account_id_right", "payer_right")
    rows = rows.filter(rows.shop.fill_null(False) | (rows.accounts >= p.circular_accounts))
    rows = rows.mutate(
        place=ibis.row_number().over(
            group_by="account_id", order_by=[ibis.desc("accounts"), ibis.desc("paid"), "payer"]
        )
    )
    rows = rows.filter(rows.place == 0).join(t.accounts.select("account_id", "customer_id"), "account_id")
    return rows.select(
        "customer_id",
        "account_id",
        "payer",
        "times",
        "accounts",
        severity=ibis.literal(p.level_circular_flow),
        value_at_stake=rows.paid,
        value=rows.paid.cast("float64"),
        usual=ibis.null("float64"),
        days=ibis.literal(p.circular_days),
        shop=rows.shop.fill_null(False),
        least=ibis.literal(p.circular_accounts),
    )
