"""The engine's memory: one DuckDB file that only the night opens, changed in one transaction or replaced by rename."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
from ibis.expr.types import Table

from kajing.analytics.backends.duck import DuckBackend
from kajing.analytics.parameters import Parameters
from kajing.analytics.warehouse import Part, Warehouse

SHAPE = 5  # of the tables; a file of another shape is not used
ALIAS = "memory_of_nights"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the file says of itself."""

    as_of: date
    base: str  # the state of the last full night
    exact_on: date  # its date: every figure was computed whole
    told: str  # the state whose months before its own are those of tonight
    night: int  # how many nights were added to the full one


class Memory:
    """Attached to the connection of one night as `memory_of_nights`, after the state in the search path."""

    def __init__(self, con: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> None:
        self.con, self.warehouse = con, warehouse
        self.path = warehouse.root / "memory" / "memory.duckdb"
        self.aside = self.path.with_name(f".building-{os.getpid()}.duckdb")
        self.fresh = False
        self.found: Remembered | None = None

    # --- opening ----------------------------------------------------------------------------------

    def recall(self, as_of: date, parameters: Parameters) -> bool:
        """Attach the file if tonight can start from it; False = start anew."""
        if not self.path.exists():
            return False
        try:
            self._attach(self.path)
            self.found = self._usable(as_of, parameters)
        except duckdb.Error:
            self.found = None  # an unreadable memory is no memory: it is made anew
        if self.found is None:
            self._detach()
        return self.found is not None

    def start_anew(self) -> None:
        """Attach an empty file aside; `settle` puts it in place."""
        self.aside.parent.mkdir(parents=True, exist_ok=True)
        for old in self.aside.parent.glob(".building-*"):
            old.unlink()
        self._attach(self.aside)
        self.fresh = True

    def _attach(self, path: Path) -> None:
        state = self.con.execute("SELECT current_database()").fetchall()[0][0]
        file = str(path).replace("'", "''")
        self.con.execute(f"ATTACH '{file}' AS {ALIAS}")
        self.con.execute(f"SET search_path = '{state}.main,{ALIAS}.main'")

    def _detach(self) -> None:
        if ALIAS in {row[0] for row in self.con.execute("SELECT database_name FROM duckdb_databases()").fetchall()}:
            self.con.execute("RESET search_path")
            self.con.execute(f"DETACH {ALIAS}")

    def _usable(self, as_of: date, parameters: Parameters) -> Remembered | None:
        """None when the file is of other tables, other parameters, a later date, or too long ago."""
        rows = self.con.execute(
            f"SELECT as_of, base, exact_on, told, night FROM {ALIAS}.remembered WHERE shape = ? AND parameters = ?",
            [SHAPE, parameters.as_json()],
        ).fetchall()
        if not rows:
            return None
        found = Remembered(*rows[0])
        too_old = (as_of - found.exact_on).days >= parameters.exact_pass_days
        there = all(self.warehouse.state_path(state).exists() for state in (found.base, found.told))
        if found.as_of > as_of or too_old or not there:
            return None
        return found

    # --- parts ------------------------------------------------------------------------------------

    def parts(self, feed: str) -> set[tuple[date, str]]:
        """The keys of the raw parts that are in the tables."""
        sql = f"SELECT business_date, part FROM {ALIAS}.parts WHERE feed = ?"
        return {(row[0], row[1]) for row in self.con.execute(sql, [feed]).fetchall()}

    def keep_parts(self, feed: str, parts: Sequence[Part]) -> None:
        """Write down what the tables are made of now."""
        self.con.execute(f"DELETE FROM {ALIAS}.parts WHERE feed = ?", [feed])
        if parts:
            rows = [(feed, part.business_date, part.name) for part in parts]
            self.con.executemany(f"INSERT INTO {ALIAS}.parts VALUES (?, ?, ?)", rows)

    # --- closing ----------------------------------------------------------------------------------

    def write_down(self, found: Remembered, parameters: Parameters) -> None:
        """What the tables are of; the last write of a transaction or of a new file."""
        self.con.execute(f"DELETE FROM {ALIAS}.remembered")
        values = [SHAPE, *dataclasses.astuple(found), parameters.as_json()]
        self.con.execute(f"INSERT INTO {ALIAS}.remembered VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def told_by(self, state_id: str, told: Table, backend: DuckBackend) -> None:
        """The months before are from now on those of tonight's state, which knew `told` of them."""
        self.con.execute("BEGIN")
        self.keep("metric_told", told, backend)
        self.con.execute(f"UPDATE {ALIAS}.remembered SET told = ?", [state_id])
        self.con.execute("COMMIT")

    @property
    def before(self) -> date:
        """The date of the night that tonight starts from."""
        return self._found.as_of

    @property
    def _found(self) -> Remembered:
        if self.found is None:
            raise RuntimeError("nothing is remembered; start anew")
        return self.found

    def totals_follow(self) -> bool:
        """Whether the portfolio's totals are those of the night that tonight started from."""
        nights = self.con.execute(f"SELECT night FROM {ALIAS}.total_night").fetchall()
        return nights == [(self._found.night,)]

    def totals_are_of_tonight(self) -> None:
        """Write down that they were brought up to date."""
        self.con.execute(f"UPDATE {ALIAS}.total_night SET night = (SELECT night FROM {ALIAS}.remembered)")

    def prepare(self) -> None:
        """The tables about the file itself."""
        self.con.execute(f"CREATE TABLE {ALIAS}.parts (feed VARCHAR, business_date DATE, part VARCHAR)")
        self.con.execute(
            f"CREATE TABLE {ALIAS}.remembered"
            " (shape INTEGER, as_of DATE, base VARCHAR, exact_on DATE, told VARCHAR, night INTEGER, parameters VARCHAR)"
        )
        self.con.execute(f"CREATE TABLE {ALIAS}.total_night AS SELECT 0 AS night")

    def keep(self, name: str, rows: Table, backend: DuckBackend) -> None:
        """Replace a table of figures that are made now and then."""
        backend.make(f"kept_{name}", rows, kept=False)
        self.con.execute(f"CREATE OR REPLACE TABLE {ALIAS}.{name} AS FROM kept_{name}")

    def close(self, *, smaller: bool = False) -> None:
        """Everything is on the disk; the file is let go of. `smaller`: without the room of what was dropped."""
        self.con.execute(f"CHECKPOINT {ALIAS}")
        if smaller:
            full = self.aside.with_suffix(".full")
            self._detach()
            self.aside.replace(full)
            for path, alias in ((full, "full_memory"), (self.aside, ALIAS)):
                file = str(path).replace("'", "''")
                self.con.execute(f"ATTACH '{file}' AS {alias}")
            self.con.execute(f"COPY FROM DATABASE full_memory TO {ALIAS}")
            self.con.execute("DETACH full_memory")
            full.unlink()
            self.con.execute(f"CHECKPOINT {ALIAS}")
        self._detach()

    def settle(self) -> None:
        """Put a new file in place of the old one, once the night's state is whole."""
        if self.fresh and self.aside.exists():
            self.aside.replace(self.path)
            Path(f"{self.path}.wal").unlink(missing_ok=True)
