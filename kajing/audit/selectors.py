"""Reads: the audit trail, nights, and the business day every page counts from."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from kajing.audit import actors
from kajing.audit.models import AuditRow, AuditSeal, Night, NightStep
from kajing.audit.questions import condition

# What an administrator sees (platform R23): acts on the system itself, never on a customer.
SYSTEM_ROOMS = ("org.", "audit.", "config.", "queue.", "imports.", "reference.", "sign_in",
                "sign_out", "objects.define", "objects.reshape", "objects.switch_")  # fmt: skip


def rows(user: Any, **filters: Any) -> QuerySet[AuditRow]:
    """The audit rows this person may read: all for auditor and compliance, system events for an administrator.

    `filters` are those of `narrowing`.
    """
    return _readable(user).filter(narrowing(**filters))


def narrowing(
    *,
    actor: str = "",
    action: str = "",
    object_kind: str = "",
    object_id: str = "",
    customer_id: str = "",
    first_day: date | None = None,
    last_day: date | None = None,
    question: str = "",
) -> Q:
    """The condition of the page's filters: `action` is a beginning, `question` a key of `kajing.audit.questions`."""
    exact = {"actor": actor, "object_kind": object_kind, "object_id": object_id, "customer_id": customer_id}
    found = Q(**{name: value for name, value in exact.items() if value})
    if action:
        found &= Q(action__startswith=action)
    if question:
        found &= condition(question, timezone.localdate())
    if first_day:
        found &= Q(at__date__gte=first_day)
    return found & Q(at__date__lte=last_day) if last_day else found


def _readable(user: Any) -> QuerySet[AuditRow]:
    if user.has_perm("audit.view"):
        return AuditRow.objects.all()
    if not user.has_perm("audit.view_system"):
        return AuditRow.objects.none()
    system = Q()
    for room in SYSTEM_ROOMS:
        system |= Q(action__startswith=room)
    return AuditRow.objects.filter(system, customer_id="")


def named(found: list[AuditRow]) -> list[AuditRow]:
    """The same rows with `who`: the name of the actor, empty where the number has none."""
    names = actors.names({row.actor for row in found})
    for row in found:
        row.who = names.get(row.actor, "")
    return found


def actions(user: Any) -> list[str]:
    """The kinds of acts this person may search for."""
    return list(_readable(user).order_by("action").values_list("action", flat=True).distinct())


def newest_seal() -> AuditSeal | None:
    """The end of the chain."""
    found: AuditSeal | None = AuditSeal.objects.order_by("-id").first()
    return found


def nights() -> QuerySet[Night]:
    """Nights with their steps, newest first."""
    return Night.objects.prefetch_related("steps")


def seconds_left(night: Night) -> int | None:
    """How long what is still to do took in the last night that ended; None when nothing is running or none ended."""
    before = Night.objects.filter(state=Night.State.DONE).exclude(pk=night.pk).prefetch_related("steps").first()
    if night.state != Night.State.RUNNING or before is None:
        return None
    begun = {step.name: step for step in night.steps.all()}
    return round(sum(_left(step, begun.get(step.name)) for step in before.steps.all()))


def _left(before: NightStep, now: NightStep | None) -> float:
    """Seconds of one step that are left, by the parts it told of last time."""
    if now is None:
        return before.seconds
    if now.state != Night.State.RUNNING:
        return 0
    parts = before.counts.get("parts", [])
    names = [name for name, _seconds in parts]
    if now.counts.get("at") not in names:
        return before.seconds
    return sum(seconds for _name, seconds in parts[names.index(now.counts["at"]) :])


def last_night() -> date | None:
    """The business date of the last finished night, or None before the first."""
    return Night.objects.filter(finished_at__isnull=False).values_list("as_of", flat=True).first()


def last_night_for(user: Any) -> date | None:
    """`last_night`, asked once a request: kept on the person object."""
    if not hasattr(user, "last_night"):
        user.last_night = last_night()
    found: date | None = user.last_night
    return found


def today_for(user: Any) -> date:
    """`business_today`, asked once a request."""
    night = last_night_for(user)
    return night + timedelta(days=1) if night else timezone.localdate()


def business_today() -> date:
    """The day pages call today: the last night's date + 1 (feed contract), else the calendar day."""
    night = last_night()
    return night + timedelta(days=1) if night else timezone.localdate()
