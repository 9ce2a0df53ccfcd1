"""Sheets by API, the way of their page: kinds, upload, columns, dry run, run, stop, and what is wrong with rows.

Undo is that of every act: `POST /undo/{reversal_id}`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from kajing.api import paging
from kajing.api.schemas import Body, Cursor, Limit, ListOf, RowId, Word, only_parts
from kajing.imports.models import Sheet
from kajing.imports.sheets import acts, looking
from kajing.imports.sheets.registry import SheetField, SheetTarget, targets_for
from kajing.lib.access import needs
from kajing.lib.spreadsheets import TYPES, XLSX_TYPE

router = Router()
RIGHT = "imports.sheets"
Place = Annotated[int, Field(ge=0, le=999)]
_FILE: dict[str, Any] = {
    "responses": {
        200: {
            "description": "Line, column, reason, then the row as it was; mended, it is uploaded as a new sheet",
            "content": {
                "text/csv": {"schema": {"type": "string", "examples": ["行,列,原因\n2,客户号,没有这个客户\n"]}},
                XLSX_TYPE: {"schema": {"type": "string", "format": "binary"}},
            },
        }
    }
}


class SheetOut(Schema):
    """A person's spreadsheet; `checked` and `ran` count NEW, OVERWRITTEN, SKIPPED and BAD rows."""

    id: int
    kind: str = Field(examples=["consents"])
    file_name: str
    state: str = Field(examples=["CHECKED"])
    mode: str = Field(examples=["SKIP"])
    rows: int
    checked: dict[str, int] = Field(examples=[{"NEW": 92_000, "SKIPPED": 3_000, "BAD": 5_000}])
    ran: dict[str, int]
    reversal_id: int | None = Field(description="The number under `/undo`.")
    uploaded_at: datetime
    finished_at: datetime | None


class SheetFieldOut(Schema):
    """A field that a kind of sheet knows."""

    name: str = Field(examples=["customer_id"])
    label: str
    required: bool
    kind: str = Field(description="text, day, moment, flag or choice.", examples=["text"])


class SheetKindOut(Schema):
    """What a sheet may hold, for me."""

    kind: str = Field(examples=["consents"])
    label: str
    modes: list[str] = Field(description="What may happen to rows that are there already.", examples=[["SKIP"]])
    fields: list[SheetFieldOut]


class SheetKindsOut(Schema):
    """The kinds of sheet I may import."""

    items: list[SheetKindOut]


class SheetColumnOut(Schema):
    """A field with the column that was chosen, remembered or guessed for it."""

    name: str = Field(examples=["customer_id"])
    label: str
    required: bool
    column: int | None = Field(description="The place in `header`, from 0; null: none.")
    sample: list[str] = Field(description="Cells of the first rows.")


class SheetColumnsOut(Schema):
    """The sheet's headings, and the fields to fill from them."""

    header: list[str] = Field(examples=[["客户号", "用途"]])
    fields: list[SheetColumnOut]


class SheetCheckIn(Body):
    """Which column fills which field, and what happens to what is there already."""

    mapping: dict[str, Place] = Field(max_length=300, examples=[{"customer_id": 0, "purpose": 1}])
    mode: Literal["SKIP", "OVERWRITE", "CLONE"] = "SKIP"


class SheetProblemOut(Schema):
    """A bad row, by its line in the file."""

    line: int
    column: str = Field(examples=["customer_id"])
    reason: str = Field(alias="told", examples=["there is no such customer in your area"])


@router.get("/sheets", response=ListOf[SheetOut], summary="Sheets I uploaded")
@needs(RIGHT)
def my_sheets(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict:
    return paging.page(looking.sheets(request.user), order=("-uploaded_at", "pk"), cursor=cursor, limit=limit)


@router.get("/sheets/{sheet_id}", response=SheetOut, summary="One sheet")
@needs(RIGHT)
def one_sheet(request: HttpRequest, sheet_id: RowId) -> object:
    return _sheet(request, sheet_id)


@router.get("/sheets/{sheet_id}/problems", response=ListOf[SheetProblemOut], summary="Bad rows of a sheet")
@needs(RIGHT)
def sheet_problems(request: HttpRequest, sheet_id: RowId, cursor: Cursor = "", limit: Limit = 50) -> dict:
    sheet = _sheet(request, sheet_id)
    return paging.page(looking.told(sheet, duplicate=False), order=("line", "pk"), cursor=cursor, limit=limit)


@router.get("/sheet-kinds", response=SheetKindsOut, summary="What I may import as a sheet")
@needs(RIGHT)
def sheet_kinds(request: HttpRequest) -> dict[str, Any]:
    """With their fields; the bank's own fields and tags of a kind come with each sheet's columns."""
    return {"items": [_kind(one) for one in targets_for(request.user)]}


def _kind(target: SheetTarget) -> dict[str, Any]:
    fields = [_field(one) | {"kind": one.kind} for one in target.fields]
    modes = [mode.value for mode in target.modes]
    return {"kind": target.key, "label": str(target.label), "modes": modes, "fields": fields}


def _field(one: SheetField) -> dict[str, Any]:
    return {"name": one.name, "label": str(one.label), "required": one.required}


@router.post("/sheets", response={201: SheetOut}, summary="Upload a sheet")
@needs(RIGHT)
def upload_sheet(request: HttpRequest, kind: Form[Word], file: File[UploadedFile]) -> Status[object]:
    """An .xlsx or .csv of at most 30 MB; read in the background: ask again until `state` is MAPPING."""
    only_parts(request, "kind", "file")
    return Status(201, acts.receive(actor=request.user, kind=kind, file=file, at=timezone.now()))


@router.get("/sheets/{sheet_id}/columns", response=SheetColumnsOut, summary="Columns of a sheet and their fields")
@needs(RIGHT)
def sheet_columns(request: HttpRequest, sheet_id: RowId) -> dict[str, Any]:
    """As remembered from a sheet of the same headings, else guessed."""
    sheet = _sheet(request, sheet_id)
    return {"header": sheet.header, "fields": [_column(one) for one in looking.columns(sheet, request.user)]}


def _column(one: dict[str, Any]) -> dict[str, Any]:
    place = one["place"]
    return _field(one["field"]) | {"column": place if place >= 0 else None, "sample": one["sample"]}


@router.post("/sheets/{sheet_id}/check", response=SheetOut, summary="Map the columns and try every row")
@needs(RIGHT)
def check_sheet(request: HttpRequest, sheet_id: RowId, body: SheetCheckIn) -> object:
    """A dry run in the background: `checked` counts when `state` is CHECKED. Nothing is written."""
    sheet = _sheet(request, sheet_id)
    return acts.check(actor=request.user, sheet=sheet, mapping=body.mapping, mode=body.mode, at=timezone.now())


@router.post("/sheets/{sheet_id}/run", response=SheetOut, summary="Write the good rows of a sheet")
@needs(RIGHT)
def run_sheet(request: HttpRequest, sheet_id: RowId) -> object:
    """In the background; `reversal_id` undoes it as one act."""
    return acts.run(actor=request.user, sheet=_sheet(request, sheet_id), at=timezone.now())


@router.post("/sheets/{sheet_id}/stop", response=SheetOut, summary="Stop a dry run or a run")
@needs(RIGHT)
def stop_sheet(request: HttpRequest, sheet_id: RowId) -> object:
    """What a run has written so far stays, and can be undone."""
    return acts.stop(actor=request.user, sheet=_sheet(request, sheet_id), at=timezone.now())


@router.get("/sheets/{sheet_id}/problems/file", summary="Bad rows of a sheet as a file", openapi_extra=_FILE)
@needs(RIGHT)
def sheet_problem_file(request: HttpRequest, sheet_id: RowId, form: Literal["csv", "xlsx"] = "csv") -> HttpResponse:
    """To mend and upload again."""
    sheet = _sheet(request, sheet_id)
    headers = {"Content-Disposition": f'attachment; filename="problems-{sheet.pk}.{form}"'}
    return HttpResponse(looking.problem_file(sheet, form), content_type=TYPES[form], headers=headers)


def _sheet(request: HttpRequest, sheet_id: int) -> Sheet:
    return get_object_or_404(looking.sheets(request.user), pk=sheet_id)
