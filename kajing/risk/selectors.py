"""Alerts a person may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Sum, Value, When

from kajing.audit.selectors import last_night
from kajing.risk.models import Alert
from kajing.risk.rules import SEVERITIES
from kajing.workflow.selectors import present_of


def alerts(user: Any) -> QuerySet[Alert]:
    """Alerts of customers this person sees."""
    found: QuerySet[Alert] = Alert.objects.visible_to(user)
    return found


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address of the list asks for."""

    state: str = "OPEN"  # a state, or ALL
    rule: str = ""
    severity: str = ""  # L3, or L3+ and worse
    customer: str = ""
    change: str = ""  # new, closed, worse: since the last night
    manager: str = ""


def listed(user: Any, filters: Filters) -> QuerySet[Alert]:
    """The alert list under its filters: worst first, then the yuan at stake, then the oldest."""
    found = alerts(user).filter(_wanted(filters))
    return in_order(found)


def _wanted(filters: Filters) -> Q:
    wanted = Q()
    if filters.change:
        return _changed(filters.change, last_night())
    if filters.state != "ALL":
        wanted &= Q(state=filters.state)
    if filters.rule:
        wanted &= Q(rule=filters.rule)
    if filters.severity:
        wanted &= Q(severity__in=at_least(filters.severity))
    if filters.customer:
        wanted &= Q(customer_id=filters.customer)
    return wanted & Q(customer__manager_id=filters.manager) if filters.manager else wanted


def at_least(severity: str) -> list[str]:
    """L3 → [L3]; L3+ → [L3, L4, L5]."""
    if not severity.endswith("+"):
        return [severity]
    return [name for name in SEVERITIES if name >= severity[:-1]]


def in_order(found: QuerySet[Alert]) -> QuerySet[Alert]:
    """Worst severity first, then more yuan at stake, then older."""
    return found.order_by("-severity", "-value_at_stake", "raised_on", "pk")


def _changed(change: str, night: date | None) -> Q:
    ways = {
        "new": Q(raised_on=night),
        "closed": Q(state=Alert.State.CLOSED, closed_on=night),
        "worse": Q(worse_on=night) & ~Q(raised_on=night),
    }
    return ways.get(change, Q(pk__in=[])) if night else Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Changes:
    """What the last night changed in this person's book, with the yuan behind the new alerts (fen)."""

    night: date | None
    new: int
    closed: int
    worse: int
    new_value: int


def overview(user: Any) -> tuple[Changes, dict[str, int]]:
    """What changed since yesterday (§11.1, risk strip), and open alerts by level, worst first; one query."""
    night = present_of(user).night
    fresh = Q(raised_on=night) if night else Q(pk__in=[])
    closed = Q(state=Alert.State.CLOSED, closed_on=night) if night else Q(pk__in=[])
    worse = Q(worse_on=night) & ~Q(raised_on=night) if night else Q(pk__in=[])
    found = alerts(user).aggregate(
        new=Count("pk", filter=fresh),
        closed=Count("pk", filter=closed),
        worse=Count("pk", filter=worse),
        new_value=Sum("value_at_stake", filter=fresh),
        **{level: Count("pk", filter=Q(state=Alert.State.OPEN, severity=level)) for level in SEVERITIES},
    )
    levels = {level: found[level] for level in reversed(SEVERITIES) if found[level]}
    return Changes(night, found["new"], found["closed"], found["worse"], found["new_value"] or 0), levels


def by_severity(user: Any) -> dict[str, int]:
    """Open alerts by severity, worst first; severities without an alert are left out."""
    rows = alerts(user).filter(state=Alert.State.OPEN).order_by().values("severity").annotate(n=Count("pk"))
    return {row["severity"]: row["n"] for row in sorted(rows, key=lambda row: row["severity"], reverse=True)}


def open_counts(user: Any) -> dict[str, int]:
    """Open alerts by rule, for the filter chips."""
    rows = alerts(user).filter(state=Alert.State.OPEN).order_by().values_list("rule").annotate(n=Count("pk"))
    return dict(rows)


def of_customer(user: Any, customer_id: str) -> QuerySet[Alert]:
    """A customer's alerts, open ones first, for the customer's page."""
    is_open = Case(When(state=Alert.State.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField())
    return alerts(user).filter(customer_id=customer_id).order_by(is_open, "-severity", "-raised_on", "-pk")


def by_manager(user: Any) -> Mapping[str, dict[str, int]]:
    """Open alerts by manager and severity, for the team board; the pool is under the empty name."""
    rows = alerts(user).filter(state=Alert.State.OPEN).order_by()
    found: dict[str, dict[str, int]] = {}
    for manager, severity, number in rows.values_list("customer__manager_id", "severity").annotate(n=Count("pk")):
        found.setdefault(manager or "", {})[severity] = number
    return found
