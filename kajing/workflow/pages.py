"""One page of a short list by its number in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet


@dataclass(slots=True)
class Page:
    """What the pager shows."""

    rows: list[Any]
    first: int
    last: int
    total: int
    previous_query: str
    next_query: str


def pages(found: QuerySet[Any], query: Mapping[str, str], size: int) -> Page:
    """The page that `?page=` asks for; the rest of the address is kept."""
    text = query.get("page", "")
    number = min(max(int(text), 1), 10_000) if text.isdecimal() and len(text) < 6 else 1
    total, start = found.count(), (number - 1) * size
    rows = list(found[start : start + size])
    kept = {name: value for name, value in query.items() if name != "page"}
    return Page(
        rows, start + 1 if rows else 0, start + len(rows), total,
        urlencode({**kept, "page": number - 1}) if number > 1 else "",
        urlencode({**kept, "page": number + 1}) if start + len(rows) < total else "",
    )  # fmt: skip
