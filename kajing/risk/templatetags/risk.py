"""``{% load risk %}``: alert rows on pages of rooms above."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.inclusion_tag("risk/item.html")
def alert_item(row: Any) -> dict[str, Any]:
    """``{% alert_item row %}``: one `AlertRow` as an item of a two-line list."""
    return {"row": row}
