"""What alerts add to customers: a count and a filter of the customers list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kajing.customers import extensions
from kajing.customers.lists import CUSTOMERS
from kajing.records.lists import Context, Flag
from kajing.risk.models import Alert
from kajing.risk.selectors import alerts
from kajing.risk.services.merging import join_alerts

RIGHT = "risk.view_alert"


def open_counts(user: Any, customer_ids: Sequence[str]) -> dict[str, int]:
    """How many open alerts each customer has."""
    rows = alerts(user).filter(customer__in=customer_ids, state=Alert.State.OPEN).order_by().values("customer_id")
    return {row["customer_id"]: row["count"] for row in rows.annotate(count=Count("pk"))}


def has_alert(context: Context) -> Q:
    """Customers with an open alert; the list itself is scoped already."""
    return Q(Exists(Alert.objects.filter(customer=OuterRef("pk"), state=Alert.State.OPEN)))


def register() -> None:
    """Say so to the customers room."""
    if join_alerts not in extensions.merge_steps:
        extensions.merge_steps.append(join_alerts)
    extensions.register_counter(
        extensions.Counter(
            name="open_alerts",
            label=_("Open alerts"),
            count=open_counts,
            permission=RIGHT,
            url=lambda customer_id: f"{reverse('risk:list')}?customer={customer_id}",
        )
    )
    CUSTOMERS.add_filter(Flag(name="has_alert", label=_("Has an open alert"), condition=has_alert, permission=RIGHT))
