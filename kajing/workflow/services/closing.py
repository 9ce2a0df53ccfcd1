"""The end of a day: what was not done gets a date, in one act that can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kajing.lib.errors import DomainError
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person
from kajing.records.undo import journal
from kajing.reference.selectors import undo_until
from kajing.workflow import selectors
from kajing.workflow.models import Task
from kajing.workflow.services.acts import change_due

TITLE = gettext_noop("Day closed: %(count)s tasks moved to %(day)s")
EVENING = time(18)  # a task that was overdue before gets the evening, not its old hour


class CannotClose(DomainError):
    """Nothing to move, or a day that does not lie ahead."""

    status = 422


@dataclass(frozen=True)
class Closed:
    """How many tasks got the new day, and the number under which they go back together."""

    moved: int
    undo: int | None


@transaction.atomic
def close_day(*, actor: Person, tasks: Sequence[Task], day: date, at: datetime) -> Closed:
    """Give each of one's unfinished tasks the same hour of another day; an overdue one the evening.

    Must-do tasks are not moved: they are done, or handed on by a leader. Raises CannotClose.
    """
    present = selectors.moment(at)
    if day <= present.today:
        raise CannotClose(_("Choose a day that lies ahead."))
    moving = [one for one in tasks if not one.must_do]
    if not moving:
        raise CannotClose(_("Choose at least one task that may be moved."))
    params = {"count": len(moving), "day": {"date": day.isoformat()}}
    with journal(
        kind="workflow.close_day", title=TITLE, params=params, actor=actor, at=at, until=undo_until(at)
    ) as log:
        for one in moving:
            due = one.due_at.astimezone(SHANGHAI)
            hour = due.time() if due.date() == present.today else EVENING
            change_due(actor=actor, task=one, due_at=datetime.combine(day, hour, SHANGHAI), at=at)
    return Closed(len(moving), log.undo)
