"""Playbooks over the API: read, write the next version, put it in force, let events start it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema, Status

from kajing.api import paging
from kajing.api.schemas import Body, Cursor, Limit, Line, ListOf, Note, RowId, Word
from kajing.lib.access import needs
from kajing.workflow.models import Playbook, PlaybookVersion
from kajing.workflow.selectors import plans as selectors
from kajing.workflow.services import plans as services

router = Router()
SEE, EDIT = "workflow.view_process", "workflow.edit_process"


class PlaybookOut(Schema):
    """A way of working with a customer."""

    code: str = Field(examples=["new-card-90"])
    name: str
    enabled: bool = Field(description="whether events start it by themselves")
    running: int = Field(description="plans that run by it")

    @staticmethod
    def resolve_name(book: Playbook) -> str:
        return book.label


class PlaybookIn(Body):
    """A playbook to make."""

    code: Word = Field(max_length=40, examples=["new-card-90"])
    name: Line = Field(max_length=80)


class PlaybookStep(Body):
    """One step; `day` counts from day zero, `after` names the steps that come first."""

    key: Word = Field(max_length=20, examples=["1"])
    title: Line
    day: int = Field(ge=-90, le=730)
    kind: Word = Field(examples=["call_back"])
    required: bool = False
    after: list[Word] = Field(default=[], max_length=12)


class PlaybookVersionIn(Body):
    """The next version of a playbook."""

    steps: list[PlaybookStep] = Field(max_length=12)
    event: Note = Field(default="", description="what starts it; empty: by hand only", examples=["card_approved"])
    days_before: int = Field(default=0, ge=0, le=90)
    exits: list[Note] = Field(default=[], max_length=10, examples=[["status != ACTIVE"]])


class PlaybookVersionOut(Schema):
    """One version of a playbook."""

    number: int
    state: str = Field(description="DRAFT, LIVE, RETIRED", examples=["LIVE"])
    steps: list[dict[str, Any]]
    event: str
    days_before: int
    exits: list[str]
    author: str
    published_by: str
    running: int


class PlaybookSwitchIn(Body):
    """Whether events start it."""

    enabled: bool


@router.get("/playbooks", response=ListOf[PlaybookOut], summary="Playbooks")
@needs(SEE)
def playbooks(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """By their codes."""
    return paging.page(selectors.playbooks(), order=("code",), cursor=cursor, limit=limit)


@router.get("/playbooks/{code}", response=PlaybookOut, summary="One playbook")
@needs(SEE)
def playbook(request: HttpRequest, code: Word) -> Playbook:
    """With how many plans run by it."""
    return _book(code)


@router.post("/playbooks", response={201: PlaybookOut}, summary="Make a playbook")
@needs(EDIT)
def new_playbook(request: HttpRequest, body: PlaybookIn) -> Status[Playbook]:
    """Empty; its first version is written next."""
    user: Any = request.user
    made = services.new_playbook(actor=user, code=body.code, name=body.name, at=timezone.now())
    return Status(201, _book(made.code))


@router.get("/playbooks/{code}/versions", response=list[PlaybookVersionOut], summary="Versions of a playbook")
@needs(SEE)
def playbook_versions(request: HttpRequest, code: Word) -> list[PlaybookVersion]:
    """The newest first."""
    return list(selectors.versions(_book(code)))


@router.post("/playbooks/{code}/versions", response={201: PlaybookVersionOut}, summary="Write the next version")
@needs(EDIT)
def draft_playbook(request: HttpRequest, code: Word, body: PlaybookVersionIn) -> Status[PlaybookVersion]:
    """A draft; an existing one is replaced. Running plans keep their version."""
    user: Any = request.user
    made = services.draft_playbook(
        actor=user, playbook=_book(code), steps=[one.model_dump() for one in body.steps], event=body.event,
        days_before=body.days_before, exits=body.exits, at=timezone.now(),
    )  # fmt: skip
    return Status(201, _version(code, made.number))


@router.post("/playbooks/{code}/versions/{number}/publish", response=PlaybookVersionOut, summary="Put it in force")
@needs("workflow.publish_process")
def publish_playbook(request: HttpRequest, code: Word, number: RowId) -> PlaybookVersion:
    """Never by its author."""
    user: Any = request.user
    services.publish_playbook(actor=user, version=_version(code, number), at=timezone.now())
    return _version(code, number)


@router.post("/playbooks/{code}/switch", response=PlaybookOut, summary="Let events start it, or not")
@needs("workflow.publish_process")
def switch_playbook(request: HttpRequest, code: Word, body: PlaybookSwitchIn) -> Playbook:
    """Running plans go on."""
    user: Any = request.user
    services.switch_playbook(actor=user, playbook=_book(code), enabled=body.enabled, at=timezone.now())
    return _book(code)


def _book(code: str) -> Playbook:
    return get_object_or_404(selectors.playbooks(), code=code)


def _version(code: str, number: int) -> PlaybookVersion:
    return get_object_or_404(selectors.versions(_book(code)), number=number)
