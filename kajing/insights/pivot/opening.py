"""From a cell to the list of exactly its rows: its condition as the list's address."""

from __future__ import annotations

from urllib.parse import urlencode

from kajing.insights.pivot.table import Cell, Table
from kajing.records.lists import conditions
from kajing.records.lists.conditions import Group, Node
from kajing.records.lists.conditions.tree import MOST_CONDITIONS, MOST_DEPTH, MOST_TEXT, depth, leaves


def where(table: Table, cell: Cell) -> str | None:
    """The condition of a cell in its text form; None where the language cannot hold it."""
    if cell.nodes is None:
        return None
    parts: list[Node] = list(cell.nodes)
    if table.definition.where:
        parts.insert(0, conditions.read(table.spec, table.definition.where, table.context))
    if not parts:
        return ""
    whole = Group("all", tuple(parts)) if len(parts) > 1 else parts[0]
    if depth(whole) > MOST_DEPTH or len(leaves(whole)) > MOST_CONDITIONS:
        return None
    text = conditions.to_text(whole)
    return text if len(text) <= MOST_TEXT else None


def address(table: Table, cell: Cell) -> str:
    """The list page with the rows of a cell; empty where there are none, or no page."""
    said = where(table, cell) if cell.n else None
    if said is None or not table.spec.url_name:
        return ""
    about = {"order": table.spec.default_order, **({"where": said} if said else {})}
    return f"{table.spec.url}?{urlencode(about)}"
