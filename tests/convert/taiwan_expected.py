"""What the workbench must show for the 30,000 Taiwan clients, worked out from the source file alone.

Written without the converter and without the engine: plain SQL over the publisher's CSV. As of 2005-09-30:
the balance is September's bill, statements fall due 20 days after each month-end, a payment of month i counts for
every bill of an earlier month, a minimum is met when at most 10 yuan are missing.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

AS_OF = date(2005, 9, 30)
FILE = "UCI_Credit_Card.csv.gz"
BUCKETS = "CASE WHEN {0} = 0 THEN 'M0' WHEN {0} > 180 THEN 'M6+' ELSE 'M' || ceil({0} / 30.0)::INT END"


@dataclass(frozen=True)
class Expected:
    """One client. Money in fen. `determined`: any minimum from 1 % to the whole bill gives the same day bucket."""

    customer_id: str
    credit_limit: int
    balance: int
    utilisation: float
    cycles: int
    cycle_bucket: str
    spent: int
    repaid: int
    dpd: int
    bucket: str
    determined: bool


def expected(source: Path) -> dict[str, Expected]:
    """All clients by customer_id. 3 % of a positive bill, rounded up to a whole yuan, is its minimum."""
    rows = duckdb.sql(f"""
        WITH wide AS (
            SELECT *, [PAY_AMT1, PAY_AMT1 + PAY_AMT2, PAY_AMT1 + PAY_AMT2 + PAY_AMT3, PAY_AMT1 + PAY_AMT2 + PAY_AMT3 + PAY_AMT4,
                    PAY_AMT1 + PAY_AMT2 + PAY_AMT3 + PAY_AMT4 + PAY_AMT5] AS since,
                [BILL_AMT2, BILL_AMT3, BILL_AMT4, BILL_AMT5, BILL_AMT6] AS bills,
                [10, 41, 72, 102, 133] AS days
            FROM read_csv('{source}')
        ),
        judged AS (
            SELECT *,
                list_max([CASE WHEN bills[n] > 0 AND ceil(bills[n] * 3 / 100) - since[n] > 10 THEN days[n] ELSE 0 END for n in range(1, 6)]) AS dpd,
                list_bool_and([bills[n] <= 0 OR bills[n] - since[n] <= 10 OR ceil(bills[n] / 100) - since[n] > 10 for n in range(1, 6)]) AS determined
            FROM wide
        )
        SELECT 'TW' || lpad(ID::VARCHAR, 6, '0') AS customer_id, (LIMIT_BAL * 100)::BIGINT AS credit_limit, (BILL_AMT1 * 100)::BIGINT AS balance,
            BILL_AMT1 / LIMIT_BAL AS utilisation, greatest(PAY_0, 0)::INT AS cycles,
            CASE WHEN PAY_0 > 6 THEN 'M6+' ELSE 'M' || greatest(PAY_0, 0) END AS cycle_bucket,
            ((BILL_AMT1 - BILL_AMT6 + since[5]) * 100)::BIGINT AS spent, ((since[5] + PAY_AMT6) * 100)::BIGINT AS repaid,
            dpd::INT AS dpd, {BUCKETS.format("dpd")} AS bucket, determined
        FROM judged ORDER BY ID
    """).fetchall()
    return {row[0]: Expected(*row) for row in rows}
