"""The room's operations."""

from __future__ import annotations

from ninja import Router

from kajing.sales.api.actions import router as actions
from kajing.sales.api.leads import router as leads

router = Router()
router.add_router("", actions)
router.add_router("", leads)

__all__ = ["router"]
