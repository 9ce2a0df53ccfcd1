"""Templates of messages over the API: what may be sent today, every one with its versions, write, ask, withdraw.

Approving and returning is the approval's own operation: `POST /approvals/{id}/approve`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from kajing.api import paging
from kajing.api.schemas import LINES, Body, Cursor, Limit, Line, ListOf, Reason, RowId, Search
from kajing.contact.choices import Purpose
from kajing.contact.messages_api import ChannelName
from kajing.contact.models import MessageTemplate, TemplateVersion
from kajing.contact.selectors import wordings as selectors
from kajing.contact.services import wordings as services
from kajing.lib.access import needs

router = Router()
VIEW = "contact.view_messages"
Number = Annotated[int, Field(ge=1, le=100_000)]


class TemplateOut(Schema):
    """A template that may be sent today."""

    id: int
    name: str = Field(examples=["账单提醒"])
    kind: str = Field(examples=["REMINDER"])
    channel: str = Field(examples=["SMS"])
    purpose: str = Field(examples=["SERVICE"])
    language: str = Field(examples=["zh-hans"])
    version: int
    subject: str
    body: str = Field(examples=["尊敬的{customer.title},您的账单已出。"])

    @staticmethod
    def of(version: TemplateVersion) -> dict[str, Any]:
        """The answer for one version."""
        told = version.template
        return {
            "id": told.pk, "name": told.name, "kind": told.kind, "channel": told.channel, "purpose": told.purpose,
            "language": told.language, "version": version.number, "subject": version.subject, "body": version.body,
        }  # fmt: skip


class WordingOut(Schema):
    """One version of a template."""

    template_id: int
    number: int = Field(examples=[2])
    state: str = Field(description="DRAFT, ASKED, APPROVED, RETURNED or RETIRED", examples=["DRAFT"])
    subject: str
    body: str = Field(examples=["尊敬的{customer.title},您的账单已出。"])
    valid_from: date
    valid_to: date | None = Field(description="The last day.")
    review_id: str = Field(description="消保审查编号", examples=["XB-2026-118"])
    written_by: str = Field(examples=["P0007"])
    written_at: datetime
    asked_at: datetime | None
    decided_by: str
    decided_at: datetime | None
    decision_note: str


class TemplateStateOut(Schema):
    """A template and where its newest version stands."""

    id: int
    name: str = Field(examples=["账单提醒"])
    kind: str = Field(examples=["REMINDER"])
    channel: str = Field(examples=["SMS"])
    purpose: str = Field(examples=["SERVICE"])
    language: str = Field(examples=["zh-hans"])
    newest_number: int
    newest_state: str = Field(examples=["DRAFT"])
    newest_at: datetime


class WholeTemplateOut(TemplateStateOut):
    """A template with its versions, the newest first."""

    versions: list[WordingOut]

    @staticmethod
    def resolve_versions(template: MessageTemplate) -> list[TemplateVersion]:
        return selectors.versions(template)


class WordingIn(Body):
    """One wording, with the days it is valid. Fields in braces are filled in for each customer."""

    subject: Annotated[str, Field(max_length=200, description="Mails only."), LINES] = ""
    body: Annotated[
        str, Field(min_length=1, max_length=20_000, examples=["尊敬的{customer.title},您的账单已出。"]), LINES
    ]
    valid_from: date
    valid_to: date | None = Field(None, description="The last day.")
    review_id: Annotated[str, Field(max_length=60, description="Marketing needs the number of its review."), LINES] = ""


class NewTemplateIn(WordingIn):
    """A new template with its first wording."""

    name: Annotated[Line, Field(max_length=100, examples=["账单提醒"])]
    kind: Literal["CARE", "NOTICE", "REMINDER", "OFFER", "REPLY"]
    channel: ChannelName
    purpose: Purpose
    language: Literal["zh-hans", "en"] = "zh-hans"


class RetireWordingIn(Body):
    """Why a version is withdrawn."""

    reason: Reason = Field(examples=["the fee changed"])


class TemplatesQuery(Schema):
    """Filters of templates."""

    state: Literal["", "DRAFT", "ASKED", "APPROVED", "RETURNED", "RETIRED"] = Field(
        "", description="Of the newest version."
    )
    channel: Literal["", "SMS", "WECOM", "EMAIL"] = ""
    search: Search = ""
    cursor: Cursor = ""
    limit: Limit = 50


@router.get("/message-templates", response=ListOf[TemplateOut], summary="Templates that may be sent today")
@needs(VIEW)
def message_templates(request: HttpRequest, channel: Literal["", "SMS", "WECOM", "EMAIL"] = "") -> dict[str, Any]:
    """Of each template the version in force."""
    found = selectors.usable(request.user, timezone.localdate(), channel=channel).order_by("template_id")
    items = [TemplateOut.of(version) for version in found]
    return {"items": items, "next": None, "total": len(items)}


@router.post("/message-templates", response={201: WholeTemplateOut}, summary="Write a new template")
@needs(services.WRITE)
def write_template(request: HttpRequest, body: NewTemplateIn) -> Status[MessageTemplate]:
    """Its first version is a draft. 422 names an unknown field, a phrase that may not be said, or a text too long."""
    made = services.write_template(actor=request.user, at=timezone.now(), **body.dict())
    return Status(201, _template(request, made.template_id))


@router.get("/message-templates/all", response=ListOf[TemplateStateOut], summary="Every template")
@needs(VIEW)
def every_template(request: HttpRequest, query: Query[TemplatesQuery]) -> dict[str, Any]:
    """With where its newest version stands; by name."""
    found = selectors.templates(request.user, state=query.state, channel=query.channel, search=query.search)
    return paging.page(found, order=("name", "pk"), cursor=query.cursor, limit=query.limit)


@router.get("/message-templates/{template_id}", response=WholeTemplateOut, summary="One template with its versions")
@needs(VIEW)
def one_template(request: HttpRequest, template_id: RowId) -> MessageTemplate:
    return _template(request, template_id)


@router.post("/message-templates/{template_id}/versions", response={201: WordingOut}, summary="Change a template")
@needs(services.WRITE)
def write_version(request: HttpRequest, template_id: RowId, body: WordingIn) -> Status[TemplateVersion]:
    """The draft is changed; where the newest version was asked about already, the next one begins."""
    found = _template(request, template_id)
    return Status(201, services.write_version(actor=request.user, template=found, at=timezone.now(), **body.dict()))


@router.post(
    "/message-templates/{template_id}/versions/{number}/ask",
    response=WordingOut,
    summary="Ask to have a draft approved",
)
@needs(services.WRITE)
def ask_wording(request: HttpRequest, template_id: RowId, number: Number) -> TemplateVersion:
    """Somebody else decides it, by the approval chain of templates. 409 when it is no draft any more."""
    version = _version(request, template_id, number)
    return services.ask_approval(actor=request.user, version=version, at=timezone.now())


@router.post(
    "/message-templates/{template_id}/versions/{number}/retire", response=WordingOut, summary="Withdraw a version"
)
@needs(services.APPROVE)
def retire_wording(request: HttpRequest, template_id: RowId, number: Number, body: RetireWordingIn) -> TemplateVersion:
    """Nothing is sent with it from now on. 409 when it is not approved."""
    version = _version(request, template_id, number)
    return services.retire(actor=request.user, version=version, reason=body.reason, at=timezone.now())


def _template(request: HttpRequest, pk: int) -> MessageTemplate:
    return get_object_or_404(selectors.templates(request.user), pk=pk)


def _version(request: HttpRequest, template_id: int, number: int) -> TemplateVersion:
    found = selectors.version_of(_template(request, template_id), number)
    if found is None:
        raise Http404
    return found
