"""Reads of sheets: one's own, their problems, and the file of problems."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from kajing.imports.models import Sheet, SheetProblem
from kajing.imports.sheets.own import target_for
from kajing.imports.sheets.reading import rows_of
from kajing.lib.spreadsheets import as_csv, as_xlsx
from kajing.queue.models import Job

FIRST = 50


def sheets(user: Any) -> QuerySet[Sheet]:
    """Sheets this person uploaded."""
    return Sheet.objects.filter(uploaded_by=user.person_no)


def job_of(sheet: Sheet) -> Job | None:
    """The job at work on a sheet, or its last one."""
    return Job.objects.filter(pk=sheet.job_id).first() if sheet.job_id else None


def told(sheet: Sheet, *, duplicate: bool) -> QuerySet[SheetProblem]:
    """Problems (or rows that are there already) of the run, or of the dry run before it."""
    dry = sheet.state not in {Sheet.State.RUNNING, Sheet.State.DONE, Sheet.State.CANCELLED}
    return sheet.problems.filter(dry=dry, duplicate=duplicate).order_by("line", "pk")


def columns(sheet: Sheet, user: Any) -> list[dict[str, Any]]:
    """The target's fields, each with the column chosen or guessed and a few cells of it."""
    sample, target = _sample(sheet), target_for(sheet.kind, user)
    return [
        {
            "field": one,
            "place": (place := sheet.mapping.get(one.name, -1)),
            "sample": [cells[place] for _line, cells in sample if 0 <= place < len(cells) and cells[place]],
        }
        for one in (target.fields if target else ())
    ]


def _sample(sheet: Sheet) -> list[tuple[int, list[str]]]:
    chunk = sheet.chunks.order_by("number").first()
    return rows_of(chunk)[:3] if chunk else []


def heading(sheet: Sheet, field: str) -> str:
    """The sheet's own heading of a field."""
    place = sheet.mapping.get(field, -1)
    return str(sheet.header[place]) if 0 <= place < len(sheet.header) else field


def problem_rows(sheet: Sheet) -> Iterator[list[str]]:
    """The file of problems: line, column, reason, then the row as it was; the heading first."""
    yield [_("Line"), _("Column"), _("Reason"), *map(str, sheet.header)]
    by_line: defaultdict[int, list[SheetProblem]] = defaultdict(list)
    for one in told(sheet, duplicate=False):
        by_line[one.line].append(one)
    for chunk in sheet.chunks.order_by("number"):
        for line, cells in rows_of(chunk):
            for one in by_line.get(line, ()):
                yield [str(line), heading(sheet, one.column) if one.column else "", one.told, *cells]


def problem_file(sheet: Sheet, form: str) -> bytes:
    """The file of problems as `csv` or `xlsx`; no cell runs as a formula."""
    rows = problem_rows(sheet)
    return as_xlsx([(_("Problems"), rows)]) if form == "xlsx" else as_csv(rows)


def latest(user: Any, most: int = 100) -> Sequence[Sheet]:
    """The newest sheets of a person."""
    return list(sheets(user)[:most])


def page_state(sheet: Sheet) -> dict[str, Any]:
    """Everything the page of a sheet shows."""
    job = job_of(sheet)
    bad, there = told(sheet, duplicate=False), told(sheet, duplicate=True)
    counts = sheet.ran or sheet.checked
    return {
        "job": job,
        "failed": bool(job and job.state in {"DEAD", "FAILED"} and sheet.at_work),
        "bad": [(one, heading(sheet, one.column)) for one in bad[:FIRST]],
        "there": there[:FIRST],
        "there_count": there.count() if counts else 0,
        "counts": counts,
        "last_line": sheet.problems.filter(Q(duplicate=False)).aggregate(n=Max("line"))["n"],
    }
