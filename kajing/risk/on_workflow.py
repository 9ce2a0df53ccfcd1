"""Alerts as what sets rules and playbooks off: the days they were raised and closed, and what people decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.risk.models import Alert
from kajing.risk.rules import RULES, SEVERITIES, rule_label
from kajing.workflow import events, rules
from kajing.workflow.events import Event, EventKind

ACTS = {"risk.confirm": _("an alert was confirmed"), "risk.dismiss": _("an alert was dismissed")}


def raised(first: date, last: date) -> Iterator[Event]:
    """Alerts by the night that raised them."""
    for alert in _alerts().filter(raised_on__gte=first, raised_on__lte=last).iterator():
        yield Event(alert.customer_id, alert.raised_on, f"alert_raised:{alert.pk}", _about(alert))


def worse(first: date, last: date) -> Iterator[Event]:
    """Alerts by the last night their severity rose after the one that raised them."""
    found = _alerts().filter(worse_on__gte=first, worse_on__lte=last).exclude(worse_on=F("raised_on"))
    for alert in found.iterator():
        if alert.worse_on is not None:
            yield Event(alert.customer_id, alert.worse_on, f"alert_worse:{alert.pk}:{alert.worse_on}", _about(alert))


def closed(first: date, last: date) -> Iterator[Event]:
    """Alerts by the day they were confirmed, dismissed, or closed because their condition no longer held."""
    for alert in _alerts().filter(closed_on__gte=first, closed_on__lte=last).iterator():
        if alert.closed_on is not None:
            about = {**_about(alert), "state": alert.state}
            yield Event(alert.customer_id, alert.closed_on, f"alert_closed:{alert.pk}:{alert.closed_on}", about)


def _alerts() -> Any:
    return Alert.objects.order_by("pk").only(
        "customer_id", "rule", "severity", "state", "raised_on", "worse_on", "closed_on"
    )


def _about(alert: Alert) -> Mapping[str, str]:
    return {"rule": alert.rule, "severity": alert.severity, "alert": str(alert.pk)}


FACETS = {
    "rule": lambda: {name: rule_label(name) for name in RULES},
    "severity": lambda: {one: one for one in SEVERITIES},
}
ENDS = {"state": lambda: {value: words for value, words in Alert.State.choices if value != Alert.State.OPEN}}


def register() -> None:
    """Say so to the workflow room."""
    rules.register_acts(ACTS)
    events.register(
        EventKind(
            name="alert_raised", title=pgettext_lazy("event", "Alert raised"), between=raised, known_ahead=False,
            facets=FACETS,
        ),
        EventKind(
            name="alert_worse", title=pgettext_lazy("event", "Alert became more severe"), between=worse,
            known_ahead=False, facets=FACETS,
        ),
        EventKind(
            name="alert_closed", title=pgettext_lazy("event", "Alert closed"), between=closed, known_ahead=False,
            facets={**FACETS, **ENDS},
        ),
    )  # fmt: skip
