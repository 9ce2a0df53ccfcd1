"""``{% load workflow %}``: task rows on pages of rooms above."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

register = template.Library()


@register.inclusion_tag("workflow/row.html", takes_context=True)
def task_item(context: Context, row: Any) -> dict[str, Any]:
    """``{% task_item row %}``: one `TaskRow` as a list item with tick, call and more."""
    return {"row": row, "request": context.get("request"), "csrf_token": context.get("csrf_token")}
