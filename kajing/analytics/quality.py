"""The quality of what is owed (§1.8, §1.9): classes and buckets tonight, roll rates month to month, vintages.

Owners, segments and products are tonight's: an account's past goes with the account. Sums are told, never ratios, so
that every level divides what it has added up; n+ days past due means more than n (§1.8 逾期率).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.features import debt
from kajing.analytics.portfolio import OWNERS

GRADES = {
    "CARD_2011": "five_class_card2011",
    "ASSET_2023": "five_class_asset2023",
    "BUCKET": "bucket",
    "CYCLE": "cycle_bucket",
}
DEPTHS = (30, 60, 90)
ROLL_MONTHS = 6
NONE, WRITTEN_OFF = "NONE", "W"


def classes(accounts: Table, customers: Table) -> Table:
    """Accounts and balance by grade tonight, on four bases, per unit × manager × segment × product.

    basis: CARD_2011 and ASSET_2023 (five classes, §1.9; always told with the scheme's name), BUCKET (days past due),
    CYCLE (missed minimums); never to be mixed in one chart. The whole balance stands where the account stands;
    closed accounts without a balance are left out.
    """
    who = customers.select("customer_id", *OWNERS, "segment")
    a = accounts.filter(accounts.is_open | (accounts.balance > 0)).join(who, "customer_id")
    a = a.mutate(owed=ibis.greatest(a.balance, 0))
    parts = [
        a.group_by(*OWNERS, "segment", "product_id", basis=ibis.literal(basis), grade=a[column]).agg(
            accounts=a.count(), balance=a.owed.sum()
        )
        for basis, column in GRADES.items()
    ]
    return ibis.union(*parts)


def rolls(positions: Table, accounts: Table, customers: Table, ends: Sequence[date]) -> Table:
    """What came of each bucket in a month, for the last six months (§1.8 迁徙率; risk design 4.4).

    day (the later month-end), from_bucket → to_bucket, accounts, balance_before, balance, per unit × manager × segment
    × product. Rate by account or balance i → j = that cell ÷ the row of i. NONE: nothing owed then; W: written off,
    from the day the feed closed the account. `positions` at `ends`, newest first (`portfolio.positions`).
    """
    who = customers.select("customer_id", *OWNERS, "segment")
    of = accounts.select("account_id", "customer_id", "product_id", "status", "closed_on").join(who, "customer_id")
    rows = positions.filter(positions.place <= ROLL_MONTHS).select("account_id", "place", "balance", "dpd")
    # One grouping instead of a join of each month with the next.
    wide = rows.group_by("account_id").agg(
        **{f"balance_{n}": (rows.place == n).ifelse(rows.balance, 0).sum() for n in range(ROLL_MONTHS + 1)},
        **{f"dpd_{n}": (rows.place == n).ifelse(rows.dpd, 0).max() for n in range(ROLL_MONTHS + 1)},
    )
    wide = wide.join(of.drop("customer_id"), "account_id")
    parts = []
    for n in range(min(ROLL_MONTHS, len(ends) - 1)):
        step = wide.select(
            *OWNERS,
            "segment",
            "product_id",
            day=ibis.literal(ends[n]).cast("date"),
            from_bucket=_bucket(wide, n + 1, ends[n + 1]),
            to_bucket=_bucket(wide, n, ends[n]),
            before=wide[f"balance_{n + 1}"],
            after=wide[f"balance_{n}"],
        )
        parts.append(step.filter((step.from_bucket != NONE) | (step.to_bucket != NONE)))
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    keys = ["day", *OWNERS, "segment", "product_id", "from_bucket", "to_bucket"]
    return every.group_by(*keys).agg(
        accounts=every.count(), balance_before=every.before.sum(), balance=every.after.sum()
    )


def _bucket(wide: Table, n: int, end: date) -> Any:
    gone = ((wide.status == "WRITTEN_OFF") & (wide.closed_on <= end)).fill_null(False)
    owes = (wide[f"balance_{n}"] > 0) | (wide[f"dpd_{n}"] > 0)
    return ibis.cases((gone, WRITTEN_OFF), (owes, debt.bucket(wide[f"dpd_{n}"])), else_=NONE)


def vintages(
    positions: Table, cycles: Table, accounts: Table, cards: Table, customers: Table, ends: Sequence[date], as_of: date
) -> Table:
    """Cohorts by month of approval, month by month on book (§1.8 账龄), per unit × manager × product.

    cohort: first day of the month of the account's first card's approval, else of its opening. mob: whole months from
    it to the observed month-end. accounts: all of the cohort, fixed, the base by account. balance: owed at that mob,
    the base by balance. ever_n, now_n for n = 30, 60, 90: accounts that were ever, or are then, more than n days past
    due; ever_n_balance, now_n_balance: what these owe. Written off stays in. There is no row, rather than a 0, for
    months after the last closed one, nor for cohorts older than the statements. Compare cohorts at one mob only.
    """
    born = _cohorts(accounts, cards, customers, cycles, ends[-1])
    born = _with(born, crossings(cycles, as_of), ["account_id"])
    months = _calendar(ends)
    cells = born.cross_join(months)
    mob = (cells.day.year() - cells.cohort.year()) * 12 + (cells.day.month() - cells.cohort.month())
    cells = cells.mutate(mob=mob.cast("int64")).filter(lambda c: c.mob >= 0)
    at = positions.select("account_id", "place", "balance", "dpd")
    cells = _with(cells, at, ["account_id", "place"])
    cells = cells.mutate(balance=cells.balance.fill_null(0), dpd=cells.dpd.fill_null(0))
    sums: dict[str, Any] = {}
    for n in DEPTHS:
        ever = (cells[f"over_{n}_on"] <= cells.day).fill_null(False)
        for name, flag in ((f"ever_{n}", ever), (f"now_{n}", cells.dpd > n)):
            sums[name] = flag.cast("int64").sum()
            sums[f"{name}_balance"] = flag.ifelse(cells.balance, 0).sum()
    return cells.group_by("cohort", "mob", "day", *OWNERS, "product_id").agg(
        accounts=cells.count(), balance=cells.balance.sum(), **sums
    )


def _cohorts(accounts: Table, cards: Table, customers: Table, cycles: Table, oldest: date) -> Table:
    """Accounts whose first statement is among ours."""
    approved = cards.group_by("account_id").agg(approved_on=cards.first_approved_on.min())
    rows = _with(accounts.select("account_id", "customer_id", "product_id", "opened_on"), approved, ["account_id"])
    cohort = ibis.coalesce(rows.approved_on, rows.opened_on).truncate("M").cast("date")
    rows = rows.mutate(cohort=cohort).join(customers.select("customer_id", *OWNERS), "customer_id")
    known = cycles.agg(since=cycles.statement_on.min().truncate("M").cast("date"))
    rows = rows.cross_join(known)
    return rows.filter((rows.cohort > rows.since) & (rows.cohort >= oldest.replace(day=1))).drop(
        "since", "approved_on", "opened_on"
    )


def crossings(cycles: Table, as_of: date) -> Table:
    """account_id → over_30_on, over_60_on, over_90_on: the first day at whose end it was more than n days past due.

    Days past due count from the oldest unmet due date, so the first minimum that stood so long decides.
    """
    late = cycles.filter(cycles.missed)

    def first(days: int) -> Any:
        on = (late.due_on + ibis.interval(days=days + 1)).cast("date")
        stood = (late.met_on.isnull() | (late.met_on > on)) & (on <= as_of)
        return stood.ifelse(on, ibis.null("date")).min()

    return late.group_by("account_id").agg(**{f"over_{n}_on": first(n) for n in DEPTHS})


def _calendar(ends: Sequence[date]) -> Table:
    place = ibis.range(0, len(ends)).unnest().name("place").as_table()
    days = [ibis.literal(end).cast("date") for end in ends]
    return place.mutate(day=ibis.cases(*[(place.place == n, day) for n, day in enumerate(days)], else_=days[0]))


def _with(rows: Table, more: Table, keys: list[str]) -> Table:
    return rows.left_join(more, keys).drop(*(f"{key}_right" for key in keys))
