"""The warehouse: raw parts, states built aside and published at once, readers that never see a mix of two nights.

    root/raw/<feed>/bd=YYYY-MM-DD/<part>.parquet      what came in, immutable
    root/quarantine/<feed>/bd=YYYY-MM-DD/<part>.parquet
    root/incoming/                                    checks at work
    root/states/<id>.duckdb                           one night each, read-only once published
    root/states/<id>.base                             what an incremental night stands on: the full one, the one that
                                                      told the months before
    root/memory/memory.duckdb                         what the next night starts from; no reader opens it
    root/CURRENT                                      the id that counts; replaced by one rename

Everything above asks this module for tables and never for files, so that another backend is another implementation of
these few functions (`open_warehouse(url)`).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from kajing.lib.scope import ALL, DataScope

# DuckDB 2.0 rewrites a filter on row_number() into arg_max and gets it wrong in several ways: its issues 23675, 23677,
# 24363, and numbers off by one where two parts of a query filter the same table (tests/analytics/test_warehouse.py).
UNSOUND_OPTIMIZERS = "top_n_window_elimination"
KEPT_STATES = 3
# Tables of single customers that a night adds to: readers see the full night's rows without those whose key is in
# `gone_<name>`, and tonight's. `memory.layers` writes them.
LAYERS = {
    "history": ("customer_id", "txn_id"),
    "statement_cycles": ("customer_id", "account_id", "statement_on"),
    "repaid": ("customer_id", "account_id", "repayment_id"),
}
TOLD = ("portfolio_roll", "portfolio_vintage")  # as the months of `metric_rows`: told when one is over, by one state
KEPT_SECONDS = 600  # a state younger than this may still be opened by a reader that has just read CURRENT


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One raw file. Parts order as versions do: business date, then name (a mended part `m…` after its file)."""

    business_date: date
    name: str
    path: Path

    @property
    def key(self) -> tuple[date, str]:
        """What identifies a part inside its feed."""
        return self.business_date, self.name


class NotPublished(LookupError):
    """No night has been built yet."""


NoState = NotPublished


class Scratch:
    """A connection with a catalogue of its own in a running DuckDB; closing it drops the catalogue with its tables."""

    def __init__(self, running: duckdb.DuckDBPyConnection) -> None:
        self._running, self._name = running, f"scratch_{uuid.uuid4().hex}"
        self._con = running.cursor()
        self._con.execute(f"ATTACH ':memory:' AS {self._name}")
        self._con.execute(f"USE {self._name}")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)

    def close(self) -> None:
        """Drop everything; again changes nothing."""
        if self._name:
            self._con.close()
            with self._running.cursor() as con:
                con.execute(f"DETACH {self._name}")
            self._name = ""


class Warehouse:
    """A folder on this machine. `memory` bounds DuckDB, which spills to disk beyond it."""

    def __init__(self, root: Path | str, *, memory: str = "4GB", threads: int | None = None) -> None:
        self.root = Path(root)
        self.memory, self.threads = memory, threads
        self.known_keys: Any = None  # kajing.analytics.ingest.parts.KnownKeys, made at first use
        self._reader: tuple[str, duckdb.DuckDBPyConnection] | None = None
        self._scratch: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.Lock()

    # --- folders ----------------------------------------------------------------------------------

    @property
    def incoming(self) -> Path:
        """Where checks write; swept of leftovers."""
        return self.root / "incoming"

    def raw_path(self, feed: str, business_date: date, name: str) -> Path:
        """Where a raw part is or will be."""
        return self.root / "raw" / feed / f"bd={business_date.isoformat()}" / name

    def quarantine_path(self, feed: str, business_date: date, name: str) -> Path:
        """Where the rejects of a part are or will be."""
        return self.root / "quarantine" / feed / f"bd={business_date.isoformat()}" / name

    def parts(self, feed: str, *, until: date | None = None) -> list[Part]:
        """The raw parts of a feed in version order, up to a business date."""
        found = []
        for path in self.root.joinpath("raw", feed).glob("bd=*/*.parquet"):
            day = date.fromisoformat(path.parent.name.removeprefix("bd="))
            if until is None or day <= until:
                found.append(Part(day, path.name, path))
        return sorted(found)

    def newest_business_date(self) -> date | None:
        """The newest business date of any feed, what the night builds by default."""
        days = [path.name.removeprefix("bd=") for path in self.root.glob("raw/*/bd=*") if any(path.glob("*.parquet"))]
        return date.fromisoformat(max(days)) if days else None

    # --- connections ------------------------------------------------------------------------------

    def scratch(self, folder: Path) -> Scratch:
        """An in-memory database of its own that spills under `incoming/` when it outgrows the memory limit.

        Starting DuckDB costs some 28 ms of CPU, a catalogue in one that runs 4: a day of small files feels it.
        """
        folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            if self._scratch is None:
                self._scratch = duckdb.connect(":memory:", config=self._settings(self.incoming / "spill"))
            return Scratch(self._scratch)

    def _settings(self, spill: Path) -> dict[str, Any]:
        settings: dict[str, Any] = {"memory_limit": self.memory, "temp_directory": str(spill)}
        settings["disabled_optimizers"] = UNSOUND_OPTIMIZERS
        if self.threads:
            settings["threads"] = self.threads
        return settings

    # --- states -----------------------------------------------------------------------------------

    @property
    def _pointer(self) -> Path:
        return self.root / "CURRENT"

    def state_path(self, state_id: str) -> Path:
        """The file of a state."""
        return self.root / "states" / f"{state_id}.duckdb"

    def current(self) -> str | None:
        """The id of the published state, None before the first night."""
        try:
            return self._pointer.read_text(encoding="ascii").strip() or None
        except FileNotFoundError:
            return None

    def base_of(self, state_id: str) -> str | None:
        """The full night that a state stands on; None for a full night itself."""
        return self._stands_on(state_id)[0]

    def told_of(self, state_id: str) -> str | None:
        """The state that tells the months before a state's own; None where that is the state itself."""
        return self._stands_on(state_id)[1]

    def _stands_on(self, state_id: str) -> tuple[str | None, str | None]:
        try:
            base, *told = self.state_path(state_id).with_suffix(".base").read_text(encoding="ascii").split()
        except FileNotFoundError:
            return None, None
        return base, next((state for state in told if state != state_id), None)

    def stand_on(self, state_id: str, base: str, told: str) -> None:
        """Write down what a state under construction stands on, before it becomes a state."""
        path = self.state_path(state_id).with_suffix(".base")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{base}\n{told}\n", encoding="ascii")

    @contextlib.contextmanager
    def build_aside(self, state_id: str) -> Iterator[Path]:
        """The path to build a new state in; it becomes the state's file when the block ends well, else it goes."""
        target = self.state_path(state_id)
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = target.with_name(f".building-{state_id}-{os.getpid()}.duckdb")
        spill = scratch.with_suffix(".spill")
        try:
            yield scratch
            _sync(scratch)
            scratch.replace(target)
        finally:
            for leftover in (scratch, Path(f"{scratch}.wal")):
                leftover.unlink(missing_ok=True)
            shutil.rmtree(spill, ignore_errors=True)

    def connect_to_build(self, path: Path) -> duckdb.DuckDBPyConnection:
        """A connection that writes a state under construction."""
        spill = path.with_suffix(".spill")
        spill.mkdir(parents=True, exist_ok=True)
        return duckdb.connect(str(path), config=self._settings(spill))

    def publish(self, state_id: str) -> None:
        """Make a built state the one that counts. One rename: readers see the old night or the new one, never a mix."""
        if not self.state_path(state_id).exists():
            raise FileNotFoundError(f"state {state_id} was not built")
        scratch = self._pointer.with_name(f".CURRENT-{os.getpid()}")
        scratch.write_text(state_id + "\n", encoding="ascii")
        _sync(scratch)
        scratch.replace(self._pointer)
        self.collect_garbage()

    def collect_garbage(self, *, now: Callable[[], float] = time.time) -> int:
        """Remove all but the newest states, and builds that were killed. Open readers keep their file (unlink)."""
        folder, removed = self.root / "states", 0
        keep = {self.current()}
        states = sorted(folder.glob("[!.]*.duckdb"), key=lambda path: path.stat().st_mtime, reverse=True)
        keep |= {path.stem for path in states[:KEPT_STATES]}
        keep |= {below for state in keep if state for below in self._stands_on(state)}
        for path in [*states, *folder.glob("*.base"), *folder.glob(".building-*")]:
            if path.stem in keep or now() - path.stat().st_mtime < KEPT_SECONDS:
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            removed += 1
        return removed

    def reader(self) -> duckdb.DuckDBPyConnection:
        """A cursor on the published state, read-only; one open file a process, renewed after a publish.

        Cursors handed out before keep reading the night they began with. Raises NotPublished.
        """
        with self._lock:
            current = self.current()
            if current is None:
                raise NotPublished("no night has been built yet")
            if self._reader is None or self._reader[0] != current:
                self._reader = (current, self.open_state(current))
            return self._reader[1].cursor()

    def open_state(self, state_id: str) -> duckdb.DuckDBPyConnection:
        """A connection on one state, read-only, with a view of every table; layers are laid together."""
        con = duckdb.connect(":memory:", config={"memory_limit": "1GB"})
        base, told = self._stands_on(state_id)
        aliases = {state_id: "night", **({base: "base"} if base else {})}
        if told:
            aliases.setdefault(told, "told")
        for state, alias in aliases.items():
            file = str(self.state_path(state)).replace("'", "''")
            con.execute(f"ATTACH '{file}' AS {alias} (READ_ONLY)")
        found = con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'night'").fetchall()
        views = {row[0]: f"FROM night.{row[0]}" for row in found if not row[0].startswith("gone_")}
        if base:
            views |= {name: _layered(name) for name in LAYERS if name in views}
        if told:
            views |= _told(con, aliases[told])
        for name, sql in views.items():
            con.execute(f"CREATE VIEW {name} AS {sql}")
        return con

    def close(self) -> None:
        """Let go of the open state; the next reader opens it again."""
        with self._lock:
            if self._reader is not None:
                self._reader[1].close()
                self._reader = None


def open_warehouse(url: Path | str, *, memory: str = "4GB", threads: int | None = None) -> Warehouse:
    """The warehouse at a URL; a path or `duckdb:<path>` is a folder on this machine."""
    return Warehouse(Path(str(url).removeprefix("duckdb:")), memory=memory, threads=threads)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- who may see what ---------------------------------------------------------------------------------


def _layered(name: str) -> str:
    keys = ", ".join(LAYERS[name])
    return (
        f"SELECT * FROM base.{name} ANTI JOIN night.gone_{name} USING ({keys})"
        f" UNION ALL BY NAME SELECT * FROM night.{name}"
    )


def _told(con: duckdb.DuckDBPyConnection, state: str) -> dict[str, str]:
    """Views of what another state tells of months before: its own day is left out: its flags are not of the past."""
    [(day,)] = con.execute(f"SELECT as_of FROM {state}.build_info").fetchall()
    past = f"SELECT * FROM {state}.metric_rows WHERE day IS DISTINCT FROM DATE '{day}'"
    return {
        "metric_rows": f"FROM night.metric_rows UNION ALL BY NAME {past}",
        **{name: f"FROM {state}.{name}" for name in TOLD},
    }


def within(table: Any, scope: DataScope, *, customer: str | None = "customer_id") -> Any:
    """An Ibis table limited to a scope; it must have `unit_id`, `manager_id` and, unless None, a customer column."""
    import ibis

    def member(column: Any, members: Any) -> Any:
        if members is ALL:
            return ibis.literal(True)
        return column.isin(sorted(members)) if members else ibis.literal(False)

    by_portfolio = member(table.unit_id, scope.units) & member(table.manager_id, scope.managers)
    visible = by_portfolio
    if customer and customer in table.columns:
        visible = by_portfolio | member(table[customer], scope.customers)
    return table.filter(visible.fill_null(False))


def scope_sql(scope: DataScope, *, alias: str = "", customer: str | None = "customer_id") -> tuple[str, list[Any]]:
    """The same rule as a WHERE condition with its parameters; `customer=None` for tables of totals.

    Totals carry no customer, so single customers granted by a temporary grant are not in them.
    """
    prefix = f"{alias}." if alias else ""
    parameters: list[Any] = []

    def member(column: str, members: Any) -> str:
        if members is ALL:
            return "true"
        parameters.append(sorted(members))
        return f"coalesce(list_contains(?, {prefix}{column}), false)"

    sql = f"({member('unit_id', scope.units)} AND {member('manager_id', scope.managers)})"
    if customer:
        sql = f"({sql} OR {member(customer, scope.customers)})"
    return sql, parameters
