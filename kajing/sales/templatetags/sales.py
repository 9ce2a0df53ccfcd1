"""``{% load sales %}``: suggestions on pages of rooms above."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.inclusion_tag("sales/item.html")
def suggestion_item(row: Any) -> dict[str, Any]:
    """``{% suggestion_item row %}``: one `SuggestionRow` as an item of a two-line list."""
    return {"row": row}
