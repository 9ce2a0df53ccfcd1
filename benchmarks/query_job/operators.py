"""What no way of running F and A can leave out, measured alone with hand-written SQL on the same files.

Each operator reads only its columns, of only the rows its query needs, and ends in one number.
"""

from __future__ import annotations

from .shape import DAY, SPAN
from .sql import DAY_OF, SPENT

_YEAR = f"{SPENT} AND {DAY_OF} >= {DAY - SPAN}"
_SECONDS = "epoch(ts)::BIGINT AS es"


def _card(what: str, where: str) -> str:
    return f"SELECT count(x) FROM (SELECT card_id, {what} AS x FROM txn WHERE {where} GROUP BY card_id)"


def _sorted(keys: str) -> str:
    number = f"row_number() OVER (PARTITION BY {keys} ORDER BY es, txn_id)"
    return f"SELECT sum(x) FROM (SELECT {number} AS x FROM (SELECT *, {_SECONDS} FROM txn WHERE {SPENT}))"


_RANGE = f"""SELECT sum(x) FROM (SELECT count(*) OVER (PARTITION BY card_id ORDER BY es
    RANGE BETWEEN 86400 PRECEDING AND CURRENT ROW) AS x FROM (SELECT card_id, {_SECONDS} FROM txn WHERE {SPENT}))"""

OPERATORS = {
    "scan of F's columns": "SELECT max(card_id), max(ts), max(txn_type), sum(amount), max(mcc), max(country),"
    " max(instal_n) FROM txn",
    "scan of A's columns": "SELECT max(txn_id), max(card_id), max(ts), max(txn_type), sum(amount), max(mcc),"
    " max(merchant_id), max(country), max(city_id) FROM txn",
    "group by card": _card("sum(amount)", SPENT),
    "distinct days of a card, 365 days": _card(f"count(DISTINCT {DAY_OF})", _YEAR),
    "exact median of a card, 365 days": _card("median(amount)", _YEAR),
    "distinct days of a card, all": _card(f"count(DISTINCT {DAY_OF})", SPENT),
    "exact median of a card, all": _card("median(amount)", SPENT),
    "sort by card x merchant": _sorted("card_id, merchant_id"),
    "sort by card": _sorted("card_id"),
    "RANGE window of 24 h": _RANGE,
}
# The sum each query is held against, as the prototype's was: F over all history, two distincts and two quantiles being
# one of each; A one window, three sorts (of the four it has) and two medians. `strict`: only the rows F needs.
SUMS = {
    "F": {"exact median of a card, all": 1, "distinct days of a card, all": 1},
    "F strict": {
        "scan of F's columns": 1,
        "exact median of a card, 365 days": 1,
        "distinct days of a card, 365 days": 1,
    },
    "A": {"RANGE window of 24 h": 1, "sort by card x merchant": 3, "exact median of a card, all": 2},
}
