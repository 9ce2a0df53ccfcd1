"""Raw parts as versions of rows: what is known already, which version counts, what still waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb

from kajing.analytics.feeds import FEEDS, Feed
from kajing.analytics.ingest.outcomes import Checked
from kajing.analytics.warehouse import Part, Warehouse


def files_sql(parts: list[Part], feed: Feed) -> str:
    """A relation over raw parts with `bd` and `part` beside the columns; empty but well-typed without any part."""
    if not parts:
        columns = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in feed.stored)
        return f"(SELECT {columns}, CAST(NULL AS DATE) AS bd, CAST(NULL AS VARCHAR) AS part WHERE false)"
    files = ", ".join("'" + str(part.path).replace("'", "''") + "'" for part in parts)
    return (
        "(SELECT * EXCLUDE (filename), parse_filename(filename) AS part FROM read_parquet("
        f"[{files}], filename = true, union_by_name = true, hive_partitioning = true, hive_types = {{'bd': DATE}}))"
    )


def values_hash(feed: Feed) -> str:
    """SQL of a row's value hash: equal for rows a bank would call equal. Encrypted bytes differ each time: left out."""
    names = [name for name, _kind in feed.stored if name != "line" and not name.endswith("_enc")]
    return f"hash({', '.join(names)})"


def key_hash(feed: Feed) -> str:
    """SQL of a row's key hash."""
    return f"hash({', '.join(feed.key)})"


class KnownKeys:
    """Hashes of every raw row's key and values, kept in memory for one process and brought up to date part by part.

    64-bit hashes: they decide counts and who waits, never which rows are stored.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.con = warehouse.scratch(warehouse.incoming / "known")
        self._loaded: dict[str, set[tuple[date, str]]] = {}

    def table(self, name: str) -> str:
        """The name of an up-to-date table (k, v, bd, part) of a feed, in `self.con`."""
        feed, parts = FEEDS[name], self.warehouse.parts(name)
        there = {part.key for part in parts}
        loaded = self._loaded.get(name)
        if loaded is None or not loaded <= there:
            self.con.execute(f"CREATE OR REPLACE TABLE known_{name} (k UBIGINT, v UBIGINT, bd DATE, part VARCHAR)")
            loaded = set()
        fresh = [part for part in parts if part.key not in loaded]
        if fresh:
            self.con.execute(
                f"INSERT INTO known_{name} SELECT {key_hash(feed)}, {values_hash(feed)}, bd, part"
                f" FROM {files_sql(fresh, feed)}"
            )
        self._loaded[name] = there
        return f"known_{name}"


def known_keys(warehouse: Warehouse) -> KnownKeys:
    """The warehouse's memory of keys, made at first use."""
    if warehouse.known_keys is None:
        warehouse.known_keys = KnownKeys(warehouse)
    keys: KnownKeys = warehouse.known_keys
    return keys


def winners_sql(feed: Feed, relation: str) -> str:
    """The version of each key that counts: newest business date, then greatest part name."""
    key = ", ".join(feed.key)
    return f"(SELECT * FROM {relation} QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY bd DESC, part DESC) = 1)"


def _resolved_sql(feed: Feed, warehouse: Warehouse) -> str:
    """A condition: everything the row refers to has come."""
    tests = []
    for column in feed.columns:
        if column.refers:
            target = FEEDS[column.refers]
            relation = files_sql(warehouse.parts(target.name), target)
            tests.append(f"({column.name} IS NULL OR {column.name} IN (SELECT {target.key[0]} FROM {relation}))")
    return " AND ".join(tests) or "true"


def winning_rows(
    warehouse: Warehouse, feed: str, *, part: Checked | tuple[date, str] | None = None, chunk: int = 2000
) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """For each key of a part (of the whole feed, when None) the row that counts, in chunks in key order.

    Rows that refer to something unknown are left out. Money is fen. A chunk of the same part is the same rows as
    long as
    nothing else was admitted; after more files were admitted it is newer rows, which is what an upsert wants.
    """
    rules = FEEDS[feed]
    parts = warehouse.parts(feed)
    wanted = _part_key(part)
    keys = ", ".join(rules.key)
    limit = ""
    if wanted is not None:
        own = [one for one in parts if one.key == wanted]
        limit = f" WHERE ({keys}) IN (SELECT ({keys}) FROM {files_sql(own, rules)})"
    relation = winners_sql(rules, f"(SELECT * FROM {files_sql(parts, rules)}{limit})")
    sql = (
        f"SELECT * EXCLUDE (bd, part, line), bd AS business_date FROM {relation}"
        f" WHERE {_resolved_sql(rules, warehouse)} ORDER BY {keys}"
    )
    con = warehouse.scratch(warehouse.incoming / "rows")
    try:
        yield from _chunks(con.execute(sql), chunk)
    finally:
        con.close()


def _part_key(part: Checked | tuple[date, str] | None) -> tuple[date, str] | None:
    return (part.business_date, part.part) if isinstance(part, Checked) else part


def _chunks(result: duckdb.DuckDBPyConnection, size: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    names = [column[0] for column in result.description or []]
    number = 0
    while rows := result.fetchmany(size):
        yield number, [dict(zip(names, row, strict=True)) for row in rows]
        number += 1


def count_pending(warehouse: Warehouse, feed: str) -> int:
    """How many rows that count still wait for what they refer to."""
    rules = FEEDS[feed]
    if not any(column.refers for column in rules.columns):
        return 0
    relation = winners_sql(rules, files_sql(warehouse.parts(feed), rules))
    con = warehouse.scratch(warehouse.incoming / "rows")
    try:
        sql = f"SELECT count(*) FROM {relation} WHERE NOT ({_resolved_sql(rules, warehouse)})"
        return int(con.execute(sql).fetchall()[0][0])
    finally:
        con.close()


def history(warehouse: Warehouse, feed: str, key: dict[str, Any]) -> list[dict[str, Any]]:
    """Every version of a row, oldest first, with `business_date` and `part`: what was corrected stays readable."""
    rules = FEEDS[feed]
    condition = " AND ".join(f"{name} = ?" for name in rules.key)
    con = warehouse.scratch(warehouse.incoming / "rows")
    try:
        sql = (
            f"SELECT * EXCLUDE (bd), bd AS business_date FROM {files_sql(warehouse.parts(feed), rules)}"
            f" WHERE {condition} ORDER BY bd, part"
        )
        return [row for _n, rows in _chunks(con.execute(sql, [key[name] for name in rules.key]), 1000) for row in rows]
    finally:
        con.close()
