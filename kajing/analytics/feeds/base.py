"""What a feed is: its columns, their types and values, its key. One module per feed fills in the rest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """How the text of a column is read, and what it becomes in the warehouse."""

    ID = "id"  # text of 1–64 characters A-Z a-z 0-9 . _ -  (platform R10)
    TEXT = "text"  # free text up to `length` characters
    CHOICE = "choice"  # one of `values`
    DIGITS = "digits"  # text of digits only, of one of `lengths`: MCC 0742 keeps its zero
    LETTERS = "letters"  # upper-case text of one of `lengths`: country, currency
    DATE = "date"  # YYYY-MM-DD → DATE
    TIME = "time"  # YYYY-MM-DDTHH:MM:SS, Asia/Shanghai → TIMESTAMP without zone
    MONEY = "money"  # decimal yuan, at most 2 places → BIGINT fen
    INTEGER = "integer"  # whole number within `between` → INTEGER
    FLAG = "flag"  # 0 | 1 → BOOLEAN


SQL_TYPE = {
    Kind.ID: "VARCHAR",
    Kind.TEXT: "VARCHAR",
    Kind.CHOICE: "VARCHAR",
    Kind.DIGITS: "VARCHAR",
    Kind.LETTERS: "VARCHAR",
    Kind.DATE: "DATE",
    Kind.TIME: "TIMESTAMP",
    Kind.MONEY: "BIGINT",
    Kind.INTEGER: "INTEGER",
    Kind.FLAG: "BOOLEAN",
}


class Sign(Enum):
    """Which amounts a money column takes. The contract's amounts are positive: `kind` says the direction."""

    POSITIVE = "positive"  # above 0
    NOT_NEGATIVE = "not_negative"
    ANY = "any"  # a statement balance may be negative: the bank owes the customer (溢缴款)


@dataclass(frozen=True, slots=True)
class Personal:
    """A personal column (platform R20): encrypted under `column`, searched by blind index where asked."""

    column: str  # the name a value is bound to, for example customer.mobile
    indexed: bool = False  # an index of the exact value, `<name>_idx`
    tail: bool = False  # an index of the last 4 characters under `<column>.tail`, `<name>_tail_idx`


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a feed."""

    name: str
    kind: Kind
    required: bool = False
    values: tuple[str, ...] = ()
    lengths: tuple[int, ...] = ()
    length: int = 200
    between: tuple[int, int] = (0, 2_147_483_647)
    sign: Sign = Sign.NOT_NEGATIVE
    default: str = ""  # text put in where the field is empty
    happened: bool = False  # tells of the past: a date after the business date is an error
    refers: str = ""  # the feed whose key this column holds; unknown there = waits for it
    personal: Personal | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed of the contract: columns in the order of the contract, natural key, control column."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    control: str = ""  # the column whose sum the manifest declares as amount_sum
    fills: tuple[tuple[str, str], ...] = ()  # SQL over typed columns put in where a column is empty

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The contract's column names."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Columns the header must have."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def personal(self) -> tuple[Column, ...]:
        """Columns that are never written in clear."""
        return tuple(column for column in self.columns if column.personal)

    @property
    def stored(self) -> tuple[tuple[str, str], ...]:
        """(name, SQL type) of the raw Parquet, personal columns replaced by their encrypted forms."""
        out: list[tuple[str, str]] = []
        for column in self.columns:
            if column.personal is None:
                out.append((column.name, SQL_TYPE[column.kind]))
                continue
            out.append((f"{column.name}_enc", "BLOB"))
            if column.personal.indexed:
                out.append((f"{column.name}_idx", "VARCHAR"))
            if column.personal.tail:
                out.append((f"{column.name}_tail_idx", "VARCHAR"))
        if self.personal:
            out.append(("personal_digest", "VARCHAR"))  # tells equal rows from corrected ones without reading them
        out.append(("line", "BIGINT"))
        return tuple(out)


def ident(name: str, *, required: bool = False, refers: str = "") -> Column:
    """A bank's own id."""
    return Column(name, Kind.ID, required=required, refers=refers)


def text(name: str, *, length: int = 200, required: bool = False, personal: Personal | None = None) -> Column:
    """Free text."""
    return Column(name, Kind.TEXT, required=required, length=length, personal=personal)


def choice(name: str, values: str, *, required: bool = False, default: str = "") -> Column:
    """One of a few codes, written as in the contract: "A | B"."""
    return Column(name, Kind.CHOICE, required=required, values=tuple(values.replace("|", " ").split()), default=default)


def digits(name: str, *lengths: int) -> Column:
    """A code of digits."""
    return Column(name, Kind.DIGITS, lengths=lengths)


def letters(name: str, length: int, *, default: str = "") -> Column:
    """An ISO code."""
    return Column(name, Kind.LETTERS, lengths=(length,), default=default)


def day(name: str, *, required: bool = False, happened: bool = False) -> Column:
    """A date."""
    return Column(name, Kind.DATE, required=required, happened=happened)


def moment(name: str, *, required: bool = False, happened: bool = False) -> Column:
    """A time in Shanghai."""
    return Column(name, Kind.TIME, required=required, happened=happened)


def money(name: str, *, required: bool = False, sign: Sign = Sign.NOT_NEGATIVE) -> Column:
    """An amount."""
    return Column(name, Kind.MONEY, required=required, sign=sign)


def number(name: str, low: int, high: int, *, required: bool = False, default: str = "") -> Column:
    """A whole number between two bounds, both allowed."""
    return Column(name, Kind.INTEGER, required=required, between=(low, high), default=default)


def flag(name: str, *, default: str = "") -> Column:
    """0 or 1."""
    return Column(name, Kind.FLAG, default=default)
