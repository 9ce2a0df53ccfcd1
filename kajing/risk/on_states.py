"""Alerts as records with states: open, then confirmed or dismissed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person, Unit
from kajing.records import states
from kajing.records.states import Fact, Given, Input, StateKind
from kajing.risk.models import Alert
from kajing.risk.selectors import alerts
from kajing.risk.services.acts import OUTCOMES, close_alert

State = Alert.State
OUTCOME = Input(name="outcome", label=_("What it turned out to be"), choices=list(OUTCOMES.items()))


def _find(user: Any, pk: str) -> Alert | None:
    if not user.has_perm("risk.view_alert") or not pk.isdecimal() or len(pk) > 18:
        return None
    return alerts(user).filter(pk=pk).first()


def _apply(actor: Person, pk: str, to: str, given: Given, note: str, at: datetime) -> object:
    outcome = given.get("outcome", "")
    return close_alert(actor=actor, alert=Alert.objects.get(pk=pk), state=to, outcome=outcome, reason=note[:400], at=at)


def _since(ids: Sequence[str]) -> dict[str, datetime]:
    """The morning after the night that raised it."""
    rows = Alert.objects.filter(pk__in=list(ids)[:500]).values_list("pk", "raised_on")
    return {str(pk): datetime.combine(day, time(23, 59), SHANGHAI) for pk, day in rows}


def customer_of(pk: str) -> str:
    """The customer of an alert."""
    return str(Alert.objects.filter(pk=pk).values_list("customer", flat=True).first() or "")


def _place(pk: str) -> Unit | None:
    return Unit.objects.filter(pk__in=Alert.objects.filter(pk=pk).values("customer__unit")).first()


def register() -> None:
    """Make alerts a kind with states."""
    states.register(
        StateKind(
            name="alert", label=_("Risk alert"), find=_find, apply=_apply, since=_since, place=_place,
            moves=lambda: [(State.OPEN, State.CONFIRMED), (State.OPEN, State.DISMISSED)],
            inputs=lambda to: (OUTCOME,), may=lambda user, row, to: user.has_perm("risk.handle_alert"),
            final=frozenset({State.CONFIRMED, State.DISMISSED, State.CLOSED}), customer_of=customer_of,
            url=lambda pk: reverse("risk:detail", args=[pk]), carrier=lambda pk: ("customer", customer_of(pk)),
            carrier_kind="customer",
            facts={"value": Fact(label=_("At stake"), lacking=states.by_query(Alert, value_at_stake=0))},
            **states.by_column(Alert),
        )
    )  # fmt: skip
