"""The alert list's address, read and written: filters and page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kajing.risk import selectors
from kajing.risk.models import Alert
from kajing.risk.rows import AlertRow, alert_rows
from kajing.risk.rules import SEVERITIES, rule_label

PER_PAGE = 25
_DEFAULTS = {"state": "OPEN", "rule": "", "severity": "", "customer": "", "change": "", "manager": ""}


@dataclass(frozen=True, slots=True)
class Chip:
    """A choice of the filter bar."""

    label: str
    url: str
    on: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list."""

    rows: list[AlertRow]
    first: int
    last: int
    total: int
    previous_query: str
    next_query: str


def page(user: Any, query: Mapping[str, str]) -> dict[str, Any]:
    """What the alert list shows under an address."""
    filters = selectors.Filters(**{name: query.get(name, "") or default for name, default in _DEFAULTS.items()})
    number = max(int(query["page"]), 1) if query.get("page", "").isdigit() else 1
    found = selectors.listed(user, filters)
    total = found.count()
    start = (number - 1) * PER_PAGE
    rows = alert_rows(user, found.select_related("customer__manager")[start : start + PER_PAGE])
    listed = Page(
        rows, start + 1 if rows else 0, start + len(rows), total,
        _query(filters, page=number - 1) if number > 1 else "",
        _query(filters, page=number + 1) if start + len(rows) < total else "",
    )  # fmt: skip
    return {"page": listed, "filters": filters, "query": _query(filters), **_chips(user, filters)}


def _query(filters: selectors.Filters, **changes: Any) -> str:
    values = {name: getattr(filters, name) for name in _DEFAULTS} | changes
    return urlencode({name: value for name, value in values.items() if value and value != _DEFAULTS.get(name)})


def _chips(user: Any, filters: selectors.Filters) -> dict[str, list[Chip]]:
    states = {**{str(state): str(state.label) for state in Alert.State}, "ALL": pgettext("alerts", "All")}
    severities = {"": _("Any level"), **{name: name for name in reversed(SEVERITIES)}, "L3+": _("L3 and worse")}
    changes = {
        "": _("Any time"),
        "new": pgettext("alerts", "New"),
        "worse": _("Worse"),
        "closed": _("Closed by itself"),
    }
    rules = selectors.open_counts(user)
    return {
        "state_chips": _choices(filters, "state", states),
        "severity_chips": _choices(filters, "severity", severities),
        "change_chips": _choices(filters, "change", changes),
        "rule_chips": [
            Chip(_("All rules"), "?" + _query(filters, rule=""), not filters.rule),
            *(
                Chip(rule_label(name), "?" + _query(filters, rule=name), filters.rule == name, count)
                for name, count in sorted(rules.items(), key=lambda item: -item[1])
            ),
        ],
        "active": _active(filters),
    }


def _choices(filters: selectors.Filters, field: str, words: Mapping[str, str]) -> list[Chip]:
    return [
        Chip(label, "?" + _query(filters, **{field: value}), value == getattr(filters, field))
        for value, label in words.items()
    ]


def _active(filters: selectors.Filters) -> list[Chip]:
    names = {"customer": _("Customer"), "manager": _("Manager")}
    return [
        Chip(f"{label} {getattr(filters, field)}", "?" + _query(filters, **{field: ""}), on=True)
        for field, label in names.items()
        if getattr(filters, field)
    ]
