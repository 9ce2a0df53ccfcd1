"""The rules of domain reference §4 (R), §1.4 and G1.3, one expression each."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
from ibis.expr.types import Table

from kajing.analytics.alerts.base import AlertTables, register
from kajing.analytics.features.baselines import robust_log_z, robust_z
from kajing.analytics.marts import customer_key, month_of, of_customers
from kajing.analytics.parameters import Parameters
from kajing.analytics.portable import half_up
from kajing.lib.periods import add_months


@register("missed_payment")
def missed_payment(t: AlertTables, p: Parameters) -> Table:
    """R3: days past due 1 / 7 / 30 / 60 / 90 → L1 / L2 / L3 / L4 / L4. Usual: missed cycles of the last 12."""
    a = t.accounts
    rows = a.filter((a.dpd >= p.missed_payment_days[0]) & (a.status != "WRITTEN_OFF"))
    steps = sorted(zip(p.missed_payment_days, p.missed_payment_severities, strict=True), reverse=True)
    severity = ibis.cases(*[(rows.dpd >= days, level) for days, level in steps], else_=steps[-1][1])
    return rows.select(
        "customer_id",
        "account_id",
        severity=severity,
        value_at_stake=rows.overdue_amount,
        value=rows.dpd.cast("float64"),
        usual=rows.missed_12.fill_null(0).cast("float64"),
        days=ibis.literal(365),
        overdue_amount=rows.overdue_amount,
        balance=rows.balance,
        due_on=rows.first_missed_due_on.cast("string"),
        due_12=rows.due_12.fill_null(0),
        least=ibis.literal(p.missed_payment_days[0]),
    )


@register("utilisation_jump")
def utilisation_jump(t: AlertTables, p: Parameters) -> Table:
    """R1: use of the limit up by 30 points in 30 days to at least 80 %. Usual: the use 30 days before."""
    a = t.accounts
    rows = a.filter(
        a.is_open
        & (a.utilisation >= p.utilisation_jump_to)
        & (a.utilisation - a.utilisation_30d_ago >= p.utilisation_jump_points)
    )
    return rows.select(
        "customer_id",
        "account_id",
        severity=ibis.literal("L2"),
        value_at_stake=rows.balance,
        value=rows.utilisation,
        usual=rows.utilisation_30d_ago,
        days=ibis.literal(30),
        balance=rows.balance,
        limit=rows.effective_limit,
        least=ibis.literal(p.utilisation_jump_to),
        points=ibis.literal(p.utilisation_jump_points),
    )


@register("min_pay_streak")
def min_pay_streak(t: AlertTables, p: Parameters) -> Table:
    """R2: 3 cycles in a row at the minimum only → L1, from 6 → L2. Usual: share of bills paid before the streak."""
    a = t.accounts
    rows = a.filter(a.is_open & (a.min_pay_streak >= p.min_pay_streak_from))
    return rows.select(
        "customer_id",
        "account_id",
        severity=(rows.min_pay_streak >= p.min_pay_streak_high).ifelse("L2", "L1"),
        value_at_stake=rows.balance,
        value=rows.min_pay_streak.cast("float64"),
        usual=rows.payment_ratio_before,
        days=ibis.literal(365),
        payment_ratio=rows.payment_ratio_3m,
        balance=rows.balance,
        least=ibis.literal(p.min_pay_streak_from),
    )


@register("amount_outlier")
def amount_outlier(t: AlertTables, p: Parameters) -> Table:
    """A purchase far outside the customer's own year before: by median and MAD, by those of ln(amount), and by size.

    Amounts are skewed: 6 scaled MADs alone would pick every tenth purchase of 1,000 yuan, so it must also stand out on
    the logarithm and exceed the largest purchase of the year by half. The MAD is floored at a tenth of the median
    (ln: 0.25) for customers whose purchases are all alike. One alert an account: the largest such purchase of a week.
    """
    end = t.as_of - timedelta(p.outlier_days)
    x = t.transactions
    bought = x.filter(x.purchase & (x.day > end - timedelta(365)) & (x.amount > 0))
    recent = bought.filter((bought.day > end) & (bought.amount >= p.outlier_min_amount))
    recent = _may_exceed(recent, t.months, end, p)
    key = customer_key(x)
    past = of_customers(bought.filter(bought.day <= end), recent)
    past = past.select(who=past[key], x=past.amount.cast("float64"), ln=past.amount.cast("float64").ln())
    most = past.group_by("who").agg(largest=past.x.max(), purchases=past.count())
    rows = recent.join(most, [(key, "who")])
    # Hardly any purchase is so large: medians are taken for those customers only.
    rows = rows.filter(
        (rows.purchases >= p.outlier_min_history) & (rows.amount >= rows.largest * p.outlier_times_largest)
    )
    past = past.semi_join(rows.select("who").distinct(), "who")
    centre = past.group_by("who").agg(median=past.x.median(), median_ln=past.ln.median())
    off = past.join(centre, "who")
    off = off.select("who", off_x=(off.x - off["median"]).abs(), off_ln=(off.ln - off.median_ln).abs())
    spread = off.group_by("who").agg(mad=off.off_x.median(), mad_ln=off.off_ln.median())
    rows = rows.join(centre, "who").join(spread, "who")
    rows = rows.mutate(
        z=robust_z(rows.amount, rows["median"], rows.mad, p),
        log_z=robust_log_z(rows.amount, rows.median_ln, rows.mad_ln, p),
    )
    rows = rows.filter((rows.z >= p.outlier_z) & (rows.log_z >= p.outlier_log_z))
    order = ibis.row_number().over(group_by="account_id", order_by=[ibis.desc("amount"), "txn_id"])
    rows = rows.mutate(place=order).filter(lambda r: r.place == 0)
    return rows.select(
        "customer_id",
        "account_id",
        severity=ibis.literal("L2"),
        value_at_stake=rows.amount,
        value=rows.amount.cast("float64"),
        usual=half_up(rows["median"]),
        days=ibis.literal(365),
        largest=rows.largest,
        z=half_up(rows.z, 1),
        on=rows.day.cast("string"),
        merchant=rows.merchant_name,
        txn_id=rows.txn_id,
        purchases=rows.purchases,
        least=half_up(rows.largest * p.outlier_times_largest),
    )


def _may_exceed(recent: Table, months: Table, end: date, p: Parameters) -> Table:
    """Without purchases that the months before `end` show not to exceed the largest so far by what is asked for.

    squares ÷ yuan is at most the largest purchase of these months, and a yuan is left for the halves of a fen that a
    quotient of DOUBLEs may be off.
    """
    inside = months.filter(
        (months.month > end - timedelta(365)) & (months.month < month_of(end, 0)) & (months.yuan > 0)
    )
    least = inside.group_by("customer_id").agg(yuan=inside.yuan.sum(), squares=inside.squares.sum())
    rows = recent.left_join(least, "customer_id").drop("customer_id_right")
    shown = (rows.squares.cast("float64") / rows.yuan - 1) * 100 * p.outlier_times_largest
    return rows.filter((rows.amount >= shown).fill_null(True)).drop("yuan", "squares")


@register("sleeping_soon")
def sleeping_soon(t: AlertTables, p: Parameters) -> Table:
    """§1.4 watch list: an account whose last registered card reaches the 18-month line within 3 months."""
    c = t.cards
    rows = (
        c.filter(c.sleeping_on.notnull())
        .group_by("customer_id", "account_id")
        .agg(sleeping_on=c.sleeping_on.max(), last_active_on=c.last_active_on.max(), last_use_on=c.last_use_on.max())
    )
    rows = rows.filter((rows.sleeping_on > t.as_of) & (rows.sleeping_on <= add_months(t.as_of, p.sleeping_soon_months)))
    today = ibis.literal(t.as_of).cast("date")
    return rows.select(
        "customer_id",
        "account_id",
        severity=ibis.literal("L1"),
        value_at_stake=ibis.literal(0, "int64"),
        value=rows.sleeping_on.delta(today, unit="day").cast("float64"),
        usual=ibis.null("float64"),
        days=ibis.literal(p.sleeping_soon_months * 30),
        sleeping_on=rows.sleeping_on.cast("string"),
        last_active_on=rows.last_active_on.cast("string"),
        used=rows.last_use_on.notnull(),
    )


@register("silence")
def silence(t: AlertTables, p: Parameters) -> Table:
    """G1.3: the gap since the last purchase is abnormal for this customer (features.rhythm). Usual: median gap.

    Not for customers who are gone, hold no valid card or are past due: their silence has another reason.
    """
    c = t.customers
    silent = (c.silent_days >= p.silence_min_days) & (c.silent_days <= p.silence_max_days)
    worth = c.spend_365d >= 12 * p.silence_min_value
    able = (c.status.fill_null("ACTIVE") == "ACTIVE") & (c.cards_valid > 0) & (c.dpd == 0)
    rows = c.filter((c.silence_p <= p.silence_p) & silent & worth & able)
    return rows.select(
        "customer_id",
        account_id=ibis.literal(""),
        severity=(rows.value_tier == "V1").ifelse("L2", "L1"),
        value_at_stake=half_up(rows.spend_365d.cast("float64") / 12).cast("int64"),
        value=rows.silent_days.cast("float64"),
        usual=rows.usual_gap_days.cast("float64"),
        days=ibis.literal(365),
        longest=rows.longest_gap_days,
        last_purchase_on=rows.last_purchase_on.cast("string"),
        chance=rows.silence_p,
    )
