"""Data quality by API."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema

from kajing.api.schemas import BankId
from kajing.customers import selectors
from kajing.lib.access import needs

router = Router()


class LackOut(Schema):
    """A fact that a record lacks, and what that stops."""

    name: str = Field(examples=["mobile"])
    label: str = Field(examples=["mobile number"])
    stops: str = Field(examples=["calls and text messages"])


class QualityOut(Schema):
    """One record."""

    score: int = Field(description="100 is complete", examples=[70])
    missing: list[LackOut] = Field(description="The heaviest first")


class BookQualityOut(Schema):
    """One manager's book."""

    manager_no: str = Field(examples=["P0007"])
    customers: int
    score: float = Field(examples=[86.5])
    worst: LackOut | None = Field(description="The missing fact that costs most over the book")
    lacking: int = Field(description="Customers without it")


@router.get("/customers/{customer_id}/quality", response=QualityOut, summary="What a record lacks")
@needs("customers.view")
def quality(request: HttpRequest, customer_id: BankId) -> dict[str, Any]:
    """Score and missing facts by the weights in force."""
    found = selectors.customer(request.user, customer_id)
    if found is None:
        raise Http404
    told = selectors.quality(request.user, found)
    return {"score": told.score, "missing": [_lack(part) for part in told.missing]}


@router.get("/data-quality", response=list[BookQualityOut], summary="Data quality of the books I see")
@needs("customers.view")
def books(request: HttpRequest) -> list[dict[str, Any]]:
    """The lowest score first."""
    return [
        {
            "manager_no": one.manager_no,
            "customers": one.customers,
            "score": round(one.score, 1),
            "worst": _lack(one.worst) if one.worst else None,
            "lacking": one.lacking,
        }
        for one in selectors.book_quality(request.user)
    ]


def _lack(part: Any) -> dict[str, str]:
    return {"name": part.name, "label": str(part.label), "stops": str(part.stops)}
