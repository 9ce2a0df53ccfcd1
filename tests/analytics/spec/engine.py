"""Small cases for the engine: a table in, an answer out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr.types import Table


def day(text: str) -> date:
    return date.fromisoformat(text)


def table(schema: dict[str, str], *rows: tuple[Any, ...]) -> Table:
    """A table of literal rows; dates and times may be written as text."""
    names = list(schema)
    made = [{name: _value(schema[name], value) for name, value in zip(names, row, strict=True)} for row in rows]
    return ibis.memtable(pa.Table.from_pylist(made, schema=ibis.schema(schema).to_pyarrow()))


def _value(kind: str, value: Any) -> Any:
    if isinstance(value, str) and kind.startswith("date"):
        return date.fromisoformat(value)
    if isinstance(value, str) and kind.startswith("timestamp"):
        return datetime.fromisoformat(value)
    return value


def answer(expression: Table, key: str | tuple[str, ...]) -> dict[Any, dict[str, Any]]:
    """The rows of an expression by key."""
    rows = expression.to_pyarrow().to_pylist()
    if isinstance(key, str):
        return {row[key]: row for row in rows}
    return {tuple(row[name] for name in key): row for row in rows}
