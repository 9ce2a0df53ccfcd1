"""Acts on plans: start, stop, skip, what the night does, and versions of playbooks."""

from kajing.workflow.services.plans.night import run_plans
from kajing.workflow.services.plans.running import (
    CannotStart,
    open_due_steps,
    skip_step,
    start_plan,
    step_ended,
    step_reopened,
    stop_plan,
)
from kajing.workflow.services.plans.versions import (
    CannotPublish,
    draft_playbook,
    load_playbooks,
    new_playbook,
    publish_playbook,
    switch_playbook,
)

__all__ = [
    "CannotPublish",
    "CannotStart",
    "draft_playbook",
    "load_playbooks",
    "new_playbook",
    "open_due_steps",
    "publish_playbook",
    "run_plans",
    "skip_step",
    "start_plan",
    "step_ended",
    "step_reopened",
    "stop_plan",
    "switch_playbook",
]
