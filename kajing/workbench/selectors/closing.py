"""The end of the day: what is left, what was done, and what tomorrow begins with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from kajing.reference.selectors import add_workdays
from kajing.sales.rows import SuggestionRow
from kajing.workbench.selectors.today import best_actions
from kajing.workflow import selectors as workflow
from kajing.workflow.models import Task
from kajing.workflow.rows import TaskRow, task_rows

MOST = 200
FIRST = 5


@dataclass(frozen=True, slots=True)
class Closing:
    """What the page of the day's end shows."""

    left: list[TaskRow]  # may be moved
    must: list[TaskRow]  # must be done or handed on
    done: int
    next_day: date
    tomorrow: list[TaskRow]
    more_tomorrow: int
    actions: list[SuggestionRow]


def closing(user: Any) -> Closing:
    """The end of this person's day; the next day is the next workday by the bank's calendar."""
    present = workflow.present_of(user)
    rows = task_rows(user, workflow.unfinished(user, present)[:MOST], present)
    next_day = add_workdays(present.today, 1)
    coming = workflow.due_on(user, next_day, present)
    tomorrow = task_rows(user, coming.select_related("customer", "owner")[:FIRST], present)
    return Closing(
        left=[row for row in rows if not row.task.must_do],
        must=[row for row in rows if row.task.must_do],
        done=workflow.mine(user).filter(workflow.done_today(present)).count(),
        next_day=next_day,
        tomorrow=tomorrow,
        more_tomorrow=max(coming.count() - len(tomorrow), 0),
        actions=best_actions(user),
    )


def chosen_tasks(user: Any, ids: list[str]) -> list[Task]:
    """Those of one's unfinished tasks that were ticked; everything else is left out."""
    present = workflow.present_of(user)
    numbers = [int(one) for one in ids if one.isdecimal() and len(one) < 19]
    return list(workflow.unfinished(user, present).filter(pk__in=numbers)[:MOST])
