"""What every act on a request writes: the event, the audit row, news to people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.lib.masks import scrub_card_numbers
from kajing.notifications.services import close_group, notify
from kajing.org.models import Person
from kajing.workflow.approvals import act_of
from kajing.workflow.models import ApprovalEvent, ApprovalRequest, ApprovalStage
from kajing.workflow.selectors.approvals import stand_ins

WANTED, DECIDED = "approval.wanted", "approval.decided"
Kind = ApprovalEvent.Kind


def tell(
    request: ApprovalRequest,
    kind: str,
    actor: str,
    at: datetime,
    *,
    stage: ApprovalStage | None = None,
    for_person: str = "",
    reason: str = "",
    changes: dict[str, Any] | None = None,
) -> ApprovalEvent:
    """Write the event of the request's history and the audit row; `actor` is a person_no or "system"."""
    text = scrub_card_numbers(reason.strip())[:400]
    record(
        actor=actor, action=f"workflow.approval_{kind.lower()}", object_kind="approval", object_id=str(request.pk),
        customer_id=request.customer_id, reason=text, at=at,
        changes={"act": request.act, "object": request.object_id, **(changes or {})},
    )  # fmt: skip
    return ApprovalEvent.objects.create(
        request=request, kind=kind, round=request.round, stage=stage.name if stage else "", actor=actor,
        for_person=for_person, reason=text, at=at,
    )  # fmt: skip


def ask_people(request: ApprovalRequest, people: Iterable[Person], at: datetime) -> None:
    """News to those whose vote is wanted, and to who stands in for them today; never to the asker."""
    seated = list(people)
    everybody = {one.pk: one for one in [*seated, *stand_ins(seated, timezone.localdate(at))]}
    for person in everybody.values():
        if person.pk != request.asker_id:
            _news(person, WANTED, gettext_noop("%(name)s asks for your approval: %(act)s"), request, at)


def tell_asker(request: ApprovalRequest, title: str, at: datetime) -> None:
    """News to who asked; what lay in the inboxes of others about it is done."""
    close_group(group=group(request), at=at)
    _news(request.asker, DECIDED, title, request, at)


def group(request: ApprovalRequest) -> str:
    """The name that all news of a request shares."""
    return f"approval:{request.pk}"


def _news(person: Person, kind: str, title: str, request: ApprovalRequest, at: datetime) -> None:
    act = act_of(request.act)
    params = {"name": request.asker.name, "act": act.title if act else request.act, "_translate": ["act"]}
    notify(
        person=person,
        kind=kind,
        title=title,
        params=params,
        url=f"/approvals/{request.pk}/",
        group=group(request),
        at=at,
    )
