"""Rules, their versions and what they did, as pages and the API read them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, Max, Q, QuerySet
from django.db.models.functions import Cast

from kajing.customers.selectors import customers
from kajing.org.selectors import names
from kajing.queue.models import OutboxMessage
from kajing.records.kinds import Kind
from kajing.records.kinds import kind_of as record_kind
from kajing.workflow import subjects
from kajing.workflow.models import RuleRun, RuleVersion, WebhookEndpoint, WorkflowRule
from kajing.workflow.webhooks import CHANNEL

MAKING = ("DRAFT", "TESTED", "SHADOW")


def rules() -> QuerySet[WorkflowRule]:
    """All rules."""
    return WorkflowRule.objects.all()


def overview(at: datetime) -> list[dict[str, Any]]:
    """Every rule with its live version, the one in the making, and what happened within 30 days."""
    recent = Q(runs__at__gte=at - timedelta(days=30))
    found = RuleVersion.objects.exclude(state=RuleVersion.State.RETIRED).select_related("rule")
    found = found.annotate(
        done=Count("runs", filter=recent & Q(runs__result="DONE")),
        would=Count("runs", filter=recent & Q(runs__result="WOULD")),
        failed=Count("runs", filter=recent & Q(runs__result__in=["FAILED", "BLOCKED", "LIMITED", "LOOP"])),
    )  # fmt: skip
    versions: dict[int, list[RuleVersion]] = {}
    for one in found:
        versions.setdefault(one.rule_id, []).append(one)
    return [{"rule": rule, "versions": versions.get(rule.pk, [])} for rule in rules()]


def versions(rule: WorkflowRule) -> QuerySet[RuleVersion]:
    """All versions, the newest first."""
    return rule.versions.order_by("-number")


def in_the_making(rule: WorkflowRule) -> RuleVersion | None:
    """The version that is not at work yet."""
    return rule.versions.filter(state__in=MAKING).first()


def runs(user: Any, rule: WorkflowRule) -> QuerySet[RuleRun]:
    """What the rule did, as far as this person sees the customers and records it met."""
    if user.role == "ADMIN":
        return RuleRun.objects.none()
    seen = RuleRun.objects.visible_to(user).filter(subject_kind="")
    for kind in _records(user):
        keys = kind.visible(user).order_by().annotate(text=Cast("pk", CharField())).values("text")
        seen |= RuleRun.objects.filter(subject_kind=kind.name, subject_id__in=keys)
    return seen.filter(version__rule=rule).select_related("version", "customer")


def _records(user: Any) -> list[Kind]:
    """Kinds of records other than customers that rules are about and this person may look at."""
    found = [record_kind(one.name) for one in subjects.kinds() if one.name != subjects.CUSTOMER]
    return [one for one in found if one is not None and user.has_perm(one.view)]


def run_counts(rule: WorkflowRule) -> list[dict[str, Any]]:
    """How often each version ended how: counts hold no customer."""
    rows = RuleRun.objects.filter(version__rule=rule).order_by().values("version__number", "result")
    words = dict(RuleRun.Result.choices)
    counted = rows.annotate(count=Count("pk")).order_by("-version__number", "result")
    return [{**row, "words": words[row["result"]]} for row in counted]


def held_back(rule: WorkflowRule) -> list[dict[str, Any]]:
    """Whom the contact gate held back, counted by its rule, with a sentence: live runs, then what shadow would meet."""
    found = RuleRun.objects.filter(version__rule=rule).exclude(blocked_by="").order_by().values("blocked_by")
    rows = found.annotate(count=Count("pk"), said=Max("problem")).order_by("-count")
    return [{**row, "said": row["said"] or row["blocked_by"]} for row in rows]


def tried(user: Any, version: RuleVersion) -> dict[str, Any]:
    """The test's result with names, its samples only as far as this person sees the customers."""
    told = dict(version.test)
    known = names({one["person_no"] for one in told.get("load", []) if one["person_no"]})
    told["load"] = [
        {**one, "name": known.get(one["person_no"], one["person_no"])}
        for one in told.get("load", [])
        if one["person_no"]
    ]
    asked = {_about(one) for one in told.get("samples", [])}
    seen = _seen(user, asked)
    told["samples"] = [one for one in told.get("samples", []) if _about(one) in seen]
    told["hidden"] = len(asked - seen)
    return told


def _about(sample: dict[str, Any]) -> tuple[str, str]:
    """The record of a sample; tests of earlier releases name the customer only."""
    return sample.get("kind", subjects.CUSTOMER), sample.get("id", sample["customer_id"])


def _seen(user: Any, asked: set[tuple[str, str]]) -> set[tuple[str, str]]:
    theirs = [pk for kind, pk in asked if kind == subjects.CUSTOMER]
    found = customers(user).filter(pk__in=theirs).values_list("pk", flat=True) if theirs else []
    seen = {(subjects.CUSTOMER, pk) for pk in found}
    for kind in _records(user):
        keys = [pk for name, pk in asked if name == kind.name]
        seen |= {(kind.name, pk) for pk in kind.seen(user, keys)} if keys else set()
    return seen


def endpoints() -> QuerySet[WebhookEndpoint]:
    """Registered addresses."""
    return WebhookEndpoint.objects.all()


def deliveries(endpoint: WebhookEndpoint | None = None) -> QuerySet[OutboxMessage]:
    """Messages to them, or to one, the newest first."""
    found = OutboxMessage.objects.filter(channel=CHANNEL).order_by("-pk")
    return found.filter(recipient=str(endpoint.pk)) if endpoint else found
