"""DuckDB's SQL of an expression, compiled once for each shape and kept between nights.

Ibis takes longer to word the hundred expressions of a night than DuckDB takes to run them over a small bank. From one
night to the next they differ in their dates only. So an expression is told by its shape, which has numbered holes in
the place of dates (equal dates share a hole), and the SQL of a shape is kept with the same holes. Whatever else differs
(a column, a threshold, which dates are equal) is another shape and is compiled anew; so is everything after Ibis,
SQLGlot or DuckDB is exchanged.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import os
import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.operations as ops
from ibis.backends.sql.datatypes import DuckDBType
from ibis.common.graph import Node
from ibis.expr.types import Table

MADE_BY = ",".join(f"{name} {version(name)}" for name in ("ibis-framework", "sqlglot", "duckdb"))
MOST = 1000  # shapes kept; a night asks for some 200
_DATE = re.compile(r"MAKE_DATE\((\d+), (\d+), (\d+)\)")
_HOLE = re.compile(r"\{@(\d+)\}")
_known: dict[str, str] = {}


def worded(expression: Table) -> str:
    """The SQL of an expression."""
    shape, dates = told(expression.op())
    if shape not in _known:
        _known[shape] = _with_holes(str(ibis.to_sql(expression, dialect="duckdb", pretty=False)), dates)
    else:
        _known[shape] = _known.pop(shape)  # the newest last
    texts = [f"MAKE_DATE({day.year}, {day.month}, {day.day})" for day in dates]
    return _HOLE.sub(lambda hole: texts[int(hole[1])], _known[shape])


def typed(expression: Table) -> str:
    """Its SQL, cast to its types: DuckDB sums BIGINT to HUGEINT and makes a date plus an interval a TIMESTAMP."""
    columns = ", ".join(f'CAST("{name}" AS {_type(kind)}) AS "{name}"' for name, kind in expression.schema().items())
    return f"SELECT {columns} FROM ({worded(expression)})"


@lru_cache(maxsize=256)
def _type(kind: Any) -> str:
    return DuckDBType.to_string(kind)


def _with_holes(sql: str, dates: dict[date, int]) -> str:
    if _HOLE.search(sql):
        raise ValueError("an expression has a text that looks like a hole for a date")
    return _DATE.sub(lambda found: f"{{@{dates[date(int(found[1]), int(found[2]), int(found[3]))]}}}", sql)


def told(root: Node) -> tuple[str, dict[date, int]]:
    """The shape of an expression, and its dates with the numbers of their holes.

    Each node is told by its kind and its arguments, other nodes by their place in the order of this walk. The counter
    that Ibis gives to a table met twice is told by its order too: it is of a process, not of a shape.
    """
    walk = _Walk()
    waiting: list[tuple[Node, bool]] = [(root, False)]
    while waiting:
        node, below_is_told = waiting.pop()
        if id(node) in walk.places:
            continue
        if below_is_told:
            walk.tell(node)
            continue
        waiting.append((node, True))
        waiting.extend((below, False) for below in _below(node.__args__) if id(below) not in walk.places)
    return hashlib.blake2b("\n".join(walk.lines).encode(), digest_size=20).hexdigest(), walk.dates


def _below(arguments: Any) -> list[Node]:
    found: list[Node] = []
    for one in arguments:
        if isinstance(one, Node):
            found.append(one)
        elif isinstance(one, tuple):
            found += _below(one)
        elif isinstance(one, dict):
            found += _below(one.values())
    return found


class _Walk:
    """What was told so far."""

    def __init__(self) -> None:
        self.places: dict[int, int] = {}
        self.lines: list[str] = []
        self.dates: dict[date, int] = {}
        self.references: dict[int, int] = {}

    def tell(self, node: Node) -> None:
        """Add a node whose arguments are told."""
        if isinstance(node, ops.SelfReference):
            number = self.references.setdefault(node.identifier, len(self.references))
            said = f"{self.said(node.parent)},{number}"
        else:
            said = self.said(node.__args__)
        self.lines.append(f"{type(node).__name__}{said}")
        self.places[id(node)] = len(self.places)

    def said(self, argument: Any) -> str:
        """An argument as text; of equal texts and equal dates the SQL is equal."""
        if isinstance(argument, Node):
            return f"#{self.places[id(argument)]}"
        if isinstance(argument, tuple):
            return f"({','.join([self.said(one) for one in argument])})"
        if isinstance(argument, dict):
            return f"{{{','.join([f'{self.said(key)}={self.said(one)}' for key, one in argument.items()])}}}"
        if isinstance(argument, frozenset):
            return f"<{','.join(sorted([self.said(one) for one in argument]))}>"
        if type(argument) is date:
            return f"@{self.dates.setdefault(argument, len(self.dates))}"
        kind: Any = type(argument)
        return _repr(kind, argument) if isinstance(argument, _CACHED) else _plain(argument)


def _plain(value: Any) -> str:
    return f"{type(value).__name__}:{value!r}"


@lru_cache(maxsize=10_000)
def _repr(_kind: Any, value: Any) -> str:
    return _plain(value)


_CACHED = (str, ibis.Schema, ibis.expr.datatypes.DataType)  # equal ones of a kind have one text; 0.0 and -0.0 do not


# --- between nights -----------------------------------------------------------------------------------


def recall(path: Path) -> None:
    """Learn the shapes that were kept in a file; one of other makers, or that cannot be read, teaches nothing."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    if isinstance(kept, dict) and kept.get("made_by") == MADE_BY:
        for shape, sql in kept["shapes"].items():
            _known.setdefault(shape, sql)


def keep(path: Path) -> None:
    """Keep the shapes that were asked for last, where there are others than the file has."""
    for shape in list(_known)[:-MOST]:
        del _known[shape]
    text = json.dumps({"made_by": MADE_BY, "shapes": _known})
    if path.exists() and path.stat().st_size == len(text):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}-{os.getpid()}")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)


@contextlib.contextmanager
def no_collector() -> Iterator[None]:
    """Expressions are many small objects that stay to the end: looking through them is a third of compiling."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
