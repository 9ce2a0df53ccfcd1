"""The room's operations."""

from __future__ import annotations

from ninja import Router

from kajing.workflow.api.approvals import router as approvals
from kajing.workflow.api.calendar import router as calendar
from kajing.workflow.api.plans import router as plans
from kajing.workflow.api.rules import router as rules
from kajing.workflow.api.tasks import router as tasks

router = Router()
router.add_router("", tasks)
router.add_router("", approvals)
router.add_router("", calendar)
router.add_router("", plans)
router.add_router("", rules)

__all__ = ["router"]
