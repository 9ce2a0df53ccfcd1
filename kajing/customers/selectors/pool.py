"""The public pool 公海: which customers without a manager a person may work on, and what binds them (capability 1.12).

A manager's DataScope does not hold the pool. Here, and only here, a manager sees the pools of the own unit and of the
units above it, as masked rows: nothing opens until the customer is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, F, FilteredRelation, IntegerField, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

from kajing.customers import extensions
from kajing.customers.models import Assignment, ContactHold, Customer, CustomerFigures, PoolMove, PoolRaise
from kajing.customers.selectors.people import shown_name
from kajing.customers.selectors.rows import CustomerRow
from kajing.lib import masks
from kajing.org.models import Person, Unit
from kajing.org.scoping import ScopedQuerySet, current_scope
from kajing.reference.selectors import parameter_values

LEADS, TAKES = "customers.assign", "customers.take"
# Why a customer is in the pool, by the source of the assignment that put them there.
WHY = {
    "feed": gettext_lazy("no manager in the bank's file"),
    "transfer": gettext_lazy("put here by a leader"),
    "recycle": gettext_lazy("put here by a leader"),
    "night": gettext_lazy("nobody made contact for long"),
    "return": gettext_lazy("given back by the manager"),
    "undo": gettext_lazy("a hand-over was undone"),
}
POLICIES = ("pool_held_max", "pool_takes_per_day", "pool_retake_days")


def pool(user: Any) -> ScopedQuerySet:
    """Pool customers this person may assign (leaders: their whole scope) or take (managers: own place upwards)."""
    return _pool(user, Customer)


def pool_figures(user: Any) -> ScopedQuerySet:
    """The same customers by their rows of figures, for the keys of the pool's list."""
    return _pool(user, CustomerFigures)


def _pool(user: Any, table: type[Customer | CustomerFigures]) -> ScopedQuerySet:
    found: ScopedQuerySet = table.objects.filter(manager=None, status=Customer.Status.ACTIVE)
    if user.has_perm(LEADS):
        return found.visible_to(user)
    if not user.has_perm(TAKES) or current_scope(user).sees_nothing:
        return found.none()
    return found.filter(unit_id__in=pool_units(user))


def left_pool_today(user: Any, customer_id: str, today: date) -> bool:
    """Whether a customer was in this person's pool and was taken today, so that a page may still show the row."""
    return bool(left_pool(user, [customer_id], today))


def left_pool(user: Any, ids: Sequence[str], today: date) -> set[str]:
    """Those of these customers that were in this person's pool and were taken today."""
    moves = PoolMove.objects.filter(customer__in=ids, kind=PoolMove.Kind.TAKE, on=today, unit__in=pool_units(user))
    return set(moves.order_by().values_list("customer_id", flat=True))


def pool_units(user: Any) -> list[str]:
    """The units whose pools a manager may take from: the own one and those above it."""
    return [code for code in user.unit.path.split("/") if code]


def pool_places(user: Any) -> list[tuple[str, str]]:
    """The same, or for a leader the units of their scope, as (code, name) for the filter."""
    if user.has_perm(LEADS):
        from kajing.customers.selectors.choices import assignable

        return assignable(user).units
    return list(Unit.objects.filter(pk__in=pool_units(user)).order_by("path").values_list("pk", "name"))


@dataclass(frozen=True)
class Allowance:
    """What a person may still take: `held` of `most` from the pool, `today` of `a_day` takes; `retake_days` apart.

    `asked`: whether a request of theirs for a higher limit waits for its decision.
    """

    held: int
    most: int
    today: int
    a_day: int
    retake_days: int
    asked: bool = False

    @property
    def left(self) -> int:
        """How many may still be taken today."""
        return max(min(self.most - self.held, self.a_day - self.today), 0)


def allowance(user: Any, today: date) -> Allowance:
    """The limits in force and how far this person has used them, in two statements."""
    values = parameter_values(POLICIES, today)
    most, a_day, days = (_whole(values.get(key)) for key in POLICIES)
    used = _used(user, today)
    return Allowance(used["held"], max(most, used["raised"] or 0), used["taken"], a_day, days, used["asked"])


def _used(user: Any, today: date) -> Any:
    """What is held, what was taken today, the highest limit granted that still runs, and whether one is asked for."""
    held = Assignment.objects.filter(manager_no=user.person_no, valid_to=None, source="take")
    taken = PoolMove.objects.filter(manager_no=user.person_no, kind=PoolMove.Kind.TAKE, on=today)
    own = PoolRaise.objects.filter(person=user)
    granted = own.filter(state=PoolRaise.State.GRANTED, until__gte=today).order_by("-most").values("most")[:1]
    return Person.objects.values(
        held=_count(held), taken=_count(taken), raised=Subquery(granted),
        asked=Exists(own.filter(state=PoolRaise.State.ASKED)),
    ).get(pk=user.pk)  # fmt: skip


def _count(rows: QuerySet[Any]) -> Subquery:
    """How many rows there are, as one value inside another statement."""
    one = Value(1, output_field=IntegerField())
    counted = rows.order_by().annotate(all=one).values("all").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)  # type: ignore[return-value]


def raise_asked(user: Any) -> PoolRaise | None:
    """The request of this person that waits for a decision."""
    return PoolRaise.objects.filter(person=user, state=PoolRaise.State.ASKED).first()


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def waiting_until(user: Any, ids: Sequence[str], today: date, days: int) -> dict[str, date]:
    """The day from which this person may take a customer again whom they gave back or lost lately."""
    since = today - timedelta(days=days)
    lost = PoolMove.objects.filter(
        customer__in=ids,
        manager_no=user.person_no,
        kind__in=[PoolMove.Kind.RETURN, PoolMove.Kind.RECYCLE],
        on__gt=since,
    )
    ended = Assignment.objects.filter(customer__in=ids, manager_no=user.person_no, valid_to__gt=since)
    found: dict[str, date] = {}
    moments = lost.order_by().values_list("customer_id", "on")
    for pk, on in moments.union(ended.order_by().values_list("customer_id", "valid_to")):
        found[pk] = max(found.get(pk, date.min), on + timedelta(days=days))
    return found


def kept(ids: Iterable[str], today: date) -> dict[str, str]:
    """Customers who may not go to the pool and why, in words: open holds here, and what rooms above say."""
    asked = list(ids)
    found: dict[str, str] = {}
    for hold in ContactHold.objects.filter(customer__in=asked, lifted_at=None):
        if hold.until is None or hold.until >= today:
            found.setdefault(hold.customer_id, "hold")
    for name, keeper in extensions.keepers.items():
        for pk in keeper.kept(asked):
            found.setdefault(pk, name)
    return {pk: str(_KEPT[name] if name in _KEPT else extensions.keepers[name].label) for pk, name in found.items()}


_KEPT = {"hold": gettext_lazy("an open complaint, refusal or other hold")}


def load_pool_rows(user: Any, ids: Sequence[str]) -> list[CustomerRow]:
    """Rows of the pool list: names masked unless the person sees the customer anyway; why and since when."""
    stay = FilteredRelation("assignments", condition=Q(assignments__valid_to=None, assignments__manager_no=""))
    found = pool(user).filter(pk__in=ids).select_related("figures", "manager", "unit")
    found = found.annotate(stay=stay, source=F("stay__source"), why=F("stay__reason"), since=F("stay__valid_from"))
    leads = user.has_perm(LEADS)
    rows = {one.pk: _pool_row(user, one, leads=leads) for one in found}
    return [rows[pk] for pk in ids if pk in rows]


def _pool_row(user: Any, one: Any, *, leads: bool) -> CustomerRow:
    row = CustomerRow(one, getattr(one, "figures", None), shown_name(user, one) if leads else masks.name(one.name))
    if one.since:
        # The words a leader or manager typed are for who sees the customer.
        reason = one.why if leads else ""
        row.extra |= {"why": WHY.get(one.source, WHY["transfer"]), "reason": reason, "since": one.since}
    return row
