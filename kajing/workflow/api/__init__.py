"""The room's operations."""

from __future__ import annotations

from ninja import Router

from kajing.workflow.api.approvals import router as approvals
from kajing.workflow.api.tasks import router as tasks

router = Router()
router.add_router("", tasks)
router.add_router("", approvals)

__all__ = ["router"]
