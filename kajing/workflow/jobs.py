"""What the worker does for this room."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from kajing.workflow.services.approvals import sweep
from kajing.workflow.services.overdue import escalate_overdue
from kajing.workflow.services.rules import run_act

if TYPE_CHECKING:
    from kajing.queue.context import JobContext


def rule_act(context: JobContext, *, row: int, chain: list[int]) -> int:
    """The rules that a recorded act sets off."""
    return run_act(row_id=row, chain=chain, at=timezone.now())


def overdue(at: datetime) -> int:
    """Leaders hear of tasks that are overdue for long, each once. A chore of every worker."""
    return escalate_overdue(at=at)


def approvals(at: datetime) -> int:
    """Votes nobody gave in time: one level up, or back to who asked. A chore of every worker."""
    return sweep(at)
