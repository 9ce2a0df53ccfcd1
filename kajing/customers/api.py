"""Customers over the API: the selectors and services of the pages, under the names of the feed contract."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from ninja import Query, Router, Schema, Status
from pydantic import Field

from kajing.api.schemas import BankId, Body, Cursor, Limit, ListOf, Reason, Search, Word
from kajing.audit.selectors import today_for
from kajing.customers import selectors, services
from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Customer
from kajing.customers.pool_list import POOL
from kajing.lib.access import needs

router = Router()
RIGHT = "customers.view"
Words = Annotated[str, Field(max_length=200, description="One value, or several with commas between.")]


class CustomerOut(Schema):
    """A row of the customers list."""

    customer_id: str = Field(examples=["C0000197"])
    name: str = Field(description="Masked unless the customer is yours.", examples=["王**"])
    unit_code: str
    manager_no: str | None = Field(description="Null in the public pool.")
    segment: str = Field(examples=["REVOLVER"])
    state: str = Field(examples=["ACTIVE"])
    bucket: str = Field(examples=["M0"])
    risk_band: str = Field(examples=["LOW"])
    last_purchase_on: date | None
    status: str = Field(examples=["ACTIVE"])
    credit_limit: int | None = Field(description="Fen.")
    utilisation: float | None
    spend_30d: int | None = Field(description="Fen.")
    dpd: int | None


class AccountOut(Schema):
    """A credit line; amounts in fen of its currency."""

    account_id: str
    product_id: str
    currency: str
    credit_limit: int
    temp_limit: int | None
    temp_limit_until: date | None
    statement_day: int
    due_days: int
    opened_on: date
    closed_on: date | None
    status: str


class CardOut(Schema):
    """A card by its token; the number itself is never held."""

    card_id: str
    account_id: str
    product_id: str
    last4: str
    supplementary: bool
    approved_on: date
    activated_on: date | None
    expires_on: date | None
    closed_on: date | None
    replaces_card_id: str
    status: str


class ConsentOut(Schema):
    """An entry of the consent ledger, newest first."""

    purpose: str
    channel: str
    given: bool
    text_version: str
    at: datetime
    recorded_by: str


class DetailOut(CustomerOut):
    """A customer with accounts, cards and consents; personal fields are masked."""

    accounts: list[AccountOut]
    cards: list[CardOut]
    consents: list[ConsentOut]
    open_tasks: int
    open_alerts: int
    contact: dict[str, str] = Field(description="Masked personal fields.", examples=[{"mobile": "120****2873"}])
    opened_on: date


class FeaturesOut(Schema):
    """The engine's features of one customer on one night."""

    as_of: date
    values: dict[str, Any] = Field(examples=[{"spend_30d": 680000, "utilisation": 0.24}])


class RevealIn(Body):
    """Which field, and what for."""

    field: Word = Field(examples=["mobile"])
    reason: Reason = Field(examples=["call back as promised"])


class RevealOut(Schema):
    """The clear value, and until when it may be shown."""

    value: str
    expires_at: datetime


class EventOut(Schema):
    """One line of the timeline."""

    at: datetime
    kind: str
    title: str
    body: str
    source: str


class TimelineOut(Schema):
    """A stretch of the timeline; `next` is the `before` of the stretch before it."""

    items: list[EventOut]
    next: datetime | None


class ListQuery(Schema):
    """Filters of the customers list; the others of the page are taken by the same names."""

    search: Search = ""
    segment: Words = ""
    state: Words = ""
    bucket: Words = ""
    risk_band: Words = ""
    unit: Words = ""
    manager: Words = ""
    utilisation: Words = Field("", examples=["80.."], description="Percent, from..to.")
    last_purchase: Words = Field("", examples=["..-30d"], description="Days from..to, dates or days from today.")
    audience: Words = Field("", description="Number of an audience, or several.")
    where: str = Field(
        "",
        max_length=6000,
        examples=["bucket in (M1,M2) and not last_purchase before -30d"],
        description="A condition in the filter language.",
    )
    order: str = Field("customer_id", max_length=40, examples=["-spend"])
    cursor: Cursor = ""
    limit: Limit = 50


@router.get("/customers", response=ListOf[CustomerOut], summary="Customers I may see")
@needs(RIGHT)
def customer_list(request: HttpRequest, query: Query[ListQuery]) -> dict[str, Any]:
    """The customers list under its filters, in any of its orders."""
    found = selectors.listed(request.user, CUSTOMERS, query.dict(), today_for(request.user))
    return {"items": [_row(row) for row in found.rows], "next": found.next or None, "total": found.total_value}


@router.get("/customers/{customer_id}", response=DetailOut, summary="One customer")
@needs(RIGHT)
def customer_detail(request: HttpRequest, customer_id: BankId) -> dict[str, Any]:
    """What the customer's page shows first."""
    here = selectors.customer(request.user, customer_id)  # a merged number gives the customer it means now
    found = selectors.load_rows(request.user, [here.pk]) if here else []
    if not found:
        raise Http404
    return _row(found[0]) | selectors.detail(request.user, found[0].customer)


@router.get("/customers/{customer_id}/features", response=FeaturesOut, summary="Features of a customer")
@needs(RIGHT)
def customer_features(request: HttpRequest, customer_id: BankId, as_of: date | None = None) -> dict[str, Any]:
    """Every feature of the contract, of the newest night or of one that is kept."""
    found = selectors.features(_customer(request, customer_id), as_of)
    if found is None:
        raise Http404
    return found


@router.get("/customers/{customer_id}/timeline", response=TimelineOut, summary="What happened to a customer")
@needs(RIGHT)
def customer_timeline(
    request: HttpRequest, customer_id: BankId, group: Word | None = None, before: str = "", limit: Limit = 20
) -> dict[str, Any]:
    """Newest first; `group` is contact, spend, billing, risk or record."""
    moment = parse_datetime(before) if before else None
    stretch = selectors.timeline(
        _customer(request, customer_id),
        group=group or "",
        before=moment if moment and moment.tzinfo else None,
        limit=limit,
    )
    return {"items": stretch.events, "next": stretch.earlier}


@router.post("/customers/{customer_id}/reveal", response=RevealOut, summary="Show a personal field in clear")
@needs("customers.reveal")
def reveal(request: HttpRequest, customer_id: BankId, body: RevealIn) -> Any:
    """Audited with the reason, and limited to so many a day; the answer to a repeated key no longer holds it."""
    request.told_once = ("value",)  # type: ignore[attr-defined]
    return services.reveal(
        actor=request.user,
        customer=_customer(request, customer_id),
        field=body.field,
        reason=body.reason,
        at=timezone.now(),
        address=request.META.get("REMOTE_ADDR", ""),
    )


class PoolOut(Schema):
    """A customer of the public pool; the name is masked, and nothing else opens until the customer is taken."""

    customer_id: str = Field(examples=["C0000197"])
    name: str = Field(examples=["王**"])
    unit_code: str
    value_tier: str = Field(examples=["V2"])
    state: str = Field(examples=["SLEEPING"])
    bucket: str = Field(examples=["M0"])
    credit_limit: int | None = Field(description="Fen.")
    spend_365d: int | None = Field(description="Fen.")
    last_purchase_on: date | None
    since: date | None
    why: str


class PoolQuery(Schema):
    """Filters of the pool."""

    tier: Words = Field("", examples=["V1,V2"])
    state: Words = ""
    unit: Words = ""
    order: str = Field("customer_id", max_length=40, examples=["-limit"])
    cursor: Cursor = ""
    limit: Limit = 50


class GiveBackIn(Body):
    """Why."""

    reason: Reason = Field(examples=["moved to another city"])


class TakenOut(Schema):
    """Whose the customer is now; `manager_no` is null in the pool."""

    customer_id: str
    unit_code: str
    manager_no: str | None


@router.get("/pool", response=ListOf[PoolOut], summary="Customers of the public pool I may take or assign")
@needs("customers.pool")
def pool_list(request: HttpRequest, query: Query[PoolQuery]) -> dict[str, Any]:
    """Managers: the pools of their own unit and of those above it; leaders: the pools of their whole scope."""
    found = selectors.listed(request.user, POOL, query.dict(), today_for(request.user))
    return {"items": [_pool_row(row) for row in found.rows], "next": found.next or None, "total": found.total_value}


@router.post("/pool/{customer_id}/take", response=TakenOut, summary="Take a customer from the pool")
@needs("customers.take")
def pool_take(request: HttpRequest, customer_id: BankId) -> dict[str, Any]:
    """Into the own book; 409 when a limit is reached or somebody else was faster."""
    today = today_for(request.user)
    known = selectors.pool(request.user).filter(pk=customer_id).exists()
    if not known and not selectors.left_pool_today(request.user, customer_id, today):
        raise Http404
    taken = services.take(actor=request.user, customer_id=customer_id, on=today, at=timezone.now())
    return _held(taken)


@router.post("/customers/{customer_id}/give-back", response=TakenOut, summary="Give a customer back to the pool")
@needs("customers.take")
def pool_give_back(request: HttpRequest, customer_id: BankId, body: GiveBackIn) -> dict[str, Any]:
    """Only a customer of the own book with nothing open."""
    found = _customer(request, customer_id)
    services.give_back(
        actor=request.user, customer_ids=[found.pk], reason=body.reason, on=today_for(request.user), at=timezone.now()
    )
    return {"customer_id": found.pk, "unit_code": found.unit_id, "manager_no": None}


class PoolLimitsOut(Schema):
    """How many customers of the pool one may hold and take."""

    held: int
    most: int
    today: int
    a_day: int
    left: int = Field(description="How many may still be taken today.")
    raise_asked: bool = Field(description="A request for a higher limit waits for its decision.")


class PoolRaiseIn(Body):
    """A higher limit, until a day."""

    most: int = Field(ge=1, le=100_000, examples=[220])
    until: date
    reason: Reason = Field(examples=["the branch takes over a dissolved team"])


@router.get("/pool/limits", response=PoolLimitsOut, summary="My limits in the public pool")
@needs("customers.take")
def pool_limits(request: HttpRequest) -> dict[str, Any]:
    """By the policy, or by a higher limit that was granted."""
    found = selectors.allowance(request.user, today_for(request.user))
    names = ("held", "most", "today", "a_day", "left")
    return {name: getattr(found, name) for name in names} | {"raise_asked": found.asked}


@router.post("/pool/raises", response={201: PoolLimitsOut}, summary="Ask for a higher limit of the public pool")
@needs("customers.take")
def pool_raise(request: HttpRequest, body: PoolRaiseIn) -> Status[dict[str, Any]]:
    """A leader decides under /approvals; 422 when it does not fit or a request waits already."""
    services.request_pool_raise(
        actor=request.user, most=body.most, until=body.until, reason=body.reason, on=today_for(request.user),
        at=timezone.now(),
    )  # fmt: skip
    return Status(201, pool_limits(request))


def _held(customer: Customer) -> dict[str, Any]:
    return {"customer_id": customer.pk, "unit_code": customer.unit_id, "manager_no": customer.manager_id}


def _pool_row(row: Any) -> dict[str, Any]:
    return {
        "customer_id": row.pk,
        "name": row.name,
        "unit_code": row.customer.unit_id,
        "since": row.extra.get("since"),
        "why": str(row.extra.get("why") or ""),
        **{name: row.figure(name) or "" for name in ("value_tier", "state", "bucket")},
        **{name: row.figure(name) for name in ("credit_limit", "spend_365d", "last_purchase_on")},
    }


def _customer(request: HttpRequest, customer_id: str) -> Customer:
    found = selectors.customer(request.user, customer_id)
    if found is None:
        raise Http404
    return found


def _row(row: Any) -> dict[str, Any]:
    figures = ("segment", "state", "bucket", "risk_band")
    amounts = ("last_purchase_on", "credit_limit", "utilisation", "spend_30d", "dpd")
    return {
        "customer_id": row.pk,
        "name": row.name,
        "unit_code": row.customer.unit_id,
        "manager_no": row.customer.manager_id,
        "status": row.customer.status,
        "opened_on": row.customer.opened_on,
        **{name: row.figure(name) or "" for name in figures},
        **{name: row.figure(name) for name in amounts},
    }
