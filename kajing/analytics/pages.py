"""What pages ask of one customer, compiled at night: the same expressions as every figure, run in milliseconds by day.

Web processes do not load the expression library; they run the SQL that the night left in `page_queries` over the rows
of one customer (`reading`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from kajing.analytics import marts
from kajing.analytics.backends.wording import worded
from kajing.analytics.parameters import Parameters

SOURCES = ("history", "statement_cycles", "repaid", "card_features")


def queries(tables: Mapping[str, Table], as_of: date, p: Parameters) -> pa.Table:
    """name, sql of each query; the SQL reads `own_<source>`, the customer's rows of each of SOURCES."""
    own = {name: ibis.table(tables[name].schema(), name=f"own_{name}") for name in SOURCES}
    rows = own["history"].mutate(amount=own["history"].billing_amount)
    found = {
        "customer_mcc": marts.customer_mcc(rows, as_of),
        "customer_merchants": marts.customer_merchants(rows, as_of),
        "customer_month": marts.customer_month(rows, as_of),
        "customer_events": marts.events(rows, own["statement_cycles"], own["repaid"], own["card_features"], as_of, p),
    }
    texts = [worded(expression) for expression in found.values()]
    return pa.table({"name": pa.array(list(found), pa.string()), "sql": pa.array(texts, pa.string())})
