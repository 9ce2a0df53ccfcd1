"""Reports at a million customers: `python benchmarks/reports.py --customers 1000000`.

The bank of `lists.py`, asked for typical tables the way the pages do, for a manager, a team leader, the head of a
branch and the head of the bank. Prints records, statements and CPU time (median, p95). A table over a whole bank
reads every row once: it is told as it is, without a goal.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import time
from typing import Any

from _home import scratch_home

ASKED: dict[str, dict[str, Any]] = {
    "count by band": {"rows": ["risk_band"]},
    "use by tier": {
        "rows": ["value_tier"], "where": "status = ACTIVE",
        "measures": [{"kind": "ratio", "field": "balance", "over": "credit_limit"},
                     {"kind": "share", "where": "utilisation >= 80"}, {"kind": "mean", "field": "spend"}],
    },
    "arrears by manager": {
        "rows": ["manager"], "top": 20, "sort": "-0", "where": "status = ACTIVE",
        "measures": [{"kind": "share", "where": "dpd > 0"}, {"kind": "sum", "field": "overdue_amount"}],
    },
    "bucket by band": {"rows": ["bucket"], "column": "risk_band", "where": "dpd >= 0"},
    "opened by month": {"rows": ["opened:month"], "column": "state"},
    "two groups": {"rows": ["unit", "risk_band"], "measures": [{"kind": "sum", "field": "balance"}], "top": 10},
    "median": {"rows": ["value_tier"], "measures": [{"kind": "median", "field": "spend"}]},
}  # fmt: skip


def main() -> int:
    """Make the bank unless it is there, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--home", help="keep the database here, and use it when it is there already")
    options = parser.parse_args()
    home = scratch_home("reports", options.home)
    try:
        from benchmarks import _million

        _million.ready(options.customers)
        for who, person in _million.people().items():
            for what, asked in ASKED.items():
                told(who, what, person, {"list": "customers", **asked}, options.rounds)
    finally:
        if not options.home:
            shutil.rmtree(home, ignore_errors=True)
    return 0


def told(who: str, what: str, person: Any, asked: dict[str, Any], rounds: int) -> None:
    """Ask once for warmth and statements, then for time."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from kajing.insights.pivot import Definition, ReportRefused
    from kajing.insights.selectors.reports import table

    definition = Definition.read(asked)
    try:
        with CaptureQueriesContext(connection) as queries:
            shown = table(person, definition)
    except ReportRefused as error:
        print(f"{who:16} {what:20} refused: {error}", flush=True)
        return
    cpus = []
    for _round in range(rounds):
        began = time.process_time()
        table(person, definition)
        cpus.append(time.process_time() - began)
    cpus.sort()
    p95 = cpus[min(int(len(cpus) * 0.95), len(cpus) - 1)]
    print(
        f"{who:16} {what:20} {shown.total.total.n:>9,} records {len(queries):>3} statements"
        f" {statistics.median(cpus) * 1000:>8.0f} ms median {p95 * 1000:>8.0f} ms p95",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
