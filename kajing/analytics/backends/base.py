"""What the night asks of an engine, and how an engine may be missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
from ibis.expr.types import Table

from kajing.analytics.feeds import Feed
from kajing.analytics.warehouse import Part
from kajing.lib.errors import DomainError


class Backend(Protocol):
    """One build: tables by name, made from expressions over tables made before."""

    def make(self, name: str, expression: Table, *, kept: bool) -> Table:
        """Run an expression into a table of exactly the expression's types; `kept` puts it into the state file."""

    def load(self, name: str, rows: pa.Table, *, kept: bool) -> Table:
        """Make a table of rows that are here already."""

    def parquet(self, name: str, path: Path) -> Table:
        """Make a table of this build only from one Parquet file."""

    def raw(self, feed: Feed, parts: Sequence[Part]) -> Table:
        """The raw parts of a feed as `raw_<feed>`, with `bd` and `part` beside the columns; without parts, no rows."""

    def count(self, name: str) -> int:
        """How many rows a table has."""

    def rows(self, expression: Table) -> list[dict[str, Any]]:
        """The rows of a small result."""

    def forget(self, name: str) -> None:
        """Let go of a table of this build only that nothing asks for any more."""

    def finish(self) -> None:
        """Every kept table is in the state file and on its way to the disk."""

    def close(self) -> None:
        """Let go of the engine and of everything that was of this build only; again changes nothing."""


class UnknownEngine(DomainError):
    """No engine goes by that URL."""


class EngineNotInstalled(DomainError):
    """The engine's client is an extra that is not installed, or Java is missing."""


class EngineUnreachable(DomainError):
    """Nothing answers at the engine's URL, or it does not let us in."""
