"""What an object may look like, and who may be given rights on its records."""

from __future__ import annotations

from kajing.org.models import Role

OBJECT_ICONS = (
    "box", "calendar-event", "confetti", "gift", "star", "diamond", "trophy", "medal", "heart", "briefcase", "building",
    "home", "car", "plane", "school", "ticket", "certificate", "file-text", "clipboard", "shield", "key", "map-pin",
    "coin", "wallet", "receipt", "chart-bar", "flag", "bookmark", "tool", "truck", "golf", "glass-full",
)  # fmt: skip
ROLES = tuple(role for role in Role if role != Role.ADMIN)  # an administrator shapes objects and sees no customer
WRITERS = (Role.MANAGER, Role.LEADER, Role.BRANCH_HEAD, Role.RISK, Role.SERVICE)  # who works on records at all
RESERVED = frozenset({"shape", "many", "export", "of"})  # parts of addresses
VIEW, WORK, EXPORT, MANAGE = "objects.view", "objects.work", "objects.export", "objects.manage"
ASSIGN = "workflow.reassign_task"
