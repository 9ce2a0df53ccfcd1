"""A higher limit of the public pool: asked for here, decided above, in force until its day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.customers.models import PoolRaise
from kajing.customers.selectors.pool import allowance
from kajing.customers.signals import pool_raise_requested
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.org.models import Person
from kajing.reference.selectors import parameter_values

RIGHT = "customers.take"
MOST, DAYS = "pool_raise_max", "pool_raise_days"


class CannotRaise(DomainError):
    """The limit asked for does not fit, or a request waits already."""

    status = 422


@transaction.atomic
def request_pool_raise(*, actor: Person, most: int, until: date, reason: str, on: date, at: datetime) -> PoolRaise:
    """Ask to hold up to `most` customers of the pool until a day. Raises NotAllowed, CannotRaise."""
    if not actor.has_perm(RIGHT):
        raise NotAllowed
    values = parameter_values([MOST, DAYS], on)
    now = allowance(actor, on).most
    highest, days = _whole(values.get(MOST)), _whole(values.get(DAYS))
    if not now < most <= highest:
        raise CannotRaise(
            _("Ask for more than the %(now)s you may hold now, and at most %(most)s.") % {"now": now, "most": highest}
        )
    if not on < until <= on + timedelta(days=days):
        raise CannotRaise(_("Choose a last day within the next %(days)s days.") % {"days": days})
    reason = scrub_card_numbers(reason.strip())[:400]
    if len(reason) < 2:
        raise CannotRaise(_("Say why you need a higher limit."))
    asked = _create(actor, most, until, reason, at)
    _tell(asked, actor.person_no, "customers.ask_pool_raise", at)
    pool_raise_requested.send(sender=PoolRaise, asked=asked, before=now, actor=actor, at=at)
    return asked


def _create(actor: Person, most: int, until: date, reason: str, at: datetime) -> PoolRaise:
    try:
        with transaction.atomic():
            return PoolRaise.objects.create(person=actor, most=most, until=until, reason=reason, asked_at=at)
    except IntegrityError as error:
        raise CannotRaise(_("You have asked already; wait for the decision, or take the request back.")) from error


@transaction.atomic
def decide_pool_raise(*, number: int, state: str, actor: str, at: datetime) -> PoolRaise:
    """Write the decision: GRANTED, RETURNED, TAKEN_BACK, or ASKED when it was sent again."""
    asked = PoolRaise.objects.select_for_update().get(pk=number)
    asked.state, asked.decided_at = state, None if state == PoolRaise.State.ASKED else at
    asked.save(update_fields=["state", "decided_at"])
    _tell(asked, actor, "customers.decide_pool_raise", at)
    return asked


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _tell(asked: PoolRaise, actor: str, action: str, at: datetime) -> None:
    record(
        actor=actor, action=action, object_kind="pool_raise", object_id=str(asked.pk), reason=asked.reason, at=at,
        changes={
            "person": asked.person_id, "most": asked.most, "until": asked.until.isoformat(), "state": asked.state
        },
    )  # fmt: skip
