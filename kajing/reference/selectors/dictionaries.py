"""Dictionaries that pages look codes up in."""

from __future__ import annotations

from kajing.reference.models import MerchantCategory


def merchant_categories() -> dict[str, MerchantCategory]:
    """Every merchant category by its code (text: 0742 keeps its zero)."""
    return {row.mcc: row for row in MerchantCategory.objects.all()}
