"""The time machine: what a rule would have done in the last 90 days, before anybody switches it on.

Acts are replayed from the audit trail, row by row. Dates of events are replayed from the data as it is held now. A
condition looks at today's figures: what a figure was on a past day is not kept for rules, and the result says so.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.audit.models import AuditRow
from kajing.audit.services import record
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person
from kajing.workflow import rules, schedules, subjects
from kajing.workflow.models import RuleVersion
from kajing.workflow.rules import Occasion
from kajing.workflow.selectors import day_bounds
from kajing.workflow.services.rules.matching import about, event_hits, holding, subjects_of
from kajing.workflow.services.rules.running import planned
from kajing.workflow.services.rules.versions import IN_THE_MAKING, CannotPublish
from kajing.workflow.subjects import Subject

DAYS = 90
SAMPLES = 20
State = RuleVersion.State


@dataclass(frozen=True, slots=True)
class Hit:
    """One record the rule would have met on one day."""

    subject_id: str
    on: date
    key: str


def replay(version: RuleVersion, *, today: date) -> list[Hit]:
    """Every hit of the 90 days before `today`, the newest first; each record and event once."""
    first, last = today - timedelta(days=DAYS), today - timedelta(days=1)
    found = _HOW[version.trigger["kind"]](version, first, last)
    kept = holding(version, [hit.subject_id for hit in found], today)
    unique = {(hit.subject_id, hit.key): hit for hit in found if hit.subject_id in kept}
    return sorted(unique.values(), key=lambda hit: (hit.on, hit.key, hit.subject_id), reverse=True)


def _acts(version: RuleVersion, first: date, last: date) -> list[Hit]:
    rows = AuditRow.objects.filter(
        action=version.trigger["action"], at__gte=day_bounds(first)[0], at__lt=day_bounds(last)[1]
    )
    kind = about(version)
    if kind is None:
        return []
    rows = rows.filter(object_kind__in=kind.acts_on) if kind.acts_on else rows.exclude(customer_id="")
    met = [
        row
        for row in rows.order_by().iterator()
        if rules.met(version.trigger, row.action, row.changes, row.object_kind)
    ]
    told = subjects_of(version, met)
    return [Hit(told[row.pk], row.at.astimezone(SHANGHAI).date(), f"audit:{row.pk}") for row in met if row.pk in told]


def _events(version: RuleVersion, first: date, last: date) -> list[Hit]:
    return [Hit(*one) for one in event_hits(version, first, last)]


def _schedule(version: RuleVersion, first: date, last: date) -> list[Hit]:
    """One run as it would be today, on the last day it would have acted: past days' figures are not kept."""
    acts = schedules.acts_on_days(version.trigger, first, last)
    days = [last - timedelta(days=n) for n in range(DAYS)]
    day = next((one for one in days if acts(one)), None)
    return [Hit(pk, day, f"schedule:{day}") for pk in holding(version, None, last + timedelta(days=1))] if day else []


def _runs(version: RuleVersion, first: date, last: date) -> int:
    """How often a schedule would have acted in the 90 days."""
    acts = schedules.acts_on_days(version.trigger, first, last)
    days = sum(acts(first + timedelta(days=n)) for n in range((last - first).days + 1))
    return days * max(1, len(version.trigger.get("times") or ()))


_HOW = {"act": _acts, "event": _events, "schedule": _schedule}
_NOT_REPLAYED = {
    "act": gettext_noop("Acts the night did for many customers at once are recorded as one row and are not replayed."),
    "event": gettext_noop(
        "Days of events are taken from the data as it is now; customers and cards gone since are missing."
    ),
    "schedule": gettext_noop(
        "Only the last run is counted: what each customer's figures were on earlier days is not kept."
    ),
}
_FIGURES = gettext_noop("The condition looks at today's figures, not at those of the past day.")


def report(version: RuleVersion, *, today: date, at: datetime) -> dict[str, Any]:
    """Hits, load per person and day, samples, overlap with other rules, and what could not be replayed."""
    hits = replay(version, today=today)
    kind = about(version)
    met = kind.load({hit.subject_id for hit in hits}) if kind else {}
    load = _load(version, hits, met, today, at)
    first, last = today - timedelta(days=DAYS), today - timedelta(days=1)
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "runs": _runs(version, first, last) if version.trigger["kind"] == "schedule" else None,
        "hits": len(hits),
        "subject": subjects.name_in(version.trigger),
        "customers": len(met),  # or leads: how many different records
        "without_customer": sum(one.customer is None for one in met.values()),
        "per_day_most": max(Counter(hit.on for hit in hits).values(), default=0),
        "load": [{"person_no": no, "count": count} for no, count in load.most_common(20)],
        "nobody": sum(count for no, count in load.items() if not no),
        "samples": [_sample(version, hit, met[hit.subject_id], today, at) for hit in hits[:SAMPLES]],
        "messages": _forecasts(version, list(met.values()), at),
        "overlap": _overlap(version, set(met), today),
        "limits": [_NOT_REPLAYED[version.trigger["kind"]], *([_FIGURES] if version.condition else [])],
    }


def _sample(version: RuleVersion, hit: Hit, subject: Subject, today: date, at: datetime) -> dict[str, Any]:
    """One hit with what each action would do about it today; nothing is done."""
    occasion = Occasion(version.rule.code, replace(subject), hit.key, today, at, _facts(hit), version=version.pk)
    said = [planned(spec, occasion)[0] for spec in version.actions]
    whose = {"kind": subject.kind, "id": subject.pk, "customer_id": subject.customer.pk if subject.customer else ""}
    return {**whose, "on": hit.on.isoformat(), "key": hit.key, "said": said}


def _facts(hit: Hit) -> dict[str, str]:
    """What the event was about, as the rule at work would be told."""
    row = AuditRow.objects.filter(pk=hit.key.removeprefix("audit:")).first() if hit.key.startswith("audit:") else None
    return {"action": row.action, "object": row.object_kind, "object_id": row.object_id} if row else {}


def _forecasts(version: RuleVersion, met: list[Subject], at: datetime) -> list[dict[str, Any]]:
    """What would become of the messages of a rule: how many go, wait or are blocked, and by which rule of the gate."""
    found = [(rules.action_of(spec["kind"]), spec) for spec in version.actions]
    people = list({one.customer.pk: one.customer for one in met if one.customer}.values())
    return [
        {"action": place, **action.forecast(spec, people, at)}
        for place, (action, spec) in enumerate(found, start=1)
        if action is not None and action.forecast is not None
    ]


def _load(version: RuleVersion, hits: list[Hit], met: dict[str, Subject], today: date, at: datetime) -> Counter[str]:
    """To whom the rule's tasks and news would have fallen; "" where nobody fits."""
    specs = [(rules.action_of(spec["kind"]), spec) for spec in version.actions]
    falls: dict[tuple[int, str, str], str] = {}  # who it is depends on the manager and the unit alone
    load: Counter[str] = Counter()
    for hit in hits:
        subject = met[hit.subject_id]
        occasion = Occasion(version.rule.code, subject, hit.key, today, at, {})
        for place, (action, spec) in enumerate(specs):
            if action is None or not action.falls or action.idle(spec, subject):
                continue
            key = (place, subject.manager.person_no if subject.manager else "", subject.unit.pk)
            if key not in falls:
                falls[key] = _falls_to(action, spec, occasion)
            load[falls[key]] += 1
    return load


def _falls_to(action: rules.Action, spec: dict[str, Any], occasion: Occasion) -> str:
    try:
        return action.who(spec, occasion)
    except DomainError:
        return ""


def _overlap(version: RuleVersion, met: set[str], today: date) -> list[dict[str, Any]]:
    """Other rules at work that meet the same records in the same 90 days."""
    others = RuleVersion.objects.filter(state__in=[State.LIVE, State.SHADOW]).exclude(rule=version.rule)
    found = []
    for other in others.select_related("rule"):
        if subjects.name_in(other.trigger) != subjects.name_in(version.trigger):
            continue
        shared = met & {hit.subject_id for hit in replay(other, today=today)}
        if shared:
            found.append({"rule": other.rule.code, "name": other.rule.name, "customers": len(shared)})
    return sorted(found, key=lambda one: -one["customers"])


@transaction.atomic
def try_out(*, actor: Person, version: RuleVersion, today: date, at: datetime) -> RuleVersion:
    """Run the test and keep its result with the version. Raises NotAllowed, CannotPublish."""
    if not actor.has_perm("workflow.edit_process"):
        raise NotAllowed(_("Your role may not change rules."))
    if version.state not in IN_THE_MAKING:
        raise CannotPublish(_("Only a version in the making can be tested."))
    version.test, version.tested_at = report(version, today=today, at=at), at
    if version.state == State.DRAFT:
        version.state = State.TESTED
    version.save(update_fields=["test", "tested_at", "state"])
    record(
        actor=actor.person_no, action="workflow.rule_test", object_kind="rule", object_id=version.rule.code, at=at,
        changes={"version": version.number, "hits": version.test["hits"]},
    )  # fmt: skip
    return version
