"""How fast the demo bank is made: transactions a second, for a daily and a monthly feed.

    python benchmarks/generator.py [--customers 50000] [--months 24] [--daily] [--form csv] [--keep FOLDER]

Counts everything from an empty folder to the last manifest: drawing, ledger, files of all ten feeds (by default the big
ones as Parquet with Zstandard, the small ones as CSV with gzip), control sums, hashes. Rows of transactions only are
counted. The target is 300,000 a second on two processors with nothing else to do; beside wall seconds stand the seconds
of processor, which say more on a busy machine, and the load, which says how busy it was.
"""

import argparse
import os
import shutil
import tempfile
import time
from datetime import date
from pathlib import Path

from kajing.analytics.demo import make_feed

UNTIL = date(2026, 11, 22)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--daily", action="store_true", help="one directory a day instead of one a month")
    parser.add_argument("--form", choices=["csv", "parquet"], help="every feed in this form")
    parser.add_argument("--keep", type=Path, help="an empty folder that stays")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp()) / "feeds"
    began, used = time.perf_counter(), time.process_time()
    made = make_feed(
        folder,
        customers=options.customers,
        months=options.months,
        seed=1,
        until=UNTIL,
        monthly=not options.daily,
        form=options.form,
    )
    seconds, busy = time.perf_counter() - began, time.process_time() - used
    rows = made.rows["transactions"]
    size = sum(path.stat().st_size for path in folder.rglob("*.*"))
    print(
        f"{options.customers:,} customers, {options.months} months, {made.days} directories: {rows:,} transactions "
        f"in {seconds:.1f} s = {rows / seconds:,.0f} a second, {busy:.1f} s of processor = {rows / busy:,.0f} a second "
        f"of it, {size / 1e6:,.0f} MB; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}"
    )
    if not options.keep:
        shutil.rmtree(folder.parent)


if __name__ == "__main__":
    main()
