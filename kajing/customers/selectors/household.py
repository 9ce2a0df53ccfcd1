"""A household at a glance: who belongs to it, what it holds and owes together, and who manages whom (1.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from kajing.customers import words
from kajing.customers.models import Customer, Relation
from kajing.customers.selectors.people import customers, shown_name

KIN = (Relation.Role.SPOUSE, Relation.Role.PARENT, Relation.Role.CHILD)
MOST = 12  # members; a larger circle is no household
STEPS = 3  # from a customer over spouse and children to grandchildren


@dataclass(frozen=True)
class Member:
    """One member as the reader may see them; money in fen, None before the first night."""

    customer_id: str
    name: str
    own: bool
    limit: int | None
    balance: int | None
    bucket: str
    manager: str

    @property
    def bucket_words(self) -> str:
        """How overdue, in words; nothing when not."""
        return words.bucket_words(self.bucket) if self.bucket not in {"", "M0"} else ""

    @property
    def tone(self) -> str:
        """The tone of the badge."""
        return words.bucket_tone(self.bucket)


@dataclass(frozen=True)
class Household:
    """The members in sight and their sums; `hidden` counts kin out of sight, who are in no sum."""

    members: list[Member]
    hidden: int
    managers: list[str] = field(default_factory=list)

    @property
    def limit(self) -> int:
        """Limits together."""
        return sum(one.limit or 0 for one in self.members)

    @property
    def balance(self) -> int:
        """Balances together."""
        return sum(one.balance or 0 for one in self.members)

    @property
    def worst(self) -> Member:
        """The member who is overdue longest."""
        return max(self.members, key=lambda one: words.BUCKETS.index(one.bucket) if one.bucket in words.BUCKETS else -1)


def household(user: Any, customer: Customer) -> Household | None:
    """The household of a customer, None when no kin is recorded.

    The way leads only over members the person sees: nobody learns of a tie through somebody out of sight.
    """
    seen: dict[str, Customer] = {customer.pk: customer}
    hidden: set[str] = set()
    edge = {customer.pk}
    for _step in range(STEPS):
        found = _kin(edge) - seen.keys() - hidden
        if not found or len(seen) >= MOST:
            break
        near = customers(user).filter(pk__in=found).select_related("figures", "manager")
        reached = {one.pk: one for one in near[: MOST - len(seen)]}
        hidden |= found - reached.keys()
        seen |= reached
        edge = set(reached)
    if len(seen) == 1 and not hidden:
        return None
    members = [_member(user, one, own=one.pk == customer.pk) for one in seen.values()]
    return Household(members, len(hidden), sorted({one.manager for one in members if one.manager}))


def _kin(ids: Iterable[str]) -> set[str]:
    rows = Relation.objects.filter(Q(customer__in=ids) | Q(other__in=ids), role__in=KIN)
    return {end for pair in rows.values_list("customer_id", "other_id") for end in pair}


def _member(user: Any, one: Customer, *, own: bool) -> Member:
    figures = getattr(one, "figures", None)
    return Member(
        customer_id=one.pk,
        name=shown_name(user, one),
        own=own,
        limit=figures.credit_limit if figures else None,
        balance=figures.balance if figures else None,
        bucket=figures.bucket if figures else "",
        manager=one.manager.name if one.manager else "",
    )
