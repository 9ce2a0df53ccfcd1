"""A report's table: ``{% load reports %}``. Cells are drawn by functions: a page has hundreds of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kajing.insights.pivot import Cell, Line, Measured, Table
from kajing.insights.pivot.drawing import words
from kajing.insights.pivot.opening import address
from kajing.ui import formats

register = template.Library()

MOST_NODES = 800  # of one table on a page (design ui.md §12: 1,500 a page)


@register.simple_tag
def report_head(table: Table) -> SafeString:
    """The head: groupings, then columns with their measures below, or the measures alone."""
    axes = [axis.label for axis in table.axes] or [_("All records")]
    measures = [_measure_head(one) for one in table.measures]
    if table.column is None:
        return format_html("<tr>{}{}</tr>", _heads(axes), _numbers(measures))
    columns = [*table.columns, _("Total")]
    if len(measures) == 1:
        return format_html("<tr>{}{}</tr>", _heads(axes), _numbers(columns))
    spans = format_html_join(
        "", '<th scope="colgroup" class="n" colspan="{}">{}</th>', ((len(measures), one) for one in columns)
    )
    first = format_html_join("", '<th scope="col" rowspan="2">{}</th>', ((one,) for one in axes))
    return format_html("<tr>{}{}</tr><tr>{}</tr>", first, spans, _numbers(measures * len(columns)))


def _measure_head(measure: Any) -> str:
    return f"{measure.label} ({formats.money_unit()})" if measure.unit == "money" else str(measure.label)


def _heads(labels: Iterable[str]) -> SafeString:
    return format_html_join("", '<th scope="col">{}</th>', ((one,) for one in labels))


def _numbers(labels: Iterable[str]) -> SafeString:
    return format_html_join("", '<th scope="col" class="n">{}</th>', ((one,) for one in labels))


@register.simple_tag
def report_body(table: Table, start: int = 0) -> SafeString:
    """The lines of a page of the table, and the total."""
    lines = table.lines[start : start + page_size(table)]
    body = format_html_join("", "{}", ((_line(table, line),) for line in lines))
    return format_html("<tbody>{}</tbody><tfoot>{}</tfoot>", body, _line(table, table.total))


def page_size(table: Table) -> int:
    """How many lines a page holds, so that the page stays light."""
    across = (len(table.columns) + 1 if table.column else 1) * len(table.measures)
    return max(MOST_NODES // (3 * across + 2), 5)


def _line(table: Table, line: Line) -> SafeString:
    cells = [*line.cells, line.total] if table.column else [line.total]
    drawn = format_html_join("", "{}", ((_cell(table, cell),) for cell in cells))
    return format_html("<tr{}>{}{}</tr>", _class(line), _names(table, line), drawn)


def _class(line: Line) -> SafeString | str:
    return format_html(' class="{}"', line.kind) if line.kind in {"group", "others"} else ""


def _names(table: Table, line: Line) -> SafeString:
    depth = max(len(table.axes), 1)
    label = format_html("{}{}", line.label, _rank(line))
    if line.kind in {"total", "others"} and depth > 1:
        return format_html('<th scope="row" colspan="{}">{}</th>', depth, label)
    if depth == 1:
        return format_html('<th scope="row">{}</th>', label)
    if line.kind == "group":
        return format_html('<th scope="row">{}</th><td>{}</td>', label, _("all"))
    return format_html('<td>{}</td><th scope="row">{}</th>', line.path[0], label)


def _rank(line: Line) -> SafeString | str:
    if line.rank is None:
        return ""
    low, high = line.rank
    if low == high:
        return format_html(' <small class="num" title="{}">#{}</small>', _("Its place is sure"), low)
    said = _("Intervals overlap: its place may be any from %(low)s to %(high)s") % {"low": low, "high": high}
    return format_html(' <small class="num" title="{}">#{}–{}</small>', said, low, high)


def _cell(table: Table, cell: Cell) -> SafeString:
    url = address(table, cell)
    return format_html_join("", '<td class="n">{}</td>', ((_figure(one, url),) for one in cell.figures))


def _figure(figure: Measured, url: str) -> Any:
    text = words(figure.value.amount, figure.measure.unit)
    if figure.value.amount is None:
        return format_html('<span class="none" title="{}">—</span>', _("Nothing to tell here"))
    shown = format_html('<a href="{}">{}</a>', url, text) if url else text
    if figure.small:
        return format_html(
            '<span class="none" title="{}">{} <small>{}</small></span>', _sure(figure), shown,
            _("small, n=%(n)s") % {"n": figure.value.n},
        )  # fmt: skip
    if figure.measure.kind in {"share", "mean"}:
        return format_html("{} <small>{}</small>", shown, _sure(figure))
    return shown


def _sure(figure: Measured) -> str:
    value, unit = figure.value, figure.measure.unit
    if value.low is None or value.high is None:
        return f"n={formats.count(value.n)}"
    return f"{words(value.low, unit).rstrip('%')}–{words(value.high, unit)}, n={formats.count(value.n)}"
