"""Reads of our cards."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import get_language

from kajing.products.models import Product


def products() -> list[Product]:
    """Every product, by id."""
    return list(Product.objects.all())


def product_name(path: str) -> Coalesce:
    """The product's name in the reader's language as an expression over a column that holds its id."""
    zh = (get_language() or "zh").startswith("zh")
    known = Product.objects.filter(pk=OuterRef(path)).values("name_zh" if zh else "name_en")[:1]
    return Coalesce(Subquery(known), path)


def product_names(product_ids: Iterable[str]) -> dict[str, str]:
    """Names in the reader's language by id; a product not in the list keeps its id as its name."""
    wanted = set(product_ids)
    zh = (get_language() or "zh").startswith("zh")
    known = {
        row.product_id: (row.name_zh if zh else row.name_en or row.name_zh)
        for row in Product.objects.filter(product_id__in=wanted)
    }
    return {product_id: known.get(product_id, product_id) for product_id in wanted}
