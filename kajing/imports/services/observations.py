"""Every loaded version of some rows: what a room reads to put a late file into its place in a history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kajing.analytics.feeds import FEEDS
from kajing.analytics.ingest.parts import files_sql
from kajing.analytics.warehouse import Warehouse


def observations(store: Warehouse, feed: str, keys: Sequence[str], columns: Sequence[str]) -> list[dict[str, Any]]:
    """The version of each day that counts for these keys, oldest first; `columns` are the contract's, beside the date.

    Inside one date the greatest part name counts, as it does everywhere in the warehouse.
    """
    if not keys:
        return []
    rules = FEEDS[feed]
    key = rules.key[0]
    names = ", ".join(rules.column(name).name for name in columns)
    sql = (
        f"SELECT bd AS business_date, {names} FROM {files_sql(store.parts(feed), rules)} "  # noqa: S608  names of the contract
        f"WHERE {key} IN (SELECT unnest(?)) "
        f"QUALIFY row_number() OVER (PARTITION BY {key}, bd ORDER BY part DESC) = 1 ORDER BY bd"
    )
    connection = store.scratch(store.incoming / "rows")
    try:
        rows = connection.execute(sql, [list(keys)]).fetchall()
    finally:
        connection.close()
    return [dict(zip(("business_date", *columns), row, strict=True)) for row in rows]
