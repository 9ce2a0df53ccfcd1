"""The room's operations."""

from __future__ import annotations

from ninja import Router

from kajing.workflow.api.approvals import router as approvals
from kajing.workflow.api.calendar import router as calendar
from kajing.workflow.api.chains import router as chains
from kajing.workflow.api.for_each import router as for_each
from kajing.workflow.api.gates import router as gates
from kajing.workflow.api.plans import router as plans
from kajing.workflow.api.playbooks import router as playbooks
from kajing.workflow.api.rules import router as rules
from kajing.workflow.api.tasks import router as tasks
from kajing.workflow.api.trials import router as trials
from kajing.workflow.api.webhooks import router as webhooks

router = Router()
router.add_router("", tasks)
router.add_router("", approvals)
router.add_router("", calendar)
router.add_router("", plans)
for part in (for_each, rules, chains, playbooks, webhooks, gates, trials):
    router.add_router("", part)

__all__ = ["router"]
