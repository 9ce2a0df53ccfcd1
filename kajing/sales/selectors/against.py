"""What stands against contact, asked of the contact gate for many customers at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kajing.sales.judging import Against
from kajing.sales.models import Action


def against(
    customer_ids: Sequence[str], actions: Sequence[Action], at: datetime
) -> dict[str, dict[tuple[str, str], Against]]:
    return {}
