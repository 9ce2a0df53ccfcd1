"""Complaints as what sets rules and playbooks off, as what tasks come from, and as what rules write on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kajing.complaints import choices
from kajing.complaints.models import Complaint
from kajing.lib.periods import SHANGHAI
from kajing.workflow import events, rules, sources
from kajing.workflow.events import Event, EventKind
from kajing.workflow.rule_records import NoSuchRecord, Standard, register_standard
from kajing.workflow.rules import Occasion

ACTS = {
    "complaints.register": _("a complaint was registered"),
    "complaints.change": _("a complaint was changed"),
    "complaints.accept": _("a complaint was accepted"),
    "complaints.begin": _("a complaint is being handled"),
    "complaints.assign": _("a complaint was assigned"),
    "complaints.extend": _("a complaint got more time"),
    "complaints.facts": _("new facts came for a complaint"),
    "complaints.answer": _("a complaint was answered"),
    "complaints.close": _("a complaint was closed"),
    "complaints.withdraw": _("a complaint was withdrawn"),
    "complaints.refuse": _("a complaint was not accepted"),
    "complaints.reopen": _("a complaint was opened again"),
    "complaints.overdue": _("a complaint became overdue"),
}


def received(first: date, last: date) -> Iterator[Event]:
    """Complaints by the day they were received."""
    found = _all().filter(received_at__date__gte=first, received_at__date__lte=last)
    for row in found.iterator():
        yield Event(row.customer_id, row.received_at.astimezone(SHANGHAI).date(), f"complaint:{row.pk}", _about(row))


def due(first: date, last: date) -> Iterator[Event]:
    """Complaints that want an answer, by their last day."""
    for row in _all().filter(state__in=choices.RUNNING, due_on__gte=first, due_on__lte=last).iterator():
        yield Event(row.customer_id, row.due_on, f"complaint_due:{row.pk}:{row.due_on}", _about(row))


def overdue(first: date, last: date) -> Iterator[Event]:
    """Complaints that nobody answered in time, by the day after their last one."""
    day = timedelta(days=1)
    late = Q(answered_at=None, state__in=choices.RUNNING) | Q(answered_at__date__gt=F("due_on"))
    for row in _all().filter(late, due_on__gte=first - day, due_on__lte=last - day).iterator():
        yield Event(row.customer_id, row.due_on + day, f"complaint_overdue:{row.pk}:{row.due_on}", _about(row))


def ended(first: date, last: date) -> Iterator[Event]:
    """Complaints by the day they were closed, withdrawn or not accepted."""
    for row in _all().filter(ended_at__date__gte=first, ended_at__date__lte=last).iterator():
        if row.ended_at is not None:
            day = row.ended_at.astimezone(SHANGHAI).date()
            about = {**_about(row), "state": row.state, "fault": row.fault or "NONE"}
            yield Event(row.customer_id, day, f"complaint_ended:{row.pk}:{day}", about)


def _all() -> Any:
    return Complaint.objects.order_by("pk")


def _about(row: Complaint) -> Mapping[str, str]:
    return {"kind": row.kind, "priority": row.priority, "source": row.source, "complaint": str(row.pk)}


FACETS = {
    "kind": lambda: dict(choices.Kind.choices),
    "priority": lambda: dict(choices.Priority.choices),
    "source": lambda: dict(choices.Source.choices),
}
ENDS = {
    "state": lambda: {value: words for value, words in choices.State.choices if value in choices.ENDED},
    "fault": lambda: dict(choices.Fault.choices),
}


def _row(pk: str) -> Complaint:
    found = Complaint.objects.filter(pk=pk).first()
    if found is None:
        raise NoSuchRecord(gettext("The complaint is not there any more."))
    return found


def _set_priority(pk: str, value: str, occasion: Occasion) -> None:
    from kajing.complaints.services.by_rules import write

    write(row=_row(pk), name="priority", value=value, rule=occasion.rule, at=occasion.at)


def _set_escalated(pk: str, value: str, occasion: Occasion) -> None:
    from kajing.complaints.services.by_rules import write

    write(row=_row(pk), name="escalated", value=value == "yes", rule=occasion.rule, at=occasion.at)


def _wrong_priority(value: str) -> list[str]:
    known = ", ".join(choices.Priority.values)
    return [] if value in choices.Priority.values else [gettext("write one of %(known)s.") % {"known": known}]


def _wrong_flag(value: str) -> list[str]:
    return [] if value in {"yes", "no"} else [gettext("write yes or no.")]


def register() -> None:
    """Say so to the workflow room."""
    sources.register("complaint", lambda number: reverse("complaints:detail", args=[number]))
    rules.register_acts(ACTS)
    register_standard(
        Standard(
            kind="complaint", name="priority", title=pgettext_lazy("complaint", "priority"), wrong=_wrong_priority,
            set=_set_priority, hint="LOW, MEDIUM, HIGH, CRITICAL",
        )
    )  # fmt: skip
    register_standard(
        Standard(
            kind="complaint", name="escalated", title=pgettext_lazy("complaint", "escalated"), wrong=_wrong_flag,
            set=_set_escalated, hint=_("yes or no"),
        )
    )  # fmt: skip
    events.register(
        EventKind(
            name="complaint_received", title=pgettext_lazy("event", "Complaint received"), between=received,
            known_ahead=False, facets=FACETS,
        ),
        EventKind(name="complaint_due", title=pgettext_lazy("event", "Last day of a complaint"), between=due,
                  facets=FACETS),
        EventKind(
            name="complaint_overdue", title=pgettext_lazy("event", "Complaint overdue"), between=overdue,
            known_ahead=False, facets=FACETS,
        ),
        EventKind(
            name="complaint_ended", title=pgettext_lazy("event", "Complaint ended"), between=ended, known_ahead=False,
            facets={**FACETS, **ENDS},
        ),
    )  # fmt: skip
