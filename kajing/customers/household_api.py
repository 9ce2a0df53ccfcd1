"""Household and ties between customers over the API (capability 1.2)."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status
from pydantic import WithJsonSchema

from kajing.api.schemas import BankId, Body, Note, RowId
from kajing.customers import selectors, services
from kajing.customers.models import Customer, Relation
from kajing.customers.selectors.household import household as household_of
from kajing.customers.selectors.sections import Tie
from kajing.lib.access import needs

router = Router()


class MemberOut(Schema):
    """One member of a household, money in fen."""

    customer_id: str
    name: str
    own: bool = Field(description="The customer who was asked about.")
    limit: int | None
    balance: int | None
    bucket: str
    manager: str


class TieOut(Schema):
    """A tie to another customer."""

    id: int
    customer_id: str = Field(description="The other customer; empty when out of sight.")
    name: str
    role: str = Field(description="What the other is to this customer.", examples=["SPOUSE"])
    note: str


class HouseholdOut(Schema):
    """Who belongs together, and what they hold and owe together; `hidden` counts kin out of sight."""

    members: list[MemberOut]
    hidden: int
    limit: int
    balance: int
    managers: list[str]
    ties: list[TieOut]


class TieIn(Body):
    """What another customer is to this one."""

    other_id: BankId
    # Written out where it is used: the document names enumerations by class, and staff have a Role too.
    role: Annotated[Relation.Role, WithJsonSchema({"type": "string", "enum": Relation.Role.values})]
    note: Note = ""


@router.get("/customers/{customer_id}/household", response=HouseholdOut, summary="Household and ties of a customer")
@needs("customers.view")
def household(request: HttpRequest, customer_id: BankId) -> dict[str, Any]:
    """Empty members when no kin is recorded; a colleague or guarantor is a tie, no member."""
    return _household(request, _customer(request, customer_id))


@router.post("/customers/{customer_id}/relations", response={201: HouseholdOut}, summary="Tie two customers")
@needs("customers.relate")
def relate(request: HttpRequest, customer_id: BankId, body: TieIn) -> Status[dict[str, Any]]:
    """Both must be in sight; 422 when the tie is recorded already."""
    about, other = _customer(request, customer_id), selectors.customer(request.user, body.other_id)
    if other is None:
        raise services.CannotRelate(_("There is no such customer in your area."))
    services.add_relation(
        actor=request.user, customer=about, other=other, role=body.role, note=body.note[:200], at=timezone.now()
    )
    return Status(201, _household(request, about))


@router.post("/customers/{customer_id}/relations/{relation_id}/remove", response=HouseholdOut, summary="Untie")
@needs("customers.relate")
def unrelate(request: HttpRequest, customer_id: BankId, relation_id: RowId) -> dict[str, Any]:
    """The audit trail keeps what it was."""
    about = _customer(request, customer_id)
    tie = get_object_or_404(selectors.relation_of(about), pk=relation_id)
    services.remove_relation(actor=request.user, relation=tie, at=timezone.now())
    return _household(request, about)


def _household(request: HttpRequest, about: Customer) -> dict[str, Any]:
    found = household_of(request.user, about)
    ties = [_tie(tie) for tie in selectors.relations(request.user, about)]
    if found is None:
        return {"members": [], "hidden": 0, "limit": 0, "balance": 0, "managers": [], "ties": ties}
    names = ("members", "hidden", "limit", "balance", "managers")
    return {name: getattr(found, name) for name in names} | {"ties": ties}


def _tie(tie: Tie) -> dict[str, Any]:
    """Who is out of sight has neither number nor name, and their note stays unread."""
    shown = {"customer_id": tie.customer_id, "name": tie.name, "note": tie.relation.note if tie.visible else ""}
    return {"id": tie.relation.pk, "role": tie.code, **shown}


def _customer(request: HttpRequest, customer_id: str) -> Customer:
    found = selectors.customer(request.user, customer_id)
    if found is None:
        raise Http404
    return found
