"""IBM TabFormer: 2,000 simulated US card holders, their 6,146 cards and one user's 19,963 transactions.

What comes from the source: sex, birth month, income, cards with limit and opening month, transactions with
merchant, place and category code. Dollars are taken as yuan figures. A negative amount is a refund, a row with
an error text a decline. The published card numbers are dropped; names, telephones and last four digits are
made up. Month-end statements are made for the user with transactions and paid in full on the 18th.
One feed directory for each month from the first transaction to the last.
"""

from datetime import date
from pathlib import Path

from kajing.analytics.convert.conversion import Conversion, SourceProblem, find, month_ends
from kajing.analytics.demo.writer import Made

USERS = ("Birth Year", "Birth Month", "Gender", "Yearly Income - Person")
CARDS = ("User", "CARD INDEX", "Card Type", "Expires", "Credit Limit", "Acct Open Date")
TRANSACTIONS = (
    *("User", "Card", "Year", "Month", "Day", "Time", "Amount", "Use Chip"),
    *("Merchant Name", "Merchant City", "Merchant State", "MCC", "Errors?"),
)
_TEXT = "read_csv(?, all_varchar = true)"


def tabformer(src: Path, out: Path) -> Made:
    """Feed directories of the month-ends. `src` is the folder. Raises SourceProblem and FolderNotEmpty."""
    if src.is_file():
        raise SourceProblem("tabformer needs the data set's folder: users, cards and transactions are three files.")
    paths = [find(src, pattern) for pattern in ("sd254_users.csv*", "sd254_cards.csv*", "User0*transactions.csv*")]
    conversion = Conversion(out)
    for table, path, columns in zip(("users", "plastic", "rows_"), paths, (USERS, CARDS, TRANSACTIONS), strict=True):
        conversion.read(table, path, _TEXT, columns)
    conversion.step("tabformer")
    first, last = (
        date.fromordinal(conversion.one(f"SELECT {side}(posted_on) - DATE '0001-01-01' FROM txn") + 1)
        for side in ("min", "max")
    )
    days = month_ends(first, last)
    bank = conversion.staff(conversion.one("SELECT count(*) FROM client"), days[0], days[-1])
    conversion.step("paid_in_full")
    return conversion.finish("tabformer_feeds", bank, days)
