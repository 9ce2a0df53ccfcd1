"""Schedules with hours: a chore notices that an hour has come, a job runs the rule for it in chunks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from kajing.lib.periods import SHANGHAI
from kajing.queue.services import enqueue
from kajing.records.models import Reversal
from kajing.workflow import schedules
from kajing.workflow.clock import policy
from kajing.workflow.models import RuleVersion
from kajing.workflow.services.rules.matching import holding
from kajing.workflow.services.rules.running import apply, at_work

JOB = "workflow.rule_schedule"
CATCH_UP, CATCH_UP_HOURS = "rule_catch_up_hours", 24  # an hour that was missed for longer is let go
CHUNK = 100


def due_hours(*, at: datetime) -> int:
    """Leave a job for every rule whose hour has come; of hours that were missed only the newest counts.

    Several workers may ask at once: the row of the version decides who was first. Returns how many jobs were left.
    """
    waiting = [version for version in at_work("schedule") if version.trigger.get("times")]
    if not waiting:
        return 0
    late = timedelta(hours=policy(CATCH_UP, day_of(at), CATCH_UP_HOURS))
    return sum(_due(version, at, late) for version in waiting)


@transaction.atomic
def _due(version: RuleVersion, at: datetime, late: timedelta) -> int:
    since = version.published_at or version.shadow_at or version.made_at
    after = max(version.last_slot or since, since, at - late)
    passed = schedules.slots(version.trigger, after, at)
    if not passed:
        return 0
    slot = passed[-1]
    new = Q(last_slot=None) | Q(last_slot__lt=slot)
    if not RuleVersion.objects.filter(new, pk=version.pk).update(last_slot=slot):
        return 0
    enqueue(JOB, at=at, kwargs={"version": version.pk, "slot": slot.isoformat()}, title=version.rule.name)
    return 1


def met_by(version: RuleVersion, slot: datetime) -> list[str]:
    """Records for which the rule's condition holds now, in order; none when it is no longer at work."""
    if not at_work("schedule").filter(pk=version.pk).exists():
        return []
    return sorted(holding(version, None, day_of(slot)))


def run_hour(
    *,
    version: RuleVersion,
    slot: datetime,
    keys: Sequence[str],
    at: datetime,
    back: Reversal | None = None,
) -> int:
    """One chunk of a rule at its hour; repeating it does nothing. Returns how many records were met."""
    key = f"schedule:{slot.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"
    hits = [(pk, key) for pk in keys]
    return apply(version, hits, on=day_of(slot), at=at, facts={"event": "schedule"}, back=back)


def day_of(slot: datetime) -> date:
    """The day of an hour."""
    return slot.astimezone(SHANGHAI).date()
