"""What the worker does for this room."""

from __future__ import annotations

from datetime import datetime

from kajing.org import services


def tidy(at: datetime) -> int:
    """Forget old answers of POSTs; a chore of every worker."""
    return services.tidy(at=at)
