"""The order of one's own day: the suggested one accepted, or another one chosen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.lib.errors import DomainError
from kajing.org.models import Person
from kajing.workflow import selectors
from kajing.workflow.models import DayPlace


class CannotArrange(DomainError):
    """Nothing to put in an order, or tasks that are not one's own."""

    status = 422


@transaction.atomic
def arrange_day(*, actor: Person, ids: Sequence[int], at: datetime) -> list[int]:
    """Put one's waiting tasks of today in an order: `ids` first, the others behind as they stand now; the whole order.

    Without `ids` the order that stands is accepted: news of the day no longer moves it. Raises CannotArrange.
    """
    present = selectors.moment(at)
    mine = selectors.mine(actor).filter(selectors.awake(present))
    standing = selectors.in_own_order(actor, mine.filter(due_at__lt=present.day_end), present)
    own = list(standing.values_list("pk", flat=True)[: selectors.MOST_ARRANGED])
    chosen = list(dict.fromkeys(ids))
    known = set(mine.filter(pk__in=chosen).values_list("pk", flat=True))
    order = [*chosen, *(pk for pk in own if pk not in known)][: selectors.MOST_ARRANGED]
    if not order or set(chosen) - known:
        raise CannotArrange(_("These are not your tasks of today. Reload the page."))
    DayPlace.objects.filter(person=actor, day__lte=present.today).delete()
    places = enumerate(order)
    DayPlace.objects.bulk_create(
        [DayPlace(person=actor, day=present.today, task_id=pk, place=place) for place, pk in places]
    )
    _tell(actor, "workflow.arrange_day", at, len(order))
    return order


@transaction.atomic
def forget_order(*, actor: Person, at: datetime) -> None:
    """Back to the suggested order."""
    if selectors.places_of(actor, selectors.moment(at).today).delete()[0]:
        _tell(actor, "workflow.forget_order", at, 0)


def _tell(actor: Person, action: str, at: datetime, count: int) -> None:
    record(
        actor=actor.person_no, action=action, object_kind="person", object_id=actor.person_no, at=at,
        changes={"tasks": count},
    )  # fmt: skip
