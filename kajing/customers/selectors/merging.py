"""What a merge asks: which value of which customer stays, and what else would move."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kajing.customers import extensions
from kajing.customers.models import Customer, DuplicatePair, MergedCustomer
from kajing.customers.selectors.people import customers, masked_fields, shown_name
from kajing.records.undo.conflicts import references, table_name

# Columns that only make sense together move together: a name and its initials, an ID number and its index.
FIELDS: dict[str, tuple[str, ...]] = {
    "name": ("name", "initials"),
    "gender": ("gender",),
    "birth_date": ("birth_date",),
    "id_number": ("id_type", "id_number_enc", "id_number_idx"),
    "address": ("address_enc",),
    "employer": ("employer_enc",),
    "region": ("region",),
    "occupation": ("occupation",),
    "education": ("education",),
    "marital_status": ("marital_status",),
    "annual_income": ("annual_income", "income_verified"),
    "is_student": ("is_student",),
    "opened_on": ("opened_on",),
    "referrer_no": ("referrer_no",),
    "status": ("status",),
}
FIRST = {"opened_on"}  # the earliest is the person's own


def filled(customer: Customer, field: str) -> bool:
    """Whether the customer says anything in this field."""
    return getattr(customer, FIELDS[field][-1 if field == "id_number" else 0]) not in (None, "", "U")


def proposal(survivor: Customer, losers: Sequence[Customer]) -> dict[str, str]:
    """The customer each field is taken from unless somebody says otherwise: the survivor where it says anything."""
    chosen = {}
    for field in FIELDS:
        order = [survivor, *losers]
        if field in FIRST:
            order.sort(key=lambda one: one.opened_on)
        chosen[field] = next((one.pk for one in order if filled(one, field)), survivor.pk)
    return chosen


def values(parts: Mapping[str, str], by_id: Mapping[str, Customer]) -> dict[str, Any]:
    """The columns to write, from the customer each field was chosen from."""
    return {column: getattr(by_id[pk], column) for field, pk in parts.items() for column in FIELDS[field]}


def source_of(old_id: str) -> str:
    """How contact points of a merged number are told apart from the survivor's own (20 characters)."""
    return "feed " + hashlib.blake2b(old_id.encode(), digest_size=6).hexdigest()


def named_by(customer_ids: Sequence[str]) -> Iterator[tuple[models.QuerySet[Any], str]]:
    """Rows that name one of these customers, table by table, with the column: foreign keys and registered texts."""
    for model, column, _target in references(Customer):
        yield model._base_manager.filter(**{f"{column}__in": customer_ids}), column  # noqa: SLF001  the documented API
    for label, column, condition in extensions.customer_texts:
        rows = apps.get_model(label)._base_manager.filter(**{f"{column}__in": customer_ids}, **condition)  # noqa: SLF001
        yield rows, column


def count_of(customer_ids: list[str]) -> dict[str, Counter[str]]:
    """How many rows of each table would move, by customer: for the page that asks."""
    found: dict[str, Counter[str]] = {pk: Counter() for pk in customer_ids}
    for rows, column in named_by(customer_ids):
        if rows.model is MergedCustomer or rows.model is DuplicatePair:
            continue
        for pk, count in rows.order_by().values_list(column).annotate(n=models.Count("pk")):
            found[pk][rows.model._meta.label_lower] += count  # noqa: SLF001
    return found


FIELD_WORDS = {
    "name": gettext_lazy("name"), "gender": gettext_lazy("gender"), "birth_date": gettext_lazy("birthday"),
    "id_number": gettext_lazy("ID number"), "address": gettext_lazy("address"), "employer": gettext_lazy("employer"),
    "region": gettext_lazy("region"), "occupation": gettext_lazy("Occupation"),
    "education": gettext_lazy("education"), "marital_status": gettext_lazy("marital status"),
    "annual_income": gettext_lazy("income"), "is_student": gettext_lazy("student"),
    "opened_on": gettext_lazy("Customer since"), "referrer_no": gettext_lazy("referrer"),
    "status": gettext_lazy("Status"),
}  # fmt: skip
MASKED = ("id_number", "address", "employer", "annual_income")


@dataclass(frozen=True)
class Choice:
    """One value of one field; `same` when every customer says the same, so that there is nothing to choose."""

    customer_id: str
    shown: str
    chosen: bool


@dataclass(frozen=True)
class FieldRow:
    """One field across the customers."""

    name: str
    label: str
    choices: Sequence[Choice]
    same: bool


@dataclass(frozen=True)
class MergeTable:
    """The page of a merge: who, field by field, and how many rows of each kind would move."""

    people: Sequence[Customer]
    names: Mapping[str, str]
    survivor: str
    rows: Sequence[FieldRow]
    counts: Sequence[tuple[str, Sequence[int]]]

    @property
    def heads(self) -> list[tuple[Customer, str]]:
        """Customers with their names as far as they may be known."""
        return [(one, self.names[one.pk]) for one in self.people]


def merge_table(user: Any, customer_ids: Sequence[str], survivor: str = "") -> MergeTable:
    """What the merge of these customers would be, as far as the person sees them; the oldest one stays by default."""
    found = customers(user).filter(pk__in=customer_ids).select_related("unit", "manager", "figures")
    people = sorted(found, key=lambda one: (one.opened_on, one.pk))
    left = next((one for one in people if one.pk == survivor), people[0] if people else None)
    ids = [one.pk for one in people]
    counts = count_of(ids)
    labels = sorted({label for one in counts.values() for label in one}, key=table_name)
    return MergeTable(
        people,
        {one.pk: shown_name(user, one) for one in people},
        left.pk if left else "",
        _rows(user, people, left) if left else [],
        [(table_name(label), [counts[pk][label] for pk in ids]) for label in labels],
    )


def _rows(user: Any, people: Sequence[Customer], left: Customer) -> list[FieldRow]:
    chosen = proposal(left, [one for one in people if one is not left])
    masked = {one.pk: masked_fields(one) | {"name": shown_name(user, one)} for one in people}
    rows = []
    for field, label in FIELD_WORDS.items():
        choices = [Choice(one.pk, _shown(one, field, masked[one.pk]), chosen[field] == one.pk) for one in people]
        rows.append(FieldRow(field, str(label), choices, same=len({_value(one, field) for one in people}) == 1))
    return rows


def _value(customer: Customer, field: str) -> Any:
    """A value to compare: an ID number by its index, what is encrypted by its mask only, so as different."""
    value = getattr(customer, FIELDS[field][-1 if field == "id_number" else 0])
    return bytes(value) if isinstance(value, (bytes, memoryview)) else value


def _shown(customer: Customer, field: str, masked: Mapping[str, str]) -> str:
    if field in MASKED or field == "name":
        return masked.get(field, "") or "—"
    if field in {"gender", "status"}:
        return str(getattr(customer, f"get_{field}_display")())
    value = getattr(customer, field)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return date_format(value, "Y-m-d") if hasattr(value, "isoformat") else str(value or "—")
