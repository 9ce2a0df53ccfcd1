"""The nightly feed after a merge: the bank goes on sending rows under the old numbers, and nothing of a merge is lost.

A field follows the number it was chosen from: a row of the survivor's number leaves alone what was taken from another,
and a row of an old number fills exactly that. Accounts and cards of an old number belong to the survivor.
"""

from __future__ import annotations

from collections.abc import Sequence

from kajing.customers.models import Customer, MergedCustomer
from kajing.customers.selectors.forwards import survivors
from kajing.customers.selectors.merging import FIELDS
from kajing.imports.registry import Row


def apart(rows: Sequence[Row]) -> tuple[Sequence[Row], list[tuple[MergedCustomer, Row]]]:
    """Rows of living numbers, and those of merged ones with where they lead."""
    merged = MergedCustomer.objects.in_bulk([row["customer_id"] for row in rows])
    if not merged:
        return rows, []
    living = [row for row in rows if row["customer_id"] not in merged]
    return living, [(merged[row["customer_id"]], row) for row in rows if row["customer_id"] in merged]


def forwarded(rows: Sequence[Row]) -> Sequence[Row]:
    """Rows of accounts and cards with the customer they belong to now."""
    found = survivors({row["customer_id"] for row in rows})
    return (
        [{**row, "customer_id": found.get(row["customer_id"], row["customer_id"])} for row in rows] if found else rows
    )


def kept_choices(rows: list[Customer]) -> list[Customer]:
    """Rows about to be written, with what a merge took from another number put back in."""
    by_id = {row.pk: row for row in rows}
    taken = MergedCustomer.objects.filter(survivor__in=list(by_id)).select_related("survivor")
    for old in taken:
        _copy(old.survivor, by_id[old.survivor_id], old.fields)
    return rows


def follow(old: MergedCustomer, row: Customer) -> None:
    """Fill what was chosen from an old number with what the feed says of it now."""
    if not old.fields or (old.feed_date and row.feed_date and old.feed_date > row.feed_date):
        return
    MergedCustomer.objects.filter(pk=old.pk).update(feed_date=row.feed_date)
    living = Customer.objects.get(pk=old.survivor_id)
    _copy(row, living, old.fields)
    living.save(update_fields=[column for field in old.fields for column in FIELDS[field]])


def _copy(source: Customer, target: Customer, fields: Sequence[str]) -> None:
    for column in (column for field in fields for column in FIELDS[field]):
        setattr(target, column, getattr(source, column))
