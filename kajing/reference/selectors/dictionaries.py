"""Dictionaries that pages look codes up in."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from kajing.reference.models import ComplaintCode, MerchantCategory


def merchant_categories() -> dict[str, MerchantCategory]:
    """Every merchant category by its code (text: 0742 keeps its zero)."""
    return {row.mcc: row for row in MerchantCategory.objects.all()}


def complaint_codes(on: date) -> dict[str, ComplaintCode]:
    """The codes of complaints (JR/T 0169-2018) in force on a day, in the order of the dictionary, by code."""
    rows = ComplaintCode.objects.filter(Q(valid_to=None) | Q(valid_to__gt=on), valid_from__lte=on)
    found: dict[str, ComplaintCode] = {}
    for row in rows.order_by("valid_from", "dimension", "id"):
        found[row.code] = row
    return found
