"""What the engine remembers between nights, so that a night costs what the day brought and not what the bank has.

A full night makes every table from raw and leaves the slow ones here; the next night finds out which parts are new or
gone, which rows that changes, and brings those tables up to date: sums by adding and subtracting days, newest and
oldest days by comparing, cycles of the accounts concerned by computing them again. The same Ibis expressions serve both
nights; a full night is what an incremental one must equal, row for row (`tests/analytics/test_memory.py`).

    store      the file, and whether it can be used tonight
    winners    parts → the version of each row that counts, and what changed
    numbers    whole numbers for customers and cards, by which transactions are looked for
    postings   changed rows → changed transactions, with their originals, refunds and owners
    tallies    changed transactions → window sums, rhythm, use of cards, months
    balances   changed postings, repayments and statements → balances
    debts      changed statements and repayments → cycles and debts
    habits     changed cycles, and those that move with time → how accounts repay
    signals    changed transactions → signals of single transactions
    totals     changed customers → totals of the portfolio
    pruning    transactions, statements, repayments of long ago: dropped, and what must then be made whole
    layers     what pages read of single customers: the rows that differ from the last full night
"""

from kajing.analytics.memory.pruning import Reached
from kajing.analytics.memory.store import Memory, Remembered
from kajing.analytics.memory.update import update

__all__ = ["Memory", "Reached", "Remembered", "update"]
