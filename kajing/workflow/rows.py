"""What a task row says: whose, what, why, until when, in the reader's language and with names masked by right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kajing.customers.selectors import shown_name
from kajing.lib.periods import SHANGHAI
from kajing.records.fields.listing import VALUES
from kajing.records.lists import Card
from kajing.records.selectors import PageTags, PageValues
from kajing.records.selectors.tags import PAGE
from kajing.ui import formats
from kajing.workflow import selectors
from kajing.workflow.models import Task
from kajing.workflow.services import OUTCOMES
from kajing.workflow.sources import source_url

KIND_ICONS = {
    "alert": "shield-half",
    "care": "heart",
    "call": "phone-call",
    "call_back": "phone-incoming",
    "follow_up": "checkbox",
    "visit": "map-pin",
}
KIND_LABELS = {
    "alert": gettext_lazy("Alert"),
    "care": gettext_lazy("Care"),
    "call": gettext_lazy("Call"),
    "call_back": gettext_lazy("Call back"),
    "follow_up": gettext_lazy("Follow-up"),
    "visit": gettext_lazy("Visit"),
}
_TONES = {"L1": "pri", "L2": "warn", "L3": "bad", "L4": "bad", "L5": "bad"}


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task as a list shows it."""

    task: Task
    name: str
    late: bool
    mine: bool
    now: datetime

    @property
    def heading(self) -> str:
        """The customer's name, or the title of a task without a customer."""
        return self.name or self.task.title_text

    @property
    def line(self) -> str:
        """What to do and why, in one line."""
        if not self.name or not self.task.reason_text:
            return self.task.title_text if self.name else self.task.reason_text
        return _("%(what)s: %(why)s") % {"what": self.task.title_text, "why": self.task.reason_text}

    @property
    def icon(self) -> str:
        """The icon of the kind."""
        return KIND_ICONS.get(self.task.kind, "checkbox")

    @property
    def tone(self) -> str:
        """The tone of the icon's field: by severity."""
        return _TONES.get(self.task.severity, "")

    @property
    def label(self) -> Any:
        """The kind in words."""
        return KIND_LABELS.get(self.task.kind, self.task.kind)

    @property
    def today(self) -> bool:
        """Whether it is due on the page's day; otherwise the day says more than the time."""
        return self.task.due_at.astimezone(SHANGHAI).date() == self.now.date()

    @property
    def later(self) -> bool:
        """Whether it is due after the page's day."""
        return self.task.due_at.astimezone(SHANGHAI).date() > self.now.date()

    @property
    def due_words(self) -> str:
        """The day it is due, in near words."""
        return formats.day(self.task.due_at.astimezone(SHANGHAI).date(), self.now.date())

    @property
    def url(self) -> str:
        """The customer's page, or the task's own."""
        if self.task.customer_id:
            return reverse("customers:page", args=[self.task.customer_id])
        return reverse("workflow:detail", args=[self.task.pk])

    @property
    def call_url(self) -> str:
        """The call sheet: facts, the gate's light, and the keys that log the call."""
        return reverse("contact:call-sheet", args=[self.task.customer_id]) + f"?task={self.task.pk}"

    @property
    def source_url(self) -> str:
        """The page of what stands behind the task, such as the alert."""
        return source_url(self.task.source)

    @property
    def outcome_words(self) -> Any:
        """How it ended."""
        return OUTCOMES.get(self.task.outcome, "")

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do."""
        return self.task.state == Task.State.OPEN


@dataclass(frozen=True, slots=True)
class ListedTask(TaskRow):
    """A task as a row of the task list; `extra` holds the page's own fields and tags."""

    extra: dict[str, Any]

    @property
    def pk(self) -> int:
        """The task's number."""
        return self.task.pk

    @property
    def detail_url(self) -> str:
        """The task's own page."""
        return reverse("workflow:detail", args=[self.task.pk])

    @property
    def customer_ref(self) -> tuple[str, str]:
        """The customer's name as far as it may be known, and their page."""
        return (self.name, self.url) if self.task.customer_id else ("", "")

    @property
    def due_badge(self) -> tuple[str, str]:
        """When it is due, in near words; red when late."""
        words = f"{self.due_words} {self.task.due_at.astimezone(SHANGHAI):%H:%M}" if self.is_open else self.due_words
        return words, "bad" if self.late else "warn" if self.today and self.is_open else ""

    @property
    def severity_badge(self) -> tuple[str, str]:
        """The level of the alert behind it."""
        return self.task.severity, self.tone


def task_card(row: ListedTask, ways: Sequence[str]) -> Card:
    """The same as a card of the board; `ways` are the states it may be taken to."""
    about = row.task.title_text if row.name else ""
    return Card(
        pk=row.pk, name=row.heading, url=row.detail_url, version=row.task.version, badge=_card_badge(row),
        lines=[about, "" if row.is_open else _ended(row)], amount=row.task.value_at_stake, by=row.task.owner.name,
        to=ways, dialog=row.detail_url,
        dialog_label=_("Move, snooze, hand on and more: %(name)s") % {"name": row.heading},
    )  # fmt: skip


def _card_badge(row: ListedTask) -> tuple[str, str]:
    """When it is due; for what has ended, when that was."""
    if row.is_open or row.task.done_at is None:
        return row.due_badge
    return formats.day(row.task.done_at.astimezone(SHANGHAI).date(), row.now.date()), ""


def _ended(row: ListedTask) -> str:
    words = str(row.outcome_words)
    note = row.task.outcome_note
    return _("%(what)s: %(why)s") % {"what": words, "why": note} if words and note else words or note


def load_tasks(user: Any, ids: Sequence[Any]) -> list[ListedTask]:
    """Rows of these tasks in the given order, as far as the person sees them, with own fields and tags at hand."""
    keys = [str(pk) for pk in ids]
    extra = {VALUES: PageValues("task", user, keys), PAGE: PageTags("task", keys)}
    present, own = selectors.present_of(user), selectors.owners_of(user)
    found = selectors.tasks(user).filter(pk__in=list(ids)).select_related("customer", "owner", "unit")
    rows = {task.pk: _listed(_row(user, task, present, own), extra) for task in found}
    return [rows[pk] for pk in ids if pk in rows]


def unlisted(user: Any, task: Task) -> ListedTask:
    """The row of a task that the person no longer sees, without fields and tags."""
    nothing = {VALUES: PageValues("task", user, []), PAGE: PageTags("task", [])}
    return _listed(task_row(user, task, selectors.present_of(user)), nothing)


def _listed(row: TaskRow, extra: dict[str, Any]) -> ListedTask:
    return ListedTask(row.task, row.name, row.late, row.mine, row.now, extra)


def task_rows(user: Any, tasks: Iterable[Task], present: selectors.Moment) -> list[TaskRow]:
    """Rows for a list of tasks that carry their customer and owner."""
    own = selectors.owners_of(user)
    return [_row(user, task, present, own) for task in tasks]


def task_row(user: Any, task: Task, present: selectors.Moment) -> TaskRow:
    """The row of one task."""
    return _row(user, task, present, selectors.owners_of(user))


def _row(user: Any, task: Task, present: selectors.Moment, own: set[str]) -> TaskRow:
    name = shown_name(user, task.customer) if task.customer else ""
    late = task.state == Task.State.OPEN and task.due_at < present.now
    return TaskRow(task, name, late, task.owner_id in own, present.now)
