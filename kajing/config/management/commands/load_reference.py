"""`kajing load_reference`: laws, bank policies, merchant categories and products that come with the package."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from kajing.products.services import load_products
from kajing.reference.services import load_reference
from kajing.workflow.services.plans import load_playbooks


class Command(BaseCommand):
    """Load the packaged reference data; safe to run again after an upgrade."""

    help = "Load the packaged laws, bank policies, merchant categories and products (repeatable)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say how much."""
        at = timezone.now()
        counts = load_reference(actor="system", at=at) | {"products": load_products(actor="system", at=at)}
        counts["playbooks"] = load_playbooks(at=at)
        self.stdout.write(", ".join(f"{name} {count}" for name, count in counts.items()))
