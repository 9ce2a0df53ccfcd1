"""Merchants by what was confirmed of their transactions (risk design 4.2, 2.3): late labels are the best signal of all.

risk_wd of a day t = (confirmed + k·p0) / (transactions + k) over the w days [t − D − w, t − D): nothing newer than the
feedback delay D counts, because its labels have not come; only labels confirmed by t count. p0 is the portfolio's rate
in the same days, k what it is worth in transactions. So a merchant nobody knows has the portfolio's rate.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.marts import ratio
from kajing.analytics.parameters import Parameters

WINDOWS = (1, 7, 30)
RECENT_DAYS = 30


def frauds(t: Table, labels: Table) -> Table:
    """Confirmed frauds: merchant_id, day of the transaction, confirmed_on."""
    found = labels.filter(labels.label == "FRAUD").select("txn_id", "confirmed_on")
    bought = t.filter((t.kind == "PURCHASE") & t.merchant_id.notnull()).select("txn_id", "merchant_id", "day")
    return bought.join(found, "txn_id").drop("txn_id")


def merchant_days(t: Table, first: date, as_of: date, p: Parameters) -> Table:
    """merchant_id, day → txns: purchases of the days that the windows of `first` … `as_of` reach."""
    rows = t.filter((t.kind == "PURCHASE") & t.merchant_id.notnull())
    rows = rows.filter((rows.day >= first - timedelta(p.label_delay_days + max(WINDOWS))) & (rows.day < as_of))
    return rows.group_by("merchant_id", "day").agg(txns=rows.count())


def risk(wanted: Table, days: Table, confirmed: Table, p: Parameters) -> Table:
    """merchant_id, on → txns_wd, frauds_wd, risk_wd for w = 1, 7, 30.

    `wanted` says which merchants on which days `on`; `days` from `merchant_days`, `confirmed` from `frauds`.
    """
    dates = wanted.select("on").distinct()
    by = ["merchant_id", "on"]
    own = wanted.select(*by).distinct()
    own = _with(own, _windows(own.join(days, "merchant_id"), by, "txns", p), by)
    own = _with(own, _windows(_known(own.select(*by).join(confirmed, "merchant_id")), by, "frauds", p), by)
    everyone = dates.cross_join(days.group_by("day").agg(txns=days.txns.sum()))
    whole = _with(dates, _windows(everyone, ["on"], "txns", p), ["on"])
    whole = _with(whole, _windows(_known(dates.cross_join(confirmed)), ["on"], "frauds", p), ["on"])
    rates = whole.select(whole.on.name("of"), **{f"p0_{w}d": _rate(whole, w) for w in WINDOWS})
    rows = own.left_join(rates, [("on", "of")]).drop("of")
    counts = {f"{name}_{w}d": rows[f"{name}_{w}d"].fill_null(0) for name in ("txns", "frauds") for w in WINDOWS}
    k = p.merchant_weight
    return rows.select(
        *by,
        **counts,
        **{f"risk_{w}d": (counts[f"frauds_{w}d"] + k * rows[f"p0_{w}d"]) / (counts[f"txns_{w}d"] + k) for w in WINDOWS},
    )


def _known(pairs: Table) -> Table:
    """Cases that were confirmed by the day that asks."""
    return pairs.filter(pairs.confirmed_on <= pairs.on).mutate(frauds=ibis.literal(1, "int64"))


def _rate(whole: Table, w: int) -> Any:
    return ratio(whole[f"frauds_{w}d"].fill_null(0), whole[f"txns_{w}d"].fill_null(0))


def _windows(pairs: Table, by: list[str], name: str, p: Parameters) -> Table:
    """Sums over [on − D − w, on − D)."""
    age = pairs.on.delta(pairs.day, unit="day") - p.label_delay_days
    return pairs.group_by(*by).agg(
        **{f"{name}_{w}d": ((age > 0) & (age <= w)).ifelse(pairs[name], 0).sum() for w in WINDOWS}
    )


def _with(rows: Table, more: Table, keys: list[str]) -> Table:
    return rows.left_join(more, keys).drop(*(f"{key}_right" for key in keys))


def merchants(t: Table, accounts: Table, confirmed: Table, as_of: date, p: Parameters) -> Table:
    """One row for each merchant with a purchase or refund in the last 37 days.

    txns_wd, frauds_wd, risk_wd: see `risk`, for the day as_of. Of the last 30 days: purchases, amount (before refunds),
    refund_rate (refunds ÷ purchases, by number), new_account_share (purchases from accounts opened at most
    `new_account_days` before), terminal_mccs and terminal_cities: most different MCCs and cities that one of its
    terminals told in a day (C7 跳码).
    """
    start = as_of - timedelta(p.label_delay_days + max(WINDOWS))
    rows = t.filter(t.merchant_id.notnull() & t.kind.isin(["PURCHASE", "REFUND"]) & (t.day >= start))
    names = rows.group_by("merchant_id").agg(
        merchant_name=rows.merchant_name.max(), mcc=rows.mcc.max(), mcc_group=rows.mcc_group.max()
    )
    wanted = names.select("merchant_id", on=ibis.literal(as_of).cast("date"))
    found = _with(names, risk(wanted, merchant_days(t, as_of, as_of, p), confirmed, p).drop("on"), ["merchant_id"])
    recent = rows.filter(rows.day > as_of - timedelta(RECENT_DAYS))
    found = _with(found, _recent(recent, accounts, p), ["merchant_id"])
    found = _with(found, _terminals(recent), ["merchant_id"])
    return found.mutate(purchases=found.purchases.fill_null(0), amount=found.amount.fill_null(0))


def _recent(rows: Table, accounts: Table, p: Parameters) -> Table:
    bought = (rows.kind == "PURCHASE").cast("int64")
    opened = accounts.select("account_id", "opened_on")
    joined = rows.mutate(bought=bought).join(opened, "account_id")
    young = (joined.day.delta(joined.opened_on, unit="day") <= p.new_account_days).cast("int64") * joined.bought
    totals = joined.group_by("merchant_id").agg(
        purchases=joined.bought.sum(),
        amount=(joined.amount * joined.bought).sum(),
        refunds=(1 - joined.bought).sum(),
        young=young.sum(),
    )
    return totals.select(
        "merchant_id",
        "purchases",
        "amount",
        refund_rate=ratio(totals.refunds, totals.purchases),
        new_account_share=ratio(totals.young, totals.purchases),
    )


def _terminals(rows: Table) -> Table:
    at = rows.filter(rows.terminal_id.notnull())
    days = at.group_by("merchant_id", "terminal_id", "day").agg(mccs=at.mcc.nunique(), cities=at.city.nunique())
    return days.group_by("merchant_id").agg(terminal_mccs=days.mccs.max(), terminal_cities=days.cities.max())
