"""The task list's address, read and written: filters, order, page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kajing.workflow import selectors
from kajing.workflow.rows import KIND_LABELS, TaskRow, task_rows

PER_PAGE = 25
SHOWS = ("open", "today", "must", "overdue", "snoozed", "done_today", "done", "cancelled")


@dataclass(frozen=True, slots=True)
class Chip:
    """A choice of the filter bar."""

    label: str
    url: str
    on: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list."""

    rows: list[TaskRow]
    first: int
    last: int
    total: int
    previous_query: str
    next_query: str


def page(user: Any, query: Mapping[str, str], present: selectors.Moment) -> dict[str, Any]:
    """What the list page shows under an address."""
    filters = selectors.Filters(**{name: query.get(name, "") or default for name, default in _DEFAULTS.items()})
    number = int(query["page"]) if query.get("page", "").isdigit() else 1
    found = selectors.listed(user, filters, present)
    total = found.count()
    start = (max(number, 1) - 1) * PER_PAGE
    rows = task_rows(user, found.select_related("customer", "owner")[start : start + PER_PAGE], present)
    listed = Page(
        rows, start + 1 if rows else 0, start + len(rows), total,
        _query(filters, page=number - 1) if number > 1 else "",
        _query(filters, page=number + 1) if start + len(rows) < total else "",
    )  # fmt: skip
    return {"page": listed, "filters": filters, "present": present, "query": _query(filters), **_chips(user, filters)}


_DEFAULTS = {"whose": "mine", "show": "open", "customer": "", "owner": "", "kind": "", "order": ""}


def _query(filters: selectors.Filters, **changes: Any) -> str:
    """The address of the same list with some filters changed; what is as usual is left out."""
    values = {name: getattr(filters, name) for name in _DEFAULTS} | changes
    return urlencode({name: value for name, value in values.items() if value and value != _DEFAULTS.get(name)})


def _chips(user: Any, filters: selectors.Filters) -> dict[str, list[Chip]]:
    words = {
        "open": pgettext("task", "Open"), "today": _("Due today"), "must": _("Must do"), "overdue": _("Overdue"),
        "snoozed": _("Snoozed"), "done_today": _("Done today"), "done": pgettext("task", "Done"),
        "cancelled": _("Called off"),
    }  # fmt: skip
    orders = {"": _("By priority"), "due": _("By time"), "value": _("By amount")}
    kinds = {"": _("All kinds"), **{name: str(label) for name, label in KIND_LABELS.items()}}
    return {
        "whose_chips": _choices(filters, "whose", {"mine": _("Mine"), "team": _("All I see")}),
        "show_chips": _choices(filters, "show", {name: words[name] for name in SHOWS}),
        "order_chips": _choices(filters, "order", orders),
        "kind_chips": _choices(filters, "kind", kinds),
        "active": _active(filters),
    }


def _choices(filters: selectors.Filters, field: str, words: dict[str, str]) -> list[Chip]:
    return [
        Chip(label, "?" + _query(filters, **{field: value}), value == getattr(filters, field))
        for value, label in words.items()
    ]


def _active(filters: selectors.Filters) -> list[Chip]:
    """Filters in force that have no chip of their own, each with the address without it."""
    names = {"customer": _("Customer"), "owner": _("Owner")}
    return [
        Chip(f"{label} {getattr(filters, field)}", "?" + _query(filters, **{field: ""}), True)
        for field, label in names.items()
        if getattr(filters, field)
    ]
