"""Homes of people without a book: what their morning begins with."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from kajing.audit.models import Night
from kajing.audit.selectors import nights
from kajing.imports.selectors import batches, held
from kajing.risk import selectors as risk
from kajing.risk.models import Alert
from kajing.risk.rows import alert_rows
from kajing.workbench.selectors.health import health
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
    """The health of the system, then nights and files."""
    return {"nights": _nights(), "files": _files(user), "held": held(user), "health": health(user, timezone.now())}


def _nights() -> list[Night]:
    return list(nights()[:7])


def _files(user: Any) -> list[Any]:
    return list(batches(user)[:10])
