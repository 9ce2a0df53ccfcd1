"""What the task list is filtered by. Days are those of the page's calendar; `mine` and `open` mean who looks, now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.customers.lists import InUnit
from kajing.customers.selectors import customers, matching
from kajing.org.models import Unit
from kajing.records.lists import Choice, Context, Filter, Flag, Moments, Range, Text
from kajing.workflow import selectors
from kajing.workflow.models import Task
from kajing.workflow.rows import KIND_LABELS
from kajing.workflow.selectors import owners_of, present_of
from kajing.workflow.services import OUTCOMES

WHOSE = {"mine": _("Mine"), "team": _("All I see")}
SHOWS = {
    "open": pgettext_lazy("task", "Open"), "today": _("Due today"), "must": _("Must do"), "overdue": _("Overdue"),
    "snoozed": _("Snoozed"), "done_today": _("Done today"), "done": pgettext_lazy("task", "Done"),
    "cancelled": _("Called off"), "all": pgettext_lazy("tasks", "All"),
}  # fmt: skip
SOURCES = {
    "alert": _("an alert"), "plan": _("a playbook"), "rule": _("a rule"), "interaction": _("a contact"),
    "sheet": _("a sheet"), "person": _("a person"),
}  # fmt: skip
SEVERITIES = ("L1", "L2", "L3", "L4", "L5")


@dataclass(frozen=True, kw_only=True)
class Whose(Choice):
    """Mine are my own tasks and those of the people I stand in for today."""

    def q(self, values: Sequence[str], context: Context) -> Q:
        """`team` leaves nothing out: the list itself holds no more than one may see."""
        self._check(values, context)
        return Q() if "team" in values else Q(owner__person_no__in=owners_of(context.user))


@dataclass(frozen=True, kw_only=True)
class Shown(Choice):
    """Where tasks stand at this moment; one of several is enough."""

    def q(self, values: Sequence[str], context: Context) -> Q:
        """Compared with the page's moment, as the workbench does."""
        self._check(values, context)
        present = present_of(context.user)
        if "all" in values:
            return Q()
        found = Q(pk__in=[])
        for value in values:
            found |= selectors.standing(value, present)
        return found


@dataclass(frozen=True, kw_only=True)
class Begins(Choice):
    """A choice by the first part of a text: source `alert:7` is an alert."""

    def q(self, values: Sequence[str], context: Context) -> Q:
        """Rows whose text begins so."""
        self._check(values, context)
        found = Q(pk__in=[])
        for value in values:
            found |= Q(**{f"{self.path}__startswith": f"{value}:"})
        return found


def _search(text: str, context: Context) -> Q:
    """Own words of the task, or whatever finds its customer in the customers list."""
    about = customers(context.user).filter(matching(text)).order_by().values("pk")
    words = Q(title__icontains=text) | Q(reason__icontains=text)
    return (words | Q(pk=int(text)) if text.isdecimal() and len(text) < 10 else words) | Q(customer__in=about)


def _words(table: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(code, str(label)) for code, label in table.items()]


def _owners(context: Context) -> list[tuple[str, str]]:
    return [(one.person_no, f"{one.name} {one.person_no}") for one in selectors.own_people(context.user)]


def _units(context: Context) -> list[tuple[str, str]]:
    return [(one.pk, one.name) for one in Unit.objects.filter(pk__in=_places(context.user)).order_by("path")[:200]]


def _places(user: Any) -> Any:
    return Unit.objects.filter(path__startswith=user.unit.path).values("pk")


FILTERS: list[Filter] = [
    Text(name="search", label=_("Search"), match=_search, choosable=False),
    Whose(name="whose", label=_("Whose"), options=lambda context: _words(WHOSE)),
    Shown(name="show", label=_("Where it stands"), options=lambda context: _words(SHOWS)),
    Choice(
        name="kind", label=_("Kind"), path="kind", options=lambda context: _words(KIND_LABELS), open_ended=True
    ),
    Moments(name="due", label=pgettext_lazy("task", "Due"), path="due_at", also="due_at"),
    Flag(name="must_do", label=_("Must do"), condition=lambda context: Q(must_do=True)),
    Choice(
        name="severity", label=_("Severity"), path="severity",
        options=lambda context: [(code, code) for code in SEVERITIES],
    ),
    Range(name="value", label=_("At stake"), path="value_at_stake", scale=Decimal(100), unit=_(" yuan")),
    Choice(name="owner", label=_("Owner"), path="owner_id", options=_owners, open_ended=True),
    InUnit(name="unit", label=_("Unit"), path="unit_id", options=_units, open_ended=True),
    Text(
        name="customer", label=_("Customer number"), path="customer_id",
        match=lambda text, context: Q(customer_id=text),
    ),
    Choice(
        name="outcome", label=_("How it ended"), path="outcome", options=lambda context: _words(OUTCOMES)
    ),
    Begins(name="source", label=_("Comes from"), path="source", options=lambda context: _words(SOURCES)),
    Moments(name="created", label=pgettext_lazy("task", "Opened"), path="created_at", also="created_at"),
    Moments(name="finished", label=_("Finished"), path="done_at", also="done_at"),
]  # fmt: skip

FIELDS: list[Filter] = [
    Text(
        name="title", label=_("What to do"), path="title",
        match=lambda text, context: Q(title__icontains=text),
    ),
    Text(
        name="reason", label=_("Reason"), path="reason",
        match=lambda text, context: Q(reason__icontains=text),
    ),
    Choice(
        name="state", label=_("State"), path="state",
        options=lambda context: [(code, str(label)) for code, label in Task.State.choices],
    ),
    Flag(name="on_time", label=_("Done by the due hour"), condition=lambda context: Q(done_at__lte=F("due_at"))),
    Flag(name="about_customer", label=_("About a customer"), condition=lambda context: Q(customer__isnull=False)),
]  # fmt: skip
