"""State gates over the API: what is in force, the next versions, and moving one record."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema, Status
from pydantic import StringConstraints

from kajing.api.schemas import BankId, Body, Note, RowId, Word
from kajing.lib.access import needs, staff
from kajing.records.api import raw_values
from kajing.records.states import StateKind
from kajing.workflow.models import GateVersion
from kajing.workflow.selectors import gates as selectors
from kajing.workflow.services import gates as services

router = Router()
SEE, EDIT, PUBLISH = "workflow.view_process", "workflow.edit_process", "workflow.publish_process"
State = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]{0,64}$")]


class StateOut(Schema):
    """One state of a kind of record."""

    code: str = Field(examples=["OPEN"])
    label: str
    end: bool


class GateKindOut(Schema):
    """A kind of record with states, and its gate."""

    kind: str = Field(examples=["task"])
    label: str
    states: list[StateOut]
    live: int | None = Field(description="the version in force; null: every way of the product is open")
    draft: int | None


class GateMove(Body):
    """One move; empty lists mean every state, every role, nothing required."""

    from_: list[State] = Field(default=[], alias="from", max_length=60, examples=[["OPEN"]])
    to: State = Field(examples=["DONE"])
    roles: list[Word] = Field(default=[], max_length=20, examples=[["LEADER"]])
    facts: list[Word] = Field(default=[], max_length=40)
    own: list[Word] = Field(default=[], max_length=40)
    note: bool = False
    files: int = Field(default=0, ge=0, le=20)
    approval: bool = False


class GateIn(Body):
    """The next version of a gate."""

    moves: list[GateMove] = Field(max_length=40)
    limits: dict[State, int] = Field(default={}, description="state → hours of working time", examples=[{"OPEN": 48}])
    ends: list[State] = Field(default=[], max_length=60)
    note: Note = ""


class GateVersionOut(Schema):
    """One version of a gate."""

    kind: str
    number: int
    state: str = Field(description="DRAFT, LIVE, RETIRED", examples=["LIVE"])
    moves: list[dict[str, Any]]
    limits: dict[str, int]
    ends: list[str]
    author: str
    published_by: str
    published_at: datetime | None
    tested_at: datetime | None
    test: dict[str, Any] = Field(description="records, stuck, lacking, late; samples only of records you see")


class GateReasonIn(Body):
    """Why, where it is asked."""

    reason: Note = ""


class NextOut(Schema):
    """A state that is open next, and what is asked for on the way."""

    to: str = Field(examples=["DONE"])
    label: str
    approval: bool
    note: bool
    own: list[str] = Field(description="own fields that are empty yet")
    files: int = Field(description="files that are missing")
    lacking: list[str] = Field(description="what the record itself must have first")
    given: list[str] = Field(description="what the act asks for", examples=[["outcome"]])


class StandingOut(Schema):
    """Where a record stands under a gate in force."""

    state: str = Field(examples=["OPEN"])
    label: str
    due_at: datetime | None
    next: list[NextOut]


class MoveIn(Body):
    """A record's next state; `own` fills own fields on the way, `given` is what the act asks for."""

    to: State = Field(examples=["DONE"])
    note: Note = ""
    given: dict[Word, Note] = Field(default={}, examples=[{"outcome": "REACHED"}])
    own: dict[Word, Any] = Field(default={}, max_length=40)


class MovedOut(Schema):
    """Done, or asked for: then `approval` is the request that waits."""

    state: str = Field(examples=["DONE"])
    approval: int | None = None


@router.get("/gates", response=list[GateKindOut], summary="Kinds of records with states")
@needs(SEE)
def gates(request: HttpRequest) -> list[dict[str, Any]]:
    """Those of the product and every choice field of the bank."""
    return [_kind(row) for row in selectors.overview()]


def _kind(row: dict[str, Any]) -> dict[str, Any]:
    about: StateKind = row["kind"]
    live, draft = row["live"], row["draft"]
    return {
        "kind": about.name, "label": str(about.label), "live": live.number if live else None,
        "draft": draft.number if draft else None,
        "states": [{"code": code, "label": str(text), "end": code in about.final} for code, text in about.states()],
    }  # fmt: skip


@router.get("/gates/{kind}/versions", response=list[GateVersionOut], summary="Versions of a gate")
@needs(SEE)
def gate_versions(request: HttpRequest, kind: Word) -> list[GateVersionOut]:
    """The newest first."""
    _about(kind)
    return [_out(request, one) for one in selectors.versions(kind)]


@router.post("/gates/{kind}/versions", response={201: GateVersionOut}, summary="Write the next version of a gate")
@needs(EDIT)
def draft_gate(request: HttpRequest, kind: Word, body: GateIn) -> Status[GateVersionOut]:
    """A draft; an existing one is replaced."""
    user: Any = request.user
    _about(kind)
    moves = [one.model_dump(by_alias=True) for one in body.moves]
    made = services.draft_gate(
        actor=user, kind=kind, moves=moves, limits=body.limits, ends=body.ends, note=body.note, at=timezone.now()
    )
    return Status(201, _out(request, made))


@router.post("/gates/{kind}/versions/{number}/test", response=GateVersionOut, summary="Test a gate on the records")
@needs(EDIT)
def test_gate(request: HttpRequest, kind: Word, number: RowId) -> GateVersionOut:
    """How many records could go on, must be completed first, or would be stuck. Nothing changes."""
    user: Any = request.user
    return _out(request, services.try_gate(actor=user, version=_version(kind, number), at=timezone.now()))


@router.post("/gates/{kind}/versions/{number}/publish", response=GateVersionOut, summary="Put a gate in force")
@needs(PUBLISH)
def publish_gate(request: HttpRequest, kind: Word, number: RowId, body: GateReasonIn) -> GateVersionOut:
    """Never by its author; with stuck records only for a reason."""
    user: Any = request.user
    found = _version(kind, number)
    return _out(request, services.publish_gate(actor=user, version=found, reason=body.reason, at=timezone.now()))


@router.post("/gates/{kind}/versions/{number}/close", response=GateVersionOut, summary="Close a gate")
@needs(PUBLISH)
def close_gate(request: HttpRequest, kind: Word, number: RowId, body: GateReasonIn) -> GateVersionOut:
    """Every way of the product is open again."""
    user: Any = request.user
    found = _version(kind, number)
    return _out(request, services.retire_gate(actor=user, version=found, reason=body.reason, at=timezone.now()))


@router.get("/moves/{kind}/{object_id}", response=StandingOut, summary="Where a record stands, what is open next")
@staff
def standing(request: HttpRequest, kind: Word, object_id: BankId) -> dict[str, Any]:
    """404 also while no gate is in force: then the operations of the record itself are open."""
    gate = get_object_or_404(selectors.versions(kind), state="LIVE")
    found = selectors.standing(request.user, gate, object_id)
    if found is None:
        raise Http404
    return {
        "state": found.state, "label": found.label, "due_at": found.due_at,
        "next": [
            {**{name: getattr(one, name) for name in ("to", "label", "approval", "note", "own", "files", "lacking")},
             "given": [asked.name for asked in one.inputs]}
            for one in found.ways
        ],
    }  # fmt: skip


@router.post("/moves/{kind}/{object_id}", response=MovedOut, summary="Take a record to its next state")
@staff
def move_record(request: HttpRequest, kind: Word, object_id: BankId, body: MoveIn) -> dict[str, Any]:
    """422 names everything that is missing. With an approval it is asked for, and done by the last vote."""
    user: Any = request.user
    about = _about(kind)
    if about.find(user, object_id) is None:
        raise Http404
    made = services.make_move(
        actor=user, kind=kind, object_id=object_id, to=body.to, note=body.note, given=body.given,
        own=raw_values(about.carrier_kind, user, body.own),
        at=timezone.now(),
    )  # fmt: skip
    return {"state": about.state_of(object_id) or "", "approval": made.approval}


def _about(kind: str) -> StateKind:
    found = selectors.kind(kind)
    if found is None:
        raise Http404
    return found


def _version(kind: str, number: int) -> GateVersion:
    _about(kind)
    return get_object_or_404(selectors.versions(kind), number=number)


def _out(request: HttpRequest, one: GateVersion) -> GateVersionOut:
    names = (
        "kind", "number", "state", "moves", "limits", "ends", "author", "published_by", "published_at", "tested_at",
    )  # fmt: skip
    told = selectors.tested(request.user, one) or {}
    rows = [{**row, "samples": [link["id"] for link in row["links"]]} for row in told.get("states", [])]
    test = {**told, "states": [{name: row[name] for name in row if name != "links"} for row in rows]} if told else {}
    return GateVersionOut(**{name: getattr(one, name) for name in names}, test=test)
