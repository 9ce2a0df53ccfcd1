"""What a whole night makes of the days of all customers: sums of windows, last purchases, gaps.

f_sums   `features.spend.sums`
f_last   `features.spend.last_purchases`
f_gaps   `features.rhythm.gaps`

`marts.customer_day` is far the largest table of a night. It is made for a part of the customers at a time and let go of
once it is summed, so that memory does not grow with the bank.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

import ibis
from ibis.expr.types import Table

from kajing.analytics import marts
from kajing.analytics.features import rhythm, spend
from kajing.analytics.features.windows import in_bucket
from kajing.analytics.parameters import Parameters

PART_ROWS = 12_000_000  # transactions whose days are made at once: some 2 GB
NAMES = ("f_sums", "f_last", "f_gaps")


class Maker(Protocol):
    """What is needed of a backend."""

    def make(self, name: str, expression: Table, *, kept: bool) -> Table:
        """Run an expression into a table."""

    def count(self, name: str) -> int:
        """How many rows a table has."""

    def forget(self, name: str) -> None:
        """Let go of a table that nothing asks for any more."""


def summed(backend: Maker, t: Table, as_of: date, p: Parameters) -> tuple[dict[str, Table], list[str]]:
    """Expressions of the three tables by name, and what to let go of once these are made. `t` is the table txn."""
    parts = 1 + backend.count("txn") // PART_ROWS
    if parts == 1:
        days = backend.make("customer_day", marts.customer_day(t, p), kept=False)
        return dict(zip(NAMES, _of_days(days, as_of), strict=True)), ["customer_day"]
    key = t[marts.customer_key(t)]
    made = [_of_part(backend, t.filter(in_bucket(key, n, parts)), as_of, p, n) for n in range(parts)]
    together = {name: ibis.union(*(part[name] for part in made)) for name in NAMES}
    return together, [f"{name}_{n}" for n in range(parts) for name in NAMES]


def _of_part(backend: Maker, t: Table, as_of: date, p: Parameters, n: int) -> dict[str, Table]:
    """The three tables of a part of the customers, made."""
    days = backend.make(f"customer_day_{n}", marts.customer_day(t, p), kept=False)
    made = zip(NAMES, _of_days(days, as_of), strict=True)
    found = {name: backend.make(f"{name}_{n}", rows, kept=False) for name, rows in made}
    backend.forget(f"customer_day_{n}")
    return found


def _of_days(days: Table, as_of: date) -> tuple[Table, Table, Table]:
    return spend.sums(days, as_of), spend.last_purchases(days), rhythm.gaps(days, as_of)
