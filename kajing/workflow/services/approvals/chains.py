"""Versions of a chain: drafted by one person, published by another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.models import Person
from kajing.workflow import chains
from kajing.workflow.approvals import act_of
from kajing.workflow.models import ApprovalChain

State = ApprovalChain.State


class CannotPublish(DomainError):
    """The version has a fault, or is published by who wrote it."""

    status = 422


@transaction.atomic
def draft_chain(
    *, actor: Person, act: str, steps: Sequence[Mapping[str, Any]], at: datetime, note: str = ""
) -> ApprovalChain:
    """Write the draft of the next version; an existing draft is replaced. Raises NotAllowed, CannotPublish."""
    if not actor.has_perm("workflow.edit_process"):
        raise NotAllowed(_("Your role may not change approval chains."))
    if act_of(act) is None:
        raise CannotPublish(_("There is no act of this name that can be approved."))
    if wrong := chains.problems(list(steps)):
        raise CannotPublish(" ".join(wrong))
    ApprovalChain.objects.filter(act=act, state=State.DRAFT).delete()
    newest = ApprovalChain.objects.filter(act=act).order_by("-version").first()
    draft = ApprovalChain.objects.create(
        act=act, version=newest.version + 1 if newest else 1, steps=[dict(step) for step in steps],
        author=actor.person_no, made_at=at, note=note[:400],
    )  # fmt: skip
    _tell(draft, actor, "draft", at, before=newest)
    return draft


@transaction.atomic
def publish_chain(*, actor: Person, chain: ApprovalChain, at: datetime) -> ApprovalChain:
    """Put a draft in force; requests that run keep the version they began with. Raises NotAllowed, CannotPublish."""
    if not actor.has_perm("workflow.publish_process"):
        raise NotAllowed(_("Your role may not publish approval chains."))
    chain = ApprovalChain.objects.select_for_update().get(pk=chain.pk)
    if chain.state != State.DRAFT:
        raise CannotPublish(_("Only a draft can be published."))
    if chain.author == actor.person_no:
        raise CannotPublish(_("Who wrote a version cannot publish it; ask a colleague."))
    if wrong := chains.problems(chain.steps):
        raise CannotPublish(" ".join(wrong))
    before = ApprovalChain.objects.filter(act=chain.act, state=State.LIVE).first()
    ApprovalChain.objects.filter(act=chain.act, state=State.LIVE).update(state=State.RETIRED)
    chain.state, chain.published_by, chain.published_at = State.LIVE, actor.person_no, at
    chain.save()
    _tell(chain, actor, "publish", at, before=before)
    return chain


def _tell(chain: ApprovalChain, actor: Person, act: str, at: datetime, *, before: ApprovalChain | None) -> None:
    record(
        actor=actor.person_no, action=f"workflow.chain_{act}", object_kind="approval_chain", object_id=str(chain),
        at=at, reason=chain.note, changes={"steps": [before.steps if before else None, chain.steps]},
    )  # fmt: skip
