"""What pages and the API read from the published state, each in milliseconds.

Single customers are named by the caller, who has already checked that they may be seen; totals take a DataScope.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import duckdb

from kajing.analytics.warehouse import NotPublished, Warehouse, scope_sql
from kajing.lib.scope import DataScope

SCALARS = (
    "customer_id segment life_stage value_tier state bucket cycle_bucket risk_score risk_band credit_limit balance "
    "minimum_due next_due_on overdue_amount utilisation dpd five_class_card2011 five_class_asset2023 min_pay_streak "
    "payment_ratio_3m spend_30d spend_prev_30d spend_90d spend_365d txn_count_30d txn_count_90d txn_count_365d "
    "active_days_90d last_purchase_on recency_days cross_border_share_90d night_share_90d cash_share_90d sleeping_on "
    "silence_p spend_weeks"
).split()


def rows(con: Any, sql: str, params: list[Any] | None = None) -> list[dict[str, Any]]:
    """The answer as dicts."""
    found = con.execute(sql, params or [])
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@contextmanager
def reading(warehouse: Warehouse, day: date | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor on the published state, or on the last kept state of a day. Raises NotPublished."""
    if day is None or day == as_of(warehouse):
        cursor = warehouse.reader()
    else:
        kept = sorted(warehouse.state_path("x").parent.glob(f"{day}-*.duckdb"))
        if not kept:
            raise NotPublished(f"the figures of {day} are not kept; the newest are of {as_of(warehouse)}")
        cursor = warehouse.open_state(kept[-1].stem)
    try:
        yield cursor
    finally:
        cursor.close()


def as_of(warehouse: Warehouse) -> date:
    """The business date of the published figures. Raises NotPublished."""
    state = warehouse.current()
    if state is None:
        raise NotPublished("no night has run yet")
    return date.fromisoformat(state[:10])


def feature_rows(warehouse: Warehouse, chunk: int = 5000) -> Iterator[list[dict[str, Any]]]:
    """Every scalar of every customer, in chunks in customer order, for the tables that lists filter on."""
    with reading(warehouse) as con:
        found = con.execute(f"SELECT {', '.join(SCALARS)} FROM customer_features ORDER BY customer_id")
        while batch := found.fetchmany(chunk):
            yield [dict(zip(SCALARS, row, strict=True)) for row in batch]


def customer_features(warehouse: Warehouse, customer_id: str, day: date | None = None) -> dict[str, Any] | None:
    """Every feature of the contract for one customer, maps included; None if the customer was not known then."""
    with reading(warehouse, day) as con:
        found = rows(con, "SELECT * FROM customer_features WHERE customer_id = ?", [customer_id])
        if not found:
            return None
        groups = asked(con, "customer_mcc", customer_id)
        top = asked(con, "customer_merchants", customer_id, MERCHANTS)
    return found[0] | {
        "mcc_group_share_365d": {row["mcc_group"]: row["share"] for row in groups},
        "top_merchants_365d": top,
    }


MERCHANTS = "SELECT merchant_id, merchant_name, mcc_group, amount, txn_count FROM asked ORDER BY rank"


def asked(con: Any, name: str, customer_id: str, sql: str = "FROM asked", params: Iterable[Any] = ()) -> list[Any]:
    """The answer of one of `pages.queries` for one customer; `sql` picks and orders the rows of `asked`."""
    [[query]] = con.execute("SELECT sql FROM page_queries WHERE name = ?", [name]).fetchall()
    own = [
        f"own_{source} AS (SELECT * FROM {source} WHERE customer_id = $1)"
        for source in _OWN
        if f"own_{source}" in query
    ]
    return rows(con, f"WITH {', '.join(own)}, asked AS ({query}) {sql}", [customer_id, *params])


_OWN = ("history", "statement_cycles", "repaid", "card_features")


def merchants(warehouse: Warehouse, customer_id: str) -> list[dict[str, Any]]:
    """The ten merchants with most net spending of 365 days."""
    with reading(warehouse) as con:
        return asked(con, "customer_merchants", customer_id, MERCHANTS)


def categories(warehouse: Warehouse, customer_id: str) -> list[dict[str, Any]]:
    """(mcc_group, amount, txn_count, share) of 365 days, largest first."""
    with reading(warehouse) as con:
        sql = "SELECT mcc_group, amount, txn_count, share FROM asked ORDER BY amount DESC, mcc_group"
        return asked(con, "customer_mcc", customer_id, sql)


BUYERS = {"mcc_group": "mcc_group = $1", "merchant": "(merchant_id = $1 OR merchant_name = $1)"}


def buyers(warehouse: Warehouse, feature: str, value: str) -> list[dict[str, Any]]:
    """(customer_id, amount) of every customer with purchases under a key within 365 days; `feature` is of BUYERS."""
    with reading(warehouse) as con:
        since = as_of(warehouse) - timedelta(days=365)
        sql = f"""SELECT customer_id, sum(billing_amount)::BIGINT AS amount FROM history
            WHERE {BUYERS[feature]} AND kind = 'PURCHASE' AND occurred_at >= $2 GROUP BY customer_id"""
        return rows(con, sql, [value, since])


def months(warehouse: Warehouse, customer_id: str) -> list[dict[str, Any]]:
    """(month, mcc_group, amount, txn_count), oldest first."""
    with reading(warehouse) as con:
        sql = "SELECT month::DATE AS month, mcc_group, amount, txn_count FROM asked ORDER BY month, mcc_group"
        return asked(con, "customer_month", customer_id, sql)


def accounts(warehouse: Warehouse, customer_id: str) -> list[dict[str, Any]]:
    """Where each account of a customer stands."""
    with reading(warehouse) as con:
        sql = """SELECT account_id, product_id, status, balance, greatest(-balance, 0) AS overpayment, effective_limit,
            utilisation, dpd, bucket, cycle_bucket, overdue_amount, minimum_due, next_due_on AS due_on,
            last_statement_on AS statement_on, last_statement_balance AS statement_balance, last_repayment_on,
            min_pay_streak, payment_ratio_3m, five_class_card2011, five_class_asset2023, state, sleeping_on
            FROM account_features WHERE customer_id = ? ORDER BY account_id"""
        return rows(con, sql, [customer_id])


def cards(warehouse: Warehouse, customer_id: str) -> list[dict[str, Any]]:
    """Use and sleep of each card of a customer."""
    with reading(warehouse) as con:
        sql = """SELECT card_id, account_id, root_card_id, last_active_on, first_use_on, sleeping_on, asleep, exempt,
            valid, in_register, state FROM card_features WHERE customer_id = ? ORDER BY card_id"""
        return rows(con, sql, [customer_id])


def statements(warehouse: Warehouse, customer_id: str, limit: int = 12) -> list[dict[str, Any]]:
    """The newest statements with what was paid for each in its cycle."""
    with reading(warehouse) as con:
        sql = """SELECT account_id, statement_on, due_on, balance, minimum_due, paid_in_cycle AS paid, paid_by_due,
            unpaid_minimum, missed, minimum_only FROM statement_cycles
            WHERE customer_id = ? ORDER BY statement_on DESC, account_id LIMIT ?"""
        return rows(con, sql, [customer_id, limit])


def transactions(warehouse: Warehouse, customer_id: str, *, limit: int = 50, offset: int = 0) -> list[dict[str, Any]]:
    """The newest postings of a customer (25 months are kept at hand)."""
    with reading(warehouse) as con:
        sql = "SELECT * FROM history WHERE customer_id = ? ORDER BY occurred_at DESC, txn_id LIMIT ? OFFSET ?"
        return rows(con, sql, [customer_id, limit, offset])


def events(warehouse: Warehouse, customer_id: str, *, before: Any = None, limit: int = 50) -> list[dict[str, Any]]:
    """Timeline events older than `before` (all when None), newest first: at, kind, amount, on, name, ref."""
    with reading(warehouse) as con:
        sql = """SELECT "at", kind, amount, "on", name, ref FROM asked
            WHERE ($2::TIMESTAMP IS NULL OR "at" < $2::TIMESTAMP) ORDER BY "at" DESC, ref LIMIT $3"""
        return asked(con, "customer_events", customer_id, sql, [before, limit])


def alert_rows(warehouse: Warehouse) -> Iterator[dict[str, Any]]:
    """What holds at as_of: rule, customer_id, account_id, raised_on, severity, value_at_stake, version, reasons."""
    with reading(warehouse) as con:
        sql = """SELECT rule, customer_id, account_id, raised_on, severity, value_at_stake, rule_version, reasons
            FROM alerts ORDER BY rule, customer_id, account_id"""
        for row in rows(con, sql):
            yield row | {"reasons": json.loads(row["reasons"])}


def portfolio_weeks(warehouse: Warehouse, scope: DataScope) -> list[dict[str, Any]]:
    """Eight weeks within a scope, oldest first: week, spend, active_customers."""
    where, params = scope_sql(scope, customer=None)
    with reading(warehouse) as con:
        sql = f"""SELECT w.week, coalesce(sum(spend), 0)::BIGINT AS spend,
            coalesce(sum(active_customers), 0)::BIGINT AS active_customers
            FROM range(8) w(week) LEFT JOIN (SELECT * FROM portfolio_week WHERE {where}) p ON p.week = w.week
            GROUP BY w.week ORDER BY w.week"""
        return rows(con, sql, params)


def portfolio_months(warehouse: Warehouse, scope: DataScope, *, by: str = "") -> list[dict[str, Any]]:
    """Months within a scope, oldest first, and by unit_id, manager_id, segment or product_id when asked."""
    if by not in {"", "unit_id", "manager_id", "segment", "product_id"}:
        raise ValueError(f"portfolio months are not told by {by}")
    where, params = scope_sql(scope, customer=None)
    key = f", {by}" if by else ""
    with reading(warehouse) as con:
        sql = f"""SELECT month::DATE AS month{key}, sum(spend)::BIGINT AS spend, sum(txn_count)::BIGINT AS txn_count,
            sum(active_customers)::BIGINT AS active_customers FROM portfolio_month WHERE {where}
            GROUP BY ALL ORDER BY ALL"""
        return rows(con, sql, params)


def overdue_months(warehouse: Warehouse, scope: DataScope) -> list[dict[str, Any]]:
    """Balance and overdue balance (DPD above 0) at the last month ends and as_of, within a scope, oldest first."""
    where, params = scope_sql(scope, customer=None)
    with reading(warehouse) as con:
        sql = f"""SELECT day, sum(balance)::BIGINT AS balance, sum(overdue)::BIGINT AS overdue
            FROM portfolio_overdue WHERE {where} GROUP BY day ORDER BY day"""
        return rows(con, sql, params)


def portfolio_days(warehouse: Warehouse, scope: DataScope) -> list[dict[str, Any]]:
    """Spend, purchases and active customers of the last 90 days within a scope, oldest first."""
    where, params = scope_sql(scope, customer=None)
    with reading(warehouse) as con:
        sql = f"""SELECT day, sum(spend)::BIGINT AS spend, sum(txn_count)::BIGINT AS txn_count,
            sum(active_customers)::BIGINT AS active_customers FROM portfolio_day WHERE {where} GROUP BY day ORDER BY
            day"""
        return rows(con, sql, params)


def metric(warehouse: Warehouse, name: str, *, scope: DataScope, by: Iterable[str] = ()) -> list[dict[str, Any]]:
    """A metric of the dictionary within a scope: keys, numerator, denominator, value (`metrics.values`)."""
    from kajing.analytics import metrics

    with reading(warehouse) as con:
        return metrics.values(con, name, scope=scope, by=by)


def signals(warehouse: Warehouse, customer_id: str, *, limit: int = 50) -> list[dict[str, Any]]:
    """How unlike themselves the customer's cards behaved in the last days, newest first (`txn_signals`).

    With the merchant's risk of tonight beside it, `merchant_risk_7d` and `merchant_risk_30d`.
    """
    with reading(warehouse) as con:
        sql = """SELECT s.* EXCLUDE (unit_id, manager_id), m.risk_7d AS merchant_risk_7d,
            m.risk_30d AS merchant_risk_30d FROM txn_signals s LEFT JOIN merchant_risk m USING (merchant_id)
            WHERE customer_id = ? ORDER BY occurred_at DESC, txn_id LIMIT ?"""
        return rows(con, sql, [customer_id, limit])


def quality(warehouse: Warehouse, scope: DataScope, *, basis: str, by: str = "") -> list[dict[str, Any]]:
    """Accounts and balance by grade tonight within a scope, on one basis of `portfolio_quality`."""
    where, params = scope_sql(scope, customer=None)
    key = _key(by)
    with reading(warehouse) as con:
        sql = f"""SELECT grade{key}, sum(accounts)::BIGINT AS accounts, sum(balance)::BIGINT AS balance
            FROM portfolio_quality WHERE basis = ? AND {where} GROUP BY ALL ORDER BY ALL"""
        return rows(con, sql, [basis, *params])


def roll_matrix(warehouse: Warehouse, scope: DataScope, *, by: str = "") -> list[dict[str, Any]]:
    """Month-end to month-end within a scope: day, from_bucket, to_bucket, accounts, balance_before, balance."""
    where, params = scope_sql(scope, customer=None)
    key = _key(by)
    with reading(warehouse) as con:
        sql = f"""SELECT day, from_bucket, to_bucket{key}, sum(accounts)::BIGINT AS accounts,
            sum(balance_before)::BIGINT AS balance_before, sum(balance)::BIGINT AS balance
            FROM portfolio_roll WHERE {where} GROUP BY ALL ORDER BY ALL"""
        return rows(con, sql, params)


VINTAGES = tuple(f"{when}_{n}" for when in ("ever", "now") for n in (30, 60, 90))


def vintages(
    warehouse: Warehouse, scope: DataScope, *, measure: str, by_balance: bool = False, least_accounts: int
) -> list[dict[str, Any]]:
    """cohort, mob, accounts, base, share of a measure of `VINTAGES`, by account or by balance, within a scope.

    The share is None where the cohort has fewer than `least_accounts` accounts or owes nothing; months that are not
    over have no row. Raises ValueError for an unknown measure.
    """
    if measure not in VINTAGES:
        raise ValueError(f"vintages measure one of {', '.join(VINTAGES)}, not {measure}")
    where, params = scope_sql(scope, customer=None)
    part, base = (f"{measure}_balance", "balance") if by_balance else (measure, "accounts")
    with reading(warehouse) as con:
        sql = f"""SELECT cohort, mob, sum(accounts)::BIGINT AS accounts, sum({base})::BIGINT AS base,
            CASE WHEN sum(accounts) >= ? THEN sum({part})::DOUBLE / nullif(sum({base}), 0) END AS share
            FROM portfolio_vintage WHERE {where} GROUP BY ALL ORDER BY cohort, mob"""
        return rows(con, sql, [least_accounts, *params])


def _key(by: str) -> str:
    if by not in {"", "unit_id", "manager_id", "segment", "product_id"}:
        raise ValueError(f"the portfolio is not told by {by}")
    return f", {by}" if by else ""
