"""What an engine outside DuckDB shares with the others: ordered results handed over into the state file."""

from __future__ import annotations

import re
from typing import Any

import duckdb
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import pyarrow as pa
from ibis.backends.sql.datatypes import DuckDBType
from ibis.expr.schema import Schema
from ibis.expr.types import Table


def nullable(schema: Schema) -> Schema:
    """The same columns, all of which may be null: what a table read back from a foreign engine promises."""
    return Schema({name: kind.copy(nullable=True) for name, kind in schema.items()})


def unordered(expression: Table) -> tuple[Table, str]:
    """An expression without its outermost order, and that order in DuckDB's SQL ('' = none).

    Engines that spread rows over threads and machines keep no order in a table; it is put in at the handover.
    """
    node = expression.op()
    if not isinstance(node, ops.Sort):
        return expression, ""
    keys = []
    for key in node.keys:
        if not isinstance(key.arg, ops.Field):
            return expression, ""
        keys.append(f'"{key.arg.name}" {"ASC" if key.ascending else "DESC"}')
    return node.parent.to_expr(), f" ORDER BY {', '.join(keys)}"


def take_over(con: duckdb.DuckDBPyConnection, name: str, relation: str, schema: Schema, order: str) -> None:
    """Make a table of the state file from a relation that DuckDB can read, with the expression's types and order."""
    columns = ", ".join(f'{_column(column, kind)} AS "{column}"' for column, kind in schema.items())
    con.execute("SET TimeZone = 'UTC'")  # engines hand times over with a zone; theirs is UTC
    con.execute(f"CREATE TABLE {name} AS SELECT {columns} FROM {relation}{order}")


def _column(name: str, kind: dt.DataType) -> str:
    return f'CAST("{name}" AS {DuckDBType.to_string(kind)})'


def as_rows(table: pa.Table) -> list[dict[str, Any]]:
    """A small Arrow table as dicts."""
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def megabytes(memory: str) -> int:
    """A bound as DuckDB writes it, `4GB` or `512MiB`, in millions of bytes. Raises ValueError."""
    found = re.fullmatch(r"([\d.]+)\s*([KMGT])i?B", memory.strip(), re.IGNORECASE)
    if found is None:
        raise ValueError(f"A memory limit reads like 4GB, not {memory!r}.")
    return int(float(found[1]) * 1000 ** ("KMGT".index(found[2].upper()) - 1))
