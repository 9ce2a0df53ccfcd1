"""What the indexes of the figures cost the night: `kajing bench figures --home DIR [--customers N] [--rows N]`.

Takes the bank of `kajing bench lists`, gives every N-th customer new figures as a night does (`refresh_figures`, every
indexed figure changed), and prints rows a CPU second, the database's processes included.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Make the bank unless it is there, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--home", required=True, help="where the database is, or will be")
    options = parser.parse_args()
    os.environ.update(KAJING_HOME=options.home, DJANGO_SETTINGS_MODULE="kajing.config.settings")
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{options.home}/kajing.db")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.db import connection

    from benchmarks import _million
    from benchmarks.lists import backend_cpu
    from kajing.customers.services.figures import refresh_figures

    _million.ready(options.customers)
    rows = list(changed(options.customers // options.rows))
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    wall, cpu, behind = time.perf_counter(), time.process_time(), backend_cpu()
    done = refresh_figures(as_of=rows[0]["as_of"], rows=rows)
    spent = time.process_time() - cpu + backend_cpu() - behind
    took = time.perf_counter() - wall
    print(
        f"{connection.vendor}: {done['written']:,} rows, {spent:.1f} CPU s,"
        f" {done['written'] / spent:,.0f} rows a CPU second"
        f" (wall {took:.0f} s, load {os.getloadavg()[0]:.1f})"
    )
    return 0


def changed(step: int) -> Iterator[dict[str, Any]]:
    """Figures of every so-many-th customer, each indexed one other than it was."""
    from kajing.customers.models import CustomerFigures

    names = [field.attname for field in CustomerFigures._meta.concrete_fields]  # noqa: SLF001
    for number, row in enumerate(CustomerFigures.objects.order_by("pk").values(*names).iterator()):
        if number % step:
            continue
        for name, plus in (("spend_30d", 100), ("dpd", 1), ("credit_limit", 100), ("utilisation", 0.001)):
            row[name] = (row[name] or 0) + plus
        if row["last_purchase_on"]:
            row["last_purchase_on"] += timedelta(days=1)
        row["state"] = "DORMANT" if row["state"] == "ACTIVE" else "ACTIVE"
        yield row


if __name__ == "__main__":
    sys.exit(main())
