"""The rules of a feed as SQL over the text columns of a block: typed values, which rows are bad, and why.

Text columns are named as in the contract. One pass makes typed values and one flag per row; the reason is worked out
only for flagged rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from kajing.analytics.feeds import Column, Feed, Kind, Sign
from kajing.analytics.ingest.mapping import NO_MAPPING, Mapping

MAX_ID = 64
EARLIEST, END = "1900-01-01", "10000-01-01"  # a year of five figures fits into ten characters too
# Feeds are cut late in the evening; a posting may carry the next day's date.
AHEAD = timedelta(days=1)
ID_CHARACTERS = "A-Za-z0-9._-"
AMOUNT = r"-?[0-9]{1,13}(\.[0-9]{1,2})?"
DAY_SIZE, TIME_SIZE = 10, 19  # YYYY-MM-DD, YYYY-MM-DDTHH:MM:SS


@dataclass(frozen=True)
class Rules:
    """The SQL of one feed for a file that has `present` contract columns."""

    feed: Feed
    present: frozenset[str]
    business_date: date
    mapping: Mapping = NO_MAPPING

    @cached_property
    def columns(self) -> list[Column]:
        """Columns of the feed that have a value in this file: in the file, constant, or by default."""
        return [column for column in self.feed.columns if self._has(column)]

    @property
    def too_late(self) -> date:
        """The first day that is in the future."""
        return self.business_date + AHEAD + timedelta(days=1)

    def _has(self, column: Column) -> bool:
        return column.name in self.present or column.name in self.mapping.constants or bool(column.default)

    def is_mapped(self, column: Column) -> bool:
        """Whether the mapping changes its values."""
        return column.name in self.mapping.dates or bool(self.mapping.values.get(column.name))

    def text(self, column: Column) -> str:
        """The field's text after value map, date format, constant and default; NULL when empty."""
        name = column.name
        if name not in self.present:
            return _literal(self.mapping.constants.get(name) or column.default)
        sql = f"nullif({_name(name)}, '')"
        if self.mapping.values.get(name):
            cases = " ".join(f"WHEN {_literal(k)} THEN {_literal(v)}" for k, v in self.mapping.values[name].items())
            sql = f"CASE {sql} {cases} ELSE {sql} END"
        if name in self.mapping.dates:
            form = "%Y-%m-%d" if column.kind is Kind.DATE else "%Y-%m-%dT%H:%M:%S"
            # A text that does not fit stays as it is, so that the reason can show it.
            sql = f"coalesce(strftime(try_strptime({sql}, {_literal(self.mapping.dates[name])}), '{form}'), {sql})"
        return f"coalesce({sql}, {_literal(column.default)})" if column.default else sql

    def typed(self, column: Column) -> str:
        """The field's value in the warehouse, NULL when it cannot be read."""
        text = self.text(column)
        match column.kind:
            case Kind.DATE:
                return f"TRY_CAST({text} AS DATE)"
            case Kind.TIME:
                return f"TRY_CAST({text} AS TIMESTAMP)"
            case Kind.MONEY:
                return f"TRY_CAST(TRY_CAST({text} AS DECIMAL(18,2)) * 100 AS BIGINT)"
            case Kind.INTEGER:
                return f"TRY_CAST({text} AS INTEGER)"
            case Kind.FLAG:
                return f"CASE {text} WHEN '1' THEN true WHEN '0' THEN false END"
            case _:
                return text

    def stored(self) -> list[tuple[str, str]]:
        """(name, expression) of every column of the raw part, personal ones taken from their encrypted columns."""
        have = {column.name: column for column in self.columns}
        fills = dict(self.feed.fills)
        out = []
        for name, kind in self.feed.stored:
            if name in have:
                sql = self.typed(have[name])
                if name in fills:
                    sql = f"coalesce({sql}, {self._fill(fills[name])})"
            elif name in fills:
                sql = self._fill(fills[name])
            elif name == "line" or name.endswith(("_enc", "_idx", "_digest")):
                sql = _name(name)
            else:
                sql = "NULL"
            out.append((name, f"CAST({sql} AS {kind})"))
        return out

    def _fill(self, sql: str) -> str:
        """A fill names other columns; put their typed expressions in."""
        for column in self.columns:
            if column.name in sql.split():
                sql = " ".join(self.typed(column) if word == column.name else word for word in sql.split())
        return sql

    def bad_value(self, column: Column) -> str:
        """True for a text that is an error of this column; never NULL."""
        return " OR ".join(f"({test})" for _code, test in self._tests(column, quick=False)) or "false"

    def bad(self) -> str:
        """True for a row with any error: cheap, without telling which."""
        tests = [test for column in self.columns for _code, test in self._tests(column, quick=True)]
        ids = [self.text(column) for column in self.columns if column.kind is Kind.ID and column.name in self.present]
        if ids:
            tests.append(f"regexp_matches(concat({', '.join(ids)}), '[^{ID_CHARACTERS}]')")
        return f"coalesce({' OR '.join(tests)}, true)"

    def reason(self) -> str:
        """`column:code` of the first error of a flagged row, in the order of the contract."""
        cases = [
            f"WHEN {test} THEN '{column.name}:{code}'"
            for column in self.columns
            for code, test in self._tests(column, quick=False)
        ]
        return f"CASE {' '.join(cases)} END"

    def _tests(self, column: Column, *, quick: bool) -> list[tuple[str, str]]:
        text, typed = self.text(column), self.typed(column)
        tests = [("missing", f"{text} IS NULL")] if column.required else []
        return tests + [
            (code, f"coalesce({test}, false)") for code, test in self._by_kind(column, text, typed, quick=quick)
        ]

    def _by_kind(self, column: Column, text: str, typed: str, *, quick: bool) -> list[tuple[str, str]]:
        match column.kind:
            case Kind.ID:
                tests = [("too_long", f"strlen({text}) > {MAX_ID}")]
                return tests if quick else [*tests, ("bad_id", f"regexp_matches({text}, '[^{ID_CHARACTERS}]')")]
            case Kind.TEXT:
                return [("too_long", f"length({text}) > {column.length}")]
            case Kind.CHOICE:
                return [("unknown_value", f"{text} NOT IN ({', '.join(map(_literal, column.values))})")]
            case Kind.DIGITS | Kind.LETTERS:
                return [("bad_code", f"NOT regexp_full_match({text}, '{_pattern(column)}')")]
            case Kind.DATE:
                return self._day_tests(column, text, typed, "bad_date", DAY_SIZE)
            case Kind.TIME:
                return self._day_tests(column, text, typed, "bad_time", TIME_SIZE)
            case Kind.MONEY:
                return _money_tests(column, text, typed)
            case Kind.INTEGER:
                low, high = column.between
                shape = ("bad_number", f"NOT regexp_full_match({text}, '-?[0-9]{{1,9}}')")
                return [shape, ("out_of_range", f"{typed} NOT BETWEEN {low} AND {high}")]
            case Kind.FLAG:
                return [("unknown_value", f"{text} NOT IN ('0', '1')")]

    def _day_tests(self, column: Column, text: str, typed: str, code: str, size: int) -> list[tuple[str, str]]:
        outside = f"{typed} < DATE '{EARLIEST}' OR {typed} >= DATE '{END}'"
        unreadable = f"{text} IS NOT NULL AND ({typed} IS NULL OR strlen({text}) <> {size} OR {outside})"
        tests = [(code, unreadable)]
        if column.happened:
            tests.append(("in_future", f"{typed} >= DATE '{self.too_late}'"))
        return tests


def _money_tests(column: Column, text: str, typed: str) -> list[tuple[str, str]]:
    tests = [("bad_amount", f"NOT regexp_full_match({text}, '{AMOUNT}')")]
    if column.sign is Sign.POSITIVE:
        tests.append(("not_positive", f"{typed} <= 0"))
    elif column.sign is Sign.NOT_NEGATIVE:
        tests.append(("negative", f"{typed} < 0"))
    return tests


def _pattern(column: Column) -> str:
    unit = "[0-9]" if column.kind is Kind.DIGITS else "[A-Z]"
    return "|".join(f"{unit}{{{length}}}" for length in column.lengths)


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str | None) -> str:
    return "NULL" if not text else "'" + text.replace("'", "''") + "'"


def explain(feed: Feed, column: str, code: str, value: str, business_date: date) -> dict[str, object]:
    """The figures of a reason. A personal value is never among them."""
    rule = feed.column(column)
    params: dict[str, object] = {} if rule.personal else {"value": value[:60]}
    if code == "too_long":
        params = {"length": len(value), "limit": MAX_ID if rule.kind is Kind.ID else rule.length}
    elif code == "unknown_value":
        params["allowed"] = list(rule.values) or ["0", "1"]
    elif code == "bad_code":
        unit = "9" if rule.kind is Kind.DIGITS else "A"
        params["form"] = " / ".join(unit * length for length in rule.lengths)
    elif code == "in_future":
        params["business_date"] = business_date.isoformat()
    elif code == "out_of_range":
        params |= {"low": rule.between[0], "high": rule.between[1]}
    elif code == "missing":
        params = {}
    return params
