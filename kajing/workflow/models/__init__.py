"""Tables of the room: tasks and approvals."""

from kajing.workflow.models.approvals import (
    ApprovalChain,
    ApprovalEvent,
    ApprovalRequest,
    ApprovalSeat,
    ApprovalStage,
)
from kajing.workflow.models.tasks import Task

__all__ = ["ApprovalChain", "ApprovalEvent", "ApprovalRequest", "ApprovalSeat", "ApprovalStage", "Task"]

SHARED_TABLES = ("ApprovalChain", "ApprovalRequest", "ApprovalStage", "ApprovalSeat", "ApprovalEvent")
