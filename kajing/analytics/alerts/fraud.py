"""F1–F7 of domain reference §4 and the first payment default of §1.8: others with the card, or nobody who will pay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.alerts.base import OFF, AlertTables, register
from kajing.analytics.alerts.cashout import by_customer, of_transaction, usual_month, with_usual, worst
from kajing.analytics.parameters import Parameters
from kajing.analytics.portable import half_up

HOUR = 3600


def _figure(rows: Table, t: AlertTables, name: str) -> Table:
    """Add a figure of the customer."""
    return rows.join(t.customers.select("customer_id", name), "customer_id")


@register("impossible_travel", "level_impossible_travel")
def impossible_travel(t: AlertTables, p: Parameters) -> Table:
    """F1: the card itself at two places between which nobody is so fast. Usual: the median purchase."""
    s = t.signals
    rows = s.filter(s.impossible_travel & (s.kind != "DECLINE") & (s.amount >= p.travel_from))
    rows = with_usual(worst(rows, "amount"), t)
    speed: Any = rows.travel_km * HOUR / ibis.greatest(rows.travel_seconds, 1)
    return of_transaction(
        rows,
        p.level_impossible_travel,
        days=7,
        value=rows.amount,
        usual=half_up(rows["median"]),
        speed=half_up(speed),
        km=half_up(rows.travel_km),
        minutes=(rows.travel_seconds / 60).floor().cast("int64"),
        city=rows.city,
        least=ibis.literal(p.travel_kmh),
        least_amount=ibis.literal(p.travel_from),
    )


@register("card_testing", "level_card_testing")
def card_testing(t: AlertTables, p: Parameters) -> Table:
    """F2: small or declined attempts within ten minutes, then a large one. Usual: the median purchase."""
    s = t.signals
    rows = s.filter((s.probes_10m >= p.card_testing_probes) & (s.amount >= p.large_after_probe) & (s.kind != "DECLINE"))
    rows = with_usual(worst(rows, "amount"), t)
    return of_transaction(
        rows,
        p.level_card_testing,
        days=1,
        value=rows.amount,
        usual=half_up(rows["median"]),
        probes=rows.probes_10m,
        least=ibis.literal(p.card_testing_probes),
        least_amount=ibis.literal(p.large_after_probe),
    )


@register("new_device", "level_new_device")
def new_device(t: AlertTables, p: Parameters) -> Table:
    """F3: a device and a merchant never seen, and an amount far outside the habit. Usual: the median purchase."""
    s = t.signals
    far = (s.robust_z > p.new_device_z).fill_null(False) & (s.amount >= p.outlier_min_amount)
    rows = s.filter((s.kind == "PURCHASE") & s.new_device.fill_null(False) & s.new_merchant.fill_null(False) & far)
    rows = with_usual(worst(rows, "amount"), t)
    return of_transaction(
        rows,
        p.level_new_device,
        days=1,
        value=rows.amount,
        usual=half_up(rows["median"]),
        z=half_up(rows.robust_z, 1),
        least=ibis.literal(p.new_device_z),
        novel_days=ibis.literal(p.novel_days),
    )


@register("abroad_first", "level_abroad_first")
def abroad_first(t: AlertTables, p: Parameters) -> Table:
    """F4: the first use in a country abroad. Usual: the median purchase."""
    s = t.signals
    rows = s.filter((s.kind != "DECLINE") & (s.country != "CN") & s.new_country.fill_null(False))
    rows = worst(rows.filter(rows.amount >= p.abroad_first_from), "amount")
    rows = with_usual(rows, t)
    return of_transaction(
        rows,
        p.level_abroad_first,
        days=1,
        value=rows.amount,
        usual=half_up(rows["median"]),
        country=rows.country,
        least=ibis.literal(p.abroad_first_from),
        novel_days=ibis.literal(p.novel_days),
    )


@register("night_burst", "level_night_burst")
def night_burst(t: AlertTables, p: Parameters) -> Table:
    """F5: purchase upon purchase in one night. Usual: the share of purchases at night in 90 days."""
    s = t.signals
    rows = worst(s.filter((s.kind != "DECLINE") & (s.night_7h >= p.night_burst_times)), "night_7h", "amount")
    rows = _figure(rows, t, "night_share_90d")
    return of_transaction(
        rows,
        p.level_night_burst,
        days=1,
        value=rows.night_7h,
        usual=rows.night_share_90d,
        value_at_stake=rows.amount_24h,
        least=ibis.literal(p.night_burst_times),
    )


@register("dormant_wake", "level_dormant_wake")
def dormant_wake(t: AlertTables, p: Parameters) -> Table:
    """F6: a card not used for half a year, and then at once a large amount. Usual: nothing, that is the point."""
    s, c = t.signals, t.cards
    born = c.group_by("root_card_id").agg(approved_on=c.first_approved_on.min())
    rows = s.filter((s.kind != "DECLINE") & (s.amount >= p.dormant_wake_from)).join(born, "root_card_id")
    held = rows.day.delta(rows.approved_on, unit="day")
    # Without an idle time nothing was approved within `novel_days`, or the card is younger than that.
    idle = rows.idle_days.fill_null(p.novel_days)
    rows = worst(rows.filter((idle >= p.dormant_wake_days) & (held >= p.dormant_wake_days)), "amount")
    return of_transaction(
        rows,
        p.level_dormant_wake,
        days=p.dormant_wake_days,
        value=rows.amount,
        usual=ibis.null("float64"),
        idle=rows.idle_days.fill_null(p.novel_days),
        least=ibis.literal(p.dormant_wake_days),
        least_amount=ibis.literal(p.dormant_wake_from),
    )


@register("refund_storm", "level_refund_storm")
def refund_storm(t: AlertTables, p: Parameters) -> Table:
    """F7: refund upon refund in 7 days. Usual: spend of a month before."""
    c, x = t.customers, t.transactions
    back = x.filter(x.kind.isin(["REFUND"]) & (x.day > t.as_of - timedelta(7)))
    back = back.group_by("customer_id").agg(returned=back.amount.sum())
    rows = c.filter(c.refund_count_7d >= p.refund_storm_times).join(back, "customer_id")
    return by_customer(
        rows,
        p.level_refund_storm,
        value_at_stake=rows.returned,
        value=rows.refund_count_7d.cast("float64"),
        usual=half_up(usual_month(rows)),
        days=ibis.literal(7),
        returned=rows.returned,
        least=ibis.literal(p.refund_storm_times),
    )


@register("first_payment", "level_first_payment")
def first_payment(t: AlertTables, p: Parameters) -> Table:
    """§1.8 首期逾期: the first minimum ever asked for was not paid, and the account is past due still."""
    a = t.accounts
    graver = p.level_first_payment if p.level_first_payment_30 == OFF else p.level_first_payment_30
    rows = t.conduct.filter(t.conduct.fpd1.fill_null(False)).select("account_id", "fpd30")
    rows = rows.join(a.filter((a.dpd > 0) & (a.status != "WRITTEN_OFF")), "account_id")
    return rows.select(
        "customer_id",
        "account_id",
        severity=rows.fpd30.fill_null(False).ifelse(graver, p.level_first_payment),
        value_at_stake=ibis.greatest(rows.balance, 0),
        value=rows.dpd.cast("float64"),
        usual=ibis.null("float64"),
        days=ibis.literal(30),
        balance=rows.balance,
        overdue_amount=rows.overdue_amount,
        opened_on=rows.opened_on.cast("string"),
        least=ibis.literal(1),
    )
