"""What the night does: warns handlers of near deadlines, tells leaders of overdue complaints."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_noop

from kajing.complaints import choices, clocks, selectors
from kajing.complaints.models import Complaint
from kajing.complaints.services import writing
from kajing.complaints.services.writing import tell
from kajing.notifications.services import notify
from kajing.org.models import Person
from kajing.org.selectors import leader_of

AGAIN_DAYS = 3  # before policy BP761 was loaded
_MOST = 2000


def escalate(*, as_of: date, at: datetime) -> dict[str, int]:
    """Overdue complaints reach the leader of their unit, then every few days the one above; near ones their handler.

    Counted from the morning after the night; the same night again tells nobody twice.
    """
    today = as_of + timedelta(days=1)
    return {"overdue": _overdue(today, at), "warned": _warn(today, at)}


def _running() -> QuerySet[Complaint]:
    found: QuerySet[Complaint] = Complaint.objects.filter(state__in=choices.RUNNING)
    return found.select_related("handler__unit", "unit__parent", "customer")


def _overdue(today: date, at: datetime) -> int:
    again = today - timedelta(days=clocks.days_of("complaint_escalate_days", today, AGAIN_DAYS))
    late = _running().filter(Q(told_overdue_on=None) | Q(told_overdue_on__lte=again), due_on__lt=today)
    found = list(late.order_by("due_on", "pk")[:_MOST])
    for row in found:
        with transaction.atomic():
            _tell_leader(row, today, at)
    return len(found)


def _tell_leader(row: Complaint, today: date, at: datetime) -> None:
    """The first time the unit's leader, then the next above; the complaint is marked as escalated."""
    first = leader_of(row.unit, but=row.handler)
    above = leader_of(row.unit.parent, but=first) if row.unit.parent is not None else None
    leader = first if row.told_overdue_on is None or above is None else above
    Complaint.objects.filter(pk=row.pk).update(told_overdue_on=today, escalated=True, version=F("version") + 1)
    told = {"number": row.number, "days": (today - row.due_on).days}
    tell(row, "overdue", gettext_noop("Overdue by %(days)s days; the leader was told"), actor=None, at=at, params=told,
         changes={"days": told["days"], "escalated": [row.escalated, True]})  # fmt: skip
    for person in {one.pk: one for one in (leader, row.handler) if one is not None}.values():
        _news(person, row, gettext_noop("Complaint %(number)s is %(days)s days overdue"), told, at)


def _warn(today: date, at: datetime) -> int:
    """Once for each deadline, when so few days are left as policy says."""
    last = today + timedelta(days=selectors.limits(today).warn)
    near = _running().filter(due_on__gte=today, due_on__lte=last)
    found = list(near.exclude(warned_on=F("due_on")).exclude(handler=None).order_by("due_on", "pk")[:_MOST])
    for row in found:
        with transaction.atomic():
            Complaint.objects.filter(pk=row.pk).update(warned_on=row.due_on)
            told = {"number": row.number, "days": (row.due_on - today).days}
            if row.handler is not None:
                _news(row.handler, row, gettext_noop("Complaint %(number)s: %(days)s days left"), told, at)
    return len(found)


def _news(person: Person, row: Complaint, title: str, told: Mapping[str, object], at: datetime) -> None:
    notify(
        person=person, kind="complaint.late", title=title, params=told, url=f"/complaints/{row.pk}/",
        group=f"{writing.source_of(row)}:late", at=at,
    )  # fmt: skip
