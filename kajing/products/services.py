"""Acts on the product list."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

from django.db import transaction

from kajing.audit.services import record
from kajing.products.models import Product

SAMPLE = Path(__file__).parent / "data" / "card_products_sample.csv"


@transaction.atomic
def load_products(*, path: Path = SAMPLE, actor: str, at: datetime) -> int:
    """Bring a product list in (annual fee and thresholds in fen); known products take the new values. Repeatable."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [_product(line) for line in csv.DictReader(file)]
    Product.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["product_id"],
        update_fields=["name_zh", "name_en", "tier", "network", "annual_fee", "waiver_type", "waiver_threshold",
                       "waiver_window", "points_validity_months", "note"],
    )  # fmt: skip
    record(
        actor=actor, action="products.loaded", object_kind="products", object_id=path.name, at=at,
        changes={"products": len(rows)},
    )  # fmt: skip
    return len(rows)


def _product(line: dict[str, str]) -> Product:
    same = ("product_id", "name_zh", "name_en", "tier", "network", "waiver_type", "waiver_threshold", "waiver_window")
    months = line["points_validity_months"]
    return Product(
        **{name: line[name] for name in same},
        annual_fee=int(line["annual_fee_fen"] or 0),
        points_validity_months=int(months) if months else None,
        note=line["note"],
    )
