"""The engine at size: a whole night, a night of one new day, their equality, and what pages read of the result.

    kajing bench engine --rows 10e6
    kajing bench engine --rows 1e6 --keep /tmp/bank     # again on the same bank, without making it

Each night runs in a process of its own, which reports CPU seconds (user and system of all its threads), wall seconds
and its peak of memory. The bank: `--rows` card transactions over 24 months, 200 a card, with statements, repayments,
refunds and reversals; its last three days come as days of their own: the first after a whole night, the one after a
month's end, which tells that month and all before, and a usual one, which is what a new day costs. The night after the
month's end is compared with a whole night of its date, months before it included. Files are written as the ingest
leaves them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import _bank

BEFORE, FIRST_DAY, MONTH_TOLD, AS_OF = (_bank.LOADED + timedelta(n) for n in range(4))
CUSTOMERS_READ = 200


def main() -> None:
    """Make the bank, run the nights, compare, read."""
    options = _options()
    if options.child:
        print(json.dumps(CHILDREN[options.child](options)))
        return
    root = Path(options.keep or tempfile.mkdtemp(prefix="kajing-bench-"))
    report: dict[str, Any] = {"rows": int(options.rows), "load": os.getloadavg()[0]}
    try:
        if not (root / "raw").exists():
            report["generator"] = _child("generate", root, options)
        report["whole night before"] = _child("night", root, options, as_of=BEFORE, whole=True)
        report["first new day"] = _child("night", root, options, as_of=FIRST_DAY)
        report["day after a month's end"] = _child("night", root, options, as_of=MONTH_TOLD)
        if not options.alone:
            twin = root / "twin"
            twin.mkdir(exist_ok=True)
            if not (twin / "raw").exists():
                (twin / "raw").symlink_to(root / "raw")
            report["whole night"] = _child("night", twin, options, as_of=MONTH_TOLD, whole=True)
            report["differing rows"] = _child("compare", root, options)
        report["one new day"] = _child("night", root, options, as_of=AS_OF)
        report["the same day again"] = _child("night", root, options, as_of=AS_OF)
        report["pages"] = _child("pages", root, options)
    finally:
        if not options.keep:
            shutil.rmtree(root, ignore_errors=True)
    _print(report)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=float, default=1e6, help="transactions")
    parser.add_argument("--keep", help="folder of the bank; made there if it is not, and left")
    parser.add_argument("--memory", default="6GB", help="limit for the engine; it spills beyond")
    parser.add_argument("--alone", action="store_true", help="no second whole night to compare with")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--root", help=argparse.SUPPRESS)
    parser.add_argument("--as-of", dest="as_of", help=argparse.SUPPRESS)
    parser.add_argument("--whole", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _child(name: str, root: Path, options: argparse.Namespace, **more: Any) -> dict[str, Any]:
    """Run a part in a process of its own."""
    line = [sys.executable, __file__, "--child", name, "--root", str(root), "--rows", str(options.rows)]
    line += ["--memory", options.memory]
    if "as_of" in more:
        line += ["--as-of", more["as_of"].isoformat()]
    if more.get("whole"):
        line.append("--whole")
    print(f"{name} {more.get('as_of', '')}{' whole' if more.get('whole') else ''} …", file=sys.stderr, flush=True)
    installed = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True, env=installed)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    told = {key: found[key] for key in ("cpu", "wall", "peak_gb", "tables", "differ") if key in found}
    print(f"    {told}", file=sys.stderr, flush=True)  # a run of hours that is stopped has told what it knew
    return found


def _measured(began: float) -> dict[str, Any]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "cpu": round(used.ru_utime + used.ru_stime, 2),
        "wall": round(time.monotonic() - began, 2),
        "peak_gb": round(used.ru_maxrss / 2**20, 2),
    }


def _generate(options: argparse.Namespace) -> dict[str, Any]:
    began = time.monotonic()
    counts = _bank.write(Path(options.root), int(options.rows))
    return {**counts, **_measured(began)}


def _night(options: argparse.Namespace) -> dict[str, Any]:
    from kajing.analytics.pipeline import build
    from kajing.analytics.warehouse import Warehouse

    began = time.monotonic()
    house = Warehouse(options.root, memory=options.memory)
    loaded = _measured(began)["cpu"]
    marks: list[tuple[str, float]] = []
    state, steps = build(
        house,
        date.fromisoformat(options.as_of),
        progress=lambda name, _n, _of: marks.append((name, time.process_time())),
        whole=options.whole,
    )
    house.publish(state)
    marks.append(("", time.process_time()))
    spent = {name: round(after - at, 2) for (name, at), (_next, after) in pairwise(marks)}
    return {
        **_measured(began),
        "start_cpu": loaded,
        "steps_cpu": spent,
        "rows": {step.name: step.rows for step in steps},
        "state_mb": house.state_path(state).stat().st_size >> 20,
        "memory_mb": (house.root / "memory" / "memory.duckdb").stat().st_size >> 20,
    }


def _pages(options: argparse.Namespace) -> dict[str, Any]:
    """A customer's spend block (months, groups, merchants, newest transactions) and a unit's dashboard block."""
    from kajing.analytics import reading
    from kajing.analytics.warehouse import Warehouse
    from kajing.lib.scope import ALL, DataScope

    house = Warehouse(options.root, memory=options.memory)
    with reading.reading(house) as con:
        folk = [row[0] for row in con.execute("SELECT customer_id FROM customer_features ORDER BY 1").fetchall()]
        units = [row[0] for row in con.execute("SELECT DISTINCT unit_id FROM customer_features ORDER BY 1").fetchall()]
    draw = random.Random(7)
    customer, unit = [], []
    for customer_id in draw.choices(folk, k=CUSTOMERS_READ):
        began = time.perf_counter()
        reading.months(house, customer_id)
        reading.categories(house, customer_id)
        reading.merchants(house, customer_id)
        reading.transactions(house, customer_id, limit=20)
        customer.append(time.perf_counter() - began)
    for unit_id in draw.choices(units, k=40):
        scope = DataScope(units=frozenset({unit_id}), managers=ALL)
        began = time.perf_counter()
        reading.portfolio_months(house, scope)
        reading.portfolio_days(house, scope)
        reading.overdue_months(house, scope)
        reading.metric(house, "active_card_rate_90d", scope=scope)
        unit.append(time.perf_counter() - began)
    return {"customer_ms": _spread(customer), "unit_ms": _spread(unit)}


def _spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "p50": round(ordered[len(ordered) // 2] * 1000, 1),
        "p95": round(ordered[int(len(ordered) * 0.95)] * 1000, 1),
    }


def _compare(options: argparse.Namespace) -> dict[str, Any]:
    """Rows of each published table that only one of the two nights has; both of the day after a month's end."""
    import duckdb

    from kajing.analytics import marts
    from kajing.analytics.warehouse import LAYERS, Warehouse

    root = Path(options.root)
    con = duckdb.connect(config={"memory_limit": options.memory, "temp_directory": str(root / "spill")})
    for alias, folder in (("ours", root), ("twin", root / "twin")):
        house = Warehouse(folder)
        state = house.current() or ""
        con.execute(f"ATTACH '{house.state_path(state)}' AS {alias} (READ_ONLY)")
        base = house.base_of(state)
        if base:
            con.execute(f"ATTACH '{house.state_path(base)}' AS base (READ_ONLY)")
    found = con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'twin'").fetchall()
    names = [row[0] for row in found if row[0] != "build_info"]
    differing = {}
    for name in names:
        source = f"ours.{name}"
        where = ""
        if name in LAYERS:
            keys = ", ".join(LAYERS[name])
            source = (
                f"(SELECT * FROM base.{name} ANTI JOIN ours.gone_{name} USING ({keys})"
                f" UNION ALL BY NAME SELECT * FROM ours.{name})"
            )
            column, days = {
                "history": ("day", marts.HISTORY_DAYS),
                "statement_cycles": ("statement_on", 31 * 25),
                "repaid": ("paid_at::DATE", marts.SHOWN_DAYS),
            }[name]
            where = f" WHERE {column} > DATE '{MONTH_TOLD - timedelta(days)}'"
        described = con.execute(f"SELECT column_name, column_type FROM (DESCRIBE twin.{name})").fetchall()
        columns = ", ".join(f'round("{c}", 9) AS "{c}"' if kind == "DOUBLE" else f'"{c}"' for c, kind in described)
        one, other = (f"SELECT {columns} FROM {table}{where}" for table in (source, f"twin.{name}"))
        differing[name] = _rows_apart(con, one, other)
    return {"tables": len(names), "differ": {name: n for name, n in differing.items() if n}}


def _rows_apart(con: Any, one: str, other: str) -> int:
    """How many rows only one side has.

    The same number of rows and the same two sums of 64-bit digests over whole rows mean the same rows. Only otherwise
    are rows laid against each other, a sixteenth at a time: at 50 M transactions that would spill 30 GB for one table.
    """
    told = [con.execute(FINGERPRINT.format(rows=rows)).fetchone() for rows in (one, other)]
    if told[0] == told[1]:
        return 0
    apart = 0
    for part in range(16):
        sides = [f"(SELECT * FROM ({rows}) AS r WHERE hash(r) % 16 = {part})" for rows in (one, other)]
        only = [f"(SELECT count(*) FROM ({a} EXCEPT ALL {b}))" for a, b in (sides, sides[::-1])]
        apart += con.execute(f"SELECT {' + '.join(only)}").fetchone()[0]
    return apart


FINGERPRINT = """
SELECT count(*), sum(hash(r)::HUGEINT), sum(hash(r, 'once more')::HUGEINT) FROM ({rows}) AS r
"""


CHILDREN = {"generate": _generate, "night": _night, "pages": _pages, "compare": _compare}


def _print(report: dict[str, Any]) -> None:
    print(json.dumps(report, indent=1))
    whole, day = report.get("whole night") or report["whole night before"], report["one new day"]
    share = (day["cpu"] - day["start_cpu"]) / (whole["cpu"] - whole["start_cpu"])
    print(f"\n{report['rows']:,} transactions, load {report['load']:.1f}")
    print(f"whole night: {whole['cpu']} CPU s, {whole['wall']} s, peak {whole['peak_gb']} GB")
    print(f"one new day: {day['cpu']} CPU s, {day['wall']} s, peak {day['peak_gb']} GB = {share:.1%} of whole")
    if "differing rows" in report:
        found = report["differing rows"]
        print(f"rows that differ: {found['differ'] or 0} in {found['tables']} tables")


if __name__ == "__main__":
    main()
