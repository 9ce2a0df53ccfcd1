"""Leads over the API: the same calls as the pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Query, Router, Status

from kajing.api.schemas import ListOf, RowId
from kajing.audit.selectors import today_for
from kajing.customers.api import RevealOut
from kajing.customers.selectors import listed, rows_under
from kajing.lib.access import needs
from kajing.records.api import raw_values
from kajing.records.bulk_api import BulkActOut
from kajing.records.fields.listing import VALUES
from kajing.records.selectors import fields_of, tallies
from kajing.records.selectors.tags import PAGE
from kajing.sales.api.lead_schemas import (
    LeadActivityIn,
    LeadActivityOut,
    LeadChangeIn,
    LeadCheckIn,
    LeadColumnOut,
    LeadFunnelOut,
    LeadIn,
    LeadLinkIn,
    LeadLossIn,
    LeadMatchOut,
    LeadMoveIn,
    LeadOut,
    LeadOwnerIn,
    LeadQuery,
    LeadReleaseIn,
    LeadReopenIn,
    LeadRevealIn,
    LeadStayOut,
    ManyLeadsIn,
    Words,
)
from kajing.sales.lead_list import LEAD_BOARD, LEADS
from kajing.sales.lead_rows import LeadRow, lead_rows, load_leads
from kajing.sales.models import Lead
from kajing.sales.selectors import leads as selectors
from kajing.sales.services import leads as services
from kajing.sales.services.leads import many
from kajing.workflow.selectors import person

router = Router()
VIEW, WORK = "sales.view_leads", "sales.work_leads"
ACTS = {"assign": many.GIVE, "lose": many.LOSE, "tag": many.TAG, "untag": many.UNTAG}


@router.get("/leads", response=ListOf[LeadOut], summary="Leads I see")
@needs(VIEW)
def leads(request: HttpRequest, query: Query[LeadQuery]) -> dict[str, Any]:
    """The list of leads under its filters, in any of its orders."""
    page = listed(request.user, LEADS, query.dict(), today_for(request.user))
    return {"items": _rows(request.user, page.rows), "next": page.next or None, "total": page.total_value}


def _rows(user: Any, rows: Sequence[LeadRow]) -> list[dict[str, Any]]:
    met = fields_of("lead", user)
    return [_out(user, row, met) for row in rows]


PLAIN = (
    "source", "source_detail", "code_owner_no", "referrer_id", "customer_id", "product_id", "expected_limit",
    "consent_version", "consent_at", "owned_since", "owned_until", "stage", "stage_since", "loss_reason", "rival",
    "rival_card", "touched_at", "created_at", "version",
)  # fmt: skip


def _out(user: Any, row: LeadRow, met: Sequence[Any]) -> dict[str, Any]:
    one, key = row.lead, str(row.pk)
    values, tags = row.extra[VALUES], row.extra[PAGE].found.get(key, [])
    personal = dict.fromkeys(("phone", "id_number", "employer"), "") | selectors.shown_personal(user, one)
    found = {each.definition.name: values.of(key, each.definition.pk) for each in met}
    return {
        "id": one.pk, "number": one.number, "name": row.name, "owner": one.owner_id, "unit": one.unit_id, **personal,
        **{name: getattr(one, name) for name in PLAIN}, "tags": [tag.name for tag in tags],
        "fields": {name: value.out if value else None for name, value in found.items()},
    }  # fmt: skip


def _one(user: Any, one: Lead) -> dict[str, Any]:
    """A lead as its reader sees it; who gave it out of their own area still reads what they wrote."""
    return _rows(user, load_leads(user, [one.pk]) or lead_rows(user, [one]))[0]


def _lead(user: Any, lead_id: int) -> Lead:
    found = selectors.lead(user, lead_id)
    if found is None:
        raise Http404
    return found


def _aware(moment: datetime) -> datetime:
    """A time without zone is Shanghai time."""
    return moment if moment.tzinfo else timezone.make_aware(moment)


@router.post("/leads", response={201: LeadOut}, summary="Register a lead")
@needs(WORK)
def register(request: HttpRequest, body: LeadIn) -> Status[dict[str, Any]]:
    """409 names who is on file already under the phone or ID number: whom to ask, or that it can be claimed."""
    user: Any = request.user
    given = body.dict(exclude={"owner", "claim", "tags", "fields"})
    facts = services.Facts(**{name: value if value is not None else "" for name, value in given.items()
                              if name not in {"expected_limit", "consent_at"}},
                           expected_limit=body.expected_limit, consent_at=_aware(body.consent_at))  # fmt: skip
    one = services.register(
        actor=user, facts=facts, at=timezone.now(), owner=person(user, body.owner) if body.owner else None,
        claim=body.claim, tags=body.tags, values=None if body.fields is None else raw_values("lead", user, body.fields),
    )  # fmt: skip
    return Status(201, _one(user, one))


@router.post("/leads/check", response=list[LeadMatchOut], summary="Is somebody on file already?")
@needs(WORK)
def check(request: HttpRequest, body: LeadCheckIn) -> list[dict[str, Any]]:
    """Leads and customers of the whole bank under a phone or an ID number; counted towards the day's checks."""
    found = services.check_lead(
        actor=request.user, phone=body.phone, id_number=body.id_number, at=timezone.now()
    )  # fmt: skip
    names = ("kind", "contact", "contact_no", "unit", "claimable", "lead_id", "customer_id")
    return [{"said": services.said_of(one), **{name: getattr(one, name) for name in names}} for one in found]


@router.get("/leads/board", response=list[LeadColumnOut], summary="Leads by stage")
@needs(VIEW)
def board(request: HttpRequest, whose: Words = "", show: Words = "", where: str = "") -> list[dict[str, Any]]:
    """Every stage with count, sum of expected limits and the first cards, under filters of the list."""
    rows = rows_under(request.user, LEADS, {"whose": whose, "show": show, "where": where}, today_for(request.user))
    return [
        {"stage": one.state, "count": one.count, "expected_limit": one.total, "first": list(one.keys)}
        for one in tallies(LEAD_BOARD, rows)
    ]


@router.get("/leads/funnel", response=LeadFunnelOut, summary="The funnel of leads")
@needs(VIEW)
def funnel(request: HttpRequest, months: Literal["3", "6", "12"] = "3") -> dict[str, Any]:
    """Reached by stage for leads that came in within these months, with the median of days in each stage."""
    found = selectors.funnel(request.user, today_for(request.user), int(months))
    steps = [
        {"stage": one.stage, "reached": one.reached, "of_stage_before": one.share, "of_all": one.of_all,
         "median_days": one.days}
        for one in found.steps
    ]  # fmt: skip
    return {"since": found.first, "entered": found.entered, "lost": found.lost, "steps": steps}


@router.post("/leads/many", response={201: BulkActOut}, summary="Act on many leads")
@needs(WORK)
def many_leads(request: HttpRequest, body: ManyLeadsIn) -> Status[Any]:
    """At once up to a hundred, else in the background: follow it under `/bulk/{act_id}`; `/undo` takes it back."""
    user: Any = request.user
    params: dict[str, Any] = {"tag": body.tag}
    if body.act == "assign":
        params = {"owner": person(user, body.owner or user.person_no).person_no, "reason": body.reason}
    elif body.act == "lose":
        params = {"reason": body.reason, "rival": body.rival, "rival_card": body.rival_card, "note": body.note}
    ids = list(dict.fromkeys(body.ids))
    return Status(201, many.act_on_many(actor=user, kind=ACTS[body.act], ids=ids, params=params, at=timezone.now()))


@router.get("/leads/{lead_id}", response=LeadOut, summary="One lead")
@needs(VIEW)
def lead(request: HttpRequest, lead_id: RowId) -> dict[str, Any]:
    """As far as I may see it."""
    return _one(request.user, _lead(request.user, lead_id))


@router.patch("/leads/{lead_id}", response=LeadOut, summary="Change a lead")
@needs(WORK)
def change(request: HttpRequest, lead_id: RowId, body: LeadChangeIn) -> dict[str, Any]:
    """What is given is written; a changed phone or ID number is looked up in the whole bank first."""
    user: Any = request.user
    given = body.dict(exclude_unset=True, exclude={"version"})
    one = services.change_some(
        actor=user, lead=_lead(user, lead_id), given=given, version=body.version, at=timezone.now()
    )
    return _one(user, one)


@router.get("/leads/{lead_id}/way", response=list[LeadStayOut], summary="The stages of a lead")
@needs(VIEW)
def way(request: HttpRequest, lead_id: RowId) -> list[dict[str, Any]]:
    """Every stage entered, with the days in it."""
    found = selectors.way(_lead(request.user, lead_id), today_for(request.user))
    return [{"stage": one.stage, "entered_at": one.entered, "days": one.days} for one in found if one.entered]


@router.post("/leads/{lead_id}/move", response=LeadOut, summary="Move a lead to another stage")
@needs(WORK)
def move(request: HttpRequest, lead_id: RowId, body: LeadMoveIn) -> dict[str, Any]:
    """422 names everything the state gate misses."""
    user: Any = request.user
    return _one(user, services.move(actor=user, lead=_lead(user, lead_id), at=timezone.now(), **body.dict()))


@router.post("/leads/{lead_id}/lose", response=LeadOut, summary="A lead is lost")
@needs(WORK)
def lose(request: HttpRequest, lead_id: RowId, body: LeadLossIn) -> dict[str, Any]:
    """With the reason, and the rival with its card where the reason asks for them."""
    user: Any = request.user
    return _one(user, services.lose(actor=user, lead=_lead(user, lead_id), at=timezone.now(), **body.dict()))


@router.post("/leads/{lead_id}/reopen", response=LeadOut, summary="Open a lost lead again")
@needs(WORK)
def reopen(request: HttpRequest, lead_id: RowId, body: LeadReopenIn) -> dict[str, Any]:
    """Unless the person is on file elsewhere by now."""
    user: Any = request.user
    return _one(user, services.reopen(actor=user, lead=_lead(user, lead_id), at=timezone.now(), **body.dict()))


@router.post("/leads/{lead_id}/assign", response=LeadOut, summary="Assign a lead")
@needs("sales.assign_leads")
def assign(request: HttpRequest, lead_id: RowId, body: LeadOwnerIn) -> dict[str, Any]:
    """To somebody of one's place, for a whole period from today on."""
    user: Any = request.user
    one = services.assign(
        actor=user, lead=_lead(user, lead_id), owner=person(user, body.owner), reason=body.reason,
        version=body.version, at=timezone.now(),
    )  # fmt: skip
    return _one(user, one)


@router.post("/leads/{lead_id}/claim", response=LeadOut, summary="Claim a lead")
@needs(WORK)
def claim(request: HttpRequest, lead_id: RowId) -> dict[str, Any]:
    """Out of the pool, or from an owner whose time is over."""
    user: Any = request.user
    return _one(user, services.claim(actor=user, lead=_lead(user, lead_id), at=timezone.now()))


@router.post("/leads/{lead_id}/release", response=LeadOut, summary="Release a lead to the pool")
@needs(WORK)
def release(request: HttpRequest, lead_id: RowId, body: LeadReleaseIn) -> dict[str, Any]:
    """For a reason."""
    user: Any = request.user
    one = services.release(actor=user, lead=_lead(user, lead_id), reason=body.reason, at=timezone.now())
    return _one(user, one)


@router.post("/leads/{lead_id}/link", response=LeadOut, summary="Link a lead to a customer")
@needs(WORK)
def link(request: HttpRequest, lead_id: RowId, body: LeadLinkIn) -> dict[str, Any]:
    """Whom the lead became: a customer I see."""
    user: Any = request.user
    one = services.link(actor=user, lead=_lead(user, lead_id), customer_id=body.customer_id, at=timezone.now())
    return _one(user, one)


@router.post("/leads/{lead_id}/reveal", response=RevealOut, summary="Show a personal field of a lead in clear")
@needs("customers.reveal")
def reveal(request: HttpRequest, lead_id: RowId, body: LeadRevealIn) -> Any:
    """For who knows the lead; audited with the reason, and limited to so many a day."""
    request.told_once = ("value",)  # type: ignore[attr-defined]
    user: Any = request.user
    return services.reveal_lead(
        actor=user, lead=_lead(user, lead_id), field=body.field, reason=body.reason, at=timezone.now(),
        address=request.META.get("REMOTE_ADDR", ""),
    )  # fmt: skip


@router.get("/leads/{lead_id}/activities", response=list[LeadActivityOut], summary="What was done about a lead")
@needs(VIEW)
def activities(request: HttpRequest, lead_id: RowId) -> Any:
    """Newest first; nothing for who does not know the lead yet."""
    return selectors.activities(request.user, _lead(request.user, lead_id))


@router.post("/leads/{lead_id}/activities", response={201: LeadActivityOut}, summary="Log an activity")
@needs(WORK)
def log_activity(request: HttpRequest, lead_id: RowId, body: LeadActivityIn) -> Status[Any]:
    """A next step that is a call or a visit keeps the contact hours."""
    user: Any = request.user
    told = body.dict()
    for name in ("happened_at", "next_at"):
        told[name] = _aware(told[name]) if told[name] else None
    row = services.log_activity(actor=user, lead=_lead(user, lead_id), at=timezone.now(), **told)
    return Status(201, row)
