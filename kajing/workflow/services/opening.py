"""A task opened by a person, whole: with the bank's own fields and its tags, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from kajing.org.models import Person
from kajing.records import services as records
from kajing.records.selectors import fields_of
from kajing.workflow.models import Task
from kajing.workflow.services.acts import must_not_have_passed, open_task


@transaction.atomic
def open_with(
    *, actor: Person, due_at: datetime, at: datetime, values: Mapping[str, Any] | None = None,
    tags: Sequence[str] = (), **about: Any,
) -> Task:  # fmt: skip
    """Open a task as `open_task` does, fill its own fields in and tag it.

    `values` None asks for no field; a mapping must hold every required one the person may write. Raises what
    `open_task` raises, PastDay, ValuesRefused, CannotTag, NotAllowed.
    """
    must_not_have_passed(due_at, at)
    task = open_task(actor=actor, due_at=due_at, at=at, **about)
    if values is not None and fields_of("task", actor) and actor.has_perm("records.fill_fields"):
        records.set_values(
            actor=actor, kind="task", object_id=str(task.pk), values=values, at=at, complete=True
        )  # fmt: skip
    for name in dict.fromkeys(tags):
        records.tag(actor=actor, kind="task", ids=[str(task.pk)], name=name, at=at)
    return task
