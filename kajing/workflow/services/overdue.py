"""Overdue tasks reach the leader after the hours that policy says; each task once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop

from kajing.notifications.services import notify
from kajing.org.selectors import leader_of
from kajing.workflow import selectors
from kajing.workflow.clock import after_hours, policy
from kajing.workflow.models import Task

HOURS = 24  # where the policy is not loaded
_LOOKED_BACK = timedelta(days=30)  # older ones are the team board's matter
_MOST = 500


@transaction.atomic
def escalate_overdue(*, at: datetime) -> int:
    """Tell the owner's leader of tasks that are overdue by so many working hours; returns how many were told."""
    present = selectors.moment(at)
    hours = policy("task_escalation_hours", present.today, HOURS)
    late = Task.objects.filter(
        selectors.awake(present), escalated_at=None, due_at__lt=present.now - timedelta(hours=hours),
        due_at__gte=present.now - _LOOKED_BACK,
    )  # fmt: skip
    found = late.select_related("owner__unit").select_for_update(of=("self",)).order_by("due_at", "pk")[:_MOST]
    return sum(_tell(task, at) for task in list(found) if after_hours(task.due_at, hours) <= present.now)


def _tell(task: Task, at: datetime) -> int:
    """News to the leader, one item a person whose tasks are late; a leader's own go to the next above."""
    leader = leader_of(task.owner.unit, but=task.owner)
    Task.objects.filter(pk=task.pk).update(escalated_at=at)
    if leader is None:
        return 0
    notify(
        person=leader, kind="task.overdue", title=gettext_noop("Tasks of %(name)s are overdue"), at=at,
        params={"name": task.owner.name}, group=f"overdue:{task.owner.person_no}",
        url=f"/tasks/?whose=team&show=overdue&owner={task.owner.person_no}",
    )  # fmt: skip
    return 1
