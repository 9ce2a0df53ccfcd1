"""Where a customer stands in the list their page was opened from."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import QueryDict

from kajing.records.lists import ListSpec, Neighbours, NotUnderstood, neighbours
from kajing.records.selectors import listing


def place_in_list(user: Any, spec: ListSpec, params: QueryDict, customer_id: str, today: date) -> Neighbours | None:
    """The customers before and after, and the place; None when the page was opened from no list."""
    if not params:
        return None
    shown = listing(user, spec, params, today)
    try:
        return neighbours(spec, shown.state, shown.context, customer_id)
    except NotUnderstood:
        return None
