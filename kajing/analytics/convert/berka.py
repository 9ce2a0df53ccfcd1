"""Berka (PKDD 1999): a Czech bank's current accounts, 1993 to March 1994 in the stored part of its postings.

What comes from the source: owners, accounts, cards and every posting (crowns taken as yuan figures). These are
current accounts, not credit cards: they have no credit line (credit_limit 0), and a month's closing balance
is a debt of the bank, so statements carry it negative. Withdrawals are CASH, transfers TRANSFER, service charges FEE,
penal interest PENALTY; money paid in is a repayment. An account without a card gets one stand-in card named
ACCOUNT-…, since the contract books every posting on a card. Second holders and loans are left out.
"""

from datetime import date
from pathlib import Path

from kajing.analytics.convert.conversion import Conversion, SourceProblem, find, month_ends
from kajing.analytics.demo.writer import Made

FILES = {
    "account": ("account.csv", ("account_id", "date")),
    "plastic": ("card.csv", ("card_id", "disp_id", "type", "issued")),
    "person": ("client.csv", ("client_id", "birth_number")),
    "disp": ("disp.csv", ("disp_id", "client_id", "account_id", "type")),
    "trans": ("trans.csv*", ("trans_id", "account_id", "date", "type", "operation", "amount", "balance", "k_symbol")),
}


def berka(src: Path, out: Path) -> Made:
    """Feed directories of the month-ends. `src` is the folder. Raises SourceProblem and FolderNotEmpty."""
    if src.is_file():
        raise SourceProblem("berka needs the data set's folder: accounts, clients, cards and postings are five files.")
    paths = {table: find(src, pattern) for table, (pattern, _) in FILES.items()}
    conversion = Conversion(out)
    for table, (_, columns) in FILES.items():
        conversion.read(table, paths[table], "read_csv(?, delim = ';', header = true, all_varchar = true)", columns)
    conversion.step("berka")
    first, last = (
        date.fromordinal(conversion.one(f"SELECT {side}(posted_on) - DATE '0001-01-01' FROM posting") + 1)
        for side in ("min", "max")
    )
    days = month_ends(first, last)
    bank = conversion.staff(conversion.one("SELECT count(*) FROM owner"), days[0], days[-1])
    return conversion.finish("berka_feeds", bank, days)
