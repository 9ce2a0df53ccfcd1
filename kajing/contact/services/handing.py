"""What becomes of plans when customers change hands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.contact.choices import State
from kajing.contact.models import Interaction
from kajing.contact.services.access import save
from kajing.contact.services.plans import drop_plan
from kajing.org.models import Role

POOLED = gettext_noop("The customer went to the public pool.")


@transaction.atomic
def hand_plans_on(*, customer_ids: Sequence[str], by: str, at: datetime) -> int:
    """Open plans of the former manager become the new manager's; in the pool they are called off. Returns how many.

    Plans of people who are not account managers (a leader who wanted to come along) stay with them.
    """
    found = Interaction.objects.filter(customer__in=customer_ids, state=State.PLANNED, person__role=Role.MANAGER)
    changed = 0
    for plan in found.select_related("customer__manager", "person").order_by("pk"):
        heir = plan.customer.manager
        if heir is not None and heir.pk == plan.person.pk:
            continue
        changes = {"person": [plan.person_id, heir.person_no if heir else ""]}
        if heir is None:
            drop_plan(plan, POOLED, at)
        else:
            plan.person, plan.reminded_at = heir, None
            save(plan)
        record(
            actor=by, action="contact.hand_on", object_kind="interaction", object_id=str(plan.pk),
            customer_id=plan.customer_id, at=at, changes=changes,
        )  # fmt: skip
        changed += 1
    return changed
