"""Rows of a list as a file: the columns as on the screen, masked by the reader's right, with a watermark."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kajing.lib.money import yuan
from kajing.lib.periods import SHANGHAI
from kajing.lib.spreadsheets import TYPES, Row, as_csv, as_xlsx
from kajing.records.lists import Cell, Column
from kajing.records.selectors import Listing, failure_rows
from kajing.records.services.bulk import list_of
from kajing.ui import formats

if TYPE_CHECKING:
    from kajing.org.models import Person
    from kajing.records.models import BulkAct
    from kajing.records.selectors import Selection

PAGE = 500  # rows loaded at a time


@dataclass(frozen=True)
class TableFile:
    """What is handed out: its name, its bytes, and how many rows."""

    name: str
    content: bytes
    rows: int = 0

    @property
    def form(self) -> str:
        """Csv or xlsx."""
        return self.name.rpartition(".")[2]

    @property
    def media_type(self) -> str:
        """For the answer's header."""
        return TYPES[self.form]


@dataclass(frozen=True, kw_only=True)
class Mark:
    """The watermark: who took which rows out, when, chosen by what."""

    who: str
    role: str
    at: datetime
    what: str
    filters: str
    rows: int
    reference: str
    reason: str = ""
    approval: str = ""

    def lines(self) -> list[list[Any]]:
        """As the page of a workbook, or the last lines of a CSV."""
        told = [
            (_("Exported by"), self.who),
            (pgettext("of a file", "When"), self.at.astimezone(SHANGHAI).isoformat(timespec="seconds")),
            (_("List"), self.what),
            (_("Chosen by"), self.filters),
            (_("Rows"), self.rows),
            (_("Masked for the role"), self.role),
            (_("Reason"), self.reason),
            (_("Approval"), self.approval),
            (_("Reference number"), self.reference),
        ]
        return [[label, value] for label, value in told if value not in ("", None)]


def new_reference(at: datetime) -> str:
    """A number that stands in the file and in the audit log, such as E20261123-9f2c41ab."""
    return f"E{at.astimezone(SHANGHAI):%Y%m%d}-{secrets.token_hex(4)}"


def mark_of(
    *, actor: Person, chosen: Selection, rows: int, at: datetime, reference: str, reason: str = "", approval: str = ""
) -> Mark:
    """The watermark of a selection of a list."""
    return Mark(
        who=f"{actor.name} {actor.person_no}", role=str(actor.get_role_display()), at=at, what=str(chosen.spec.label),
        filters=filter_words(chosen), rows=rows, reference=reference, reason=reason, approval=approval,
    )  # fmt: skip


def filter_words(chosen: Selection) -> str:
    """What the rows were chosen by, as the list's chips say it."""
    if not chosen.everything:
        return _("rows ticked by hand")
    chips = Listing(chosen.spec, chosen.state, chosen.context, []).chips
    return _("; ").join(f"{chip.label}: {chip.words}" for chip in chips) or _("the whole list")


def head(chosen: Selection, columns: Sequence[Column]) -> list[Any]:
    """The first row of a file."""
    return [str(chosen.spec.key_label or _("Number")), *[str(column.label) for column in columns]]


def rows_of(chosen: Selection, ids: Sequence[Any], columns: Sequence[Column], actor: Person) -> Iterator[list[Any]]:
    """These rows as far as the person sees them, masked as on the screen."""
    for start in range(0, len(ids), PAGE):
        for row in chosen.spec.load(actor, list(ids[start : start + PAGE])):
            yield [row.pk, *[_plain(column, row) for column in columns]]


def file_of(form: str, name: str, first: Row, rows: Iterable[Row], mark: Sequence[Row], *, at: datetime) -> TableFile:
    """The file in one of both forms; an XLSX carries the watermark on a page of its own, a CSV in its last lines."""
    all_rows = list(rows)
    if form == "xlsx":
        content = as_xlsx([(_("Rows"), [first, *all_rows]), (_("About this file"), mark)], made_at=at)
    else:
        content = as_csv([first, *all_rows, [], *mark])
    return TableFile(f"{name}.{form}", content, len(all_rows))


def _plain(column: Column, row: Any) -> Any:
    """The value as a spreadsheet reads it: amounts in yuan, shares as decimals, badges and tags as words."""
    value = column.export(row) if column.export else column.value(row)
    if value is None:
        return ""
    if column.cell in {Cell.WAN, Cell.YUAN}:
        return yuan(value)
    if column.cell in {Cell.BADGE, Cell.REF}:
        value = value[0] if isinstance(value, tuple) else value
    if column.cell is Cell.SPARK:
        return " ".join(str(yuan(int(week))) for week in value)
    if column.cell is Cell.TAGS:
        return formats.listed(value)
    return value if isinstance(value, (int, float)) or hasattr(value, "isoformat") else str(value)


def bulk_file(user: Person, act: BulkAct, form: str) -> TableFile:
    """The rows that an act on many left alone."""
    first, *rows = failure_rows(user, act, list_of(act))
    content = as_xlsx([(_("Left alone"), [first, *rows])]) if form == "xlsx" else as_csv([first, *rows])
    return TableFile(f"refused-{act.pk}.{form}", content, len(rows))
