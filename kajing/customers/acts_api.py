"""Consents, changes of hands and exports over the API, by the same services as the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from kajing.api import paging
from kajing.api.schemas import BankId, Body, Cursor, Limit, ListOf, Note, Reason, RowId, Word
from kajing.audit.selectors import today_for
from kajing.customers import services
from kajing.customers.models import Customer
from kajing.customers.selectors import consent_entries, customers
from kajing.customers.selectors.exports import exports as own_exports
from kajing.customers.trail import TRAIL
from kajing.lib.access import needs, staff
from kajing.lib.spreadsheets import XLSX_TYPE
from kajing.records.lists import LISTS
from kajing.records.selectors.selection import MOST_TICKED, Selection, named
from kajing.records.services.tables import TableFile

router = Router()
_FILE: dict[str, Any] = {
    "responses": {
        200: {
            "description": "A file; its last lines, or a page of its own, say who took it out, when, and the reference",
            "content": {
                "text/csv": {"schema": {"type": "string", "examples": ["客户号,姓名\nC0000001,王*明\n"]}},
                XLSX_TYPE: {"schema": {"type": "string", "format": "binary"}},
            },
        }
    }
}
Address = Annotated[str, Field(max_length=2000, description="The query of the list's address, such as `bucket=M1`.")]


_OWN = "obj_[a-z0-9_]{2,14}"  # the list of an object of the bank's own
ListName = Annotated[str, Field(pattern=f"^(customers|tasks|{_OWN})$", examples=["customers", "obj_vip_event"])]
AskedList = Annotated[str, Field(pattern=f"^(customers|tasks|trail|{_OWN})$", examples=["customers", "trail"])]


class ConsentEntryOut(Schema):
    """One entry of the ledger; the newest for a channel or for ANY counts."""

    id: int
    purpose: str = Field(examples=["MARKETING"])
    channel: str = Field(examples=["SMS"])
    given: bool
    text_version: str
    at: datetime
    source: str
    recorded_by: str


class ConsentIn(Body):
    """A word of the customer: given (with the version of the text agreed to) or withdrawn."""

    purpose: Word = Field(examples=["MARKETING"])
    channel: Word = Field(examples=["SMS"])
    given: bool
    text_version: Annotated[str, Field(max_length=40)] = ""
    source: Note = ""
    reason: Note = ""


class ChosenIn(Body):
    """Customers by number, or everybody whom the query of a list's address names."""

    customer_ids: list[BankId] = Field(default_factory=list, max_length=MOST_TICKED)
    query: Address | None = None


class AssignIn(ChosenIn):
    """Who takes the customers: a manager, or the public pool of a unit."""

    manager: BankId | None = None
    unit: BankId | None = None
    reason: Reason


class AssignedOut(Schema):
    """How many changed hands, or will when the job has run; the numbers under `/bulk`, `/undo` and of the pack."""

    count: int
    left_alone: int = Field(description="Refused rows; `/bulk/{bulk}/failures` says why.")
    queued: bool
    bulk: int
    undo: int | None
    handover: int | None


class ExportIn(ChosenIn):
    """Why rows leave the system; for the list `tasks` the numbers or the query are those of the task list."""

    reason: Reason
    form: Literal["csv", "xlsx"] = "csv"
    list: ListName = "customers"


class ExportAskIn(ExportIn):
    """The same for a file above the cap, of the audit trail too."""

    list: AskedList = "customers"


class ExportOut(Schema):
    """A file above the row cap, from being asked for to being fetched once."""

    id: int
    list_name: str = Field(examples=["customers"])
    form: str = Field(examples=["xlsx"])
    reference: str = Field(description="Stands in the file and in the audit log.", examples=["E20261123-9f2c41ab"])
    state: str = Field(examples=["WAITING"])
    asked_rows: int
    rows: int | None
    reason: str
    asked_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    sha256: str


@router.get(
    "/customers/{customer_id}/consents", response=list[ConsentEntryOut], summary="The consent ledger, newest first"
)
@needs("customers.view")
def consents(request: HttpRequest, customer_id: BankId) -> object:
    return consent_entries(_customer(request, customer_id))


@router.post("/customers/{customer_id}/consents", response={201: ConsentEntryOut}, summary="Record a customer's word")
@needs("customers.record_consent")
def record_consent(request: HttpRequest, customer_id: BankId, body: ConsentIn) -> object:
    known: dict[str, Any] = {
        "actor": request.user, "customer": _customer(request, customer_id), "at": timezone.now(),
        **body.dict(include={"purpose", "channel", "source"}),
    }  # fmt: skip
    if body.given:
        return Status(201, services.record_consent(text_version=body.text_version, **known))
    return Status(201, services.withdraw_consent(reason=body.reason, **known))


@router.post("/assignments", response=AssignedOut, summary="Hand customers to a manager or to the pool")
@needs("customers.assign")
def assign(request: HttpRequest, body: AssignIn) -> object:
    """More than a hundred customers are moved by a job (`queued`)."""
    made = services.assign_selection(
        actor=request.user, chosen=chosen_by(request, body), manager=body.manager or "", unit=body.unit or "",
        on=today_for(request.user), at=timezone.now(), reason=body.reason,
    )  # fmt: skip
    act, queued = made.act, made.act.state == made.act.State.WORKING
    return {
        "count": act.asked if queued else act.done, "left_alone": act.failed, "queued": queued, "bulk": act.pk,
        "undo": act.reversal_id, "handover": made.handover,
    }  # fmt: skip


@router.post("/exports/file", summary="The chosen customers as CSV up to the row cap, masked", openapi_extra=_FILE)
@needs("customers.export")
def export(request: HttpRequest, body: ExportIn) -> HttpResponse:
    made = services.export_selection(
        actor=request.user, chosen=chosen_by(request, body, body.list), reason=body.reason, form=body.form,
        at=timezone.now(),
    )  # fmt: skip
    return _file(made)


@router.get("/exports", response=ListOf[ExportOut], summary="My files above the row cap, newest first")
@staff
def exports(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    return paging.page(own_exports(request.user), order=("-asked_at", "-id"), cursor=cursor, limit=limit)


@router.post("/exports", response={201: ExportOut}, summary="Ask for a file above the row cap")
@staff
def ask_for_export(request: HttpRequest, body: ExportAskIn) -> object:
    """Each list under its own right: `trail` is the audit trail, for who reads it, under the filters of `/audit`."""
    return Status(201, services.request_export(
        actor=request.user, chosen=chosen_by(request, body, body.list), reason=body.reason, form=body.form,
        at=timezone.now(),
    ))  # fmt: skip


@router.post("/exports/{export_id}/fetch", summary="Fetch an approved file, once", openapi_extra=_FILE)
@staff
def fetch_export(request: HttpRequest, export_id: RowId) -> HttpResponse:
    get_object_or_404(own_exports(request.user), pk=export_id)
    made = services.fetch_export(actor=request.user, number=export_id, at=timezone.now())
    return _file(made)


def _customer(request: HttpRequest, customer_id: str) -> Customer:
    found: Customer = get_object_or_404(customers(request.user), pk=customer_id)
    return found


def chosen_by(request: HttpRequest, body: ChosenIn, listed: str = "customers") -> Selection:
    """What a body means; a query that the list cannot read is 422, so that nobody acts on more than was meant."""
    ids = [] if listed == TRAIL.name else body.customer_ids  # rows of the trail are chosen by filters alone
    spec = LISTS.get(listed)
    if spec is None:
        raise Http404
    return named(request.user, spec, ids=ids, address=body.query, today=today_for(request.user))


def _file(made: TableFile) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(made.content, content_type=made.media_type, headers=headers)
