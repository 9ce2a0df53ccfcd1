"""News this room acts on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils.translation import gettext_noop

from kajing.audit.signals import recorded
from kajing.contact.choices import Purpose
from kajing.contact.models import Interaction
from kajing.contact.signals import next_step_chosen
from kajing.contact.steps import Step
from kajing.customers.signals import portfolio_reassigned
from kajing.notifications.wording import verbatim
from kajing.org.models import Person
from kajing.workflow import services, signals
from kajing.workflow.models import GateVersion, RuleVersion, Task
from kajing.workflow.rules import ACTS
from kajing.workflow.services import gates, plans, rules


@receiver(portfolio_reassigned)
def tasks_follow_their_customers(
    sender: object, customer_ids: Sequence[str], actor: str, at: datetime, **news: Any
) -> None:
    """A hand-over of customers takes their open tasks along."""
    services.follow_customers(customer_ids=customer_ids, at=at, by=actor)


_CALLS = {Purpose.MARKETING: "call", Purpose.CARE: "care", Purpose.SERVICE: "call_back"}
_TITLES = {"PHONE": gettext_noop("Call again"), "VISIT": gettext_noop("Visit"), "": gettext_noop("Follow up")}


@receiver(next_step_chosen)
def what_follows_a_contact_becomes_a_task(
    sender: object, interaction: Interaction, step: Step, due_at: datetime, actor: Person, at: datetime, **news: Any
) -> None:
    """The next step of a call or visit is a task of the one who chose it; a contact the gate forbids is refused."""
    kind = "follow_up"
    if step.channel == "PHONE":
        kind = _CALLS.get(Purpose(interaction.purpose), "follow_up")
    elif step.channel == "VISIT" and interaction.purpose == Purpose.MARKETING:
        kind = "visit"
    services.open_task(
        actor=actor, owner=actor, customer=interaction.customer, kind=kind, title=_TITLES[step.channel],
        params={"contact": interaction.pk}, reason=verbatim(interaction.note, 400), due_at=due_at, at=at,
        source=f"interaction:{interaction.pk}",
    )  # fmt: skip


@receiver([signals.task_done, signals.task_cancelled])
def plans_go_on(sender: object, task: Task, at: datetime, **news: Any) -> None:
    """A step's task is over: the plan opens what waited for it."""
    if task.source.startswith("plan:"):
        plans.step_ended(task=task, at=at)


@receiver(signals.task_reopened)
def plans_wait_again(sender: object, task: Task, **news: Any) -> None:
    """The tick of a step was undone."""
    if task.source.startswith("plan:"):
        plans.step_reopened(task=task)


@receiver(post_save, sender=RuleVersion)
def rules_are_asked_again(sender: object, **news: Any) -> None:
    """A version came to be or changed its state: acts that no rule waited for are asked about again."""
    rules.forget()


@receiver(post_save, sender=GateVersion)
def gates_are_asked_again(sender: object, **news: Any) -> None:
    """A gate came to be or changed its state."""
    gates.forget()


@receiver(recorded)
def rules_notice_acts(
    sender: object,
    row_id: int,
    kind: str,
    object_id: str,
    action: str,
    customer_id: str,
    changes: dict[str, Any],
    at: datetime,
    **news: Any,
) -> None:
    """Whatever is recorded may set a rule off; the act itself never waits for it."""
    if action in ACTS:
        rules.noticed(
            row_id=row_id, kind=kind, object_id=object_id, action=action, customer_id=customer_id, changes=changes,
            at=at,
        )  # fmt: skip
