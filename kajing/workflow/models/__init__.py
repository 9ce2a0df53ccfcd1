"""Tables of the room: tasks, approvals, playbooks and plans, trials."""

from kajing.workflow.models.approvals import (
    ApprovalChain,
    ApprovalEvent,
    ApprovalRequest,
    ApprovalSeat,
    ApprovalStage,
)
from kajing.workflow.models.calendar import CalendarFeed
from kajing.workflow.models.gates import GateStay, GateVersion
from kajing.workflow.models.plans import Plan, PlanStep, Playbook, PlaybookVersion
from kajing.workflow.models.rules import RuleMade, RuleRun, RuleVersion, WebhookEndpoint, WorkflowRule
from kajing.workflow.models.tasks import DayPlace, Task
from kajing.workflow.models.trials import Trial, TrialMember

__all__ = [
    "ApprovalChain",
    "ApprovalEvent",
    "ApprovalRequest",
    "ApprovalSeat",
    "ApprovalStage",
    "CalendarFeed",
    "DayPlace",
    "GateStay",
    "GateVersion",
    "Plan",
    "PlanStep",
    "Playbook",
    "PlaybookVersion",
    "RuleMade",
    "RuleRun",
    "RuleVersion",
    "Task",
    "Trial",
    "TrialMember",
    "WebhookEndpoint",
    "WorkflowRule",
]

SHARED_TABLES = (
    "ApprovalChain", "ApprovalRequest", "ApprovalStage", "ApprovalSeat", "ApprovalEvent", "Playbook", "PlaybookVersion",
    "RuleVersion", "RuleMade", "WebhookEndpoint", "WorkflowRule", "CalendarFeed", "DayPlace",
    "GateVersion", "GateStay", "Trial",
)  # fmt: skip
