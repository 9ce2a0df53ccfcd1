"""The morning digest: what each person finds today, in the app and by e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_noop

from kajing.notifications.models import DigestRow
from kajing.notifications.services import Digest, send_digest
from kajing.org.models import Person
from kajing.risk import selectors as risk
from kajing.workflow import selectors as workflow
from kajing.workflow.services.acts import task_params

LINES = 5


def send_digests(*, as_of: date, at: datetime) -> dict[str, int]:
    """One digest for everybody who has something to do today; once per person and night."""
    present = workflow.moment_after(as_of, at)
    told = set(DigestRow.objects.filter(as_of=as_of).values_list("person_id", flat=True))
    people = Person.objects.filter(is_active=True).exclude(pk__in=told).select_related("unit")
    sent = empty = 0
    for person in people:
        digest = _digest(person, present) if person.has_perm("workbench.today") else None
        if digest is not None and send_digest(person=person, as_of=as_of, digest=digest, at=at):
            sent += 1
        else:
            empty += 1
    return {"sent": sent, "nothing": empty}


def _digest(person: Person, present: workflow.Moment) -> Digest | None:
    day = workflow.my_day(person, present, limit=LINES)
    if not day.rows:
        return None
    params: dict[str, Any] = {
        "day": {"date": present.today.isoformat()}, "due": day.due, "overdue": day.overdue, "must": day.must_do,
        "alerts": sum(risk.by_severity(person).values()),
    }  # fmt: skip
    title = gettext_noop("%(day)s: %(due)s tasks, %(must)s must be done, %(alerts)s open alerts")
    return Digest(title, params, [_line(task) for task in day.rows])


def _line(task: Any) -> tuple[str, Mapping[str, Any]]:
    """A task without the customer's name: an e-mail leaves the house."""
    return gettext_noop("%(task)s (customer %(number)s)"), {**task_params(task), "number": task.customer_id or "—"}
