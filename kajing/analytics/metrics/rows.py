"""What the night keeps: every metric's numerators and denominators, and the days they are told for."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from kajing.analytics.metrics.base import KEYS, METRICS, MetricTables
from kajing.analytics.metrics.cards import with_ends
from kajing.analytics.parameters import Parameters


def use_by_month(transactions: Table) -> Table:
    """account_id, card_id, month → spend and the day of the last customer-initiated use, null without one."""
    t = transactions
    return t.group_by("account_id", "card_id", t.day.truncate("M").cast("date").name("month")).agg(
        spend=t.spend.sum().cast("int64"), last_use_on=t.use.ifelse(t.day, ibis.null("date")).max()
    )


def put_together(*parts: Table) -> Table:
    """`use_by_month` of parts of the transactions as that of all of them."""
    rows = ibis.union(*parts)
    return rows.group_by("account_id", "card_id", "month").agg(
        spend=rows.spend.sum().cast("int64"), last_use_on=rows.last_use_on.max()
    )


def metric_tables(accounts: Table, cards: Table, who: Table, **rest: Any) -> MetricTables:
    """MetricTables of accounts and cards by owner, segment and product; `who` is customer_id with the first three."""
    products = accounts.select("account_id", account_product="product_id")
    owned = with_ends(cards).join(who, "customer_id").join(products, "account_id")
    product = ibis.coalesce(owned.product_id, owned.account_product)
    owned = owned.mutate(product_id=product).drop("account_product")
    return MetricTables(accounts.join(who, "customer_id"), owned, **rest)


def all_rows(t: MetricTables) -> dict[str, Table]:
    """Every metric's rows; those of as_of only where `t.past` is False."""
    return {
        metric.name: metric.rows(t).select(
            metric=ibis.literal(metric.name),
            month=ibis._.month.cast("date"),
            day=ibis._.day.cast("date"),
            **{key: ibis._[key] for key in KEYS},
            detail=ibis._.detail.cast("string"),
            numerator=ibis._.numerator.cast("int64"),
            denominator=ibis._.denominator.cast("int64"),
        )
        for metric in METRICS.values()
    }


def day_rows(as_of: date, parameters: Parameters, first: dict[str, date | None]) -> pa.Table:
    """metric, month, day: the months each metric is told by, day null where the feeds do not determine one.

    A row without month is a day at which the metric is told as a whole. `first` as in MetricTables.
    """
    no = ibis.table({"account_id": "string"}, name="no_rows")  # days follow from dates alone
    t = MetricTables(no, no, no, no, no, no, as_of, parameters, first)
    rows = [(metric.name, month, day) for metric in METRICS.values() for month, day in metric.days(t)]
    names, months, days = zip(*rows, strict=True)
    return pa.table(
        {
            "metric": pa.array(names, pa.string()),
            "month": pa.array(months, pa.date32()),
            "day": pa.array(days, pa.date32()),
        }
    )


def told_before(days: pa.Table, as_of: date) -> pa.Table:
    """The rows of `day_rows` that later nights need not tell again: all but those of as_of by tonight's own flags.

    A cohort's month that is matured tonight is told for good.
    """
    kept = [
        day != as_of or (METRICS[metric].cohorts and month is not None)
        for metric, month, day in zip(*(days[name].to_pylist() for name in ("metric", "month", "day")), strict=True)
    ]
    return days.filter(pa.array(kept, pa.bool_()))
