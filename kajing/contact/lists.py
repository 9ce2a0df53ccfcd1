"""The address of the list of contacts, read and written: filters and page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kajing.contact import selectors
from kajing.contact.choices import Channel
from kajing.contact.selectors.contacts import ContactRow

PER_PAGE = 50
_DEFAULTS = {"show": "planned", "whose": "mine", "channel": "", "customer": ""}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list."""

    rows: list[ContactRow]
    first: int
    last: int
    total: int
    previous_query: str
    next_query: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A choice of the filter bar."""

    label: str
    url: str
    on: bool


def page(user: Any, query: Mapping[str, str], at: datetime) -> dict[str, Any]:
    """What the list shows under an address."""
    filters = selectors.Filters(**{name: query.get(name, "")[:64] or default for name, default in _DEFAULTS.items()})
    text = query.get("page", "")
    number = max(int(text), 1) if text.isdigit() and len(text) < 7 else 1
    found = selectors.listed(user, filters, at)
    start = (number - 1) * PER_PAGE
    rows = list(found[start : start + PER_PAGE])
    total = found.order_by().count()
    listed = Page(
        selectors.rows(user, rows, at), start + 1 if rows else 0, start + len(rows), total,
        _query(filters, page=number - 1) if number > 1 else "",
        _query(filters, page=number + 1) if start + len(rows) < total else "",
    )  # fmt: skip
    return {"page": listed, "filters": filters, "query": _query(filters), **_chips(filters)}


def _query(filters: selectors.Filters, **changes: Any) -> str:
    values = {name: getattr(filters, name) for name in _DEFAULTS} | changes
    return urlencode({name: value for name, value in values.items() if value and value != _DEFAULTS.get(name)})


def _chips(filters: selectors.Filters) -> dict[str, list[Chip]]:
    shows = {
        "planned": pgettext("contacts", "Planned"),
        "today": _("Today"),
        "done": pgettext("contacts", "Done"),
        "missed": pgettext("contacts", "Missed"),
        "against": _("Against the rules"),
        "all": pgettext("contacts", "All"),
    }
    channels = {"": _("Every way"), **{one.value: str(one.label) for one in Channel}}
    return {
        "show_chips": _choices(filters, "show", shows),
        "whose_chips": _choices(filters, "whose", {"mine": _("Mine"), "all": _("All I may see")}),
        "channel_chips": _choices(filters, "channel", channels),
    }


def _choices(filters: selectors.Filters, field: str, words: Mapping[str, str]) -> list[Chip]:
    return [
        Chip(label, "?" + _query(filters, **{field: value}), value == getattr(filters, field))
        for value, label in words.items()
    ]
