"""Taiwan: 30,000 real card clients, April to September 2005 (UCI id 350, Yeh & Lien 2009).

What comes from the source: limit, sex, education, marriage, age, six bills, six repayments, six repayment
states. New Taiwan dollars are taken as yuan figures. Names and telephones are made up.

- Statement days are the six month-ends; BILL_AMT1 is September's. A negative bill (the client overpaid) stays
  negative: the bank owes the client.
- PAY_AMTi, paid in month i against the statement of the month before, is a repayment on the 20th, the due
  date of that statement or the day after.
- BILL_i − BILL_(i+1) + PAY_AMTi is what the month added: one purchase on the 15th, or one refund where it is
  negative. April's is unknown, because March's bill is.
- cycles_past_due is PAY_i where positive, else 0 (−2 no use, −1 paid in full, 0 revolving).
- The source has no minimum payment. Nine in ten of the clients it calls revolving (PAY 0) paid 3.7 % of their
  bill or more, so minimum_due is 3 % of a positive bill, rounded up to whole yuan.
"""

from datetime import date
from pathlib import Path

from kajing.analytics.convert.conversion import Conversion, find, month_ends
from kajing.analytics.demo.writer import Made

MONTHS = month_ends(date(2005, 4, 1), date(2005, 9, 30))
COLUMNS = (
    *("ID", "LIMIT_BAL", "SEX", "EDUCATION", "MARRIAGE", "AGE"),
    *("PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6"),
    *(f"BILL_AMT{n}" for n in range(1, 7)),
    *(f"PAY_AMT{n}" for n in range(1, 7)),
)


def taiwan(src: Path, out: Path) -> Made:
    """Feed directories of the six month-ends. Raises SourceProblem and FolderNotEmpty."""
    path = find(src, "UCI_Credit_Card.csv*")
    conversion = Conversion(out)
    conversion.read("source", path, "read_csv(?)", COLUMNS)
    bank = conversion.staff(conversion.one("SELECT count(*) FROM source"), MONTHS[0], MONTHS[-1])
    conversion.step("taiwan")
    return conversion.finish("taiwan_feeds", bank, MONTHS)
