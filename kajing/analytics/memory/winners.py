"""Raw parts that came or went → the version of each row that counts, and the rows that changed by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from kajing.analytics.feeds import FEEDS, Feed
from kajing.analytics.ingest.parts import files_sql
from kajing.analytics.memory.store import ALIAS, Memory
from kajing.analytics.warehouse import Part


@dataclass(frozen=True, slots=True)
class PartsTonight:
    """The parts of a feed tonight against last night's."""

    all: list[Part]
    new: list[Part]
    gone: list[tuple[date, str]]

    @property
    def changed(self) -> bool:
        """Whether anything came or went."""
        return bool(self.new or self.gone)


def columns(feed: Feed) -> list[str]:
    """What is remembered of a row: everything in clear, without its line."""
    personal = {name for name, _kind in feed.stored if name.endswith(("_enc", "_idx")) or name == "personal_digest"}
    return [name for name, _kind in feed.stored if name not in personal and name != "line"]


def parts_tonight(memory: Memory, feed: str, parts: list[Part]) -> PartsTonight:
    """What came and what went since last night."""
    known = memory.parts(feed)
    there = {part.key for part in parts}
    return PartsTonight(parts, [part for part in parts if part.key not in known], sorted(known - there))


def incoming(con: duckdb.DuckDBPyConnection, feed: str, parts: PartsTonight, lost: str) -> str:
    """`in_<feed>`: the newest version of each key in new parts and, for keys of parts that went, in those that stay.

    `lost` is SQL of the keys whose version is in a part that went.
    """
    rules = FEEDS[feed]
    keys, wanted = ", ".join(rules.key), ", ".join([*columns(rules), "bd", "part"])
    con.execute(f"CREATE TEMP TABLE lost_{feed} AS {lost}")
    sources = [f"SELECT {wanted} FROM {files_sql(parts.new, rules)}"]
    if con.execute(f"SELECT count(*) FROM lost_{feed}").fetchall()[0][0]:
        stay = [part for part in parts.all if part not in set(parts.new)]
        sources.append(f"SELECT {wanted} FROM {files_sql(stay, rules)} SEMI JOIN lost_{feed} USING ({keys})")
    con.execute(
        f"CREATE TEMP TABLE in_{feed} AS SELECT * FROM ({' UNION ALL '.join(sources)})"
        f" QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY bd DESC, part DESC) = 1"
    )
    return f"in_{feed}"


def gone_sql(parts: PartsTonight) -> str:
    """A condition: the row's part went."""
    if not parts.gone:
        return "false"
    pairs = ", ".join(f"(DATE '{day}', '{name}')" for day, name in parts.gone)
    return f"(bd, part) IN ({pairs})"


def newest(con: duckdb.DuckDBPyConnection, feed: str, parts: PartsTonight) -> None:
    """`now_<feed>` from `was_<feed>` and `in_<feed>`: what counts tonight of every key that came or went."""
    keys = ", ".join(FEEDS[feed].key)
    con.execute(
        f"CREATE TEMP TABLE now_{feed} AS SELECT * FROM (SELECT * FROM in_{feed} UNION ALL BY NAME"
        f" SELECT * FROM was_{feed} WHERE NOT ({gone_sql(parts)}))"
        f" QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY bd DESC, part DESC) = 1"
    )


def forget_equal(con: duckdb.DuckDBPyConnection, feed: str) -> int:
    """Drop from `was_` and `now_` what has the same values in both; how many rows are left."""
    rules = FEEDS[feed]
    same = " AND ".join(f"w.{name} IS NOT DISTINCT FROM n.{name}" for name in columns(rules))
    con.execute(
        f"CREATE TEMP TABLE same_{feed} AS SELECT {', '.join('w.' + key for key in rules.key)}"
        f" FROM was_{feed} w JOIN now_{feed} n ON {same}"
    )
    for side in ("was", "now"):
        delete_keys(con, f"{side}_{feed}", f"same_{feed}", rules.key)
    sql = f"SELECT (SELECT count(*) FROM was_{feed}) + (SELECT count(*) FROM now_{feed})"
    return int(con.execute(sql).fetchall()[0][0])


def delete_keys(con: duckdb.DuckDBPyConnection, table: str, those: str, keys: tuple[str, ...]) -> None:
    """Delete the rows whose key is in another table."""
    matches = " AND ".join(f"{table.rpartition('.')[2]}.{key} = those.{key}" for key in keys)
    con.execute(f"DELETE FROM {table} USING (SELECT DISTINCT {', '.join(keys)} FROM {those}) those WHERE {matches}")


def merge(memory: Memory, feed: str, parts: PartsTonight) -> int:
    """Bring `w_<feed>` up to date; leaves `was_<feed>` and `now_<feed>` with what changed; how many rows they have."""
    con, table = memory.con, f"{ALIAS}.w_{feed}"
    keys = ", ".join(FEEDS[feed].key)
    if not parts.changed:
        for side in ("was", "now"):
            con.execute(f"CREATE TEMP TABLE {side}_{feed} AS SELECT * FROM {table} LIMIT 0")
        return 0
    incoming(con, feed, parts, f"SELECT {keys} FROM {table} WHERE {gone_sql(parts)}")
    con.execute(
        f"CREATE TEMP TABLE was_{feed} AS SELECT * FROM {table} SEMI JOIN"
        f" (SELECT {keys} FROM in_{feed} UNION ALL SELECT {keys} FROM lost_{feed}) USING ({keys})"
    )
    newest(con, feed, parts)
    delete_keys(con, table, f"was_{feed}", FEEDS[feed].key)
    con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM now_{feed}")
    memory.keep_parts(feed, parts.all)
    return forget_equal(con, feed)
