"""A bank's own column names, codes and date formats, brought to the contract's by a mapping.toml.

    [columns]                       # source column → contract column
    "客户号" = "customer_id"
    [values.kind]                   # source value → contract value, per contract column
    "消费" = "PURCHASE"
    [dates]                         # strptime format per contract column
    posted_on = "%Y%m%d"
    [constants]                     # value of a contract column that the file does not have
    currency = "CNY"
    [file]
    delimiter = "|"

A table named after a feed (`[transactions.columns]`) holds for that feed only and goes before the general one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from kajing.analytics.feeds import FEEDS, Kind
from kajing.lib.errors import DomainError

_SECTIONS = ("columns", "values", "dates", "constants", "file")


class MappingProblem(DomainError):
    """The text of a mapping cannot be used; the message says where."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """How the columns of one source file become a feed's columns."""

    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    delimiter: str = ","

    def contract_name(self, source: str) -> str:
        """The contract's name of a source column; unmapped names stay."""
        return self.columns.get(source, source)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, to be stored beside a quarantine file."""
        return {name: getattr(self, name) for name in ("columns", "values", "dates", "constants", "delimiter")}


NO_MAPPING = Mapping()


def read_mapping(text: str, *, feed: str) -> Mapping:
    """The mapping for one feed from the text of a mapping.toml. Raises MappingProblem."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingProblem(f"mapping.toml: {error}") from error
    strangers = [name for name in content if name not in _SECTIONS and name not in FEEDS]
    if strangers:
        raise MappingProblem(f"mapping.toml: unknown section {strangers[0]}")
    parts = {name: {**_table(content, name), **_table(content.get(feed, {}), name)} for name in _SECTIONS}
    delimiter = str(parts.pop("file").get("delimiter", ","))
    return _checked(Mapping(**parts, delimiter=delimiter), feed, strict=feed in content)


def _table(content: Any, name: str) -> dict[str, Any]:
    part = content.get(name, {}) if isinstance(content, dict) else {}
    if not isinstance(part, dict):
        raise MappingProblem(f"mapping.toml: [{name}] must be a table")
    for column, codes in part.items() if name == "values" else [("", part)]:
        if not isinstance(codes, dict) or any(isinstance(one, dict | list) for one in codes.values()):
            where = f"{name}.{column}" if column else name
            raise MappingProblem(f"mapping.toml: [{where}] must hold a single value for each name")
    return part


def _checked(mapping: Mapping, feed: str, *, strict: bool) -> Mapping:
    if len(mapping.delimiter) != 1 or not mapping.delimiter.isascii() or mapping.delimiter in '"\r\n\0':
        raise MappingProblem("mapping.toml: the delimiter must be one ASCII character")
    known = set(FEEDS[feed].names)
    if strict:
        for target in [*mapping.columns.values(), *mapping.values, *mapping.dates, *mapping.constants]:
            if target not in known:
                raise MappingProblem(f"mapping.toml: {feed} has no column {target}")
    return Mapping(
        columns={str(source): target for source, target in mapping.columns.items() if target in known},
        values={name: {str(k): str(v) for k, v in m.items()} for name, m in mapping.values.items() if name in known},
        dates={name: str(form) for name, form in mapping.dates.items() if name in known},
        constants={name: str(value) for name, value in mapping.constants.items() if name in known},
        delimiter=mapping.delimiter,
    )


def suggest(header: Sequence[str], *, feed: str) -> Mapping:
    """A first guess for the mapping page: names that agree but for case, spaces and a near spelling."""
    wanted = [column.name for column in FEEDS[feed].columns]
    found: dict[str, str] = {}
    for source in header:
        plain = source.strip().lower().replace(" ", "_").replace("-", "_")
        match = get_close_matches(plain, wanted, n=1, cutoff=0.75)
        if match and match[0] not in found.values():
            found[source] = match[0]
    return Mapping(columns=found)


def date_columns(feed: str) -> list[str]:
    """Contract columns that take a date format in a mapping."""
    return [column.name for column in FEEDS[feed].columns if column.kind in (Kind.DATE, Kind.TIME)]
