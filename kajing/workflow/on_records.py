"""Tasks carry the bank's own fields, tags and files."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kajing.customers.services.reveals import check_quota
from kajing.org.models import Unit
from kajing.records import kinds
from kajing.ui import registry as ui
from kajing.workflow.models import Task
from kajing.workflow.selectors import tasks

RIGHT = "workflow.work_own_tasks"


def register() -> None:
    """Make tasks a kind of record, and their page one that takes panels."""
    ui.register_slot(ui.Slot(name="task", load=_task))
    kinds.register(
        kinds.Kind(
            name="task", label=_("Task"), visible=tasks, view=RIGHT, numeric=True, customer_of=customer_of,
            place=place,
            url=lambda pk: reverse("workflow:detail", args=[pk]), check_reveal=check_quota,
        ),
        slot="task",
    )  # fmt: skip


def customer_of(pk: str) -> str:
    """The customer of a task, for the audit trail; empty when it has none."""
    found = Task.objects.filter(pk=pk).values_list("customer_id", flat=True).first()
    return str(found) if found else ""


def place(pk: str) -> Unit | None:
    """The unit a task belongs to."""
    return Unit.objects.filter(pk__in=Task.objects.filter(pk=pk).values("unit")).first()


def _task(user: Any, pk: str) -> Task:
    found: Task | None = tasks(user).filter(pk=pk).first() if pk.isdecimal() and len(pk) < 19 else None
    if found is None:
        raise Http404
    return found
