"""Alerts."""

from __future__ import annotations

from datetime import date
from typing import Any

from kajing.customers.models import Customer
from kajing.risk.models import Alert


def alert(about: Customer, rule: str = "missed_payment", **values: Any) -> Alert:
    """An open alert raised by the last night."""
    given = {"raised_on": date(2026, 11, 22), "last_hit_on": date(2026, 11, 22), "severity": "L3", **values}
    return Alert.objects.create(customer=about, rule=rule, **given)
