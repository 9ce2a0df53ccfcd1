"""What open alerts tell a call sheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kajing.contact.extensions import Fact
from kajing.customers.models import Customer
from kajing.risk import selectors
from kajing.risk.models import Alert
from kajing.risk.rows import TONES

_MOST = 3


def of_customer(user: Any, customer: Customer, today: date) -> Iterator[Fact]:
    """Open alerts, the worst first, with the sentence that may be said about the worst."""
    found = selectors.of_customer(user, customer.pk).filter(state=Alert.State.OPEN)
    for alert in found[:_MOST]:
        reason = next(iter(alert.reason_texts), "")
        told = {"level": alert.severity, "rule": alert.title_text, "reason": reason}
        yield Fact(
            key=f"alert:{alert.pk:012d}",
            text=_("%(level)s %(rule)s: %(reason)s") % told if reason else f"{alert.severity} {alert.title_text}",
            url=reverse("risk:detail", args=[alert.pk]),
            weight=86 if alert.rule == "missed_payment" else 70 + min(int(alert.severity[1:]), 5) * 3,
            topics=frozenset({f"alert:{alert.pk}", *(["overdue"] if alert.rule == "missed_payment" else [])}),
            icon=alert.icon,
            tone=TONES.get(alert.severity, "warn"),
            words=alert.may_say,
        )
