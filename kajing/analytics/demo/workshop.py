"""A scratch DuckDB with a feed writer: what the generator and the converters both work with."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from kajing.analytics.demo import names, sources
from kajing.analytics.demo.bank import Bank
from kajing.analytics.demo.writer import FeedWriter, Made

# Feeds that grow with use; the others are a few rows a day.
BIG = ("transactions", "statements", "repayments")
_ORG_DATES = {"valid_from", "valid_to", "hired_on", "left_on"}


class Workshop:
    """Holds the database and the writer. `form` is 'csv', 'parquet' or None (big feeds Parquet)."""

    def __init__(self, out: Path, form: str | None = None) -> None:
        self.writer = FeedWriter(out)
        self.form = form
        self.con = duckdb.connect()
        self.con.execute("SET enable_progress_bar = false")
        # A second connection writes what is finished while the first computes on: one alone fills no two processors.
        self._reader = self.con.cursor()
        self._scribe = ThreadPoolExecutor(max_workers=1)
        self._handed_over: Future[None] | None = None
        self._words: dict[str, dict[str, pa.DictionaryArray]] = {}

    def set(self, **values: object) -> None:
        """Hand values to SQL as variables."""
        self.settle()
        for con in (self.con, self._reader):
            _set(con, values)

    def set_ahead(self, **values: object) -> None:
        """Hand values to the computing steps only; what was handed over before keeps its own."""
        _set(self.con, values)

    def set_words(self) -> None:
        """The word lists of people who do not exist."""
        self.set(
            surnames=names.surname_tickets(),
            male=names.GIVEN_MALE,
            female=names.GIVEN_FEMALE,
            roads=names.ROADS,
            estates=names.ESTATES,
            brands=names.BRANDS,
            employers=names.EMPLOYERS,
            occupations=names.OCCUPATIONS,
            professions=names.PROFESSIONS,
            trades=names.TRADES,
        )

    def table(self, name: str, rows: Sequence[dict[str, Any]]) -> None:
        """A database table from Python records."""
        self.con.register("incoming", pa.Table.from_pylist(list(rows)))
        self.con.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")
        self.con.unregister("incoming")

    def look_up(self, feed: str, **words: Sequence[str]) -> None:
        """Columns of a feed whose queries give whole numbers, places in these lists, instead of the text."""
        # Each text once: with a text twice in a dictionary Arrow ends its Parquet page in memory nobody has written.
        self._words[feed] = {name: pa.array(texts, pa.string()).dictionary_encode() for name, texts in words.items()}

    def desk_table(self, bank: Bank) -> None:
        """Table `manager`: one row for each manager's seat, in the order customers are dealt."""
        rows = [
            {
                **vars(desk),
                "m": n,
                "city_name": bank.cities[desk.city - 1].name,
                "tier": bank.cities[desk.city - 1].tier,
            }
            for n, desk in enumerate(bank.desks)
        ]
        self.table("manager", rows)

    def steps(self, *step_names: str) -> None:
        for name in step_names:
            self.con.execute(sources.sql(name))

    def write(self, feed: str, query: str) -> None:
        """Write a query's rows; its first column `day` is the business date and its rows come in that order."""
        self._write(self.con, feed, query)

    def hand_over(self, queries: Mapping[str, str], **values: object) -> None:
        """Write the queries' rows, from the tables as they stand now, while the caller goes on and changes them.

        `values` are variables for the queries. One hand-over at a time: the one before is waited for.
        """
        self.settle()
        _set(self._reader, values)
        self._reader.begin()
        self._reader.execute(
            "SELECT 1 FROM duckdb_tables() LIMIT 1"
        ).fetchall()  # a snapshot begins with the first look
        self._handed_over = self._scribe.submit(self._write_snapshot, queries)

    def settle(self) -> None:
        """Wait until what was handed over is written."""
        if self._handed_over:
            self._handed_over.result()
            self._handed_over = None

    def close(self, every_day: Sequence[date]) -> Made:
        """Write the manifests and end the threads."""
        self.settle()
        self._scribe.shutdown()
        return self.writer.close(every_day)

    def _write_snapshot(self, queries: Mapping[str, str]) -> None:
        for feed, query in queries.items():
            self._write(self._reader, feed, query)
        self._reader.commit()

    def _write(self, con: duckdb.DuckDBPyConnection, feed: str, query: str) -> None:
        rows = con.sql(query).to_arrow_table().combine_chunks()
        days, bare = rows.column("day").cast(pa.date32()), rows.drop_columns(["day"])
        for name, words in self._words.get(feed, {}).items():
            place = bare.column_names.index(name)
            bare = bare.set_column(place, name, _worded(bare.column(name), words))
        first, before = 0, date.min
        for item in days.value_counts().to_pylist():
            if item["values"] <= before:
                raise ValueError(f"The rows of {feed} do not come by day.")
            self.writer.add(item["values"], feed, bare.slice(first, item["counts"]), self._form(feed))
            first, before = first + item["counts"], item["values"]

    def write_org(self, bank: Bank, folder_day: Callable[[date], date]) -> None:
        """Units and people, each change in the directory of its day."""
        for feed, rows in (("units", bank.units), ("people", bank.people)):
            by_day: dict[date, list[dict[str, Any]]] = {}
            for on, row in rows:
                by_day.setdefault(folder_day(max(on, bank.start)), []).append(vars(row))
            for day, records in sorted(by_day.items()):
                self.writer.add(day, feed, _org_table(records), self._form(feed))

    def _form(self, feed: str) -> str:
        return self.form or ("parquet" if feed in BIG else "csv")


def _set(con: duckdb.DuckDBPyConnection, values: Mapping[str, object]) -> None:
    """As an Arrow row, since parsing long literals is slow."""
    if not values:
        return
    con.register("incoming", pa.table({name: [value] for name, value in values.items()}))
    for name, value in values.items():
        con.execute(f"SET VARIABLE {name} = (SELECT {name}{_width(value)} FROM incoming)")
    con.unregister("incoming")


def _worded(places: pa.ChunkedArray, words: pa.DictionaryArray) -> pa.ChunkedArray:
    chunks = [pa.DictionaryArray.from_arrays(words.indices.take(chunk), words.dictionary) for chunk in places.chunks]
    return pa.chunked_array(chunks, pa.dictionary(pa.int32(), pa.string()))


def _width(value: object) -> str:
    """Tickets are copied for every block of rows: two bytes a number instead of eight."""
    small = isinstance(value, list) and value and all(type(item) is int and 0 <= item < 2**16 for item in value)
    return "::USMALLINT[]" if small else ""


def _org_table(records: Sequence[dict[str, Any]]) -> pa.Table:
    schema = [(key, pa.date32() if key in _ORG_DATES else pa.string()) for key in records[0]]
    return pa.Table.from_pylist(list(records), pa.schema(schema))


def named_queries(text: str) -> dict[str, str]:
    """Split a file of queries, each under a comment that is its feed's name."""
    parts: dict[str, str] = {}
    for query in text.split(";\n"):
        if query.strip():
            head, body = query.strip().split("\n", 1)
            parts[head.removeprefix("-- ").strip()] = body
    return parts
