"""Telling people of new alerts: one line each for the night, and one for every alert that cannot wait."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext_noop

from kajing.notifications.selectors import already_told
from kajing.notifications.services import notify
from kajing.org.models import Person
from kajing.org.selectors import leader_of
from kajing.risk.models import Alert
from kajing.risk.rules import rule
from kajing.workflow.models import Task

RAISED = "alert.raised"
ESCALATED = "alert.escalated"
AT_ONCE = ("L4", "L5")


def tell_new_alerts(*, as_of: date, at: datetime) -> dict[str, int]:
    """News of the alerts raised on a night; who was told already is not told again."""
    new = Alert.objects.filter(raised_on=as_of, state=Alert.State.OPEN)
    return {"people": _tell_owners(new, as_of, at), "escalated": _escalate(new, at)}


def _tell_owners(new: QuerySet[Alert], as_of: date, at: datetime) -> int:
    sources = [f"alert:{pk}" for pk in new.values_list("pk", flat=True)]
    counts = _owners(sources)
    group = f"alerts:{as_of}"
    told = already_told(group)
    people = Person.objects.filter(person_no__in=counts).exclude(pk__in=told)
    for person in people:
        notify(
            person=person, kind=RAISED, title=gettext_noop("%(count)s new alerts for you from the night of %(day)s"),
            params={"count": counts[person.person_no], "day": {"date": as_of.isoformat()}},
            url="/risk/?change=new", group=group, at=at,
        )  # fmt: skip
    return len(people)


def _owners(sources: list[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for start in range(0, len(sources), 500):
        found = Task.objects.filter(source__in=sources[start : start + 500]).order_by().values_list("owner_id")
        for owner, number in found.annotate(n=Count("pk")):
            counts[owner] = counts.get(owner, 0) + number
    return counts


def _escalate(new: QuerySet[Alert], at: datetime) -> int:
    """L4 and worse reach the leader of the unit at once (domain §4)."""
    severe = list(new.filter(severity__in=AT_ONCE).select_related("customer__unit"))
    for alert in severe:
        with transaction.atomic():
            _escalate_one(alert, at)
    return len(severe)


def _escalate_one(alert: Alert, at: datetime) -> None:
    leader = leader_of(alert.customer.unit)
    group = f"alert:{alert.pk}"
    if leader is None or leader.pk in already_told(group):
        return
    notify(
        person=leader, kind=ESCALATED, title=gettext_noop("Severe alert %(severity)s: %(alert)s"),
        params={"severity": alert.severity, "alert": rule(alert.rule).title, "_translate": ["alert"]},
        url=f"/risk/{alert.pk}/", group=group, at=at,
    )  # fmt: skip
