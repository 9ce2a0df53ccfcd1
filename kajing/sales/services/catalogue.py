"""The catalogue of actions: installed with the product, shaped by the bank."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kajing.audit.services import record
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.models import Person
from kajing.sales.catalogue import CATALOGUE
from kajing.sales.models import Action

RIGHT = "sales.shape_actions"
SYSTEM = "system"
_NUMBERS = ("prior_rate", "lever")
_SHAPED_BY_PEOPLE = frozenset({"enabled", "lever", "rest_days", "prior_rate", "prior_weight"})
MOST_LEVER = Decimal(5)


class CannotShape(DomainError):
    """The new setting makes no sense; the sentence says why."""

    status = 422


@transaction.atomic
def install_actions(*, at: datetime) -> dict[str, int]:
    """Bring the packaged actions in. What a bank shaped stays; our own texts and conditions follow the release."""
    counts = {"new": 0, "updated": 0}
    for packaged in CATALOGUE:
        values = {name: Decimal(value) if name in _NUMBERS else value for name, value in packaged.items()}
        found = Action.objects.filter(pk=values["code"]).first()
        if found is None:
            Action.objects.create(**values, changed_at=at)
            counts["new"] += 1
        elif _follow(found, values, at):
            counts["updated"] += 1
    return counts


def _follow(action: Action, packaged: dict[str, Any], at: datetime) -> bool:
    """Take over the release's values; numbers a person set are the bank's own."""
    own = _SHAPED_BY_PEOPLE if action.changed_by != SYSTEM else frozenset()
    fresh = {n: v for n, v in packaged.items() if n not in own and getattr(action, n) != v}
    if not fresh:
        return False
    for name, value in fresh.items():
        setattr(action, name, value)
    action.version += 1
    action.changed_at = at
    action.save()
    return True


@transaction.atomic
def shape_action(
    *, actor: Person, action: Action, enabled: bool, lever: Decimal, rest_days: int, reason: str, at: datetime
) -> Action:
    """Switch an action on or off, weigh it, say how long "not a fit" counts. From the next night on.

    Raises NotAllowed, CannotShape.
    """
    if not actor.has_perm(RIGHT):
        raise NotAllowed
    if not 0 <= lever <= MOST_LEVER:
        raise CannotShape(_("The lever lies between 0 and 5."))
    if not 0 <= rest_days <= 3650:
        raise CannotShape(_("The rest lies between 0 and 3650 days."))
    if len(reason.strip()) < 2:
        raise CannotShape(_("Say why the action changes."))
    one = Action.objects.select_for_update().get(pk=action.pk)
    changes = {
        name: [str(getattr(one, name)), str(value)]
        for name, value in (("enabled", enabled), ("lever", lever), ("rest_days", rest_days))
        if getattr(one, name) != value
    }
    if not changes:
        return one
    one.enabled, one.lever, one.rest_days = enabled, lever, rest_days
    one.version, one.changed_by, one.changed_at = one.version + 1, actor.person_no, at
    one.save()
    record(
        actor=actor.person_no,
        action="sales.shape_action",
        object_kind="action",
        object_id=one.pk,
        reason=reason.strip(),
        at=at,
        changes=changes,
    )
    return one
