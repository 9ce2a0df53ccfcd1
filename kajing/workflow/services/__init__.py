"""Business acts on tasks: one at a time by people (`acts`), many at once by the night (`bulk`)."""

from kajing.workflow.services.acts import (
    OUTCOMES,
    CannotOpen,
    NotOpen,
    Stale,
    TooLate,
    cancel_task,
    change_due,
    done_task,
    follow_customers,
    open_task,
    reassign_task,
    reopen_task,
    snooze_task,
)
from kajing.workflow.services.bulk import Draft, cancel_tasks, open_tasks, sync_tasks
from kajing.workflow.services.closing import CannotClose, Closed, close_day
from kajing.workflow.services.each import MOST, open_for_each

__all__ = [
    "MOST",
    "OUTCOMES",
    "CannotClose",
    "CannotOpen",
    "Closed",
    "Draft",
    "NotOpen",
    "Stale",
    "TooLate",
    "cancel_task",
    "cancel_tasks",
    "change_due",
    "close_day",
    "done_task",
    "follow_customers",
    "open_for_each",
    "open_task",
    "open_tasks",
    "reassign_task",
    "reopen_task",
    "snooze_task",
    "sync_tasks",
]
