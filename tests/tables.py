"""Every row of every table as text, to see that nothing differs; what is only ever added to is left out."""

from __future__ import annotations

from django.apps import apps

from kajing.customers.models import CustomerFigures

JOURNAL = ("records.reversal", "records.bulk")
LEFT_OUT = {"account", "audit", "axes", "contenttypes", "mfa", "queue", "sessions", "usersessions"}  # and who signed in


def tables(*also: str) -> dict[str, list[str]]:
    """Rows by table: all but the audit, jobs, sessions, the journal and the records of bulk acts, and `also`."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.label_lower
        if model._meta.app_label not in LEFT_OUT and not label.startswith(JOURNAL) and label not in also:
            rows = model._base_manager.order_by("pk").values_list(*[f.attname for f in model._meta.concrete_fields])
            found[label] = [repr(tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)) for row in rows]
    return found


def differing(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, set[str]]:
    """Only what differs, for a readable failure."""
    return {
        name: set(before.get(name, [])) ^ set(after.get(name, []))
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
    }


def differing_twins() -> list[str]:
    """Customers whose figures say another unit, manager or status than they do."""
    rows = CustomerFigures.objects.select_related("customer").defer("spend_weeks")
    return [
        row.pk
        for row in rows
        if (row.unit_id, row.manager_id, row.status)
        != (row.customer.unit_id, row.customer.manager_id, row.customer.status)
    ]
