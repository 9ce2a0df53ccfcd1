"""Fraud Detection Handbook: 1.47 million simulated transactions with fraud labels, April to August 2018.

What comes from the source: customer, terminal, time, amount (euro figures taken as yuan) and the fraud label.
Everything else is made up: names, an account and a card for each customer, a limit of twice the dearest month,
month-end statements paid in full on the 18th. Labels reach the bank seven days after the purchase, as in the
book; those that would come after the last day come on it. Rows of amount 0.00 cannot be told by the contract
(amounts are positive) and are left out: 33 in the published file.
"""

from datetime import date, timedelta
from pathlib import Path

from kajing.analytics.convert.conversion import Conversion, find
from kajing.analytics.demo.writer import Made

COLUMNS = ("TRANSACTION_ID", "TX_DATETIME", "CUSTOMER_ID", "TERMINAL_ID", "TX_AMOUNT", "TX_FRAUD")


def handbook(src: Path, out: Path) -> Made:
    """One feed directory for each day of the source. Raises SourceProblem and FolderNotEmpty."""
    path = find(src, "transactions_*.parquet")
    conversion = Conversion(out)
    conversion.read("source", path, "read_parquet(?)", COLUMNS)
    first, last = (
        date.fromordinal(conversion.one(f"SELECT {side}(TX_DATETIME)::DATE - DATE '0001-01-01' FROM source") + 1)
        for side in ("min", "max")
    )
    bank = conversion.staff(conversion.one("SELECT count(DISTINCT CUSTOMER_ID) FROM source"), first, last)
    conversion.step("handbook")
    conversion.step("paid_in_full")
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    return conversion.finish("handbook_feeds", bank, days)
