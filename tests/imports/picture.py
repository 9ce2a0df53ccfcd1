"""Everything an import leaves behind, as plain data that two imports can be compared by.

Row numbers and moments differ between two imports and are left out. Encrypted values differ each time they are made:
they are shown in clear where the key is ours, and left out of the raw parts, whose indexes tell them apart.
"""

from __future__ import annotations

from typing import Any

import duckdb
from django.conf import settings
from django.db.models import Model

from kajing.analytics.feeds import FEEDS
from kajing.analytics.warehouse import Warehouse
from kajing.customers import personal
from kajing.customers.models import Assignment, Card, CardAccount, ContactPoint, Customer
from kajing.imports.models import Batch
from kajing.org.models import Person, Unit

TABLES: dict[type[Model], tuple[str, ...]] = {
    Unit: ("pk", "parent_id", "name", "kind", "valid_from", "valid_to", "path", "feed_date"),
    Person: ("person_no", "name", "initials", "role", "unit_id", "hired_on", "left_on", "email", "feed_date"),
    CardAccount: tuple(field.attname for field in CardAccount._meta.concrete_fields),
    Card: tuple(field.attname for field in Card._meta.concrete_fields),
    Assignment: ("customer_id", "unit_id", "manager_no", "valid_from", "valid_to", "source"),
}
COUNTS = ("feed", "business_date", "sha256", "state", "rows", "quarantined", "part")


def picture() -> dict[str, Any]:
    """Tables and warehouse."""
    return {
        **{model.__name__: _rows(model, fields) for model, fields in TABLES.items()},
        "Customer": _customers(),
        "ContactPoint": _points(),
        "Batch": sorted(str(row) for row in Batch.objects.values_list(*COUNTS)),
        "raw": _raw(),
    }


def _rows(model: type[Model], fields: tuple[str, ...]) -> list[str]:
    return sorted(str(row) for row in model._default_manager.values_list(*fields))


def _customers() -> list[str]:
    sealed = {"id_number_enc": "id_number", "address_enc": "address", "employer_enc": "employer"}
    names = [field.attname for field in Customer._meta.concrete_fields]
    return sorted(
        str({name: personal.unseal(sealed[name], row[name]) if name in sealed else row[name] for name in names})
        for row in Customer.objects.values(*names)
    )


def _points() -> list[str]:
    fields = (
        "customer_id",
        "kind",
        "value_enc",
        "value_idx",
        "tail_idx",
        "is_preferred",
        "valid",
        "source",
        "feed_date",
    )
    rows = ContactPoint.objects.values_list(*fields)
    return sorted(str((row[0], row[1], personal.unseal(row[1].lower(), row[2]), *row[3:])) for row in rows)


def _raw() -> list[str]:
    found = []
    for name, feed in FEEDS.items():
        columns = ", ".join(column for column, _kind in feed.stored if not column.endswith("_enc"))
        for part in Warehouse(settings.KAJING_WAREHOUSE).parts(name):
            with duckdb.connect() as con:
                rows = con.execute(f"SELECT {columns} FROM read_parquet(?) ORDER BY line", [str(part.path)]).fetchall()
            found.append(f"{name} {part.business_date} {part.name} {rows}")
    return found
