"""Rules at work. An act only leaves a job behind; the job runs the rules, each record in a savepoint of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.audit.models import AuditRow
from kajing.audit.services import record
from kajing.lib.errors import DomainError
from kajing.lib.periods import SHANGHAI
from kajing.notifications.services import notify
from kajing.org.models import Person
from kajing.queue.services import enqueue
from kajing.records import undo
from kajing.records.models import Reversal
from kajing.reference.selectors import undo_until
from kajing.workflow import rules, schedules, subjects
from kajing.workflow.models import RuleMade, RuleRun, RuleVersion
from kajing.workflow.rules import CHAIN, Occasion
from kajing.workflow.services.rules.matching import CHUNK, about, event_hits, holding, subjects_of
from kajing.workflow.subjects import Subject, SubjectKind

JOB = "workflow.rules"
TITLE = gettext_noop("Rule at work: %(rule)s, %(day)s")
CATCH_UP = timedelta(days=3)
Result, State = RuleRun.Result, RuleVersion.State
AT_WORK = (State.LIVE, State.SHADOW)


# Acts that no rule waits for, and when that was asked: an act on many customers asks once. Other processes' rules are
# noticed after FRESH, those of this process at once (`forget`).
FRESH = timedelta(seconds=1)
_quiet: dict[str, datetime] = {}


def forget() -> None:
    """A rule was written or changed: ask again what rules wait for."""
    _quiet.clear()


def noticed(
    *,
    row_id: int,
    action: str,
    customer_id: str,
    changes: Mapping[str, Any],
    at: datetime,
    kind: str = "",
    object_id: str = "",
) -> bool:
    """An act was recorded: leave a job when some rule at work waits for it. Whether one was left."""
    if action not in rules.ACTS or not (customer_id or subjects.may_be_about(kind)):
        return False
    if timedelta(0) <= at - _quiet.get(action, at - FRESH) < FRESH:
        return False
    waiting = list(at_work("act").filter(trigger__action=action))
    if not waiting:
        _quiet[action] = at
    told = AuditRow(pk=row_id, customer_id=customer_id, object_kind=kind, object_id=object_id)
    if not any(rules.met(one.trigger, action, changes, kind) and subjects_of(one, [told]) for one in waiting):
        return False
    enqueue(JOB, at=at, kwargs={"row": row_id, "chain": list(CHAIN.get() or _led_here(kind, object_id))})
    return True


def _led_here(kind: str, object_id: str) -> Sequence[int]:
    """The rules behind a message or request that lives on after the rule that made it has ended."""
    found = RuleMade.objects.filter(kind=kind, object_id=object_id).values_list("chain", flat=True).first()
    return found or ()


def at_work(kind: str) -> Any:
    """Live and shadow versions of a kind of trigger, in the order they act."""
    found = RuleVersion.objects.filter(state__in=AT_WORK, trigger__kind=kind)
    return found.select_related("rule").order_by("priority", "pk")


def run_act(*, row_id: int, chain: Iterable[int], at: datetime) -> int:
    """Run the rules that a recorded act sets off; returns how many records were met. Repeating it does nothing."""
    row = AuditRow.objects.filter(pk=row_id).first()
    if row is None:
        return 0
    before, count = tuple(chain), 0
    facts = {"action": row.action, "object": row.object_kind, "object_id": row.object_id}
    for version in at_work("act"):
        if not rules.met(version.trigger, row.action, row.changes, row.object_kind):
            continue
        key, day = f"audit:{row.pk}", row.at.astimezone(SHANGHAI).date()
        hits = [(pk, key) for pk in subjects_of(version, [row]).values()]
        met = apply(version, hits, on=day, at=at, facts=facts, chain=before)
        count += met
        if met and version.stops and version.state == State.LIVE:
            break
    return count


def run_night_rules(*, as_of: date, at: datetime) -> dict[str, int]:
    """Rules of dates, and of schedules without hours, for the morning after a night; repeating it does nothing."""
    today, counts = as_of + timedelta(days=1), {"met": 0}
    for version in at_work("event"):
        hits = [(pk, key) for pk, _day, key in event_hits(version, today - CATCH_UP, today)]
        facts = {"event": version.trigger["event"]}
        counts["met"] += together(version, hits, on=today, at=at, facts=facts)
    for version in at_work("schedule"):
        if not version.trigger.get("times") and schedules.acts_on(version.trigger, today):
            hits = [(pk, f"schedule:{today}") for pk in sorted(holding(version, None, today))]
            counts["met"] += together(version, hits, on=today, at=at, facts={"event": "schedule"})
    return counts


def together(
    version: RuleVersion, hits: Iterable[tuple[str, str]], *, on: date, at: datetime, facts: Mapping[str, Any]
) -> int:
    """`apply` for many records as one act: where all it does can be put back, it can be undone as a whole."""
    back = open_undo(version, on=on, at=at)
    count = apply(version, hits, on=on, at=at, facts=facts, back=back)
    if back:
        undo.finish(back)
    return count


def open_undo(version: RuleVersion, *, on: date, at: datetime) -> Reversal | None:
    """Open the undo of a live rule's work for many records, its author's; None where an action cannot be put back."""
    author = Person.objects.select_related("unit").filter(person_no=version.author).first()
    found = [rules.action_of(spec["kind"]) for spec in version.actions]
    if author is None or version.state != State.LIVE or not all(one and one.undoable for one in found):
        return None
    return undo.begin(
        kind="workflow.rule", title=TITLE, params={"rule": version.rule.name, "day": on.isoformat()}, actor=author,
        at=at, until=undo_until(at),
    )  # fmt: skip


def apply(
    version: RuleVersion,
    hits: Iterable[tuple[str, str]],
    *,
    on: date,
    at: datetime,
    facts: Mapping[str, Any],
    chain: tuple[int, ...] = (),
    back: Reversal | None = None,
) -> int:
    """Act, or in shadow write down, for each (record, event key) for whom the condition holds; how many are new.

    `back` keeps what the rows were, for undo.
    """
    kind, wanted, count = about(version), list(dict.fromkeys(hits)), 0
    if kind is None:
        return 0
    for first in range(0, len(wanted), CHUNK):  # a night may meet more records than one statement takes
        for subject, key in _fresh(version, kind, wanted[first : first + CHUNK], on):
            occasion = Occasion(version.rule.code, subject, key, on, at, facts, version=version.pk)
            count += _one(version, occasion, chain, back)
    return count


def _fresh(
    version: RuleVersion, kind: SubjectKind, hits: Sequence[tuple[str, str]], on: date
) -> list[tuple[Subject, str]]:
    """Hits that the version has not met yet and for which its condition holds, each with its record."""
    runs = version.runs.of_subjects(kind.name, {pk for pk, _key in hits})
    column = "customer_id" if kind.name == subjects.CUSTOMER else "subject_id"
    done = set(runs.values_list(column, "event_key"))
    fresh = [one for one in hits if one not in done]
    found = kind.load(holding(version, [pk for pk, _key in fresh], on))
    return [(found[pk], key) for pk, key in fresh if pk in found]


def _one(version: RuleVersion, occasion: Occasion, chain: tuple[int, ...], back: Reversal | None) -> int:
    try:
        with transaction.atomic():
            run = _run(version, occasion, chain, back)
            run.save()
    except IntegrityError:  # another worker was quicker
        return 0
    if run.result in {Result.FAILED, Result.LIMITED, Result.LOOP}:
        _tell_author(version, run, occasion.at)
    return 1


def _run(version: RuleVersion, occasion: Occasion, chain: tuple[int, ...], back: Reversal | None) -> RuleRun:
    run = RuleRun(version=version, event_key=occasion.key, at=occasion.at)
    if occasion.subject.kind == subjects.CUSTOMER:
        run.customer = occasion.customer
    else:
        run.subject_kind, run.subject_id = occasion.subject.kind, occasion.subject.pk
    if version.rule_id in chain or len(chain) >= rules.MOST_DEPTH:
        run.result, run.problem = Result.LOOP, _("Rules set each other off; this one was not run again.")
        return run
    if version.state == State.SHADOW:
        return _plan(version, occasion, run)
    recent = version.runs.filter(
        result__in=[Result.DONE, Result.WAITING], at__gt=occasion.at - timedelta(hours=1)
    ).count()
    if recent >= version.hourly_limit:
        run.result = Result.LIMITED
        run.problem = _("The rule acted %(count)s times within an hour; its limit is reached.") % {"count": recent}
        return run
    with undo.recording(back) if back else nullcontext():
        return _act(version, occasion, run, chain)


def _plan(version: RuleVersion, occasion: Occasion, run: RuleRun) -> RuleRun:
    """Shadow: what would be done, in words. Nothing is written but the run itself."""
    run.result = Result.WOULD
    for spec in version.actions:
        said, blocked = planned(spec, occasion)
        run.blocked_by = run.blocked_by or blocked[:60]
        run.detail.append({"action": spec["kind"], "said": said})
    return run


def planned(spec: Mapping[str, Any], occasion: Occasion) -> tuple[str, str]:
    """What an action would do, in words, and the contact gate's rule where that is against it."""
    action = rules.action_of(spec["kind"])
    if action is not None and action.idle(spec, occasion.subject):
        return subjects.said_without(occasion.subject), ""
    try:
        return (action.plan(spec, occasion) if action else _("there is no action of this kind.")), ""
    except rules.HeldBack as held:
        return str(held), held.rule
    except DomainError as error:
        return str(error), ""


def _act(version: RuleVersion, occasion: Occasion, run: RuleRun, chain: tuple[int, ...]) -> RuleRun:
    """All actions for one record, or none: a failing one takes the others back."""
    try:
        run.result = perform(version, version.actions, occasion, chain, run.detail)
    except DomainError as error:
        run.result, run.problem, run.detail = Result.FAILED, str(error)[:400], []
        if isinstance(error, rules.HeldBack):
            run.result, run.blocked_by = Result.BLOCKED, error.rule[:60]
    return run


def perform(
    version: RuleVersion,
    specs: Sequence[Mapping[str, Any]],
    occasion: Occasion,
    chain: tuple[int, ...],
    detail: list[dict[str, str]],
) -> str:
    """Do actions in their order, up to one that waits; returns how it ended. Raises what an action raises."""
    token = CHAIN.set((*chain, version.rule_id))
    try:
        with transaction.atomic():
            for place, spec in enumerate(specs, start=1):
                action = rules.action_of(spec["kind"])
                if action is None:
                    raise DomainError(_("there is no action of this kind."))
                if action.idle(spec, occasion.subject):
                    detail.append({"action": spec["kind"], "said": subjects.said_without(occasion.subject)})
                    continue
                said = action.run(spec, replace(occasion, rest=tuple(specs[place:])))
                detail.append({"action": spec["kind"], "said": said})
                if action.waits:
                    return Result.WAITING
            _record(version, occasion)
    finally:
        CHAIN.reset(token)
    return Result.DONE


def keep_made(*, occasion: Occasion, kind: str, object_id: str) -> None:
    """Remember that a rule made a message or request, so that what becomes of it sets none of these rules off again."""
    RuleMade.objects.get_or_create(
        kind=kind, object_id=object_id, defaults={"version_id": occasion.version, "chain": list(CHAIN.get())}
    )


def _record(version: RuleVersion, occasion: Occasion) -> None:
    about, told = occasion.subject, {"version": version.number, "event": occasion.key}
    if about.kind != subjects.CUSTOMER:
        told |= {"record": [about.kind, about.pk]}
    record(
        actor="system", action="workflow.rule_run", object_kind="rule", object_id=version.rule.code, at=occasion.at,
        customer_id=about.customer.pk if about.customer else "", changes=told,
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
