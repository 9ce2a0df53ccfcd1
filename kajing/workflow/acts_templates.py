"""The approval of a message template as an act that needs consent: `contact` asks, this room decides and answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext_lazy, gettext_noop

from kajing.contact.models import TemplateVersion
from kajing.contact.services import wordings
from kajing.contact.signals import template_asked, template_voted
from kajing.lib.errors import DomainError
from kajing.org.models import Person
from kajing.workflow import approvals
from kajing.workflow.approvals import Act, Change
from kajing.workflow.models import ApprovalRequest, ApprovalSeat
from kajing.workflow.services.approvals import approve as vote_for
from kajing.workflow.services.approvals import ask_approval, return_request

NAME = "contact.template"


def describe(payload: Mapping[str, Any]) -> list[Change]:
    """The words in force, if any, and those to be."""
    version = TemplateVersion.objects.select_related("template").filter(pk=payload["version"]).first()
    if version is None:
        return []
    template = version.template
    earlier = template.versions.filter(state=TemplateVersion.State.APPROVED, number__lt=version.number).first()
    text, before = (" ".join(f"{one.subject} {one.body}".split()) if one else "—" for one in (version, earlier))
    lines = [
        Change(
            gettext_lazy("Template"), f"v{earlier.number}" if earlier else "—", f"{template.name} v{version.number}"
        ),
        Change(gettext_lazy("Channel"), "—", template.channel_words),
        Change(gettext_lazy("Text"), before, text),
    ]
    review = Change(gettext_lazy("Consumer-protection review"), "—", version.review_id)
    return [*lines, review] if template.sells else lines


def _version(request: ApprovalRequest) -> TemplateVersion:
    return TemplateVersion.objects.select_related("template").get(pk=request.payload["version"])


def _last_vote(request: ApprovalRequest, state: str) -> ApprovalSeat | None:
    votes = ApprovalSeat.objects.filter(stage__request=request, stage__round=request.round, state=state)
    return votes.order_by("-voted_at", "-pk").first()


def _note(request: ApprovalRequest, kind: str) -> str:
    told = request.events.filter(kind=kind).order_by("-id").first()
    return told.reason if told else ""


def _approved(request: ApprovalRequest, at: datetime) -> None:
    seat = _last_vote(request, ApprovalSeat.State.APPROVED)
    voter = Person.objects.get(person_no=seat.voted_by) if seat else None
    wordings.settle(actor=voter, version=_version(request), approve=True, note=_note(request, "APPROVED"), at=at)


def _returned(request: ApprovalRequest, at: datetime) -> None:
    seat = _last_vote(request, ApprovalSeat.State.RETURNED)
    voter = Person.objects.get(person_no=seat.voted_by) if seat else None
    note = _note(request, "RETURNED" if seat else "TIMED_OUT")
    wordings.settle(actor=voter, version=_version(request), approve=False, note=note, at=at)


def _taken_back(request: ApprovalRequest, at: datetime) -> None:
    wordings.take_back(actor=request.asker, version=_version(request), at=at)


def _again(request: ApprovalRequest, at: datetime) -> None:
    wordings.ask_again(actor=request.asker, version=_version(request), at=at)


@receiver(template_asked)
def templates_need_consent(sender: object, version: TemplateVersion, actor: Person, at: datetime, **news: Any) -> None:
    """A wording waits for the consent of others."""
    _ask(version, actor, at)


@receiver(template_voted)
def a_vote_on_a_template(
    sender: object, *, version: TemplateVersion, actor: Person, approve: bool, note: str, at: datetime, **news: Any
) -> None:
    """A vote given where the template is, not on the page of the request. Raises DomainError."""
    request = open_request(version) or _ask_for_author(version, at)
    if not approve:
        return_request(actor=actor, request=request, reason=note, at=at)
        return
    voted = vote_for(actor=actor, request=request, at=at, reason=note)
    if voted.problem:
        raise DomainError(voted.problem)


def open_request(version: TemplateVersion) -> ApprovalRequest | None:
    """The request about a version that waits."""
    open_ = ApprovalRequest.objects.filter(act=NAME, object_id=str(version.pk), state=ApprovalRequest.State.OPEN)
    return open_.select_related("asker", "unit", "chain").first()


def _ask(version: TemplateVersion, actor: Person, at: datetime) -> ApprovalRequest:
    return ask_approval(
        actor=actor, act=NAME, object_id=str(version.pk), reason=f"{version.template.name} v{version.number}", at=at,
        payload={"version": version.pk, "template": version.template_id},
    )  # fmt: skip


def _ask_for_author(version: TemplateVersion, at: datetime) -> ApprovalRequest:
    author = Person.objects.filter(person_no=version.written_by).first()
    if author is None:
        raise DomainError(gettext_lazy("Who wrote this version is not known any more. Write a new version and ask."))
    return _ask(version, author, at)


def ask_for_waiting(at: datetime) -> int:
    """Give every version that waits without a request one, in its author's name: those of releases before this act.

    Where nobody can be asked it goes back to its author with the reason. Returns how many there were.
    """
    open_ = ApprovalRequest.objects.filter(act=NAME, state=ApprovalRequest.State.OPEN)
    known = {int(pk) for pk in open_.values_list("object_id", flat=True)}
    waiting = TemplateVersion.objects.filter(state=TemplateVersion.State.ASKED).exclude(pk__in=known)
    found = list(waiting.select_related("template")[:100])
    for version in found:
        try:
            _ask_for_author(version, at)
        except DomainError as error:
            wordings.settle(actor=None, version=version, approve=False, note=str(error), at=at)
    return len(found)


def of_version(user: Any, version: TemplateVersion) -> dict[str, Any] | None:
    """The panel on the template's page: where its newest version stands on its way; None before it was asked about."""
    from kajing.workflow.selectors import approvals as selectors

    found = ApprovalRequest.objects.filter(act=NAME, object_id=str(version.pk)).select_related("asker").first()
    if found is None:
        return None
    return {
        "request": found, "stages": selectors.stages(found), "seat": selectors.seat_of(user, found),
        "seen": selectors.requests(user).filter(pk=found.pk).exists(),
    }  # fmt: skip


def register() -> None:
    """Say that there is such an act."""
    approvals.register(
        Act(
            name=NAME, title=gettext_noop("Message template"), icon="file-check", permission=wordings.WRITE,
            describe=describe, apply=_approved, returned=_returned, taken_back=_taken_back, sent_again=_again,
            policies=("approval_hours",), open_to_deciders=True,
            url=lambda payload: reverse("contact:template", args=[payload["template"]]),
            chain=({"name": gettext_noop("Leader or compliance"), "way": "ANY",
                    "who": [{"leader": True}, {"role": "COMPLIANCE"}]},),
        )
    )  # fmt: skip
