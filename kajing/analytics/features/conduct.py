"""How an account repays (risk design 4.2, statement level; domain §1.8, §4 C5): habits that show before arrears do.

Everything is about the account's own newest statements, so that an account keeps its figures while nothing comes for
it; `memory.habits` knows the few that move with time alone.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.marts import ratio
from kajing.analytics.parameters import Parameters

SPENDS = ("PURCHASE", "CASH", "TRANSFER")
DELAY_CYCLES = 6
RESPEND_DAYS = 130  # three cycles and what was paid in them
FIRST_PAYMENT_DAYS = 730
KEYS = ["account_id", "statement_on"]
_EPOCH = ibis.literal(date(1970, 1, 1)).cast("date")


def conduct(cycles: Table, repayments: Table, t: Table, opened: Table, as_of: date, p: Parameters) -> Table:
    """One row for each account with a statement: `ratios`, `met`, `respending` and `first_payment` side by side.

    Nothing here grows older by itself, so that a night need not compute it again; `told` adds what tonight makes of it.
    """
    rows = ratios(cycles, p)
    for part in (
        met(cycles, repayments, p),
        respending(cycles, repayments, t, as_of, p),
        first_payment(cycles, opened, as_of),
    ):
        rows = rows.left_join(part, "account_id").drop("account_id_right")
    return rows


def ratios(cycles: Table, p: Parameters) -> Table:
    """What was paid of what was billed, and use of the limit, by statement.

    Of statements past grace, newest first: payment_ratio_last = paid in the cycle ÷ balance, at most 2, and
    payment_ratio_min_5m the least of five; low_pay_months_12m: paid less than `low_payment_ratio`;
    revolving_months_12m: not paid in full less tolerance (循环, §1.5); no_payment_2m: nothing paid on the last
    two with a balance. Of all statements:
    utilisation_max_6m = the highest balance ÷ limit of six, utilisation_rise_3m = mean of three − mean of three before.
    """
    billed = cycles.filter(cycles.past_grace & (cycles.balance > p.tolerance_amount))
    billed = _placed(billed)
    share = ibis.least(ratio(billed.paid_in_cycle, billed.balance), 2.0)
    in_year = billed.place < 12
    short = billed.balance - billed.paid_in_cycle > p.tolerance_amount
    paid = billed.group_by("account_id").agg(
        payment_ratio_last=_where(billed.place == 0, share).max(),
        payment_ratio_min_5m=_where(billed.place < 5, share).min(),
        low_pay_months_12m=(in_year & (share < p.low_payment_ratio)).cast("int64").sum(),
        revolving_months_12m=(in_year & short).cast("int64").sum(),
        paid_2=(billed.place < 2).ifelse(billed.paid_in_cycle, 0).sum(),
        of_2=(billed.place < 2).cast("int64").sum(),
    )
    paid = paid.mutate(no_payment_2m=(paid.of_2 == 2) & (paid.paid_2 <= 0)).drop("paid_2", "of_2")
    every = _placed(cycles)
    use = ratio(every.balance, every.credit_limit)
    used = every.group_by("account_id").agg(
        utilisation_max_6m=_where(every.place < 6, use).max(),
        now=_where(every.place < 3, use).mean(),
        before=_where((every.place >= 3) & (every.place < 6), use).mean(),
    )
    used = used.mutate(utilisation_rise_3m=used.now - used.before).drop("now", "before")
    rows = used.left_join(paid, "account_id").drop("account_id_right")
    return rows.mutate(
        low_pay_months_12m=rows.low_pay_months_12m.fill_null(0),
        revolving_months_12m=rows.revolving_months_12m.fill_null(0),
        no_payment_2m=rows.no_payment_2m.fill_null(False),
    )


def _placed(cycles: Table) -> Table:
    """Statements of an account numbered from 0, the newest."""
    return cycles.mutate(
        place=ibis.row_number().over(group_by="account_id", order_by=ibis.desc("statement_on")).cast("int64")
    )


def _where(condition: Any, value: Any) -> Any:
    return condition.ifelse(value, ibis.null(value.type()))


def met(cycles: Table, repayments: Table, p: Parameters) -> Table:
    """How many days after the due date minimums were met, for `delays`: sums over cycles, by how new these are.

    `last`: of the newest statement past grace that asked for a minimum, `late`: of the last three, `early`: of the
    three before. `_days` sums the days of those that were met, `_open` counts the others, `_open_due` sums the due
    dates of these as days since 1970.
    """
    asked = _placed(cycles.filter(cycles.past_grace & cycles.owing)).filter(lambda c: c.place < DELAY_CYCLES)
    asked = asked.select(*KEYS, "due_on", "deadline", "minimum_due", "met_on", "missed", "place")
    rows = asked.left_join(_met_in_cycle(asked, repayments, p), KEYS).drop(*(f"{key}_right" for key in KEYS))
    on = rows.missed.ifelse(rows.met_on, rows.repaid_on)
    rows = rows.mutate(
        days=on.delta(rows.due_on, unit="day").fill_null(0).cast("int64"),
        still=on.isnull().cast("int64"),
        due=rows.due_on.delta(_EPOCH, unit="day").cast("int64"),
    )
    inside = {"last": rows.place == 0, "late": rows.place < 3, "early": rows.place >= 3}
    sums: dict[str, Any] = {}
    for name, chosen in inside.items():
        one = chosen.cast("int64")
        sums |= {f"{name}_days": (one * rows.days).sum(), f"{name}_open": (one * rows.still).sum()}
        sums |= {f"{name}_open_due": (one * rows.still * rows.due).sum(), f"{name}_n": one.sum()}
    return rows.group_by("account_id").agg(**sums)


def told(rows: Table, as_of: date) -> Table:
    """`conduct` with `delays` in the place of its sums."""
    before = "utilisation_max_6m utilisation_rise_3m payment_ratio_last payment_ratio_min_5m low_pay_months_12m"
    after = "respend_cycles_3 respend_share_3m fpd1 fpd30"
    return rows.select(
        "account_id",
        *f"{before} revolving_months_12m no_payment_2m".split(),
        **delays(rows, as_of),
        **{name: rows[name] for name in after.split()},
    )


def delays(rows: Table, as_of: date) -> dict[str, Any]:
    """Days from the due date to the day the minimum was met; negative is early, and until it is met it grows.

    repayment_delay_last: of the newest statement past grace that asked for a minimum; repayment_delay_mean_6m: of the
    last six; repayment_delay_rise: mean of the last three − mean of the three before, positive = slipping.
    """
    today = ibis.literal(as_of).cast("date").delta(_EPOCH, unit="day").cast("int64")
    days = {
        name: rows[f"{name}_days"] + rows[f"{name}_open"] * today - rows[f"{name}_open_due"]
        for name in ("last", "late", "early")
    }
    return {
        "repayment_delay_last": (rows.last_n > 0).ifelse(days["last"], ibis.null("int64")),
        "repayment_delay_mean_6m": ratio(days["late"] + days["early"], rows.late_n + rows.early_n),
        "repayment_delay_rise": ratio(days["late"], rows.late_n) - ratio(days["early"], rows.early_n),
    }


def _met_in_cycle(asked: Table, repayments: Table, p: Parameters) -> Table:
    """The day a minimum that was not missed was met by the running total of what came after the statement day."""
    paid = repayments.select("account_id", "paid_on", "amount").join(asked.filter(~asked.missed), "account_id")
    paid = paid.filter((paid.paid_on > paid.statement_on) & (paid.paid_on <= paid.deadline))
    days = paid.group_by(*KEYS, "paid_on").agg(amount=paid.amount.sum(), minimum_due=paid.minimum_due.max())
    running = ibis.window(group_by=KEYS, order_by="paid_on", preceding=None, following=0)
    days = days.mutate(running=days.amount.sum().over(running))
    enough = days.filter(days.running >= days.minimum_due - p.tolerance_amount)
    return enough.group_by(*KEYS).agg(repaid_on=enough.paid_on.min())


def respending(cycles: Table, repayments: Table, t: Table, as_of: date, p: Parameters) -> Table:
    """What was spent again within 24 hours of a repayment (C5 还后即刷), over the last three cycles of 130 days.

    respend_share_3m: spent again, at most what was repaid, ÷ repaid. respend_cycles_3: in how many of the cycles at
    least `respend_ratio` of what was repaid; 2 is the rule of C5.
    """
    last = _placed(cycles.filter(cycles.statement_on > as_of - timedelta(RESPEND_DAYS)))
    last = last.filter(last.place < 3).select(*KEYS, "next_on")
    paid = repayments.filter(repayments.paid_on > as_of - timedelta(RESPEND_DAYS)).join(last, "account_id")
    paid = paid.filter((paid.paid_on > paid.statement_on) & (paid.next_on.isnull() | (paid.paid_on <= paid.next_on)))
    paid = paid.select(*KEYS, "repayment_id", "paid_on", "amount", at=paid.paid_at.epoch_seconds().cast("int64"))
    rows = paid.left_join(_respent(t, paid, as_of, p), "repayment_id").drop("repayment_id_right")
    rows = rows.mutate(back=ibis.least(rows.respent.fill_null(0), rows.amount).cast("int64"))
    by_cycle = rows.group_by(*KEYS).agg(back=rows.back.sum(), paid=rows.amount.sum())
    high = (ratio(by_cycle.back, by_cycle.paid) >= p.respend_ratio).cast("int64")
    found = by_cycle.mutate(high=high)
    found = found.group_by("account_id").agg(
        back=found.back.sum(), paid=found.paid.sum(), respend_cycles_3=found.high.sum()
    )
    return found.select("account_id", "respend_cycles_3", respend_share_3m=ratio(found.back, found.paid))


def _respent(t: Table, paid: Table, as_of: date, p: Parameters) -> Table:
    """repayment_id → what the account spent in the 24 hours after it, fen."""
    # The day and the next, so that the big table meets few rows by equality alone.
    marks = paid.select("repayment_id", "account_id", "at", on="paid_on")
    marks = marks.union(marks.mutate(on=(marks.on + ibis.interval(days=1)).cast("date")))
    spent = t.filter(t.kind.isin(SPENDS) & ~t.reversed & (t.day > as_of - timedelta(RESPEND_DAYS)))
    spent = spent.select(of="account_id", on="day", spent="amount", es=spent.occurred_at.epoch_seconds().cast("int64"))
    pairs = marks.join(spent, [("account_id", "of"), "on"])
    pairs = pairs.filter((pairs.es > pairs.at) & (pairs.es <= pairs.at + p.respend_hours * 3600))
    return pairs.group_by("repayment_id").agg(respent=pairs.spent.sum())


def first_payment(cycles: Table, opened: Table, as_of: date) -> Table:
    """fpd1, fpd30: the minimum of the first statement that asked for one was unpaid 1 or 30 days after it was due.

    Paid within grace is paid (§1.8). Null while that statement is not so old, and for accounts opened more than two
    years ago, whose first statements are no longer here. `opened` has account_id and opened_on.
    """
    young = opened.filter(opened.opened_on > as_of - timedelta(FIRST_PAYMENT_DAYS))
    asked = cycles.filter(cycles.owing).semi_join(young, "account_id")
    first = asked.mutate(place=ibis.row_number().over(group_by="account_id", order_by="statement_on"))
    first = first.filter((first.place == 0) & first.past_grace)

    def unpaid(days: int) -> Any:
        after = (first.due_on + ibis.interval(days=days)).cast("date")
        late = first.missed & (first.met_on.isnull() | (first.met_on > after))
        return (after <= as_of).ifelse(late, ibis.null("boolean"))

    return first.select("account_id", fpd1=unpaid(1), fpd30=unpaid(30))


LEAST = ("payment_ratio_last", "payment_ratio_min_5m")
MOST = (
    "low_pay_months_12m revolving_months_12m utilisation_max_6m utilisation_rise_3m repayment_delay_last "
    "repayment_delay_mean_6m repayment_delay_rise respend_share_3m respend_cycles_3"
).split()
ANY = ("no_payment_2m", "fpd1", "fpd30")


def of_customers(rows: Table, accounts: Table) -> Table:
    """The worst of a customer's accounts, figure by figure."""
    rows = rows.join(accounts.select("account_id", "customer_id"), "account_id")
    return rows.group_by("customer_id").agg(
        **{name: rows[name].min() for name in LEAST},
        **{name: rows[name].max() for name in MOST},
        **{name: rows[name].cast("int64").max() == 1 for name in ANY},
    )
