"""Parts of a list page: ``{% load lists %}``. A cell is a function, not a template: a page draws hundreds of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import template
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kajing.records.lists import Cell, Column
from kajing.records.selectors import BoardPage, Listing
from kajing.ui import formats
from kajing.ui.templatetags import kajing as kit

register = template.Library()


@register.inclusion_tag("records/parts/tabs.html", takes_context=True)
def list_tabs(context: Context, listing: Listing) -> dict[str, Any]:
    """``{% list_tabs listing %}``: the saved views; their counts come a moment later."""
    return {"listing": listing, "counts": None, "lazy": True}


@register.inclusion_tag("records/parts/chips.html", takes_context=True)
def list_chips(context: Context, listing: Listing) -> dict[str, Any]:
    """``{% list_chips listing %}``: filters in force, add filter, clear, and the mark of a changed view."""
    return {"listing": listing, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("records/parts/board.html", takes_context=True)
def list_board(context: Context, board: BoardPage) -> dict[str, Any]:
    """``{% list_board board %}``: the columns with their cards, and the form that a dropped card sends."""
    return {"board": board, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("records/parts/pager.html")
def list_pager(listing: Listing, target: str = "") -> dict[str, Any]:
    """``{% list_pager listing "#customer-rows" %}``: range, total, previous and next."""
    return {"listing": listing, "page": listing.page, "target": target}


@register.simple_tag
def list_head(listing: Listing) -> SafeString:
    """The heads of the table, each a link that sorts where the list can be sorted by it."""
    return format_html_join("", "{}", ((_head(header),) for header in listing.headers))


def _head(header: Any) -> SafeString:
    column = header.column
    classes = f"p{column.priority}{' n' if column.numeric else ''}{' stick' if column.cell is Cell.LINK else ''}"
    label = format_html("{} ({})", column.label, kit.money_unit()) if column.cell is Cell.WAN else column.label
    if not header.url:
        return format_html('<th scope="col" class="{}">{}</th>', classes, label)
    mark = {"ascending": "sort-ascending", "descending": "sort-descending"}.get(header.sort, "")
    return format_html(
        '<th scope="col" class="{}" aria-sort="{}"><a href="{}">{}{}</a></th>',
        classes,
        header.sort,
        header.url,
        label,
        kit.icon(mark) if mark else "",
    )


SHORT = 12  # characters; a longer text gives way so that the row stays on the screen
NAMELESS = frozenset({Cell.WAN, Cell.YUAN, Cell.PERCENT, Cell.DAY, Cell.COUNT, Cell.TEXT, Cell.REF})
SORT_ICONS = ("sort-ascending", "sort-descending")


@register.simple_tag
def list_cells(listing: Listing, row: Any, url: str = "") -> SafeString:
    """Every cell of a row; ``url`` is where the row's name leads."""
    return format_html_join("", "{}", ((_cell(column, row, url),) for column in listing.columns))


def _cell(column: Column, row: Any, url: str) -> SafeString:
    value = column.value(row)
    drawn = _link(row, value, url) if column.cell is Cell.LINK else DRAW[column.cell](value)
    classes = f"p{column.priority}{' n' if column.numeric else ''}{f' m m{column.phone}' if column.phone else ''}"
    stick = " stick" if column.cell is Cell.LINK else ""
    # On a phone's card there is no table head: a bare value says there what it is.
    named = format_html(' data-label="{}"', column.label) if column.phone and column.cell in NAMELESS else ""
    return format_html('<td class="{}{}"{}>{}</td>', classes, stick, named, drawn)


def _link(row: Any, name: str, url: str) -> SafeString:
    key = getattr(row, "shown_key", row.pk)  # empty for rows whose name is a number already
    small = format_html(' <small class="num">{}</small>', key) if key else ""
    return format_html('<a class="nm" href="{}">{}</a>{}', url, name, small)


def _text(value: Any) -> Any:
    if value in (None, ""):
        return kit.missing()
    text = str(value)
    return text if len(text) <= SHORT else format_html('<span class="cut short" title="{}">{}</span>', text, text)


def _ref(value: Any) -> Any:
    text, url = value or ("", "")
    return format_html('<a href="{}">{}</a>', url, text) if text and url else _text(text)


def _badge(value: Any) -> Any:
    text, tone = value if isinstance(value, tuple) else (value, "")
    return kit.badge(text, tone) if text else kit.missing()


def _tags(values: list[str]) -> Any:
    if not values:
        return kit.missing(_("No card in force"))
    more = format_html(' <small class="num">+{}</small>', len(values) - 1) if len(values) > 1 else ""
    return format_html("{}{}", kit.badge(values[0], title=formats.listed(values)), more)


def _spark(values: list[float] | None) -> Any:
    return kit.spark(values) if values and len(values) > 1 else kit.missing()


def _change(value: float | None) -> Any:
    return kit.delta({}, value)  # type: ignore[arg-type]  # the context matters for market colours only


DRAW: dict[Cell, Callable[[Any], Any]] = {
    Cell.TEXT: _text,
    Cell.LINK: _text,
    Cell.REF: _ref,
    Cell.TAGS: _tags,
    Cell.BADGE: _badge,
    Cell.RISK: kit.risk,
    Cell.WAN: kit.money_table,
    Cell.YUAN: kit.money,
    Cell.PERCENT: kit.pct,
    Cell.BAR: kit.util,
    Cell.CHANGE: _change,
    Cell.SPARK: _spark,
    Cell.DAY: kit.ago,
    Cell.COUNT: kit.number,
}
