"""What happened to books of the demo bank before its first morning: customers in the pool, and a handover to read."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import override

from kajing.audit.selectors import today_for
from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Customer, PoolMove
from kajing.customers.selectors import kept, selection
from kajing.customers.services import assign_portfolio, assign_selection, give_back
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person, Role

MANAGERS = ("manager1", "manager2")
GIVEN_BACK, POOLED, HANDED = 12, 18, 10
WHY_BACK, WHY_POOLED, WHY_HANDED = "客户长期在外地，联系不便", "客户经理岗位调整", "客户经理产假，客户转交"


@transaction.atomic
def fill_pool(*, at: datetime) -> None:
    """In the teams of the managers one can sign in as, customers go to the pool and to the manager; done once."""
    if PoolMove.objects.exists():
        return
    with override("zh-hans"):
        for manager in Person.objects.filter(username__in=MANAGERS).select_related("unit").order_by("pk"):
            _team(manager, at)


def _team(manager: Person, at: datetime) -> None:
    team = Person.objects.filter(unit=manager.unit, is_active=True).order_by("pk")
    leader = team.filter(role=Role.LEADER).first()
    day = at.astimezone(SHANGHAI).date()
    colleagues = [one for one in team.filter(role=Role.MANAGER).exclude(pk=manager.pk) if _some(one, 1, day)]
    if leader is None or len(colleagues) < 3:
        return
    first, second, third = colleagues[:3]
    give_back(actor=first, customer_ids=_some(first, GIVEN_BACK, day), reason=WHY_BACK, on=day, at=at)
    assign_portfolio(
        actor=leader, customer_ids=_some(second, POOLED, day), manager=None, unit=manager.unit, on=day, at=at,
        reason=WHY_POOLED,
    )  # fmt: skip
    chosen = selection(
        leader, CUSTOMERS, ids=_some(third, HANDED, day), query=QueryDict(), everything=False, today=today_for(leader)
    )
    assign_selection(actor=leader, chosen=chosen, manager=manager.person_no, unit="", on=day, at=at, reason=WHY_HANDED)


def _some(manager: Person, count: int, day: date) -> list[str]:
    """Every seventh customer of a book, so that all sorts are among them; none with something open."""
    found = Customer.objects.filter(manager=manager, status=Customer.Status.ACTIVE).order_by("pk")
    ids = list(found.values_list("pk", flat=True)[::7])
    staying = kept(ids, day)
    return [pk for pk in ids if pk not in staying][:count]
