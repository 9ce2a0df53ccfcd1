"""A synthetic bank as feed directories, for the first run, for tests and for measuring.

The people, cards and merchants do not exist: ID numbers fail the GB 11643 check digit, telephone
numbers lie in unassigned segments, card numbers are never made (BIN outside the assigned ranges and
last four digits only).
"""

from datetime import date
from pathlib import Path

from kajing.analytics.demo.generator import Generator, Progress
from kajing.analytics.demo.writer import FolderNotEmpty, Made

__all__ = ["FolderNotEmpty", "Made", "make_feed"]


def make_feed(
    out: Path,
    *,
    customers: int,
    months: int,
    seed: int,
    until: date,
    monthly: bool = False,
    daily_days: int = 0,
    form: str | None = None,
    progress: Progress | None = None,
) -> Made:
    """Write a synthetic bank's feeds into `out`, one directory for each business date.

    With `monthly` one directory for each month-end, the last being `until`; the last `daily_days` days then still
    have one each, the month before them being cut short. `form` is 'csv' (gzip),
    'parquet' or None: the big feeds (transactions, statements, repayments) as Parquet, the others as
    CSV. `progress(done, total, month)` is called before each month. Equal arguments give equal bytes.
    Raises FolderNotEmpty, and ValueError for sizes that make no bank.
    """
    if customers < 4 or months < 1:
        raise ValueError("A demo bank needs at least 4 customers and 1 month.")
    if daily_days < 0 or (daily_days and not monthly):
        raise ValueError("Daily days at the end go with monthly directories before them, and are no fewer than 0.")
    tail = daily_days if monthly else None
    generator = Generator(out, customers=customers, months=months, seed=seed, until=until, daily_days=tail, form=form)
    return generator.run(progress)
