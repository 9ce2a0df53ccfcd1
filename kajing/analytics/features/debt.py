"""Debt of card accounts: balance and use of the limit (§1.5), missed payments (§1.8), five classes (§1.9)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.marts import ratio
from kajing.analytics.parameters import Parameters

CLASSES = ("NORMAL", "SPECIAL_MENTION", "SUBSTANDARD", "DOUBTFUL", "LOSS")
BUCKET_DAYS = 30
MONTHS_OF_CYCLES = 25
BEFORE_DAYS = 30  # how far back the balance lies that tonight's is compared with


def balances(accounts: Table, transactions: Table, statements: Table, repayments: Table, day: date) -> Table:
    """account_id → balance at the end of a day: the newest statement's, plus postings and minus repayments after it.

    billed_on is the day of that statement. Without a statement everything since the beginning counts. A negative
    balance is the customer's credit (溢缴款).
    """
    known = statements.filter(statements.statement_on <= day)
    newest = known.group_by("account_id").agg(billed_on=known.statement_on.max(), billed=_by_newest(known, "balance"))
    start = accounts.select("account_id").left_join(newest, "account_id").drop("account_id_right")
    since = start.select("account_id", after=start.billed_on.fill_null(date(1900, 1, 1)))
    posted = transactions.filter((transactions.posted_on <= day) & (transactions.signed != 0)).join(since, "account_id")
    posted = posted.filter(posted.posted_on > posted.after).group_by("account_id").agg(moved=lambda t: t.signed.sum())
    paid = repayments.filter(repayments.paid_on <= day).join(since, "account_id")
    paid = paid.filter(paid.paid_on > paid.after).group_by("account_id").agg(returned=lambda t: t.amount.sum())
    rows = start.left_join(posted, "account_id").drop("account_id_right")
    rows = rows.left_join(paid, "account_id").drop("account_id_right")
    total = rows.billed.fill_null(0) + rows.moved.fill_null(0) - rows.returned.fill_null(0)
    return rows.select("account_id", "billed_on", balance=total.cast("int64"))


def _by_newest(statements: Table, column: str) -> Any:
    return statements[column].argmax(statements.statement_on)


def cycles(statements: Table, repayments: Table, as_of: date, p: Parameters) -> Table:
    """One row a statement of the last 25 months with what was paid on it.

    A minimum holds the unpaid minimum before it, so what was repaid since the statement day against minimum_due
    settles the oldest first. paid_by_due: repaid up to due date + grace. paid_in_cycle: up to the next statement.
    missed: at the end of grace still short of the minimum less tolerance; met_on: the day that was made good, null
    while it is not. unmet: short of it as of today. unpaid_minimum: what is short of it, 0 once it is met (容差 is
    rolled on, §1.6). minimum_only: at least the minimum but at most 110 % of it, and less than the balance. settled:
    closed, met and followed by another statement: later days and repayments change nothing in this row.
    """
    recent = statements.filter(statements.statement_on > as_of - timedelta(31 * MONTHS_OF_CYCLES))
    recent = recent.mutate(
        next_on=recent.statement_on.lead().over(group_by="account_id", order_by="statement_on"),
        deadline=(recent.due_on + ibis.interval(days=p.grace_days)).cast("date"),
    )
    rows = recent.join(_paid_at_marks(recent, repayments), ["account_id", "statement_on"])
    rows = rows.mutate(past_grace=rows.deadline < as_of, owing=rows.minimum_due > p.tolerance_amount)
    enough = rows.minimum_due - p.tolerance_amount
    at_most = (rows.minimum_due.cast("float64") * p.minimum_only_ratio).ceil()
    closed = rows.past_grace & rows.owing
    rows = rows.mutate(
        missed=closed & (rows.paid_by_due < enough),
        unmet=closed & (rows.paid_since < enough),
        minimum_only=(
            closed
            & (rows.paid_by_due >= enough)
            & (rows.paid_in_cycle <= at_most)
            & (rows.balance - p.tolerance_amount > rows.paid_in_cycle)
        ),
    )
    met = rows.past_grace & ~rows.unmet
    rows = rows.mutate(
        unpaid_minimum=met.ifelse(0, ibis.greatest(rows.minimum_due - rows.paid_since, 0)),
        settled=met & rows.next_on.notnull(),
    ).drop("paid_since")
    return _with_met_on(rows, repayments, p)


def _paid_at_marks(recent: Table, repayments: Table) -> Table:
    """What had been repaid after the statement day by each of its marks, from one running total per account."""
    far = date(9999, 1, 1)
    names = {
        "at_statement": recent.statement_on,
        "at_deadline": recent.deadline,
        "at_next": recent.next_on.fill_null(far),
    }
    marks = [
        recent.select("account_id", "statement_on", at=day, mark=ibis.literal(name), amount=ibis.literal(0, "int64"))
        for name, day in names.items()
    ]
    paid = repayments.select(
        "account_id",
        statement_on=ibis.null("date"),
        at=repayments.paid_on,
        mark=ibis.null("string"),
        amount=repayments.amount,
    )
    events = ibis.union(*marks, paid)
    until = ibis.range_window(group_by="account_id", order_by="at", preceding=None, following=0)
    events = events.mutate(total=events.amount.sum().over(until)).filter(lambda e: e.mark.notnull())
    totals = events.group_by("account_id", "statement_on").agg(
        **{name: (events.mark == name).ifelse(events.total, 0).max().cast("int64") for name in names}
    )
    all_paid = repayments.group_by("account_id").agg(all_paid=repayments.amount.sum())
    totals = totals.left_join(all_paid, "account_id").drop("account_id_right")
    return totals.select(
        "account_id",
        "statement_on",
        paid_since=(totals.all_paid.fill_null(0) - totals.at_statement).cast("int64"),
        paid_by_due=totals.at_deadline - totals.at_statement,
        paid_in_cycle=totals.at_next - totals.at_statement,
    )


def _with_met_on(rows: Table, repayments: Table, p: Parameters) -> Table:
    """Add met_on to missed cycles; few are missed, so only their later repayments are looked through."""
    late = rows.filter(rows.missed).select("account_id", "statement_on", "minimum_due")
    paid = repayments.select("account_id", "repayment_id", "paid_on", "amount").join(late, "account_id")
    paid = paid.filter(paid.paid_on > paid.statement_on)
    keys = ["account_id", "statement_on"]
    running = paid.amount.sum().over(ibis.range_window(group_by=keys, order_by="paid_on", preceding=None, following=0))
    paid = paid.mutate(running=running)
    made_good = paid.filter(paid.running >= paid.minimum_due - p.tolerance_amount)
    met = made_good.group_by(*keys).agg(met_on=made_good.paid_on.min())
    return rows.left_join(met, keys).drop("account_id_right", "statement_on_right")


def overdue(cycle_rows: Table, as_of: date) -> Table:
    """account_id → first_missed_due_on, missed_cycles, overdue_amount, minimum_due, counts of 12 months.

    first_missed_due_on: due date of the oldest statement whose minimum is not met, from which days past due count
    (§1.8). overdue_amount: what is short of the newest unmet minimum, which holds the older ones. cycles_past_due is
    the bank's own count on the newest statement.
    """
    c = cycle_rows
    rows = c.group_by("account_id").agg(
        first_missed_due_on=c.unmet.ifelse(c.due_on, ibis.null("date")).min(),
        unmet_cycles=c.unmet.cast("int64").sum(),
        overdue_amount=c.unmet.ifelse(c.unpaid_minimum, 0).argmax(c.unmet.ifelse(c.statement_on, date(1900, 1, 1))),
        cycles_past_due=c.cycles_past_due.argmax(c.cycles_past_due.notnull().ifelse(c.statement_on, ibis.null("date"))),
        missed_12=(c.missed & (c.due_on > as_of - timedelta(366))).cast("int64").sum(),
        due_12=(c.past_grace & c.owing & (c.due_on > as_of - timedelta(366))).cast("int64").sum(),
        last_statement_on=c.statement_on.max(),
        last_statement_balance=c.balance.argmax(c.statement_on),
        newest_unpaid_minimum=c.unpaid_minimum.argmax(c.statement_on),
        newest_due_on=c.due_on.argmax(c.statement_on),
    )
    return rows.mutate(
        missed_cycles=rows.unmet_cycles,
        overdue_amount=rows.first_missed_due_on.notnull().ifelse(rows.overdue_amount, 0),
        minimum_due=rows.newest_unpaid_minimum,
    ).drop("unmet_cycles", "newest_unpaid_minimum")


def habits(cycle_rows: Table) -> Table:
    """account_id → min_pay_streak and payment_ratio_3m over cycles whose due date and grace are past.

    min_pay_streak: how many cycles up to the newest were paid at the minimum only (R2). payment_ratio_3m: paid in
    the cycle
    ÷ balance, summed over the last 3 such cycles; null where nothing was billed.
    """
    closed = cycle_rows.filter(cycle_rows.past_grace)
    place = ibis.row_number().over(group_by="account_id", order_by=ibis.desc("statement_on"))
    closed = closed.mutate(place=place)
    broken = closed.minimum_only.ifelse(ibis.null("int64"), closed.place)
    billed = ((closed.place < 3) & (closed.balance > 0)).ifelse(closed.balance, 0)
    paid = ((closed.place < 3) & (closed.balance > 0)).ifelse(closed.paid_in_cycle, 0)
    before = ((closed.place >= 3) & (closed.place < 15) & (closed.balance > 0)).ifelse(1, 0)
    rows = closed.group_by("account_id").agg(
        min_pay_streak=ibis.coalesce(broken.min(), closed.count()),
        paid_3=paid.sum(),
        billed_3=billed.sum(),
        paid_before=(closed.paid_in_cycle * before).sum(),
        billed_before=(closed.balance * before).sum(),
    )
    return rows.select(
        "account_id",
        "min_pay_streak",
        payment_ratio_3m=ratio(rows.paid_3, rows.billed_3),
        payment_ratio_before=ratio(rows.paid_before, rows.billed_before),
    )


def bucket(days: Any) -> Any:
    """M0 … M6, M6+ by days past due (§1.8)."""
    steps = ((days - 1) / BUCKET_DAYS).floor().cast("int64") + 1
    return ibis.cases((days.isnull() | (days <= 0), "M0"), (days > 180, "M6+"), else_="M" + steps.cast("string"))


def cycle_bucket(count: Any) -> Any:
    """M0 … M6, M6+ by missed cycles; never mixed with the day basis (§1.8)."""
    return ibis.cases((count <= 0, "M0"), (count > 6, "M6+"), else_="M" + count.cast("string"))


def class_card2011(dpd: Any, status: Any, p: Parameters) -> Any:
    """Five classes by the 2011 Measures Art. 92 (`card_class_days`): 1–90, 91–120, 121–180, over 180 days.

    Art. 93: a signed hardship plan that is not yet repaid is at least substandard. Written off is loss.
    """
    mention, substandard, doubtful = p.card_class_days
    return ibis.cases(
        ((status == "WRITTEN_OFF") | (dpd > doubtful), "LOSS"),
        (dpd > substandard, "DOUBTFUL"),
        ((dpd > mention) | (status == "HARDSHIP_PLAN"), "SUBSTANDARD"),
        (dpd > 0, "SPECIAL_MENTION"),
        else_="NORMAL",
    )


def class_asset2023(dpd: Any, status: Any, p: Parameters) -> Any:
    """Five classes by the 2023 Measures Arts 6–13 (`asset_class_days`); some technical days are exempt."""
    mention, substandard, doubtful = p.asset_class_days
    return ibis.cases(
        ((status == "WRITTEN_OFF") | (dpd > doubtful), "LOSS"),
        (dpd > substandard, "DOUBTFUL"),
        ((dpd > mention) | (status == "HARDSHIP_PLAN"), "SUBSTANDARD"),
        (dpd > p.technical_overdue_days, "SPECIAL_MENTION"),
        else_="NORMAL",
    )


def worst(column: Any) -> Any:
    """The worse of classes, for a customer with several accounts: rank them so that max() is the worst."""
    return ibis.cases(*[(column == name, rank) for rank, name in enumerate(CLASSES)], else_=0).max()


def class_of_rank(rank: Any) -> Any:
    """The class of a rank made by `worst`."""
    return ibis.cases(*[(rank == n, name) for n, name in enumerate(CLASSES)], else_=CLASSES[0])


def debts(cycle_rows: Table, as_of: date) -> Table:
    """account_id → `overdue` and `habits` in one row."""
    return overdue(cycle_rows, as_of).left_join(habits(cycle_rows), "account_id").drop("account_id_right")


def last_repayments(repayments: Table) -> Table:
    """account_id → last_repayment_on."""
    return repayments.group_by("account_id").agg(last_repayment_on=repayments.paid_on.max())


def accounts(
    staged: Table, now: Table, then: Table, debts: Table, last_repayments: Table, as_of: date, p: Parameters
) -> Table:
    """One row an account with its debt figures at as_of. utilisation = balance ÷ (limit + temporary limit in force).

    `now` and `then` are `balances` of as_of and of 30 days before.
    """
    then = then.select("account_id", balance_30d_ago="balance")
    rows = staged.filter(staged.opened_on <= as_of)
    for part in (now.select("account_id", "balance"), then, debts, last_repayments):
        rows = rows.left_join(part, "account_id").drop("account_id_right")
    extra = ((rows.temp_limit_until >= as_of) & rows.temp_limit.notnull()).fill_null(False).ifelse(rows.temp_limit, 0)
    limit = rows.credit_limit + extra
    today = ibis.literal(as_of).cast("date")
    late = rows.first_missed_due_on.notnull()
    dpd = late.ifelse(today.delta(rows.first_missed_due_on, unit="day"), 0)
    to_pay = (rows.newest_due_on >= as_of) & (rows.minimum_due > 0)
    counted = ibis.coalesce(rows.cycles_past_due.cast("int64"), rows.missed_cycles, 0)
    return rows.mutate(
        effective_limit=limit,
        over_limit_amount=ibis.greatest(rows.balance - limit, 0),
        utilisation=ratio(rows.balance, limit),
        utilisation_30d_ago=ratio(rows.balance_30d_ago, limit),
        dpd=dpd,
        bucket=bucket(dpd),
        cycle_bucket=cycle_bucket(counted),
        cycle_count=counted,
        missed_cycles=rows.missed_cycles.fill_null(0),
        overdue_amount=rows.overdue_amount.fill_null(0),
        minimum_due=rows.minimum_due.fill_null(0),
        next_due_on=to_pay.fill_null(False).ifelse(rows.newest_due_on, ibis.null("date")),
        min_pay_streak=rows.min_pay_streak.fill_null(0),
        five_class_card2011=class_card2011(dpd, rows.status, p),
        five_class_asset2023=class_asset2023(dpd, rows.status, p),
        is_open=~rows.status.isin(["CLOSED", "WRITTEN_OFF", "DECEASED"]) & ~(rows.closed_on <= as_of).fill_null(False),
    ).drop("newest_due_on")
