"""Leads in the search of the whole product."""

from __future__ import annotations

from typing import Any

from kajing.records.lists import Context
from kajing.sales.lead_filters import search_condition
from kajing.sales.lead_rows import lead_rows
from kajing.sales.selectors.leads import leads
from kajing.ui.registry import Hit
from kajing.workflow.selectors import present_of


def hits(user: Any, text: str, limit: int) -> list[Hit]:
    """Leads found by name, pinyin, number, phone or ID number, masked like the list."""
    text = text.strip()
    if not text or "\0" in text or len(text) > 60:
        return []
    condition = search_condition(text, Context(user, present_of(user).today))
    found = leads(user).filter(condition).select_related("owner", "unit").order_by("-created_at", "-pk")[:limit]
    return [
        Hit(
            title=row.name, url=row.detail_url, icon="target-arrow",
            note="  ".join([row.lead.number, row.stage_badge[0], row.owner_words]),
        )
        for row in lead_rows(user, found)
    ]  # fmt: skip
