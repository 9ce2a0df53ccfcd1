"""What tasks add to customers: a count, a column and a filter of the customers list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kajing.customers import extensions, handover
from kajing.customers.handover import Line, Section
from kajing.customers.lists import CUSTOMERS
from kajing.lib.periods import SHANGHAI
from kajing.records.lists import Column, Context, Flag
from kajing.workflow.models import Task
from kajing.workflow.selectors import day_bounds, tasks

RIGHT = "workflow.work_own_tasks"


def open_counts(user: Any, customer_ids: Sequence[str]) -> dict[str, int]:
    """How many open tasks each customer has, as far as the person sees them."""
    rows = tasks(user).filter(customer__in=customer_ids, state=Task.State.OPEN).order_by().values("customer_id")
    return {row["customer_id"]: row["count"] for row in rows.annotate(count=Count("pk"))}


def next_tasks(user: Any, customer_ids: Sequence[str]) -> dict[str, str]:
    """The title of the open task of each customer that is due first."""
    found: dict[str, str] = {}
    for task in tasks(user).filter(customer__in=customer_ids, state=Task.State.OPEN).order_by("due_at", "pk"):
        found.setdefault(str(task.customer_id), task.title_text)
    return found


def has_task(context: Context) -> Q:
    """Customers with an open task the person sees."""
    return Q(Exists(tasks(context.user).filter(customer=OuterRef("pk"), state=Task.State.OPEN).order_by()))


PROMISES = ("promise", "call_back")
PROMISED_LATELY = timedelta(days=90)
SPOKEN = ("DONE", "REACHED", "PROMISED", "REFUSED")


def unfinished(customer_ids: Sequence[str]) -> set[str]:
    """Customers with an open must-do task or an open promise: whoever owes it keeps them."""
    owed = Q(must_do=True) | Q(kind__in=PROMISES)
    rows = Task.objects.filter(owed, customer__in=customer_ids, state=Task.State.OPEN).order_by()
    return {str(pk) for pk in rows.values_list("customer_id", flat=True)}


def last_done(customer_ids: Sequence[str]) -> dict[str, datetime]:
    """When a task with each customer was last done; one that reached nobody is no contact."""
    rows = Task.objects.filter(customer__in=customer_ids, state=Task.State.DONE, outcome__in=SPOKEN).order_by()
    return {row["customer_id"]: row["last"] for row in rows.values("customer_id").annotate(last=Max("done_at"))}


def handed_tasks(user: Any, customer_ids: Sequence[str], today: date) -> list[Line]:
    """Open tasks of handed-over customers, what must be done and is due first at the top."""
    rows = tasks(user).filter(customer__in=customer_ids, state=Task.State.OPEN).exclude(kind__in=PROMISES)
    return [_line(task) for task in rows.select_related("owner").order_by("-must_do", "due_at", "pk")]


def handed_promises(user: Any, customer_ids: Sequence[str], today: date) -> list[Line]:
    """What customers were told and wait for, and what they promised lately."""
    mine = tasks(user).filter(customer__in=customer_ids).select_related("owner")
    owed = mine.filter(state=Task.State.OPEN, kind__in=PROMISES).order_by("due_at", "pk")
    since = day_bounds(today - PROMISED_LATELY)[0]
    told = mine.filter(state=Task.State.DONE, outcome="PROMISED", done_at__gte=since).order_by("-done_at")
    return [*map(_line, owed), *map(_line, told)]


def _line(task: Task) -> Line:
    note = task.outcome_note or task.reason_text
    tone = "warn" if task.must_do and task.state == Task.State.OPEN else ""
    day = (task.done_at or task.due_at).astimezone(SHANGHAI).date()
    url = reverse("workflow:detail", args=[task.pk])
    return Line(str(task.customer_id), task.title_text, note, on=day, url=url, tone=tone)


SECTIONS = (
    Section(
        "promises", _("Promises"), handed_promises, order=30, icon="writing-sign", permission=RIGHT,
        hint=_("The customer was told this; it is now yours to keep."),
    ),
    Section("tasks", _("Open tasks"), handed_tasks, order=40, icon="checkbox", permission=RIGHT),
)  # fmt: skip


def register() -> None:
    """Say so to the customers room."""
    extensions.register_counter(
        extensions.Counter(
            name="open_tasks",
            label=_("Open tasks"),
            count=open_counts,
            permission=RIGHT,
            url=lambda customer_id: f"{reverse('workflow:list')}?customer={customer_id}&show=open",
        )
    )
    extensions.lookups["next_task"] = next_tasks
    extensions.register_keeper(
        extensions.Keeper("tasks", _("a task that must be done, or a promise to the customer"), unfinished)
    )
    extensions.contacts["tasks"] = last_done
    for section in SECTIONS:
        handover.register(section)
    CUSTOMERS.add_column(
        Column(
            name="next_task",
            label=_("Next task"),
            value=lambda row: row.extra.get("next_task"),
            priority=2,
            permission=RIGHT,
            phone=2,
        )
    )
    CUSTOMERS.add_filter(Flag(name="has_task", label=_("Has an open task"), condition=has_task, permission=RIGHT))
