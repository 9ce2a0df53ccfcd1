"""Numbers that were merged: which customer an old number means now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kajing.customers.models import Customer, MergedCustomer


def survivors(ids: Iterable[str]) -> dict[str, str]:
    """The survivor of every merged number among these; other numbers are left out."""
    found = MergedCustomer.objects.filter(pk__in=list(ids))
    return {str(old): str(now) for old, now in found.values_list("old_id", "survivor_id")}


def all_survivors() -> dict[str, str]:
    """Every merged number with its survivor: few, for work on a whole night."""
    return {str(old): str(now) for old, now in MergedCustomer.objects.values_list("old_id", "survivor_id")}


def survivor_of(customer_id: str) -> str | None:
    """The customer a merged number means now."""
    return survivors([customer_id]).get(customer_id)


def numbers_of(customer: Customer) -> Sequence[str]:
    """The customer's own number first, then those merged into it: the warehouse knows all of them."""
    return [customer.pk, *customer.merged_ids.order_by("old_id").values_list("old_id", flat=True)]
