"""One order of everything that happened: marks of the rooms, and what the feeds brought (capability 1.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.customers.models import Customer, TimelineMark
from kajing.customers.selectors.warehouse import events
from kajing.notifications.wording import worded

PAGE = 20
# Chips of the timeline: a name, its words, and the kinds of marks and events it shows.
GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "contact": (gettext_noop("Contact"), ("task", "call", "visit", "message", "hold", "consent", "complaint")),
    "call": (gettext_noop("Calls"), ("call",)),
    "visit": (gettext_noop("Visits"), ("visit",)),
    "message": (gettext_noop("Messages"), ("message",)),
    "spend": (gettext_noop("Spending"), ("transaction",)),
    "billing": (gettext_noop("Bills"), ("statement", "repayment")),
    "risk": (gettext_noop("Risk"), ("alert", "case")),
    "record": (gettext_noop("Changes of record"), ("assignment", "relation", "import", "field")),
}
KIND_ICONS = {
    "task": "circle-check", "alert": "alert-triangle", "consent": "writing-sign", "assignment": "arrows-exchange",
    "relation": "users", "hold": "ban", "statement": "receipt", "repayment": "cash", "transaction": "credit-card",
    "import": "upload", "field": "forms", "call": "phone-call", "visit": "map-pin", "message": "message",
    "complaint": "message-report",
}  # fmt: skip
TONES = {
    "call": "pri", "visit": "pri", "message": "pri", "alert": "warn", "hold": "warn", "consent": "ok",
    "repayment": "ok", "task": "pri", "complaint": "warn",
}  # fmt: skip
PLAIN_ICON = "point"


@dataclass(frozen=True)
class Event:
    """One line of the timeline."""

    at: datetime
    kind: str
    title: str
    body: str = ""
    source: str = ""
    actor: str = ""
    icon: str = PLAIN_ICON
    tone: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stretch:
    """A stretch of the timeline, newest first; `earlier` is the moment to go on from, None at the beginning."""

    events: list[Event]
    earlier: datetime | None


def timeline(customer: Customer, *, group: str = "", before: datetime | None = None, limit: int = PAGE) -> Stretch:
    """The newest events before a moment, at most `limit` of them, of one group or all."""
    kinds = GROUPS[group][1] if group in GROUPS else ()
    marks = customer.marks.order_by("-at", "-id")
    if before:
        marks = marks.filter(at__lt=before)
    if kinds:
        marks = marks.filter(kind__in=kinds)
    found = [_told(mark) for mark in marks[: limit + 1]]
    fed = events(customer.pk, before=before, limit=limit + 1, kinds=kinds)
    found += fed  # type: ignore[arg-type]  # of the same shape
    found.sort(key=lambda event: event.at, reverse=True)
    shown = found[:limit]
    # Events of one moment stay together: the next stretch begins strictly before the last moment shown.
    while len(shown) < len(found) and found[len(shown)].at == shown[-1].at:
        shown.append(found[len(shown)])
    return Stretch(shown, shown[-1].at if len(found) > len(shown) else None)


def _told(mark: TimelineMark) -> Event:
    return Event(
        at=mark.at,
        kind=mark.kind,
        title=_fill(mark.title, mark.params),
        body=_fill(mark.body, mark.params),
        source=mark.source,
        actor=mark.actor,
        icon=mark.icon or KIND_ICONS.get(mark.kind, PLAIN_ICON),
        tone=TONES.get(mark.kind, ""),
    )


def _fill(text: str, params: Mapping[str, Any]) -> str:
    """A message id in the reader's language with its parameters; a person's own words stay as they are."""
    if not text:
        return ""
    try:
        return worded(text, params) if params else _(text)
    except (KeyError, ValueError, TypeError):  # a person's words may hold a percent sign
        return text
