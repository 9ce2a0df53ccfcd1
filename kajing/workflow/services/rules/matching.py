"""Whom a rule's condition holds for, and what an event names: the same for live rules, shadow and the test."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from kajing.audit.models import AuditRow
from kajing.records.lists import LISTS, Context, conditions
from kajing.workflow import events, subjects
from kajing.workflow.models import RuleVersion
from kajing.workflow.subjects import CUSTOMER, SubjectKind
from kajing.workflow.system import System

CHUNK = 500


def holding(version: RuleVersion, keys: Iterable[str] | None, on: date) -> set[str]:
    """Records, among those given or all that a schedule meets, for whom the condition holds on a day."""
    kind = about(version)
    if kind is None:
        return set()
    context = Context(System(), on)
    where = conditions.compile(LISTS[kind.list], version.condition, context) if version.condition else None
    if keys is None:
        found = kind.standing(kind.rows())
        held = (found.filter(where) if where is not None else found).order_by().values_list("pk", flat=True)
        return {str(pk) for pk in held}
    wanted, kept = list(dict.fromkeys(keys)), set[str]()
    for first in range(0, len(wanted), CHUNK):
        found = kind.rows().filter(pk__in=wanted[first : first + CHUNK])
        found = (found.filter(where) if where is not None else found).order_by()
        kept |= {str(pk) for pk in found.values_list("pk", flat=True)}
    return kept


def about(version: RuleVersion) -> SubjectKind | None:
    """The kind of records a version is about; None when its room is gone."""
    return subjects.kind_of(subjects.name_in(version.trigger))


def subjects_of(version: RuleVersion, rows: Iterable[AuditRow]) -> dict[int, str]:
    """The record that each act of the audit trail is about, by the row's number; rows about none are left out."""
    kind, found = about(version), list(rows)
    if kind is None:
        return {}
    if kind.name == CUSTOMER:
        return {row.pk: row.customer_id for row in found if row.customer_id}
    pairs = {row.pk: (row.object_kind, row.object_id) for row in found if row.object_kind in kind.acts_on}
    told = kind.of_acts(set(pairs.values()))
    return {pk: told[pair] for pk, pair in pairs.items() if pair in told}


def event_hits(version: RuleVersion, first: date, last: date) -> list[tuple[str, date, str]]:
    """(number of the record, the day the rule acts, key) of an event trigger for acting days of a span."""
    kind, subject = events.kind_of(version.trigger["event"]), subjects.name_in(version.trigger)
    if kind is None or not kind.tells_of(subject):
        return []
    shift = timedelta(days=int(version.trigger.get("days", 0)))
    where = (version.trigger.get("where") or {}).items()
    return [
        (pk, one.day + shift, one.key)
        for pk, one in kind.found(subject, first - shift, last - shift)
        if all(one.about.get(name) == value for name, value in where)
    ]
