"""Sheets by API: how far they are and what is wrong with their rows. Files are uploaded on the page."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from pydantic import Field

from kajing.api import paging
from kajing.api.schemas import Cursor, Limit, ListOf, RowId
from kajing.imports.sheets import looking
from kajing.lib.access import needs

router = Router()


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


class SheetProblemOut(Schema):
    """A bad row, by its line in the file."""

    line: int
    column: str = Field(examples=["customer_id"])
    reason: str = Field(alias="told", examples=["there is no such customer in your area"])


@router.get("/sheets", response=ListOf[SheetOut], summary="Sheets I uploaded")
@needs("imports.sheets")
def my_sheets(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict:
    return paging.page(looking.sheets(request.user), order=("-uploaded_at", "pk"), cursor=cursor, limit=limit)


@router.get("/sheets/{sheet_id}", response=SheetOut, summary="One sheet")
@needs("imports.sheets")
def one_sheet(request: HttpRequest, sheet_id: RowId) -> object:
    return get_object_or_404(looking.sheets(request.user), pk=sheet_id)


@router.get("/sheets/{sheet_id}/problems", response=ListOf[SheetProblemOut], summary="Bad rows of a sheet")
@needs("imports.sheets")
def sheet_problems(request: HttpRequest, sheet_id: RowId, cursor: Cursor = "", limit: Limit = 50) -> dict:
    sheet = get_object_or_404(looking.sheets(request.user), pk=sheet_id)
    return paging.page(looking.told(sheet, duplicate=False), order=("line", "pk"), cursor=cursor, limit=limit)
