"""Asking for consent, asking again, and taking a request back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.notifications.services import close_group
from kajing.org.models import Person
from kajing.workflow import chains
from kajing.workflow.approvals import Act, act_of
from kajing.workflow.clock import policy
from kajing.workflow.models import ApprovalChain, ApprovalRequest, ApprovalStage
from kajing.workflow.selectors.approvals import live_chain
from kajing.workflow.services.approvals.stages import end, open_next
from kajing.workflow.services.approvals.writing import Kind, group, tell


class CannotAsk(DomainError):
    """The request cannot be made: no such act, nobody to decide, or it waits already."""


@transaction.atomic
def ask_approval(
    *,
    actor: Person,
    act: str,
    object_id: str,
    payload: Mapping[str, Any],
    reason: str,
    at: datetime,
    amount: int | None = None,
    customer_id: str = "",
) -> ApprovalRequest:
    """Ask for an act on a record; `payload` holds what `apply` and `describe` need: ids and figures.

    `amount` is what conditions compare, in the act's own unit (fen or a count). Raises CannotAsk, NotAllowed.
    """
    kind = _may_ask(actor, act)
    if not reason.strip():
        raise CannotAsk(_("Say why: whoever decides reads it."))
    if ApprovalRequest.objects.filter(act=act, object_id=object_id, state=ApprovalRequest.State.OPEN).exists():
        raise CannotAsk(_("This is waiting for approval already."))
    request = ApprovalRequest.objects.create(
        act=act, object_id=object_id, chain=_chain(kind, at), asker=actor, unit=actor.unit, payload=dict(payload),
        amount=amount, customer_id=customer_id, reason=scrub_card_numbers(reason.strip())[:400], asked_at=at,
    )  # fmt: skip
    tell(request, Kind.ASKED, actor.person_no, at, reason=request.reason, changes={"amount": amount})
    _begin(request, at)
    return request


@transaction.atomic
def send_again(*, actor: Person, request: ApprovalRequest, reason: str, at: datetime) -> ApprovalRequest:
    """Begin another round of a returned request, by the chain in force now. Raises CannotAsk, NotAllowed."""
    request = locked(request)
    _must_be_asker(actor, request)
    if request.state != ApprovalRequest.State.RETURNED:
        raise CannotAsk(_("Only a returned request can be sent again."))
    kind = _may_ask(actor, request.act)
    request.state, request.ended_at, request.chain = ApprovalRequest.State.OPEN, None, _chain(kind, at)
    request.round += 1
    request.version += 1
    request.reason = scrub_card_numbers(reason.strip())[:400] or request.reason
    request.save()
    tell(request, Kind.SENT_AGAIN, actor.person_no, at, reason=request.reason)
    kind.sent_again(request, at)
    _begin(request, at)
    return request


@transaction.atomic
def take_back(*, actor: Person, request: ApprovalRequest, at: datetime, reason: str = "") -> ApprovalRequest:
    """The asker no longer wants it. Raises CannotAsk when it is decided, NotAllowed."""
    request = locked(request)
    _must_be_asker(actor, request)
    if request.state not in {ApprovalRequest.State.OPEN, ApprovalRequest.State.RETURNED}:
        raise CannotAsk(_("This request has been decided; it cannot be taken back."))
    end(request, ApprovalRequest.State.TAKEN_BACK, at)
    tell(request, Kind.TAKEN_BACK, actor.person_no, at, reason=reason)
    close_group(group=group(request), at=at)
    act = act_of(request.act)
    if act is not None:
        act.taken_back(request, at)
    return request


def locked(request: ApprovalRequest) -> ApprovalRequest:
    """The newest state of the request, ours until the transaction ends."""
    found = ApprovalRequest.objects.select_for_update(of=("self",))
    return found.select_related("asker__unit", "unit", "chain").get(pk=request.pk)


def _may_ask(actor: Person, act: str) -> Act:
    kind = act_of(act)
    if kind is None:
        raise CannotAsk(_("There is no act of this name that can be approved."))
    if not actor.has_perm(kind.permission):
        raise NotAllowed(_("Your role may not ask for this."))
    return kind


def _must_be_asker(actor: Person, request: ApprovalRequest) -> None:
    if request.asker_id != actor.pk:
        raise NotAllowed(_("Only who asked may do this."))


def _chain(act: Act, at: datetime) -> ApprovalChain:
    """The version in force; the delivered one becomes version 1 at the first request."""
    found = live_chain(act.name)
    if found is None:
        newest = ApprovalChain.objects.filter(act=act.name).order_by("-version").first()
        found = ApprovalChain.objects.create(
            act=act.name, version=newest.version + 1 if newest else 1, steps=[dict(step) for step in act.chain],
            state=ApprovalChain.State.LIVE, author="system", made_at=at, published_by="system", published_at=at,
        )  # fmt: skip
    return found


def _begin(request: ApprovalRequest, at: datetime) -> None:
    """Make the stages of the round and open the first. Raises CannotAsk when a step finds nobody."""
    hours = policy("approval_hours", timezone.localdate(at), 24)
    planned = chains.unfold(request.chain.steps, unit=request.unit, amount=request.amount, hours=hours)
    if not planned:
        raise CannotAsk(_("No step of the approval chain applies to this request. Ask an administrator to correct it."))
    for one in planned:
        if not chains.people(one.who, unit=request.unit, asker=request.asker):
            raise CannotAsk(
                _("Nobody can decide the step %(step)s. Ask an administrator to correct the chain.")
                % {"step": one.name}
            )
    ApprovalStage.objects.bulk_create(
        ApprovalStage(
            request=request, round=request.round, place=place, name=one.name[:80], way=one.way, who=list(one.who),
            hours=one.hours, on_timeout=one.on_timeout,
        )
        for place, one in enumerate(planned, start=1)
    )  # fmt: skip
    open_next(request, at)
