"""What alerts add to customers: a count and a filter of the customers list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kajing.customers import extensions, handover
from kajing.customers.handover import Line
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
    return Q(pk__in=Alert.objects.filter(state=Alert.State.OPEN).order_by().values("customer"))


def handed_alerts(user: Any, customer_ids: Sequence[str], today: date) -> list[Line]:
    """Open alerts of handed-over customers, the worst first, each with its reason."""
    rows = (
        alerts(user).filter(customer__in=customer_ids, state=Alert.State.OPEN).order_by("-severity", "-value_at_stake")
    )
    return [
        Line(
            row.customer_id, f"{row.severity} {row.title_text}", next(iter(row.reason_texts), ""), on=row.raised_on,
            url=reverse("risk:detail", args=[row.pk]), tone="bad" if row.severity >= "L3" else "warn",
        )
        for row in rows
    ]  # fmt: skip


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
    handover.register(
        handover.Section("alerts", _("Open alerts"), handed_alerts, order=15, icon="shield-half", permission=RIGHT)
    )
    CUSTOMERS.add_filter(Flag(name="has_alert", label=_("Has an open alert"), condition=has_alert, permission=RIGHT))
