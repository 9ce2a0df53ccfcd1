"""Many rows of one table: a tenth of the time of `bulk_create`, which makes an object and a piece of SQL of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import Field, Model

PLAIN = frozenset({str, int, float, bytes, type(None)})  # drivers take them as they are


def insert(model: type[Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows by attribute name (`unit_id`); each has the names of the first, the model's defaults fill the others."""
    source = iter(rows)
    first = next(source)
    fields = [one for one in model._meta.concrete_fields if not one.primary_key or one.attname in first]
    sample = model(**first)
    same = {one.attname: _ready(one, one.pre_save(sample, add=True)) for one in fields if one.attname not in first}
    _write(model, fields, _lines(fields, same, chain([first], source)))


def _lines(
    fields: list[Field[Any, Any]], same: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]
) -> Iterator[list[Any]]:
    names = [(one, one.attname, one.attname in same) for one in fields]
    for row in rows:
        yield [same[name] if fixed else _ready(field, row[name]) for field, name, fixed in names]


def _ready(field: Field[Any, Any], value: Any) -> Any:
    return value if type(value) in PLAIN else field.get_db_prep_save(value, connection)


def _write(model: type[Model], fields: list[Field[Any, Any]], lines: Iterator[list[Any]]) -> None:
    quoted = connection.ops.quote_name
    into = f"{quoted(model._meta.db_table)} ({', '.join(quoted(one.column) for one in fields)})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for line in lines:
                    copy.write_row(line)
        else:
            cursor.executemany(f"INSERT INTO {into} VALUES ({', '.join(['%s'] * len(fields))})", lines)
