"""Verifying the audit trail: `python benchmarks/audit.py --rows 200000` (or `kajing bench audit …`).

Writes rows of the kinds people leave (reveals, tasks, assignments) into a scratch database, seals them, and prints the
CPU time per row of `verify`, the best of three. Goal 9 asks for a trail of ten million rows in minutes.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import UTC, datetime, timedelta

from _home import scratch_home

ROUNDS = 3
CHANGES = (
    {},
    {"field": "mobile"},
    {"owner": "P-ANA", "due_at": "2026-11-23T10:00:00+08:00"},
    {"outcome": "REACHED"},
    {"manager": ["P-ANA", "P-LEE"], "reason": "换班", "count": 12},
)


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    options = parser.parse_args()
    scratch_home("audit")
    write(options.rows)
    measure(options.rows)
    return 0


def write(count: int) -> None:
    """Rows as `record` writes them, in bulk, and the seals over them."""
    from django.core.management import call_command

    from kajing.audit.models import AuditRow
    from kajing.audit.services.recording import row_mac
    from kajing.audit.services.sealing import seal

    call_command("migrate", verbosity=0)
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    for start in range(0, count, 5000):
        rows = []
        for n in range(start, min(start + 5000, count)):
            row = AuditRow(
                at=begin + timedelta(seconds=n, microseconds=n % 997), actor=f"P-{n % 200}", action="customers.reveal",
                object_kind="customer", object_id=f"C{n:08d}", customer_id=f"C{n:08d}",
                reason="核对身份" if n % 3 else "", address="10.1.2.3",
                request_id=f"{n:032x}", changes=CHANGES[n % len(CHANGES)],
            )  # fmt: skip
            row.mac = row_mac(row)
            rows.append(row)
        AuditRow.objects.bulk_create(rows)
        seal(begin + timedelta(days=30))


def measure(count: int) -> None:
    """Verify a few times."""
    from kajing.audit.services import verify

    best = float("inf")
    for _round in range(ROUNDS):
        began = time.process_time()
        verdict = verify()
        best = min(best, time.process_time() - began)
        assert verdict.whole, verdict.findings[:3]
        assert verdict.rows == count
    each, load = best / count * 1e6, os.getloadavg()[0]
    print(f"{count:,} rows verified in {best:.2f} s of CPU: {each:.1f} us a row; load {load:.1f}")


if __name__ == "__main__":
    sys.exit(main())
