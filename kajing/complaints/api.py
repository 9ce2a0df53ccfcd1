"""Complaints over the API: the list with its filters, one, and every act of the page under its own address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from kajing.api.schemas import Body, ListOf, RowId
from kajing.audit.selectors import today_for
from kajing.complaints import selectors, services
from kajing.complaints.complaint_list import COMPLAINTS
from kajing.complaints.models import Complaint, Extension
from kajing.complaints.rows import ComplaintRow, load_rows
from kajing.complaints.schemas import (
    AcceptComplaintIn,
    AnswerComplaintIn,
    AssignComplaintIn,
    ChangeComplaintIn,
    CloseComplaintIn,
    ComplaintCodeOut,
    ComplaintEventOut,
    ComplaintIn,
    ComplaintOut,
    ComplaintPhoneIn,
    ComplaintQuery,
    EndComplaintIn,
    ExtendComplaintIn,
    ExtensionOut,
    FactsIn,
    ManyComplaintsIn,
    MergeComplaintIn,
    RefuseComplaintIn,
    ReopenComplaintIn,
    ToldExtensionIn,
    TriedComplaintsOut,
)
from kajing.complaints.services import many
from kajing.customers.api import RevealOut
from kajing.customers.selectors import customers, listed
from kajing.lib.access import needs
from kajing.records.api import raw_values
from kajing.records.bulk_api import BulkActOut
from kajing.records.fields.listing import VALUES
from kajing.records.selectors import fields_of
from kajing.records.selectors.tags import PAGE
from kajing.records.services.bulk import LOOKED_AT

router = Router()
PLAIN = ("kind", "state", "customer_id", "who", "channel", "business", "cause", "description", "demand", "incident_on",
         "received_at", "source", "regulator_ref", "regulator_due_on", "priority", "escalated", "regulatory",
         "clock_from", "stage", "due_on", "service_due_on", "accepted_at", "answered_at", "answer", "fault", "redress",
         "compensation", "ended_at", "authority_seen", "version")  # fmt: skip


@router.get("/complaints", response=ListOf[ComplaintOut], summary="Complaints I see")
@needs("complaints.view")
def complaints(request: HttpRequest, query: Query[ComplaintQuery]) -> dict[str, Any]:
    """The complaint list under its filters, fewest days left first."""
    page = listed(request.user, COMPLAINTS, query.dict(), today_for(request.user))
    return {"items": _rows(request.user, page.rows), "next": page.next or None, "total": page.total_value}


def _rows(user: Any, rows: Sequence[ComplaintRow]) -> list[dict[str, Any]]:
    met = fields_of("complaint", user)
    return [_out(row, met) for row in rows]


def _out(row: ComplaintRow, met: Sequence[Any]) -> dict[str, Any]:
    one, values, tags = row.complaint, row.extra[VALUES], row.extra[PAGE].found.get(str(row.pk), [])
    found = {each.definition.name: values.of(str(row.pk), each.definition.pk) for each in met}
    return {
        "id": one.pk, "number": one.number, **{name: getattr(one, name) for name in PLAIN},
        "complainant": row.complainant, "representatives": row.representatives, "phone": one.phone_masked,
        "handler": one.handler_id, "unit": one.unit_id, "against": one.against_id,
        "days_left": row.left if one.is_running else None, "merged_into": one.merged_into_id,
        "repeat_of": one.repeat_of_id, "tags": [tag.name for tag in tags],
        "fields": {name: value.out if value else None for name, value in found.items()},
    }  # fmt: skip


def _one(user: Any, pk: int) -> dict[str, Any]:
    return _rows(user, load_rows(user, [pk]))[0]


def _complaint(request: HttpRequest, pk: int) -> Complaint:
    return get_object_or_404(selectors.with_all(selectors.complaints(request.user)), pk=pk)


@router.post("/complaints", response={201: ComplaintOut}, summary="Register a complaint")
@needs("complaints.register")
def register_complaint(request: HttpRequest, body: ComplaintIn) -> Status[dict[str, Any]]:
    """409 while the customer has an open one of the category, until `join` or `despite` is given."""
    user: Any = request.user
    about = body.dict(exclude={"customer_id", "join", "despite", "tags", "fields", "against", "handler"})
    people = {name: _person(user, getattr(body, name), name) for name in ("against", "handler")}
    made = services.register(
        actor=user, customer=get_object_or_404(customers(user), pk=body.customer_id), at=timezone.now(),
        join=_complaint(request, body.join) if body.join else None, despite=body.despite, tags=body.tags,
        values=None if body.fields is None else raw_values("complaint", user, body.fields),
        **{**about, **people, "received_at": _aware(body.received_at)},
    )  # fmt: skip
    return Status(201, _one(user, made.pk))


def _person(user: Any, number: str | None, name: str) -> Any:
    """A handler of one's place, or anybody who is complained of. Raises CannotRegister."""
    if not number:
        return None
    found = selectors.handler_named(user, number) if name == "handler" else selectors.person_named(number)
    if found is None:
        raise services.CannotRegister(_("There is no such person."))
    return found


def _aware(moment: datetime | None) -> datetime | None:
    """A time without zone is Shanghai time."""
    return moment if moment is None or moment.tzinfo else timezone.make_aware(moment)


@router.get("/complaint-codes", response=ListOf[ComplaintCodeOut], summary="Codes of complaints in force today")
@needs("complaints.view")
def complaint_codes(request: HttpRequest) -> dict[str, Any]:
    found = list(selectors.codes_of(request.user).values())
    return {"items": found, "next": None, "total": len(found)}


@router.post("/complaints/many", response={201: BulkActOut}, summary="Act on many complaints")
@needs("complaints.handle")
def many_complaints(request: HttpRequest, body: ManyComplaintsIn) -> Status[Any]:
    """At once up to a hundred, else in the background: follow it under `/bulk/{act_id}`; `/undo` takes it back."""
    return Status(201, services.act_on_many(actor=request.user, at=timezone.now(), **_asked(request, body)))


@router.post("/complaints/many/try", response=TriedComplaintsOut, summary="Try an act on many complaints")
@needs("complaints.handle")
def try_many_complaints(request: HttpRequest, body: ManyComplaintsIn) -> dict[str, Any]:
    """Which of the first hundred would be left alone, and why; nothing is written."""
    failed = services.look_at_many(actor=request.user, at=timezone.now(), **_asked(request, body))
    refused = [{"id": pk, "reason": said} for pk, said in failed.items()]
    return {"asked": len(body.ids), "tried": min(len(body.ids), LOOKED_AT), "refused": refused}


def _asked(request: HttpRequest, body: ManyComplaintsIn) -> dict[str, Any]:
    params: dict[str, Any] = {"tag": body.tag}
    if body.act == "assign":
        handler = _person(request.user, body.handler or request.user.person_no, "handler")
        params = {"handler": handler.person_no, "reason": body.reason}
    elif body.act == "task":
        params = {"title": body.title, "due_at": (_aware(body.due_at) or timezone.now()).isoformat()}
    kinds = {"assign": many.ASSIGN, "task": many.TASK, "tag": many.TAG, "untag": many.UNTAG}
    return {"kind": kinds[body.act], "ids": list(dict.fromkeys(body.ids)), "params": params}


@router.get("/complaints/{complaint_id}", response=ComplaintOut, summary="One complaint")
@needs("complaints.view")
def complaint(request: HttpRequest, complaint_id: RowId) -> dict[str, Any]:
    return _one(request.user, _complaint(request, complaint_id).pk)


@router.get("/complaints/{complaint_id}/events", response=list[ComplaintEventOut], summary="Activity of a complaint")
@needs("complaints.view")
def complaint_events(request: HttpRequest, complaint_id: RowId) -> list[dict[str, Any]]:
    """Newest first, in the language of the request."""
    found = selectors.events(_complaint(request, complaint_id))[:500]
    return [
        {"at": one.at, "by": one.by, "title": one.title_text, "note": one.note, "changes": one.changes} for one in found
    ]


@router.get("/complaints/{complaint_id}/extensions", response=list[ExtensionOut], summary="Extensions of a complaint")
@needs("complaints.view")
def complaint_extensions(request: HttpRequest, complaint_id: RowId) -> list[Extension]:
    return list(selectors.extensions(_complaint(request, complaint_id)))


@router.post("/complaints/{complaint_id}/extensions", response={201: ExtensionOut}, summary="Ask for more time")
@needs("complaints.handle")
def extend_complaint(request: HttpRequest, complaint_id: RowId, body: ExtendComplaintIn) -> Status[Extension]:
    """15 days become 30, 30 become 60, once an approval is given."""
    row = _complaint(request, complaint_id)
    return Status(201, services.extend(actor=request.user, complaint=row, at=timezone.now(), **body.dict()))


@router.post(
    "/complaints/{complaint_id}/extensions/{extension_id}/told", response=ExtensionOut, summary="Told of the extension"
)
@needs("complaints.handle")
def told_extension(request: HttpRequest, complaint_id: RowId, extension_id: RowId, body: ToldExtensionIn) -> Extension:
    """Keeps the proof."""
    row = _complaint(request, complaint_id)
    found = get_object_or_404(selectors.extensions(row).select_related("complaint"), pk=extension_id)
    return services.tell_complainant(actor=request.user, extension=found, way=body.way, at=timezone.now())


def _act(request: HttpRequest, complaint_id: int, act: Any, body: Body, **more: Any) -> dict[str, Any]:
    row = _complaint(request, complaint_id)
    act(actor=request.user, complaint=row, at=timezone.now(), **{**body.dict(), **more})
    return _one(request.user, row.pk)


@router.post("/complaints/{complaint_id}/accept", response=ComplaintOut, summary="Accept a complaint")
@needs("complaints.handle")
def accept_complaint(request: HttpRequest, complaint_id: RowId, body: AcceptComplaintIn) -> dict[str, Any]:
    return _act(request, complaint_id, services.accept, body)


@router.post("/complaints/{complaint_id}/begin", response=ComplaintOut, summary="Begin to handle a complaint")
@needs("complaints.handle")
def begin_complaint(request: HttpRequest, complaint_id: RowId, body: AcceptComplaintIn) -> dict[str, Any]:
    return _act(request, complaint_id, services.begin, body)


@router.post("/complaints/{complaint_id}/assign", response=ComplaintOut, summary="Assign a complaint")
@needs("complaints.assign")
def assign_complaint(request: HttpRequest, complaint_id: RowId, body: AssignComplaintIn) -> dict[str, Any]:
    """403 when that person is recused."""
    row = _complaint(request, complaint_id)  # what one may not see is missing, whoever is named
    handler = _person(request.user, body.handler, "handler")
    return _act(request, row.pk, services.assign, body, handler=handler)


@router.post("/complaints/{complaint_id}/change", response=ComplaintOut, summary="Correct a complaint")
@needs("complaints.handle")
def change_complaint(request: HttpRequest, complaint_id: RowId, body: ChangeComplaintIn) -> dict[str, Any]:
    """The clocks follow the priority, never the day of receipt."""
    row, values = _complaint(request, complaint_id), body.dict(exclude_none=True)
    if "against" in values:
        values["against"] = _person(request.user, values["against"], "against")
    services.change(actor=request.user, complaint=row, at=timezone.now(), **values)
    return _one(request.user, row.pk)


@router.post("/complaints/{complaint_id}/answer", response=ComplaintOut, summary="Answer a complaint")
@needs("complaints.handle")
def answer_complaint(request: HttpRequest, complaint_id: RowId, body: AnswerComplaintIn) -> dict[str, Any]:
    return _act(request, complaint_id, services.answer, body)


@router.post("/complaints/{complaint_id}/close", response=ComplaintOut, summary="Close a complaint")
@needs("complaints.handle")
def close_complaint(request: HttpRequest, complaint_id: RowId, body: CloseComplaintIn) -> dict[str, Any]:
    return _act(request, complaint_id, services.close, body)


@router.post("/complaints/{complaint_id}/withdraw", response=ComplaintOut, summary="The complainant withdrew it")
@needs("complaints.handle")
def withdraw_complaint(request: HttpRequest, complaint_id: RowId, body: EndComplaintIn) -> dict[str, Any]:
    return _act(request, complaint_id, services.withdraw, body)


@router.post("/complaints/{complaint_id}/refuse", response=ComplaintOut, summary="Do not accept a complaint")
@needs("complaints.handle")
def refuse_complaint(request: HttpRequest, complaint_id: RowId, body: RefuseComplaintIn) -> dict[str, Any]:
    return _act(request, complaint_id, services.refuse, body)


@router.post("/complaints/{complaint_id}/reopen", response=ComplaintOut, summary="Open a complaint again")
@needs("complaints.handle")
def reopen_complaint(request: HttpRequest, complaint_id: RowId, body: ReopenComplaintIn) -> dict[str, Any]:
    return _act(request, complaint_id, services.reopen, body)


@router.post("/complaints/{complaint_id}/facts", response=ComplaintOut, summary="New facts of a complaint")
@needs("complaints.handle")
def complaint_facts(request: HttpRequest, complaint_id: RowId, body: FactsIn) -> dict[str, Any]:
    """The clock starts anew on the day they came."""
    return _act(request, complaint_id, services.add_facts, body, received_at=_aware(body.received_at))


@router.post("/complaints/{complaint_id}/merge", response=ComplaintOut, summary="Join a complaint with another")
@needs("complaints.handle")
def merge_complaint(request: HttpRequest, complaint_id: RowId, body: MergeComplaintIn) -> dict[str, Any]:
    """Gives the one that stays; its deadline stays too."""
    row, into = _complaint(request, complaint_id), _complaint(request, body.into)
    services.merge(actor=request.user, complaint=row, into=into, reason=body.reason, at=timezone.now())
    return _one(request.user, into.pk)


@router.post("/complaints/{complaint_id}/phone", response=RevealOut, summary="Show the complainant's number in clear")
@needs("customers.reveal")
def complaint_phone(request: HttpRequest, complaint_id: RowId, body: ComplaintPhoneIn) -> Any:
    """Audited with the reason, and limited to so many a day; the answer to a repeated key no longer holds it."""
    row = _complaint(request, complaint_id)
    request.told_once = ("value",)  # type: ignore[attr-defined]
    return services.reveal_phone(actor=request.user, complaint=row, reason=body.reason, at=timezone.now())
