"""Files that come in, as the feed contract names them: upload, batches, rejected rows, decisions, mappings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from kajing.api import paging
from kajing.api.schemas import Body, Cursor, Limit, Line, ListOf, Reason, RowId, only_parts
from kajing.imports import selectors, services
from kajing.imports.models import FeedMapping, Upload
from kajing.lib.access import needs

router = Router()
Offset = Annotated[int, Field(ge=0, le=10_000_000, description="Rows to skip: the `next` of the answer before.")]


class BatchOut(Schema):
    """One file of one feed of one business date."""

    id: int
    business_date: date
    feed: str = Field(examples=["transactions"])
    state: str = Field(examples=["DONE"])
    file: str = Field(alias="file_name", examples=["transactions.csv.gz"])
    rows: int
    accepted: int = Field(examples=[1_180])
    duplicate: int = Field(examples=[12])
    corrected: int = Field(examples=[3])
    quarantined: int = Field(examples=[5])
    waiting: int = Field(examples=[0])
    encoding: str = Field(examples=["utf-8"])
    has_manifest: bool
    unknown_columns: list[str]
    mends_id: int | None = None
    created_at: datetime
    finished_at: datetime | None = None


class RejectOut(Schema):
    """One quarantined row; personal data is masked."""

    file: str = Field(examples=["transactions.csv.gz"])
    line: int = Field(examples=[1042])
    column: str = Field(examples=["amount"])
    code: str = Field(examples=["bad_amount"])
    reason: str = Field(examples=["“12,5” is not an amount in yuan with at most 2 decimal places."])
    masked: str


class DecisionIn(Body):
    """Why a held file is let in or refused."""

    reason: Reason


class MendIn(Body):
    """Rejected lines to run again: the whole line as text, columns with their new values, or null as it is."""

    edits: dict[RowId, Annotated[str, Field(max_length=4000)] | dict[str, str] | None] = Field(
        min_length=1, max_length=500, examples=[{"1042": {"amount": "12.50"}, "1043": None}]
    )


class UploadIn(Schema):
    """What is known of the files beside their names."""

    business_date: date | None = Field(None, description="Needed without manifest.json.", examples=["2026-11-22"])
    feed: str = Field("", max_length=20, description="Of a single file that is not named like its feed.")
    mapping: str = Field("", max_length=64, description="The name of a mapping; none: the contract's columns.")


class UploadOut(Schema):
    """Files of a day on their way in."""

    id: int
    file_names: list[str] = Field(examples=[["transactions.csv.gz", "manifest.json"]])
    size: int = Field(description="Bytes.")
    business_date: date | None = Field(description="Null where the manifest says it.")
    mapping: str
    uploaded_at: datetime
    job_id: UUID | None = Field(description="How far it is: `/jobs/{id}`.")
    loaded_at: datetime | None = Field(description="Null until the files are read.")
    batch_ids: list[int] = Field(description="What became of them, under `/imports`.")
    problem: str = Field(alias="told", description="Why nothing could be loaded; empty when all is well.")


class MappingOut(Schema):
    """A bank's own column names and codes for a feed."""

    name: str = Field(examples=["core-2026"])
    toml: str = Field(examples=['[units.columns]\n"机构号" = "unit_code"\n'])
    created_by: str
    created_at: datetime


Names = Annotated[dict[str, Annotated[str, Field(max_length=200)]], Field(max_length=200)]


class MappingIn(Body):
    """A mapping as the text of a mapping.toml, or for one feed by its parts."""

    name: Annotated[str, Field(min_length=1, max_length=60)] = Field(examples=["core-2026"])
    toml: str = Field("", max_length=60_000, description="When given, the parts below are not read.")
    feed: str = Field("", max_length=20, examples=["units"])
    delimiter: str = Field(",", max_length=1)
    columns: Names = Field(default_factory=dict, description="Source → contract.", examples=[{"机构号": "unit_code"}])
    constants: Names = Field(default_factory=dict, description="Contract → value.", examples=[{"kind": "TEAM"}])
    dates: Names = Field(default_factory=dict, description="Contract → format.", examples=[{"valid_from": "%Y%m%d"}])
    values: dict[str, Names] = Field(
        default_factory=dict, max_length=200, description="Contract → the bank's code → ours.",
        examples=[{"kind": {"团队": "TEAM"}}],
    )  # fmt: skip


class HeaderIn(Body):
    """The column names of a bank's file for a feed; no rows."""

    feed: Line = Field(max_length=20, examples=["units"])
    header: list[Annotated[str, Field(max_length=200)]] = Field(
        min_length=1, max_length=200, examples=[["unit code", "name"]]
    )


class GuessOut(Schema):
    """Columns whose names are like the contract's: source → contract."""

    columns: dict[str, str] = Field(examples=[{"unit code": "unit_code"}])


class RejectPage(Schema):
    """A page of rejected rows; `next` is the offset of the next page or null."""

    items: list[RejectOut]
    next: str | None = None
    total: int


@router.get("/imports", response=ListOf[BatchOut], by_alias=False, summary="Files that came in, newest first")
@needs("imports.view")
def imports(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    return paging.page(selectors.batches(request.user), order=("-business_date", "-id"), cursor=cursor, limit=limit)


@router.get("/imports/{batch_id}/rejects", response=RejectPage, summary="The rejected rows of a file")
@needs("imports.view")
def rejects(request: HttpRequest, batch_id: RowId, offset: Offset = 0, limit: Limit = 50) -> dict[str, Any]:
    batch = get_object_or_404(selectors.batches(request.user), pk=batch_id)
    rows = selectors.rejects(batch, offset=offset, limit=limit)
    following = str(offset + limit) if len(rows) == limit and offset + limit < batch.quarantined else None
    return {"items": rows, "next": following, "total": batch.quarantined}


@router.post("/imports/{batch_id}/release", response=BatchOut, by_alias=False, summary="Let a held file in")
@needs("imports.release")
def release(request: HttpRequest, batch_id: RowId, body: DecisionIn) -> object:
    batch = get_object_or_404(selectors.batches(request.user), pk=batch_id)
    return services.release(actor=request.user, batch=batch, reason=body.reason, at=timezone.now())


@router.post("/imports/{batch_id}/refuse", response=BatchOut, by_alias=False, summary="Refuse a held file")
@needs("imports.release")
def refuse(request: HttpRequest, batch_id: RowId, body: DecisionIn) -> object:
    batch = get_object_or_404(selectors.batches(request.user), pk=batch_id)
    return services.refuse(actor=request.user, batch=batch, reason=body.reason, at=timezone.now())


@router.post("/imports/{batch_id}/mend", response={201: BatchOut}, by_alias=False, summary="Run rejected rows again")
@needs("imports.load")
def mend(request: HttpRequest, batch_id: RowId, body: MendIn) -> Status[object]:
    """In the background, as a file of their own that `mends` this one; the edits are kept encrypted until then."""
    batch = get_object_or_404(selectors.batches(request.user), pk=batch_id)
    return Status(201, services.mend(actor=request.user, batch=batch, edits=body.edits, at=timezone.now()))


# -- files on their way in ---------------------------------------------------------------------------------------------
@router.post("/uploads", response={201: UploadOut}, by_alias=False, summary="Upload the files of a day")
@needs("imports.load")
def upload_files(request: HttpRequest, files: File[list[UploadedFile]], about: Form[UploadIn]) -> Status[Upload]:
    """Up to 12 files named like their feeds (.csv, .csv.gz, .parquet; 512 MB each, 2 GB together).

    With manifest.json, or the business date. Loaded in the background.
    """
    only_parts(request, *UploadIn.model_fields, many="files")  # a mistyped `mapping` would load by the contract's names
    sent: Any = files  # Django's files, of which the types say that they may lack a name or a size
    made = services.receive_upload(actor=request.user, files=sent, at=timezone.now(), **about.dict())
    return Status(201, made)


@router.get("/uploads", response=ListOf[UploadOut], by_alias=False, summary="What I uploaded, newest first")
@needs("imports.load")
def my_uploads(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    return paging.page(selectors.uploads(request.user), order=("-uploaded_at", "-id"), cursor=cursor, limit=limit)


# -- mappings ----------------------------------------------------------------------------------------------------------
@router.get("/mappings", response=ListOf[MappingOut], summary="Mappings of the bank's own columns")
@needs("imports.load")
def mappings(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    return paging.page(selectors.mappings(request.user), order=("name",), cursor=cursor, limit=limit)


@router.post("/mappings", response={201: MappingOut}, summary="Save a mapping")
@needs("imports.load")
def save_mapping(request: HttpRequest, body: MappingIn) -> Status[FeedMapping]:
    """Never changed afterwards, because files are read with it: 409 for a name that is taken."""
    parts = body.dict(include={"columns", "constants", "dates", "values"})
    toml = body.toml or services.compose(feed=body.feed, delimiter=body.delimiter, parts=parts)
    return Status(201, services.save_mapping(actor=request.user, name=body.name, toml=toml, at=timezone.now()))


@router.post("/mappings/suggest", response=GuessOut, summary="A first guess for a mapping")
@needs("imports.load")
def guess_mapping(request: HttpRequest, body: HeaderIn) -> dict[str, Any]:
    """By names that agree but for case, spaces and a near spelling. Nothing is saved."""
    return {"columns": selectors.guess(body.feed, body.header)}
