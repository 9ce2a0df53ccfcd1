"""The public pool 公海: which customers without a manager a person may work on, and what binds them (capability 1.12).

A manager's DataScope does not hold the pool. Here, and only here, a manager sees the pools of the own unit and of the
units above it, as masked rows: nothing opens until the customer is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy

from kajing.customers import extensions
from kajing.customers.models import Assignment, ContactHold, Customer, CustomerFigures, PoolMove, PoolRaise
from kajing.customers.selectors.people import shown_name
from kajing.customers.selectors.rows import CustomerRow
from kajing.lib import masks
from kajing.org.models import Unit
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
    moves = PoolMove.objects.filter(customer=customer_id, kind=PoolMove.Kind.TAKE, on=today)
    return moves.filter(unit__in=pool_units(user)).exists()


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
    """What a person may still take: `held` of `most` from the pool, `today` of `a_day` takes; `retake_days` apart."""

    held: int
    most: int
    today: int
    a_day: int
    retake_days: int

    @property
    def left(self) -> int:
        """How many may still be taken today."""
        return max(min(self.most - self.held, self.a_day - self.today), 0)


def allowance(user: Any, today: date) -> Allowance:
    """The limits in force and how far this person has used them."""
    values = parameter_values(POLICIES, today)
    most, a_day, days = (_whole(values.get(key)) for key in POLICIES)
    most = max(most, _raised(user, today))
    held = Assignment.objects.filter(manager_no=user.person_no, valid_to=None, source="take").count()
    taken = PoolMove.objects.filter(manager_no=user.person_no, kind=PoolMove.Kind.TAKE, on=today).count()
    return Allowance(held, most, taken, a_day, days)


def _raised(user: Any, today: date) -> int:
    """The highest limit that was granted to this person and still runs."""
    granted = PoolRaise.objects.filter(person=user, state=PoolRaise.State.GRANTED, until__gte=today)
    return granted.aggregate(most=Max("most"))["most"] or 0


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
    moments: list[tuple[str, date | None]] = [*lost.values_list("customer_id", "on")]
    moments += ended.values_list("customer_id", "valid_to")
    for pk, on in moments:
        if on:
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
    found = pool(user).filter(pk__in=ids).select_related("figures", "manager", "unit")
    leads = user.has_perm(LEADS)
    rows = {
        one.pk: CustomerRow(
            one, getattr(one, "figures", None), shown_name(user, one) if leads else masks.name(one.name)
        )
        for one in found
    }
    for stay in Assignment.objects.filter(customer__in=list(rows), valid_to=None, manager_no=""):
        # The words a leader or manager typed are for who sees the customer.
        reason = stay.reason if leads else ""
        rows[stay.customer_id].extra |= {
            "why": WHY.get(stay.source, WHY["transfer"]), "reason": reason, "since": stay.valid_from
        }  # fmt: skip
    return [rows[pk] for pk in ids if pk in rows]
