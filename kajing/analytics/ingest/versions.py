"""The rows of a file among themselves and among what the warehouse has: repeated, corrected, waiting."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kajing.analytics.feeds import Column, Feed
from kajing.analytics.ingest import quarantine
from kajing.analytics.ingest.parts import KnownKeys, key_hash, values_hash
from kajing.analytics.ingest.pile import Pile

Hashes = npt.NDArray[np.uint64]
HASHES_AT_ONCE = 16_000_000


def take_out_repeats(pile: Pile, feed: Feed) -> tuple[int, dict[int, int]]:
    """Drop rows whose key came before in the file: how many had equal values; of the others, line → first line."""
    again = _repeated_hashes(pile, feed)
    if not len(again):
        return 0, {}
    pile.con.register("few", _rows_with(pile, feed, pa.table({"k": again})))
    key = ", ".join(feed.key)
    ordered = pile.con.sql(
        f"SELECT line, first_value({values_hash(feed)}) OVER w = {values_hash(feed)}, first_value(line) OVER w"
        f" FROM few WINDOW w AS (PARTITION BY {key} ORDER BY line)"
    ).fetchall()
    later = [(line, same, first) for line, same, first in ordered if line != first]
    if later:
        pile.drop([line for line, _same, _first in later])
    return sum(same for _line, same, _first in later), {line: first for line, same, first in later if not same}


def _repeated_hashes(pile: Pile, feed: Feed) -> Hashes:
    """Key hashes that occur more than once."""
    stretches = _sorted_hashes(pile, key_hash(feed))
    return np.concatenate([_distinct(hashes[1:][hashes[1:] == hashes[:-1]]) for hashes in stretches])


def _sorted_hashes(pile: Pile, expression: str, condition: str = "true") -> Iterator[Hashes]:
    """Hashes of all rows in sorted stretches, equal ones in the same; memory stays bounded. Faster than DISTINCT."""
    shares = pile.table.num_rows // HASHES_AT_ONCE + 1
    for share in range(shares):
        which = f" AND {expression} % {shares} = {share}" if shares > 1 else ""
        sql = f"SELECT {expression} AS k FROM {pile.sql} WHERE {condition}{which}"
        yield np.sort(pile.con.sql(sql).to_arrow_table().column("k").to_numpy())


def _distinct(hashes: Hashes) -> Hashes:
    """Sorted hashes, each once."""
    return hashes[np.concatenate(([True], hashes[1:] != hashes[:-1]))] if len(hashes) else hashes


def _rows_with(pile: Pile, feed: Feed, hashes: pa.Table) -> pa.Table:
    """The rows whose key has one of these hashes (column `k`), whole."""
    pile.con.register("wanted", hashes)
    lines = pile.con.sql(
        f"SELECT line FROM {pile.sql} WHERE {key_hash(feed)} IN (SELECT k FROM wanted)"
    ).to_arrow_table()
    return pile.table.filter(pa.array(np.isin(pile.table.column("line").to_numpy(), lines.column("line").to_numpy())))


def waiting(pile: Pile, feed: Feed, known: KnownKeys) -> pa.Table:
    """Soft rejects: rows that refer to something that has not come yet, each with the first such column."""
    seen: set[int] = set()
    tables = []
    for column in feed.columns:
        missing = _not_there(pile, column, known) if column.refers else None
        if missing is not None and missing.num_rows:
            table = _waiting_for(pile, feed, column, missing)
            lines = table.column("line").to_pylist()
            tables.append(table.filter(pa.array([line not in seen for line in lines], pa.bool_())))
            seen |= set(lines)
    return pa.concat_tables([*tables, quarantine.SCHEMA.empty_table()])


def _not_there(pile: Pile, column: Column, known: KnownKeys) -> pa.Table:
    """Hashes of the values of a column that no row of the feed it refers to has as its key."""
    there, name, missing = known.table(column.refers), column.name, []
    for hashes in _sorted_hashes(pile, f"hash({name})", f"{name} IS NOT NULL"):
        known.con.register("mine", pa.table({"k": _distinct(hashes)}))
        missing.append(known.con.sql(f"SELECT k FROM mine ANTI JOIN {there} USING (k)").to_arrow_table())
        known.con.unregister("mine")
    return pa.concat_tables(missing)


def _waiting_for(pile: Pile, feed: Feed, column: Column, missing: pa.Table) -> pa.Table:
    name = column.name
    own = ", ".join(f"'{key}=' || {key}" for key in feed.key)
    pile.con.register("missing", missing)
    table = pile.con.sql(
        f"SELECT line, '{name}' AS \"column\", 'unknown_{column.refers}' AS code,"
        f" to_json({{'value': {name}}})::VARCHAR AS params,"
        f" concat_ws(', ', {own}, '{name}=' || {name}) AS masked,"
        f" ''::BLOB AS raw_enc, true AS soft FROM {pile.sql}"
        f" WHERE {name} IS NOT NULL AND hash({name}) IN (SELECT k FROM missing) ORDER BY line"
    ).to_arrow_table()
    return table.cast(quarantine.SCHEMA)


def compare_with_raw(pile: Pile, feed: Feed, known: KnownKeys) -> tuple[int, int]:
    """How many rows the warehouse has already, with equal and with other values."""
    there = known.table(feed.name)
    if not known.con.execute(f"SELECT EXISTS (FROM {there})").fetchall()[0][0]:
        return 0, 0
    known.con.register("mine", pile.con.sql(f"SELECT {key_hash(feed)} AS k FROM {pile.sql}").to_arrow_table())
    newest = known.con.sql(
        f"SELECT k, arg_max(v, (bd, part)) AS v FROM {there} SEMI JOIN mine USING (k) GROUP BY k"
    ).to_arrow_table()
    known.con.unregister("mine")
    if not newest.num_rows:
        return 0, 0
    pile.con.register("few", _rows_with(pile, feed, newest))
    pile.con.register("newest", newest)
    [(same, other)] = pile.con.sql(
        f"SELECT count(*) FILTER (newest.v = mine.v), count(*) FILTER (newest.v <> mine.v) FROM newest"
        f" JOIN (SELECT {key_hash(feed)} AS k, {values_hash(feed)} AS v FROM few) mine USING (k)"
    ).fetchall()
    return int(same), int(other)
