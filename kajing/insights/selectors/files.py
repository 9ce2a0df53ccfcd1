"""A table as rows of a file, and the page that says what the file is."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kajing.insights.pivot import Cell, Line, Measured, Table
from kajing.insights.selectors.metrics import as_of
from kajing.insights.selectors.reports import condition_words
from kajing.lib.money import yuan
from kajing.lib.periods import SHANGHAI

if TYPE_CHECKING:
    from kajing.org.models import Person


def file_rows(shown: Table) -> tuple[list[Any], list[list[Any]]]:
    """The head, and a row for each line: groups, then every measure with its count and interval, column by column."""
    first = [axis.label for axis in shown.axes] or [_("All records")]
    columns = [*shown.columns, ""] if shown.column else [""]
    for column in columns:
        for place, measure in enumerate(shown.measures):
            first += [_under(column, name) for name in _heads(measure.label, place, shown)]
    return first, [_row(shown, line) for line in shown.shown_lines]


def _under(column: str, name: str) -> str:
    return f"{column}: {name}" if column else name


def _heads(label: str, place: int, shown: Table) -> list[str]:
    measure = shown.measures[place]
    heads = [f"{label} ({_unit(measure.unit)})" if measure.unit != "number" else label]
    if measure.kind == "count":
        return heads
    heads.append(_("%(measure)s: n") % {"measure": label})
    if measure.kind in {"share", "mean"}:
        heads += [
            _("%(measure)s: 95%% interval from") % {"measure": label},
            _("%(measure)s: 95%% interval to") % {"measure": label},
        ]
    return heads


def _unit(unit: str) -> str:
    return _("yuan") if unit == "money" else _("share")


def _row(shown: Table, line: Line) -> list[Any]:
    depth = max(len(shown.axes), 1)
    named = list(line.path) + [_("all")] * (depth - len(line.path))
    cells: list[Cell] = [*line.cells, line.total] if shown.column else [line.total]
    return [*named[:depth], *(one for cell in cells for figure in cell.figures for one in _cells(figure))]


def _cells(figure: Measured) -> list[Any]:
    value, unit = figure.value, figure.measure.unit
    told = [plain(value.amount, unit)]
    if figure.measure.kind == "count":
        return told
    told.append(value.n)
    if figure.measure.kind in {"share", "mean"}:
        told += [plain(value.low, unit), plain(value.high, unit)]
    return told


def plain(amount: Any, unit: str) -> Any:
    """An amount as a spreadsheet reads it: yuan, a share as a decimal, a number; empty where there is none."""
    if amount is None:
        return ""
    if unit == "money":
        return yuan(int(amount))
    return amount if isinstance(amount, int) else Decimal(amount)


def mark_lines(actor: Person, shown: Table, *, name: str, at: datetime, reference: str) -> list[list[Any]]:
    """The page about the file."""
    day = as_of()
    told = [
        (_("Report"), name),
        (_("Exported by"), f"{actor.name} {actor.person_no}"),
        (pgettext("of a file", "When"), at.astimezone(SHANGHAI).isoformat(timespec="seconds")),
        (_("List"), str(shown.spec.label)),
        (_("Condition"), condition_words(shown.spec, shown.definition.where, shown.context)),
        (_("Figures as of"), day.isoformat() if day else ""),
        (_("Records"), shown.total.total.n),
        (_("Masked for the role"), str(actor.get_role_display())),
        (_("Intervals"), _("95%: Wilson for shares, t for means")),
        *((_("Note"), one) for one in shown.notes),
        (_("Reference number"), reference),
    ]
    return [[label, value] for label, value in told if value not in ("", None)]
