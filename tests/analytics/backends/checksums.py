"""One checksum for each column of each table of a state, made in one place so that only the figures can differ.

Doubles are rounded to 9 significant digits; JSON texts are compared as what they say; rows are put in order first.
"""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import duckdb

from kajing.analytics.warehouse import Warehouse

JSON_COLUMNS = ("reasons", "inputs", "parameters")
Checksums = dict[str, dict[str, str]]


def checksums(state: Path) -> Checksums:
    """Table → "rows", each column with its type, and "together": which value stands beside which."""
    with duckdb.connect(str(state), read_only=True) as con:
        names = [row[0] for row in con.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
        return {name: _of_table(con, name) for name in names}


def shown(warehouse: Warehouse) -> Checksums:
    """The same of what readers of the published night see."""
    con = warehouse.reader()
    names = [row[0] for row in con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()]
    return {name: _of_table(con, name) for name in names}


def _of_table(con: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    found = con.execute(f"SELECT * FROM {name}")
    columns = [f"{column[0]} {column[1]}" for column in found.description]
    rows = [
        tuple(_plain(column, value) for column, value in zip(columns, row, strict=True)) for row in found.fetchall()
    ]
    made = {"rows": str(len(rows)), "together": _digest(rows)}
    for place, column in enumerate(columns):
        made[column] = _digest([row[place] for row in rows])
    return made


def _digest(values: list[Any]) -> str:
    return hashlib.sha256("\n".join(sorted(map(repr, values))).encode()).hexdigest()[:16]


def _plain(column: str, value: Any) -> Any:
    name = column.partition(" ")[0]
    if name == "state_id":
        return ""  # each build has its own
    if name in JSON_COLUMNS:
        return json.dumps(_rounded(json.loads(value)), sort_keys=True)
    return _rounded(value)


def _rounded(value: Any) -> Any:
    if isinstance(value, float) and math.isfinite(value):
        # 9 digits, of which those before the point are some: engines differ in the last of 16.
        return round(value, 9 - len(str(int(abs(value)))) if abs(value) >= 1 else 9) + 0.0
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return value
