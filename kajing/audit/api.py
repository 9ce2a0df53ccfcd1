"""The audit trail and the nights, as the feed contract names them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from kajing.api import paging
from kajing.api.schemas import Body, Cursor, Limit, ListOf, Search
from kajing.audit import selectors, services
from kajing.audit.questions import questions
from kajing.lib.access import needs, staff
from kajing.lib.spreadsheets import TYPES, XLSX_TYPE

router = Router()


class AuditOut(Schema):
    """One act."""

    id: int
    at: datetime
    actor: str = Field(examples=["P000123"])
    action: str = Field(examples=["customers.reveal"])
    act: str = Field(description="the same in words", examples=["Personal value shown in clear"])
    object: str = Field(examples=["customer:C000001"])
    customer_id: str = ""
    reason: str = Field(examples=["Call about the missed payment"])
    address: str = Field(examples=["10.0.3.7"])

    @staticmethod
    def resolve_object(row: Any) -> str:
        return f"{row.object_kind}:{row.object_id}"


class NightStepOut(Schema):
    """One step of a night."""

    name: str = Field(examples=["features"])
    rows: int = Field(examples=[30000])
    seconds: float = Field(examples=[1.8])
    state: str = Field(examples=["DONE"])


class NightOut(Schema):
    """One night."""

    as_of: date
    state: str = Field(examples=["DONE"])
    started_at: datetime
    finished_at: datetime | None = None
    steps: list[NightStepOut]


class QuestionOut(Schema):
    """A question of the trail."""

    key: str = Field(examples=["id_numbers"])
    label: str


class QuestionsOut(Schema):
    """In the order of the page."""

    items: list[QuestionOut]


class TrailFileIn(Body):
    """The filters of `/audit`, and the form of the file."""

    actor: Search = ""
    action: Search = ""
    customer_id: Search = ""
    object_id: Search = ""
    question: Search = ""
    first_day: date | None = None
    last_day: date | None = None
    form: Literal["csv", "xlsx"] = "csv"

    @property
    def filters(self) -> dict[str, Any]:
        """Those that are in force."""
        return {name: value for name, value in self.dict(exclude={"form"}).items() if value}


_FILE: dict[str, Any] = {
    "responses": {
        200: {
            "description": "Its first line, or a page of its own, says who took it out, when, and the reference",
            "content": {
                "text/csv": {"schema": {"type": "string", "examples": ["# Kajing,王强 P000123\nid,at,actor\n"]}},
                XLSX_TYPE: {"schema": {"type": "string", "format": "binary"}},
            },
        }
    }
}


@router.get(
    "/audit", response=ListOf[AuditOut], summary="Who did what (auditors and compliance; administrators: system events)"
)
@needs("audit.view_any")
def audit(
    request: HttpRequest,
    actor: Search = "",
    action: Search = "",
    customer_id: Search = "",
    object_id: Search = "",
    question: Search = "",
    first_day: date | None = None,
    last_day: date | None = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """`question` is a key of `/audit/questions`; days are those of Shanghai, both included."""
    rows = selectors.rows(
        request.user, actor=actor, action=action, customer_id=customer_id, object_id=object_id, question=question,
        first_day=first_day, last_day=last_day,
    )  # fmt: skip
    return paging.page(rows, order=("-id",), cursor=cursor, limit=limit)


@router.get("/audit/questions", response=QuestionsOut, summary="Questions that reviewers ask of the trail")
@needs("audit.view_any")
def audit_questions(request: HttpRequest) -> dict[str, Any]:
    """Each is a named condition; ask it of `/audit` or take its rows out by `/audit/file`."""
    return {"items": [{"key": one.key, "label": str(one.label)} for one in questions()]}


@router.post("/audit/file", summary="The trail under filters as a file", openapi_extra=_FILE)
@needs("audit.view_any")
def audit_file(request: HttpRequest, body: TrailFileIn) -> HttpResponse:
    """Oldest first; taking it out is itself recorded."""
    file = services.export_trail(
        actor=request.user, filters=body.filters, at=timezone.now(), form=body.form
    )  # fmt: skip
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return HttpResponse(file.content, content_type=TYPES[body.form], headers=headers)


@router.get("/nights", response=ListOf[NightOut], summary="The last nights with their steps")
@staff
def nights(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    return paging.page(selectors.nights(), order=("-as_of",), cursor=cursor, limit=limit)
