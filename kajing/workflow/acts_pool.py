"""The higher limit of the public pool as an act that needs consent: `customers` asks, this room decides and applies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext_lazy, gettext_noop

from kajing.customers import services as customers
from kajing.customers.models import PoolRaise
from kajing.customers.signals import pool_raise_requested
from kajing.org.models import Person
from kajing.ui import formats
from kajing.workflow import approvals
from kajing.workflow.approvals import Act, Change
from kajing.workflow.models import ApprovalRequest
from kajing.workflow.services.approvals import ask_approval

NAME = "customers.pool_raise"
_LARGE = 400  # customers; above, the branch head signs too
State = PoolRaise.State


def describe(payload: Mapping[str, Any]) -> list[Change]:
    """The limit as it is and as it shall be, and how long."""
    until = date.fromisoformat(payload["until"])
    return [
        Change(
            gettext_lazy("Customers from the pool"), formats.count(payload["before"]), formats.count(payload["most"])
        ),
        Change(gettext_lazy("Last day of the limit"), "—", until.isoformat()),
    ]


def _write(state: str) -> Any:
    def write(request: ApprovalRequest, at: datetime) -> None:
        customers.decide_pool_raise(number=int(request.payload["raise"]), state=state, actor="system", at=at)

    return write


@receiver(pool_raise_requested)
def higher_limits_need_consent(
    sender: object, asked: PoolRaise, before: int, actor: Person, at: datetime, **news: Any
) -> None:
    """A higher limit waits for others' consent."""
    ask_approval(
        actor=actor, act=NAME, object_id=str(asked.pk), amount=asked.most, reason=asked.reason, at=at,
        payload={"raise": asked.pk, "before": before, "most": asked.most, "until": asked.until.isoformat()},
    )  # fmt: skip


def register() -> None:
    """Say that there is such an act."""
    approvals.register(
        Act(
            name=NAME, title=gettext_noop("Higher limit of the public pool"), icon="users-group",
            permission="customers.take", describe=describe, apply=_write(State.GRANTED),
            returned=_write(State.RETURNED), taken_back=_write(State.TAKEN_BACK), sent_again=_write(State.ASKED),
            amount="count", amount_label=gettext_lazy("Customers from the pool"),
            policies=("pool_held_max", "pool_raise_max", "pool_raise_days"),
            url=lambda payload: reverse("customers:pool"),
            chain=(
                {"name": gettext_noop("Leader"), "way": "ANY", "who": [{"leader": True}]},
                {"name": gettext_noop("Branch head"), "way": "ANY", "who": [{"role": "BRANCH_HEAD"}],
                 "from_amount": _LARGE},
            ),
        )
    )  # fmt: skip
