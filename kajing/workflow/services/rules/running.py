"""Rules at work. An act only leaves a job behind; the job runs the rules, each customer in a savepoint of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.audit.models import AuditRow
from kajing.audit.services import record
from kajing.customers.models import Customer
from kajing.lib.errors import DomainError
from kajing.lib.periods import SHANGHAI
from kajing.notifications.services import notify
from kajing.org.models import Person
from kajing.queue.services import enqueue
from kajing.workflow import rules
from kajing.workflow.models import RuleRun, RuleVersion
from kajing.workflow.rules import CHAIN, Occasion
from kajing.workflow.services.rules.matching import event_hits, holding, scheduled

JOB = "workflow.rules"
CATCH_UP = timedelta(days=3)
Result, State = RuleRun.Result, RuleVersion.State
AT_WORK = (State.LIVE, State.SHADOW)


def noticed(*, row_id: int, action: str, customer_id: str, changes: Mapping[str, Any], at: datetime) -> bool:
    """An act was recorded: leave a job when some rule at work waits for it. Whether one was left."""
    if not customer_id or action not in rules.ACTS:
        return False
    waiting = at_work("act").filter(trigger__action=action)
    if not any(rules.met(one.trigger, action, changes) for one in waiting):
        return False
    enqueue(JOB, at=at, kwargs={"row": row_id, "chain": list(CHAIN.get())})
    return True


def at_work(kind: str) -> Any:
    """Live and shadow versions of a kind of trigger, in the order they act."""
    found = RuleVersion.objects.filter(state__in=AT_WORK, trigger__kind=kind)
    return found.select_related("rule").order_by("priority", "pk")


def run_act(*, row_id: int, chain: Iterable[int], at: datetime) -> int:
    """Run the rules that a recorded act sets off; returns how many customers were met. Repeating it does nothing."""
    row = AuditRow.objects.filter(pk=row_id).first()
    if row is None or not row.customer_id:
        return 0
    before, count = tuple(chain), 0
    facts = {"action": row.action, "object": row.object_kind, "object_id": row.object_id}
    for version in at_work("act"):
        if not rules.met(version.trigger, row.action, row.changes):
            continue
        key, day = f"audit:{row.pk}", row.at.astimezone(SHANGHAI).date()
        met = apply(version, {row.customer_id: key}, on=day, at=at, facts=facts, chain=before)
        count += met
        if met and version.stops and version.state == State.LIVE:
            break
    return count


def run_night_rules(*, as_of: date, at: datetime) -> dict[str, int]:
    """Rules of dates and schedules for the morning after a night; the same night again does nothing."""
    today, counts = as_of + timedelta(days=1), {"met": 0}
    for version in at_work("event"):
        hits = {pk: key for pk, _day, key in event_hits(version, today - CATCH_UP, today)}
        counts["met"] += apply(version, hits, on=today, at=at, facts={"event": version.trigger["event"]})
    for version in at_work("schedule"):
        if scheduled(version, today):
            hits = dict.fromkeys(holding(version, None, today), f"schedule:{today}")
            counts["met"] += apply(version, hits, on=today, at=at, facts={"event": "schedule"})
    return counts


def apply(
    version: RuleVersion,
    hits: Mapping[str, str],
    *,
    on: date,
    at: datetime,
    facts: Mapping[str, Any],
    chain: tuple[int, ...] = (),
) -> int:
    """Act, or in shadow write down, for each hit customer for whom the condition holds; returns how many are new."""
    done = set(version.runs.filter(customer__in=hits).values_list("customer_id", "event_key"))
    fresh = [pk for pk, key in hits.items() if (pk, key) not in done]
    people = Customer.objects.filter(pk__in=holding(version, fresh, on)).select_related("manager", "unit")
    return sum(_one(version, Occasion(version.rule.code, one, hits[one.pk], on, at, facts), chain) for one in people)


def _one(version: RuleVersion, occasion: Occasion, chain: tuple[int, ...]) -> int:
    try:
        with transaction.atomic():
            run = _run(version, occasion, chain)
            run.save()
    except IntegrityError:  # another worker was quicker
        return 0
    if run.result in {Result.FAILED, Result.LIMITED, Result.LOOP}:
        _tell_author(version, run, occasion.at)
    return 1


def _run(version: RuleVersion, occasion: Occasion, chain: tuple[int, ...]) -> RuleRun:
    run = RuleRun(version=version, event_key=occasion.key, customer=occasion.customer, at=occasion.at)
    if version.rule_id in chain or len(chain) >= rules.MOST_DEPTH:
        run.result, run.problem = Result.LOOP, _("Rules set each other off; this one was not run again.")
        return run
    if version.state == State.SHADOW:
        return _plan(version, occasion, run)
    recent = version.runs.filter(result=Result.DONE, at__gt=occasion.at - timedelta(hours=1)).count()
    if recent >= version.hourly_limit:
        run.result = Result.LIMITED
        run.problem = _("The rule acted %(count)s times within an hour; its limit is reached.") % {"count": recent}
        return run
    return _act(version, occasion, run, chain)


def _plan(version: RuleVersion, occasion: Occasion, run: RuleRun) -> RuleRun:
    """Shadow: what would be done, in words. Nothing is written but the run itself."""
    run.result = Result.WOULD
    for spec in version.actions:
        action = rules.action_of(spec["kind"])
        try:
            said = action.plan(spec, occasion) if action else _("there is no action of this kind.")
        except DomainError as error:
            said = str(error)
        run.detail.append({"action": spec["kind"], "said": said})
    return run


def _act(version: RuleVersion, occasion: Occasion, run: RuleRun, chain: tuple[int, ...]) -> RuleRun:
    """All actions for one customer, or none: a failing one takes the others back."""
    token = CHAIN.set((*chain, version.rule_id))
    try:
        with transaction.atomic():
            for spec in version.actions:
                run.detail.append({"action": spec["kind"], "said": _do(spec, occasion)})
            _record(version, occasion)
        run.result = Result.DONE
    except DomainError as error:
        run.result, run.problem, run.detail = Result.FAILED, str(error)[:400], []
    finally:
        CHAIN.reset(token)
    return run


def _do(spec: Mapping[str, Any], occasion: Occasion) -> str:
    action = rules.action_of(spec["kind"])
    if action is None:
        raise DomainError(_("there is no action of this kind."))
    return action.run(spec, occasion)


def _record(version: RuleVersion, occasion: Occasion) -> None:
    record(
        actor="system", action="workflow.rule_run", object_kind="rule", object_id=version.rule.code, at=occasion.at,
        customer_id=occasion.customer.pk, changes={"version": version.number, "event": occasion.key},
    )  # fmt: skip


def _tell_author(version: RuleVersion, run: RuleRun, at: datetime) -> None:
    author = Person.objects.filter(person_no=version.author).first()
    if author is not None:
        notify(
            person=author, kind="rule.problem", at=at,
            title=gettext_noop("The rule %(rule)s has problems: %(problem)s"),
            params={"rule": version.rule.name, "problem": run.problem}, url=f"/rules/{version.rule.code}/",
            group=f"rule:{version.rule.code}",
        )  # fmt: skip
