"""What the worker does for this room."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from kajing.records.models import Reversal
from kajing.records.undo import finish
from kajing.workflow.acts_templates import ask_for_waiting
from kajing.workflow.models import RuleVersion
from kajing.workflow.services.approvals import sweep
from kajing.workflow.services.gates import sweep as sweep_gates
from kajing.workflow.services.overdue import escalate_overdue
from kajing.workflow.services.rules import hours, run_act
from kajing.workflow.services.rules.running import open_undo

if TYPE_CHECKING:
    from kajing.queue.context import JobContext


def rule_act(context: JobContext, *, row: int, chain: list[int]) -> int:
    """The rules that a recorded act sets off."""
    return run_act(row_id=row, chain=chain, at=timezone.now())


def rule_schedule(context: JobContext, *, version: int, slot: str) -> dict[str, int]:
    """A rule at one of its hours, chunk by chunk; a restart goes on after the last record that was met."""
    found = RuleVersion.objects.select_related("rule").filter(pk=version).first()
    hour, met = datetime.fromisoformat(slot), int(context.state.get("met", 0))
    if found is None or not (people := hours.met_by(found, hour)):
        return {"met": met}
    back = _undo_of(context, found, hour)
    left = [pk for pk in people if pk > str(context.state.get("last", ""))]
    for first in range(0, len(left), hours.CHUNK):
        chunk = left[first : first + hours.CHUNK]
        with context.step():
            met += hours.run_hour(version=found, slot=hour, keys=chunk, at=timezone.now(), back=back)
            state = {**context.state, "last": chunk[-1], "met": met}
            context.checkpoint(state, done=first + len(chunk), total=len(left))
    if back is not None:
        with context.step():
            finish(back)
    return {"met": met}


def _undo_of(context: JobContext, version: RuleVersion, hour: datetime) -> Reversal | None:
    """The undo that the job opened before it was interrupted, or a new one; None where the rule's work has none."""
    if "undo" not in context.state:
        with context.step():
            back = open_undo(version, on=hours.day_of(hour), at=timezone.now())
            context.checkpoint({**context.state, "undo": back.pk if back else 0})
    return Reversal.objects.filter(pk=context.state["undo"]).first()


def schedules(at: datetime) -> int:
    """Rules whose hour has come. A chore of every worker."""
    return hours.due_hours(at=at)


def gates(at: datetime) -> int:
    """Records that stay in a state beyond its limit. A chore of every worker."""
    return sweep_gates(at)


def overdue(at: datetime) -> int:
    """Leaders hear of tasks that are overdue for long, each once. A chore of every worker."""
    return escalate_overdue(at=at)


def approvals(at: datetime) -> int:
    """Votes nobody gave in time: one level up, or back to who asked. A chore of every worker."""
    ask_for_waiting(at)
    return sweep(at)
