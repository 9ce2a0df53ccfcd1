"""Everything a night leaves behind, as plain data that two nights can be compared by.

Row numbers are left out, and with them the moments and random ids of messages; what refers to an alert by its number
is told by the alert's rule and customer.
"""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.db.models import Model

from kajing.analytics.warehouse import Warehouse
from kajing.audit.models import Night
from kajing.customers.models import CustomerFigures, TimelineMark
from kajing.notifications.models import DigestRow, Notification
from kajing.queue.models import OutboxMessage
from kajing.risk.models import Alert
from kajing.workflow.models import Task

TABLES: list[type[Model]] = [Alert, Task, TimelineMark, Notification, DigestRow, CustomerFigures, OutboxMessage]
LEFT_OUT = {"id", "message_id"}
UNSTABLE_TABLES = {"build_info"}  # the state's own name and the time it was built


def picture() -> dict[str, Any]:
    """Tables and the published state of the warehouse."""
    names = {f"alert:{alert.pk}": f"{alert.rule}/{alert.customer_id}" for alert in Alert.objects.all()}
    found: dict[str, Any] = {model.__name__: _rows(model, names) for model in TABLES}
    nights = [[str(night.as_of), night.state, night.steps.count()] for night in Night.objects.all()]
    return found | {"nights": nights} | {f"warehouse.{name}": rows for name, rows in _warehouse().items()}


def _rows(model: type[Model], names: dict[str, str]) -> list[str]:
    fields = [field.attname for field in model._meta.concrete_fields if field.attname not in LEFT_OUT]
    rows = (str(row) for row in model._default_manager.values_list(*fields))
    known = re.compile("|".join(re.escape(name) + r"\b" for name in names) or r"(?!)")
    plain = (re.sub(r"/risk/\d+/", "/risk/N/", known.sub(lambda hit: names[hit.group()], row)) for row in rows)
    return sorted(plain)


def _warehouse() -> dict[str, list[Any]]:
    """Every published table, as pages see it, as its number of rows and one hash over all of them."""
    con = Warehouse(settings.KAJING_WAREHOUSE).reader()
    # Views: a night may lie over the one before it, in two files.
    tables = [name for (name,) in con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()]
    return {
        name: list(con.execute(f"SELECT count(*), bit_xor(hash(t)::UBIGINT)::VARCHAR FROM {name} t").fetchall()[0])
        for name in tables
        if name not in UNSTABLE_TABLES
    }
