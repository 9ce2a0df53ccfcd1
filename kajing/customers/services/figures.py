"""Last night's figures, from the engine's rows into the table that lists, audiences and rules filter."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any

from django.db import connection, transaction

from kajing.customers.combining import combined
from kajing.customers.models import Customer, CustomerFigures
from kajing.customers.selectors.forwards import all_survivors
from kajing.customers.twin import COPIED

CHUNK = 2000  # rows a transaction: more would keep other writers waiting (platform §2.3)
FIELDS = CustomerFigures._meta.concrete_fields  # noqa: SLF001  the documented API
NAMES = (*(field.attname for field in FIELDS if field.attname not in COPIED), *COPIED)
NOBODY = (None,) * len(COPIED)
_EMPTY_TEXT = frozenset(
    field.attname for field in FIELDS if field.attname not in COPIED and field.get_internal_type() == "CharField"
)


def refresh_figures(*, as_of: date, rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Write the figures of one night and drop those of customers it no longer has; the same call again changes nothing.

    Each row has `customer_id` and any of the figure names; money in fen, shares 0–1, `spend_weeks` eight sums. Rows of
    customers that are not on file are counted as `unknown` and left out.
    """
    written = unknown = 0
    for chunk in _chunks(_joined(rows)):
        with transaction.atomic():
            places = _places([row["customer_id"] for row in chunk])
            values = [_values(row, as_of, places[pk]) for row in chunk if (pk := row["customer_id"]) in places]
            with connection.cursor() as cursor:
                cursor.executemany(_upsert(), values)
        written += len(values)
        unknown += len(chunk) - len(values)
    gone, _by_model = CustomerFigures.objects.exclude(as_of=as_of).delete()
    _learn_distribution()
    return {"written": written, "unknown": unknown, "dropped": gone}


def _joined(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Rows of merged numbers are added to the survivor's, until the bank's feed merges them itself."""
    survivors = all_survivors()
    of_many = set(survivors.values())
    together: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        number = row["customer_id"]
        if number in survivors or number in of_many:
            together[survivors.get(number, number)].append(row)
        else:
            yield row
    for number, found in together.items():
        yield combined(found) | {"customer_id": number}


def _chunks(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def _places(ids: Sequence[str]) -> dict[str, Sequence[Any]]:
    """Unit, manager and status of each customer on file; nothing for one without figures, whom the database fills in.

    Rows that exist keep what they have (`customers.twin`). They are told it all the same, so that a million rows a
    night do not each look it up.
    """
    found = Customer.objects.filter(pk__in=ids).order_by().values_list("pk", "figures__as_of", *COPIED)
    return {pk: place if had else NOBODY for pk, had, *place in found}


def _values(row: Mapping[str, Any], as_of: date, place: Sequence[Any]) -> list[Any]:
    return [*(_value(name, row, as_of) for name in NAMES[: -len(COPIED)]), *place]


def _value(name: str, row: Mapping[str, Any], as_of: date) -> Any:
    if name == "as_of":
        return as_of.isoformat()
    if name == "spend_weeks":
        return json.dumps(list(row.get(name) or []))
    value = row.get(name)
    if value is None and name in _EMPTY_TEXT and name != "customer_id":
        return ""
    return value.isoformat() if isinstance(value, date) else value


def _upsert() -> str:
    """INSERT … ON CONFLICT, which SQLite and PostgreSQL write alike; the ORM's own took several times as long."""
    quoted = [connection.ops.quote_name(name) for name in NAMES]
    table = connection.ops.quote_name(CustomerFigures._meta.db_table)  # noqa: SLF001
    marks = ", ".join(["%s"] * len(quoted))
    key = quoted[NAMES.index("customer_id")]
    settings = ", ".join(f"{name} = excluded.{name}" for name in quoted[: -len(COPIED)] if name != key)
    return (
        f"INSERT INTO {table} ({', '.join(quoted)}) VALUES ({marks}) "  # noqa: S608  names of our own table only
        f"ON CONFLICT ({key}) DO UPDATE SET {settings}"
    )


def _learn_distribution() -> None:
    """Let the planner know how many rows each value has, so that it picks the right index for every list."""
    # By table: ANALYZE of a whole PostgreSQL database also locks catalogues that all databases share.
    # VACUUM, where it may be: every row was written anew, and only then is an index read without the table.
    vacuum = "VACUUM " if connection.vendor == "postgresql" and not connection.in_atomic_block else ""
    with connection.cursor() as cursor:
        for model in (Customer, CustomerFigures):
            cursor.execute(f"{vacuum}ANALYZE {connection.ops.quote_name(model._meta.db_table)}")  # noqa: SLF001
