"""Suggestions a person may see, and how actions have done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from kajing.sales.models import Action, Suggestion
from kajing.sales.ranking import Record, interval
from kajing.sales.selectors.facts import records

UNDO_WINDOW = timedelta(minutes=30)
State = Suggestion.State


def suggestions(user: Any) -> QuerySet[Suggestion]:
    """Every suggestion about customers this person may see."""
    found: QuerySet[Suggestion] = Suggestion.objects.visible_to(user)
    return found


def suggestion(user: Any, pk: int) -> Suggestion | None:
    """One suggestion with its customer, or None."""
    return suggestions(user).select_related("customer__manager", "action").filter(pk=pk).first()


def of_customer(user: Any, customer_id: str) -> QuerySet[Suggestion]:
    """Open suggestions of one customer in their order."""
    return suggestions(user).filter(customer=customer_id, state=State.OPEN).select_related("action").order_by("place")


def top(user: Any, most: int) -> list[Suggestion]:
    """Each customer's first suggestion, the highest score first."""
    found = suggestions(user).filter(state=State.OPEN, place=1).select_related("action", "customer__manager")
    return list(found.order_by("-score", "pk")[:most])


def recently_decided(one: Suggestion, at: datetime) -> bool:
    """Whether a decision can still be taken back."""
    return one.state != State.OPEN and one.decided_at is not None and at - one.decided_at <= UNDO_WINDOW


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """How an action does: suggested now, decisions ever, judged outcomes with their interval."""

    action: Action
    open: int
    accepted: int
    later: int
    rejected: int
    record: Record

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The 95 % interval of the success rate."""
        return interval(self.record)


def actions() -> list[Action]:
    """The catalogue."""
    return list(Action.objects.all())


def track_records(user: Any) -> list[TrackRecord]:
    """Every action with the counts of one's own customers; judged outcomes are the bank's, as the rank uses them."""
    counts: dict[str, Mapping[str, Any]] = {
        row["action_id"]: row
        for row in suggestions(user)
        .order_by()
        .values("action_id")
        .annotate(**{name: Count("pk", filter=Q(state=name)) for name in State.values})
    }
    judged = records()
    return [_track_record(one, counts.get(one.code, {}), judged.get((one.code, ""), Record())) for one in actions()]


def track_record(user: Any, code: str) -> TrackRecord | None:
    """The same for one action, or None."""
    return next((one for one in track_records(user) if one.action.code == code), None)


def _track_record(action: Action, counts: Mapping[str, Any], record: Record) -> TrackRecord:
    return TrackRecord(
        action=action,
        open=counts.get(State.OPEN, 0),
        accepted=counts.get(State.ACCEPTED, 0),
        later=counts.get(State.LATER, 0),
        rejected=counts.get(State.REJECTED, 0),
        record=record,
    )
