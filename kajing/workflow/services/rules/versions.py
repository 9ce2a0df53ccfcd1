"""A rule's way: written, tested on 90 days, a week in shadow, put to work by somebody else, retired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.models import Person
from kajing.records.lists import LISTS, Context, conditions
from kajing.workflow import rules, subjects
from kajing.workflow.clock import policy
from kajing.workflow.models import RuleVersion, WorkflowRule
from kajing.workflow.system import System

State = RuleVersion.State
IN_THE_MAKING = (State.DRAFT, State.TESTED, State.SHADOW)


class CannotPublish(DomainError):
    """The version has a fault, or is not ready for this step."""

    status = 422


@transaction.atomic
def new_rule(*, actor: Person, code: str, name: str, at: datetime) -> WorkflowRule:
    """Make an empty rule. Raises NotAllowed, CannotPublish when the code is taken."""
    _may(actor, "workflow.edit_process")
    if WorkflowRule.objects.filter(code=code).exists():
        raise CannotPublish(_("There is a rule with this code already."))
    made = WorkflowRule.objects.create(code=code, name=name, made_by=actor.person_no, made_at=at)
    _tell(made, actor, "new", at)
    return made


@transaction.atomic
def draft_rule(
    *,
    actor: Person,
    rule: WorkflowRule,
    trigger: Mapping[str, Any],
    condition: str,
    actions: Sequence[Mapping[str, Any]],
    at: datetime,
    priority: int = 100,
    stops: bool = False,
    hourly_limit: int = 500,
) -> RuleVersion:
    """Write the next version; one in the making is replaced and begins anew. Raises NotAllowed, CannotPublish."""
    _may(actor, "workflow.edit_process")
    wrong = rules.problems(trigger, actions) + _wrong_condition(trigger, condition, at)
    if wrong:
        raise CannotPublish(" ".join(wrong))
    rule.versions.filter(state__in=IN_THE_MAKING).update(state=State.RETIRED, ended_at=at)
    newest = rule.versions.order_by("-number").first()
    draft = RuleVersion.objects.create(
        rule=rule, number=newest.number + 1 if newest else 1, trigger=dict(trigger), condition=condition.strip(),
        actions=[dict(one) for one in actions], priority=priority, stops=stops, hourly_limit=hourly_limit,
        author=actor.person_no, made_at=at,
    )  # fmt: skip
    _tell(rule, actor, "draft", at, version=draft)
    return draft


def _wrong_condition(trigger: Mapping[str, Any], condition: str, at: datetime) -> list[str]:
    about = subjects.kind_of(subjects.name_in(trigger))
    if not condition.strip() or about is None:  # an unknown kind is told by `rules.problems`
        return []
    try:
        conditions.compile(LISTS[about.list], condition, Context(System(), timezone.localdate(at)))
    except conditions.ConditionError as error:
        return [str(error)]
    return []


@transaction.atomic
def start_shadow(*, actor: Person, version: RuleVersion, at: datetime) -> RuleVersion:
    """From now on the version writes what it would do, and sends nothing. Raises NotAllowed, CannotPublish."""
    _may(actor, "workflow.edit_process")
    if version.state != State.TESTED:
        raise CannotPublish(_("Test the version on the last 90 days first."))
    version.state, version.shadow_at = State.SHADOW, at
    version.save(update_fields=["state", "shadow_at"])
    _tell(version.rule, actor, "shadow", at, version=version)
    return version


@transaction.atomic
def publish(*, actor: Person, version: RuleVersion, at: datetime, reason: str = "") -> RuleVersion:
    """Put a version to work after its days in shadow, earlier only with a reason; never by its author.

    Raises NotAllowed, CannotPublish.
    """
    _may(actor, "workflow.publish_process")
    version = RuleVersion.objects.select_for_update(of=("self",)).select_related("rule").get(pk=version.pk)
    if version.state != State.SHADOW or version.shadow_at is None:
        raise CannotPublish(_("Let the version run in shadow first."))
    if version.author == actor.person_no:
        raise CannotPublish(_("Who wrote a version cannot publish it; ask a colleague."))
    days = policy("rule_shadow_days", timezone.localdate(at), 7)
    if at - version.shadow_at < timedelta(days=days) and not reason.strip():
        raise CannotPublish(
            _("The version has not run %(days)s days in shadow. Wait, or say why not.") % {"days": days}
        )
    version.rule.versions.filter(state=State.LIVE).update(state=State.RETIRED, ended_at=at)
    version.state, version.published_by, version.published_at = State.LIVE, actor.person_no, at
    version.save(update_fields=["state", "published_by", "published_at"])
    _tell(version.rule, actor, "publish", at, version=version, reason=reason)
    return version


@transaction.atomic
def retire(*, actor: Person, version: RuleVersion, at: datetime, reason: str) -> RuleVersion:
    """Take a version out of work. Raises NotAllowed, CannotPublish."""
    if not (actor.has_perm("workflow.publish_process") or actor.has_perm("workflow.edit_process")):
        raise NotAllowed(_("Your role may not change rules."))
    if version.state == State.RETIRED:
        raise CannotPublish(_("This version is retired already."))
    version.state, version.ended_at = State.RETIRED, at
    version.save(update_fields=["state", "ended_at"])
    _tell(version.rule, actor, "retire", at, version=version, reason=reason)
    return version


def _may(actor: Person, right: str) -> None:
    if not actor.has_perm(right):
        raise NotAllowed(_("Your role may not change rules."))


def _tell(
    rule: WorkflowRule, actor: Person, act: str, at: datetime, *, version: RuleVersion | None = None, reason: str = ""
) -> None:
    changes = {"version": version.number, "trigger": version.trigger, "condition": version.condition,
               "actions": version.actions} if version else {}  # fmt: skip
    record(
        actor=actor.person_no, action=f"workflow.rule_{act}", object_kind="rule", object_id=rule.code, at=at,
        reason=reason.strip()[:400], changes=changes,
    )  # fmt: skip
