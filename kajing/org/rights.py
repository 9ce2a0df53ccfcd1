"""What each role may do, as one readable table. Rooms ask `user.has_perm("room.act")`; the answer comes from here."""

from __future__ import annotations

from typing import Any

_STAFF = {"org.sign_in", "notifications.read_own", "workflow.work_own_tasks", "records.save_view"}
_FRONT = {"customers.view", "customers.reveal", "workflow.open_task", "risk.view_alert", "insights.view"}
_LEAD = {
    "workflow.reassign_task",
    "workbench.team_board",
    "org.substitute",
    "customers.assign",
    "customers.export",
    "imports.view",
}

RIGHTS: dict[str, frozenset[str]] = {
    "MANAGER": frozenset(
        _STAFF | _FRONT | {"workbench.today", "risk.handle_alert", "customers.record_consent", "customers.relate"}
    ),
    "LEADER": frozenset(
        _STAFF
        | _FRONT
        | _LEAD
        | {"workbench.today", "risk.handle_alert", "customers.record_consent", "customers.relate"}
    ),
    "BRANCH_HEAD": frozenset(
        _STAFF
        | _FRONT
        | _LEAD
        | {"workbench.today", "risk.handle_alert", "customers.record_consent", "customers.relate"}
    ),
    "RISK": frozenset(
        _STAFF
        | _FRONT
        | {"workbench.today", "risk.handle_alert", "workflow.reassign_task", "imports.view", "customers.export"}
    ),
    "SERVICE": frozenset(_STAFF | _FRONT | {"workbench.today", "customers.record_consent", "customers.relate"}),
    "COMPLIANCE": frozenset(
        _STAFF
        | {
            "customers.view",
            "risk.view_alert",
            "insights.view",
            "audit.view",
            "audit.view_any",
            "reference.view",
            "imports.view",
        }
        | {"workbench.today"}
    ),
    "ADMIN": frozenset(
        _STAFF
        | {
            "imports.view",
            "imports.load",
            "imports.release",
            "org.view",
            "org.view_people",
            "org.manage",
            "org.substitute",
            "queue.view",
            "queue.manage",
        }
        | {"reference.view", "reference.change", "audit.view_system", "audit.view_any"}
    ),
    "AUDITOR": frozenset(
        _STAFF
        | {
            "customers.view",
            "risk.view_alert",
            "insights.view",
            "audit.view",
            "audit.view_any",
            "org.view",
            "reference.view",
        }
        | {"imports.view", "queue.view", "workbench.today"}
    ),
}


class RoleRights:
    """Django permission backend: a role's rights, nothing stored per person."""

    def authenticate(self, request: Any, **credentials: Any) -> None:
        """Rights only; signing in is allauth's work."""

    def has_perm(self, user: Any, perm: str, obj: object = None) -> bool:
        """Whether the person's role carries the right."""
        return bool(user.is_active and perm in RIGHTS.get(getattr(user, "role", ""), frozenset()))


# Roles with administration, reading of audit, or the right to reveal and export (platform S6): all that see customers.
SECOND_FACTOR = frozenset(
    role
    for role, rights in RIGHTS.items()
    if rights & {"org.manage", "audit.view_any", "customers.reveal", "customers.export"}
)
