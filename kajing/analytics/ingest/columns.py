"""Text columns of a block made typed, a whole column at once.

The rules stand once, as SQL (`rules`). A column of few values is judged by that SQL, once per value. Of the others the
tests here *imply* the rules: a value that passes is good and is what the SQL makes of it; a row with any other value is
doubtful and goes to the SQL itself. So both ways end in the same rows, and only doubtful rows pay for the exact one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kajing.analytics.feeds import Column, Feed, Kind, Sign
from kajing.analytics.feeds.base import SQL_TYPE
from kajing.analytics.ingest.batches import as_text
from kajing.analytics.ingest.records import CODED
from kajing.analytics.ingest.rules import AMOUNT, DAY_SIZE, EARLIEST, END, ID_CHARACTERS, MAX_ID, TIME_SIZE, Rules
from kajing.analytics.warehouse import Scratch

Bools = npt.NDArray[np.bool_]
FEW = (Kind.CHOICE, Kind.DIGITS, Kind.LETTERS, Kind.FLAG, Kind.INTEGER)
MOST_REMEMBERED = 100_000
YUAN = pa.decimal128(18, 2)
_ID_BYTES = bytes(n for n in range(128) if chr(n).isascii() and (chr(n).isalnum() or chr(n) in "._-"))
_ARROW = {
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "BOOLEAN": pa.bool_(),
    "BLOB": pa.binary(),
}


def schema_of(feed: Feed) -> pa.Schema:
    """The raw part as Arrow sees it; codes are kept as codes."""
    codes = {column.name for column in feed.columns if column.kind in FEW}
    return pa.schema(
        [(name, CODED if kind == "VARCHAR" and name in codes else _ARROW[kind]) for name, kind in feed.stored]
    )


class Columns:
    """The columns of one file, block after block."""

    def __init__(self, rules: Rules, con: Scratch) -> None:
        self.rules, self.con, self.feed = rules, con, rules.feed
        self.schema = schema_of(rules.feed)
        self._judged: dict[str, _Judged] = {}

    @property
    def coded(self) -> frozenset[str]:
        """Contract columns that a reader should hand over as codes."""
        return frozenset(column.name for column in self.feed.columns if column.kind in FEW)

    def read(self, table: pa.Table) -> tuple[pa.Table, Bools]:
        """The stored columns of a block (under contract names, sealed), and which rows are doubtful."""
        doubtful = np.zeros(table.num_rows, bool)
        coded = {column.name: self._codes(column, table) for column in self.rules.columns if self._is_coded(column)}
        self._judge({name: codes.dictionary for name, codes in coded.items()})
        made: dict[str, pa.Array] = {}
        for column in self.feed.columns:
            if column.name in coded:
                made[column.name], doubts = self._by_value(column, coded[column.name])
            else:
                made[column.name], doubts = self._column(column, table)
            if doubts is not None:
                doubtful |= doubts.to_numpy(zero_copy_only=False)
        self._fill(made)
        arrays = [
            made[name].cast(kind) if name in made else table.column(name).combine_chunks()
            for name, kind in zip(self.schema.names, self.schema.types, strict=True)
        ]
        return pa.table(arrays, schema=self.schema), doubtful

    def _column(self, column: Column, table: pa.Table) -> tuple[pa.Array, pa.BooleanArray | None]:
        if column.name not in self.rules.present:
            return pa.nulls(table.num_rows, _ARROW[SQL_TYPE[column.kind]]), None
        values = table.column(column.name).combine_chunks()
        made, good = self._at_once(column, values)
        return made, _doubts(column, values, good)

    # --- columns of many values -------------------------------------------------------------------

    def _at_once(self, column: Column, values: pa.Array) -> tuple[pa.Array, pa.BooleanArray | None]:
        """Typed values and which of them are good; None: all."""
        match column.kind:
            case Kind.DATE | Kind.TIME:
                return self._days(column, values)
            case Kind.MONEY:
                return _money(column, values)
            case Kind.ID:
                return _ids(_text(values))
            case _:
                return _texts(_text(values), column.length)

    def _days(self, column: Column, values: pa.Array) -> tuple[pa.Array, pa.BooleanArray]:
        size, kind = (DAY_SIZE, pa.date32()) if column.kind is Kind.DATE else (TIME_SIZE, pa.timestamp("us"))
        if values.type in (pa.date32(), pa.timestamp("s")):
            values = _text(values)
        try:
            made = values.cast(kind)
        except pa.ArrowInvalid:
            made = self._sql(self.rules.typed(column), column.name, values)
        end = str(self.rules.too_late) if column.happened else END
        within = pc.and_(pc.greater_equal(made, _moment(EARLIEST, kind)), pc.less(made, _moment(end, kind)))
        good = pc.and_(pc.equal(pc.binary_length(values), size), within)
        return made, good

    def _sql(self, expression: str, name: str, values: pa.Array) -> pa.Array:
        self.con.register("texts", pa.table({name: values}))
        made = self.con.sql(f"SELECT {expression} AS made FROM texts").to_arrow_table()
        self.con.unregister("texts")
        return made.column("made").combine_chunks()

    # --- columns of few values --------------------------------------------------------------------

    def _is_coded(self, column: Column) -> bool:
        """Judged value by value: few values, or values that the mapping or a default makes others of."""
        if column.name not in self.rules.present:
            return True
        return column.kind in FEW or bool(column.default) or self.rules.is_mapped(column)

    def _codes(self, column: Column, table: pa.Table) -> pa.DictionaryArray:
        if column.name not in self.rules.present:
            values = pa.nulls(table.num_rows, pa.string())
        else:
            values = table.column(column.name).combine_chunks()
        codes = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        return pa.DictionaryArray.from_arrays(codes.indices, _text(codes.dictionary))

    def _by_value(self, column: Column, codes: pa.DictionaryArray) -> tuple[pa.Array, pa.BooleanArray | None]:
        judged = self._judged[column.name]
        places = pc.index_in(codes.dictionary, judged.texts)
        empty = pa.scalar(len(judged.texts), pa.int32())
        rows = pc.fill_null(places.take(codes.indices), empty) if len(places) else pa.repeat(empty, len(codes))
        return judged.take(rows), judged.bad.take(rows) if judged.any_bad else None

    def _judge(self, dictionaries: dict[str, pa.StringArray]) -> None:
        """Each distinct value judged once by the rules; an empty field is a value too."""
        judge = {name: self._not_judged(name, texts) for name, texts in dictionaries.items()}
        fresh = {name: texts for name, texts in judge.items() if texts is not None}
        if not fresh:
            return
        # One statement for all columns: shorter lists are filled up with empty fields, of which each has one anyway.
        longest = max(map(len, fresh.values())) + 1
        filled = {
            name: pa.concat_arrays([texts, pa.nulls(longest - len(texts), pa.string())])
            for name, texts in fresh.items()
        }
        self.con.register("texts", pa.table(filled))
        columns = [self.feed.column(name) for name in fresh]
        wanted = ", ".join(
            f"CAST({self.rules.typed(column)} AS {SQL_TYPE[column.kind]}), {self.rules.bad_value(column)}"
            for column in columns
        )
        made = self.con.sql(f"SELECT {wanted} FROM texts").to_arrow_table()
        self.con.unregister("texts")
        for n, (name, texts) in enumerate(fresh.items()):
            typed, bad = (made.column(2 * n + k).slice(0, len(texts) + 1).combine_chunks() for k in (0, 1))
            self._judged[name] = _Judged(texts, typed, bad)

    def _not_judged(self, name: str, texts: pa.StringArray) -> pa.StringArray | None:
        """What has to be judged so that all these texts are: nothing, or all known ones and the new."""
        known = self._judged.get(name)
        if known is None:
            return texts
        new = texts.filter(pc.invert(pc.is_in(texts, known.texts)))
        if not len(new):
            return None
        return pa.concat_arrays([known.texts, new]) if len(known.texts) < MOST_REMEMBERED else texts

    # --- columns that follow from others ----------------------------------------------------------

    def _fill(self, made: dict[str, pa.Array]) -> None:
        fills = [(name, sql) for name, sql in self.feed.fills if made[name].null_count]
        if not fills:
            return
        self.con.register("made", pa.table(made))
        kinds = dict(self.feed.stored)
        filled = ", ".join(f"CAST(coalesce({name}, {sql}) AS {kinds[name]}) AS {name}" for name, sql in fills)
        table = self.con.sql(f"SELECT {filled} FROM made").to_arrow_table()
        self.con.unregister("made")
        made.update((name, table.column(name).combine_chunks()) for name, _sql in fills)


class _Judged:
    """Distinct texts of a column with what the rules make of them; one more place than texts: the empty field."""

    def __init__(self, texts: pa.StringArray, made: pa.Array, bad: pa.BooleanArray) -> None:
        self.texts, self.made, self.bad = texts, made, bad
        self.any_bad = pc.any(bad).as_py()
        # A list of values may not hold an empty one: rows without a value get no code.
        self.codes = pa.array(np.arange(len(made), dtype=np.int32), mask=made.is_null().to_numpy(zero_copy_only=False))

    def take(self, rows: pa.Int32Array) -> pa.Array:
        if not pa.types.is_string(self.made.type):
            return self.made.take(rows)
        codes = self.codes.take(rows) if self.made.null_count else rows
        return pa.DictionaryArray.from_arrays(codes, self.made.fill_null(""))


def _moment(day: str, kind: pa.DataType) -> pa.Scalar:
    return pa.scalar(np.datetime64(day, "us"), pa.timestamp("us")).cast(kind)


def _text(values: pa.Array) -> pa.StringArray:
    return values if pa.types.is_string(values.type) else as_text(values)


def _doubts(column: Column, values: pa.Array, good: pa.BooleanArray | None) -> pa.BooleanArray | None:
    """Where a required field is empty, or a field that is not empty is not surely good."""
    if good is None:
        return values.is_null() if column.required and values.null_count else None
    doubts = pc.invert(good.fill_null(False))
    return doubts if column.required else pc.and_(doubts, values.is_valid())


def _bytes_of(texts: pa.StringArray) -> bytes:
    _valid, offsets, data = texts.buffers()
    if data is None:
        return b""
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return bytes(memoryview(data)[ends[0] : ends[-1]])


def _ids(texts: pa.StringArray) -> tuple[pa.Array, pa.BooleanArray | None]:
    sizes = pc.binary_length(texts)
    strange = _bytes_of(texts).translate(None, _ID_BYTES)
    if not strange and (pc.max(sizes).as_py() or 0) <= MAX_ID:
        return texts, None
    plain = pc.invert(pc.match_substring_regex(texts, f"[^{ID_CHARACTERS}]"))
    return texts, pc.and_(plain, pc.less_equal(sizes, MAX_ID))


def _texts(texts: pa.StringArray, limit: int) -> tuple[pa.Array, pa.BooleanArray | None]:
    if (pc.max(pc.binary_length(texts)).as_py() or 0) <= limit:
        return texts, None
    return texts, pc.less_equal(pc.utf8_length(texts), limit)


_SIGNS: dict[Sign, Callable[[pa.Array], pa.BooleanArray]] = {
    Sign.POSITIVE: lambda fen: pc.greater(fen, 0),
    Sign.NOT_NEGATIVE: lambda fen: pc.greater_equal(fen, 0),
    Sign.ANY: pc.is_valid,
}


def _money(column: Column, values: pa.Array) -> tuple[pa.Array, pa.BooleanArray]:
    texts = _text(values)
    plain = pc.match_substring_regex(texts, rf"\A{AMOUNT}\z")
    if not pc.all(plain).as_py():
        texts = pc.if_else(plain, texts, pa.scalar(None, pa.string()))
    fen = _fen(texts.cast(YUAN))
    return fen, pc.and_(plain, _SIGNS[column.sign](fen))


def _fen(yuan: pa.Decimal128Array) -> pa.Int64Array:
    """The unscaled figure of DECIMAL(18, 2) is fen; it fits the lower of its two 64-bit words."""
    words = np.frombuffer(yuan.buffers()[1], "<i8")[2 * yuan.offset :: 2][: len(yuan)]
    return pa.array(words, mask=yuan.is_null().to_numpy(zero_copy_only=False) if yuan.null_count else None)
