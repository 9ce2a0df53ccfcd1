"""`GET /me`, as the feed contract names it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from kajing.lib.access import staff
from kajing.org import selectors

router = Router()


class Me(Schema):
    """The person who asks."""

    person_no: str = Field(examples=["P000123"])
    name: str = Field(examples=["安娜"])
    role: str = Field(examples=["MANAGER"])
    unit_code: str = Field(examples=["T01"])
    scope: str = Field(description="What this person sees, in one sentence.", examples=["Customers in the own book."])


@router.get("/me", response=Me, summary="Who I am and what I may see")
@staff
def me(request: HttpRequest) -> dict[str, Any]:
    return selectors.me(selectors.asker(request), timezone.localdate())
