"""What an alert rule is: an expression over the night's tables.

A rule gives one row per (customer, account) it holds for: customer_id, account_id ('' = the customer as a whole),
severity, value_at_stake (fen), value, usual, days (the window), and further columns that become the reason's params.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
from ibis.expr.types import Table

from kajing.analytics.parameters import Parameters
from kajing.analytics.thresholds import LEVELS

COMMON = ("customer_id", "account_id", "severity", "value_at_stake", "value", "usual", "days")
OFF = LEVELS[0]


@dataclass(frozen=True, slots=True)
class AlertTables:
    """What a rule may look at."""

    customers: Table  # `customer_features`
    accounts: Table
    cards: Table
    transactions: Table
    months: Table  # `marts.account_month`: where among the transactions a rule need not look
    signals: Table  # of single transactions of the last days, `features.windows`
    usual: Table  # the newest baseline of each customer who tried something in these days
    conduct: Table  # how each account repays
    cycles: Table
    repayments: Table
    people: Table  # customers as the feed gives them, for the income that no figure may tell
    as_of: date


@dataclass(frozen=True, slots=True)
class AlertRule:
    """A named rule; its name is the reason's code for the words. `level`: the threshold that grades it or is OFF."""

    name: str
    expression: Callable[[AlertTables, Parameters], Table]
    level: str = ""

    def asked(self, p: Parameters) -> bool:
        """Whether the bank wants this rule."""
        return not self.level or getattr(p, self.level) != OFF


RULES: dict[str, AlertRule] = {}


Expression = Callable[[AlertTables, Parameters], Table]


def register(name: str, level: str = "") -> Callable[[Expression], Callable[..., Table]]:
    """Add a rule under its name. A second rule of one name is an error."""

    def add(expression: Expression) -> Callable[..., Table]:
        if name in RULES:
            raise ValueError(f"two alert rules are called {name}")
        RULES[name] = AlertRule(name, expression, level)
        return expression

    return add


def to_rows(rule: AlertRule, found: list[dict[str, Any]], as_of: date, version: str) -> Iterator[dict[str, Any]]:
    """The rows of a rule as alert rows: reasons and inputs as JSON text, in one encoder's words."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    code = encode(rule.name)
    for row in found:
        params = encode({name: value for name, value in row.items() if name not in COMMON and value is not None})
        said = f'"value": {encode(row["value"])}, "usual": {encode(row["usual"])}'
        yield {
            "rule": rule.name,
            "customer_id": row["customer_id"],
            "account_id": row["account_id"],
            "raised_on": as_of,
            "severity": row["severity"],
            "value_at_stake": row["value_at_stake"],
            "reasons": f'[{{"code": {code}, {said}, "window": {encode(row["days"])}, "params": {params}}}]',
            "inputs": f"{{{said}{', ' if len(params) > 2 else ''}{params[1:]}",
            "rule_version": version,
        }


def as_table(rows: Iterable[dict[str, Any]]) -> pa.Table:
    """Alert rows as a table, however many."""
    schema = pa.schema(
        [
            ("rule", pa.string()),
            ("customer_id", pa.string()),
            ("account_id", pa.string()),
            ("raised_on", pa.date32()),
            ("severity", pa.string()),
            ("value_at_stake", pa.int64()),
            ("reasons", pa.string()),
            ("inputs", pa.string()),
            ("rule_version", pa.string()),
        ]
    )
    return pa.Table.from_pylist(list(rows), schema=schema)
