"""Business acts on tasks: one at a time by people (`acts`) or many at once (`many`), and by the night (`bulk`)."""

from kajing.workflow.services.acts import (
    OUTCOMES,
    CannotOpen,
    NotOpen,
    PastDay,
    Stale,
    TooLate,
    cancel_task,
    cannot_cancel,
    change_due,
    done_task,
    follow_customers,
    must_not_have_passed,
    open_task,
    reassign_task,
    reopen_task,
    set_priority,
    snooze_task,
)
from kajing.workflow.services.arranging import CannotArrange, arrange_day, forget_order
from kajing.workflow.services.bulk import Draft, cancel_tasks, open_tasks, sync_tasks
from kajing.workflow.services.closing import CannotClose, Closed, close_day
from kajing.workflow.services.many import act_on_many, look_at_many
from kajing.workflow.services.opening import open_with
from kajing.workflow.services.trials import CannotHoldBack, NotRunning, end_trial, judge_trials

__all__ = [
    "OUTCOMES",
    "CannotArrange",
    "CannotClose",
    "CannotHoldBack",
    "CannotOpen",
    "Closed",
    "Draft",
    "NotOpen",
    "NotRunning",
    "PastDay",
    "Stale",
    "TooLate",
    "act_on_many",
    "arrange_day",
    "cancel_task",
    "cancel_tasks",
    "cannot_cancel",
    "change_due",
    "close_day",
    "done_task",
    "end_trial",
    "follow_customers",
    "forget_order",
    "judge_trials",
    "look_at_many",
    "must_not_have_passed",
    "open_task",
    "open_tasks",
    "open_with",
    "reassign_task",
    "reopen_task",
    "set_priority",
    "snooze_task",
    "sync_tasks",
]
