"""Homes of people without a book: what their morning begins with."""

from __future__ import annotations

from typing import Any

from django.db.models import Count

from kajing.audit.models import Night
from kajing.audit.selectors import nights
from kajing.imports.selectors import batches, held
from kajing.queue.models import Job, OutboxMessage
from kajing.risk import selectors as risk
from kajing.risk.models import Alert
from kajing.risk.rows import alert_rows
from kajing.workbench.selectors.today import today, watch

QUEUE = 12


def risk_home(user: Any) -> dict[str, Any]:
    """The alert queue, worst first, with what changed since yesterday and one's own tasks."""
    found = risk.in_order(risk.alerts(user).filter(state=Alert.State.OPEN)).select_related("customer__manager")
    changes, levels = risk.overview(user)
    return {
        "queue": alert_rows(user, found[:QUEUE]),
        "levels": levels,
        "changes": changes,
        "today": today(user, limit=5),
    }


def service_home(user: Any) -> dict[str, Any]:
    """Search first, then open tasks and the worst alerts."""
    return {"today": today(user, limit=12), "watch": watch(user)}


def review_home(user: Any) -> dict[str, Any]:
    """For compliance and audit: nights, files that came in, and the worst alerts."""
    return {"nights": _nights(), "files": _files(user), "held": held(user), "levels": risk.by_severity(user)}


def admin_home(user: Any) -> dict[str, Any]:
    """The health of the system: nights, files, jobs, messages."""
    jobs = dict(Job.objects.order_by().values_list("state").annotate(n=Count("pk")))
    messages = dict(OutboxMessage.objects.order_by().values_list("state").annotate(n=Count("pk")))
    return {
        "nights": _nights(),
        "files": _files(user),
        "held": held(user),
        "waiting_jobs": jobs.get(Job.State.READY, 0) + jobs.get(Job.State.RUNNING, 0),
        "dead_jobs": jobs.get(Job.State.DEAD, 0),
        "waiting_messages": messages.get(OutboxMessage.State.WAITING, 0),
        "dead_messages": messages.get(OutboxMessage.State.DEAD, 0),
    }


def _nights() -> list[Night]:
    return list(nights()[:7])


def _files(user: Any) -> list[Any]:
    return list(batches(user)[:10])
