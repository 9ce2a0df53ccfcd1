"""The task list: what may be shown, filtered and sorted. The bank's own fields and tags of tasks join by themselves."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.utils.translation import gettext, gettext_noop, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kajing.lib.periods import SHANGHAI
from kajing.records.lists import Board, Cell, Column, ListSpec, Order, SystemView, register
from kajing.workflow.models import Task
from kajing.workflow.rows import ListedTask, load_tasks
from kajing.workflow.selectors import in_order_of_work
from kajing.workflow.task_filters import FIELDS, FILTERS


def _when(moment: Any) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if moment else ""


def _must(row: ListedTask) -> tuple[str, str]:
    return (gettext("Must do"), "bad") if row.task.must_do else ("", "")


def _state(row: ListedTask) -> tuple[str, str]:
    tone = {"DONE": "ok", "CANCELLED": ""}.get(row.task.state, "pri")
    return str(row.task.get_state_display()), tone


COLUMNS = [
    Column(name="title", label=_("What to do"), value=lambda row: row.task.title_text, cell=Cell.LINK, priority=1,
           phone=2),
    Column(name="customer", label=_("Customer"), value=lambda row: row.customer_ref, cell=Cell.REF, priority=1,
           phone=2),
    Column(name="due", label=pgettext_lazy("task", "Due"), value=lambda row: row.due_badge, cell=Cell.BADGE,
           order="due", priority=1, phone=3, export=lambda row: _when(row.task.due_at)),
    Column(name="must_do", label=_("Must do"), value=_must, cell=Cell.BADGE, priority=2, phone=3),
    Column(name="kind", label=_("Kind"), value=lambda row: str(row.label), cell=Cell.BADGE, priority=2),
    Column(name="severity", label=_("Severity"), value=lambda row: row.severity_badge, cell=Cell.BADGE, priority=3),
    Column(name="value", label=_("At stake"), value=lambda row: row.task.value_at_stake, cell=Cell.YUAN, order="value",
           priority=3),
    Column(name="reason", label=_("Reason"), value=lambda row: row.task.reason_text, priority=3),
    Column(name="owner", label=_("Owner"), value=lambda row: row.task.owner.name, priority=2),
    Column(name="customer_id", label=_("Customer number"), value=lambda row: row.task.customer_id or "",
           default=False),
    Column(name="state", label=_("State"), value=_state, cell=Cell.BADGE, default=False),
    Column(name="outcome", label=_("How it ended"), value=lambda row: str(row.outcome_words), default=False),
    Column(name="note", label=_("Note"), value=lambda row: row.task.outcome_note, default=False),
    Column(name="finished", label=_("Finished"), value=lambda row: _when(row.task.done_at), order="finished",
           default=False),
    Column(name="snoozed", label=_("Asleep until"), value=lambda row: _when(row.task.snoozed_until), default=False),
    Column(name="created", label=pgettext_lazy("task", "Opened"), value=lambda row: _when(row.task.created_at),
           order="created", default=False),
    Column(name="unit", label=_("Unit"), value=lambda row: row.task.unit.name, default=False),
    Column(name="source", label=_("Comes from"), value=lambda row: row.task.source, default=False),
]  # fmt: skip

ORDERS = [
    Order("work", "work", _("By priority")),
    Order("due", "due_at", pgettext_lazy("task", "Due")),
    Order("value", "value_at_stake", _("At stake")),
    Order("created", "created_at", pgettext_lazy("task", "Opened")),
    Order("finished", "done_at", _("Finished")),
    Order("id", "pk", _("Number")),
]

VIEWS = [
    SystemView("open", gettext_noop("My open tasks"), {"whose": ["mine"], "show": ["open"]}, "work"),
    SystemView("today", gettext_noop("Due today"), {"whose": ["mine"], "show": ["today"]}, "work"),
    SystemView("must", gettext_noop("Must do today"), {"whose": ["mine"], "show": ["must"]}, "work"),
    SystemView("overdue", gettext_noop("Overdue"), {"whose": ["mine"], "show": ["overdue"]}, "due"),
    SystemView("snoozed", gettext_noop("Snoozed"), {"whose": ["mine"], "show": ["snoozed"]}, "due"),
    SystemView("team", gettext_noop("Everybody's open tasks"), {"show": ["open"]}, "work"),
    SystemView(
        "done", gettext_noop("Done by me"), {"whose": ["mine"], "show": ["done"]}, "-finished",
        ("title", "customer", "outcome", "note", "finished", "kind", "owner"),
    ),
]  # fmt: skip

OPEN, DONE, CANCELLED = (state.value for state in Task.State)
TASK_BOARD = Board(
    url_name="workflow:board",
    state="state",
    states=lambda: Task.State.choices,
    # What ended last stands first, open ones in the order of work.
    orders=[F("done_at").desc(nulls_last=True), F("work").asc(), F("pk").asc()],
    filter="state",
    total="value_at_stake",
    total_label=_("Sum at stake"),
    most=30,
    way=(OPEN, DONE),
    shows={
        "done": [DONE], "done_today": [DONE], "cancelled": [CANCELLED],
        **{value: [OPEN] for value in ("open", "today", "must", "overdue", "snoozed")},
    },
)  # fmt: skip

TASKS = register(
    ListSpec(
        name="tasks",
        label=pgettext_lazy("list", "Tasks"),
        base=in_order_of_work,
        load=load_tasks,
        columns=COLUMNS,
        filters=FILTERS,
        orders=ORDERS,
        default_order="work",
        url_name="workflow:list",
        views=VIEWS,
        kind="task",
        fields=FIELDS,
        key_label=_("Task number"),
        board=TASK_BOARD,
    )
)
