"""The audit trail and the nights, as the feed contract names them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from kajing.api import paging
from kajing.api.schemas import Cursor, Limit, ListOf, Search
from kajing.audit import selectors
from kajing.lib.access import needs, staff

router = Router()


class AuditOut(Schema):
    """One act."""

    id: int
    at: datetime
    actor: str = Field(examples=["P000123"])
    action: str = Field(examples=["customers.reveal"])
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


@router.get(
    "/audit", response=ListOf[AuditOut], summary="Who did what (auditors and compliance; administrators: system events)"
)
@needs("audit.view_any")
def audit(
    request: HttpRequest,
    actor: Search = "",
    action: Search = "",
    customer_id: Search = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    rows = selectors.rows(request.user, actor=actor, action=action, customer_id=customer_id)
    return paging.page(rows, order=("-id",), cursor=cursor, limit=limit)


@router.get("/nights", response=ListOf[NightOut], summary="The last nights with their steps")
@staff
def nights(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    return paging.page(selectors.nights(), order=("-as_of",), cursor=cursor, limit=limit)
