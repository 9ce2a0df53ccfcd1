"""What each role may do, as one readable table. Rooms ask `user.has_perm("room.act")`; the answer comes from here."""

from __future__ import annotations

from typing import Any

_STAFF = {
    "insights.report", "notifications.read_own", "org.sign_in", "records.save_view", "workflow.see_approvals",
    "workflow.work_own_tasks",
}  # fmt: skip
_FRONT = {
    "complaints.handle", "complaints.register", "complaints.view",
    "contact.log", "contact.view", "customers.view", "customers.reveal", "insights.view", "records.undo",
    "objects.view", "objects.work", "risk.handle_alert", "risk.view_alert", "workbench.today", "workflow.open_task",
}  # fmt: skip
_CARE = {
    "customers.audience", "customers.check_duplicate", "customers.record_consent", "customers.relate", "imports.sheets",
    "records.attach", "records.fill_fields", "records.tag", "sales.act", "sales.view_actions",
}  # fmt: skip
_GIVES_OUT = {"complaints.assign", "complaints.export"}  # complaints of the whole place, to whom they fall
_LEAD = {
    *_GIVES_OUT, "contact.override", "customers.assign", "customers.export", "customers.handover", "customers.merge",
    "customers.pool", "imports.view", "objects.export", "org.substitute", "org.view_people", "records.manage_tags",
    "records.undo_team", "sales.assign_leads", "sales.export_leads", "workbench.team_board", "workflow.export",
    "workflow.reassign_task",
}  # fmt: skip
_OVERSEE = {
    "audit.view", "audit.view_any", "complaints.view", "contact.view", "customers.view", "imports.view",
    "insights.view", "objects.view", "reference.view", "risk.view_alert", "sales.view_actions", "sales.view_leads",
    "workbench.today",
}  # fmt: skip
# Winning new customers.
_SELL = {"sales.view_leads", "sales.work_leads"}
_RUN = {
    "audit.view_any", "audit.view_system", "imports.load", "imports.release", "imports.view", "objects.manage",
    "org.manage", "org.substitute", "org.view", "org.view_people", "queue.manage", "queue.view",
    "records.manage_fields", "records.manage_tags", "records.undo", "records.undo_any", "reference.change",
    "reference.view", "sales.shape_actions", "sales.view_actions",
}  # fmt: skip

# Who shapes and oversees approvals, rules and playbooks: one person writes, another puts in force.
_RUNS = {"workflow.run_playbook"}
_WATCH = {"workflow.oversee_approvals", "workflow.view_process"}
_PROCESSES = {
    "MANAGER": _RUNS,
    "LEADER": _RUNS,
    "BRANCH_HEAD": _RUNS,
    "SERVICE": _RUNS,
    "COMPLIANCE": _WATCH | {"workflow.publish_process", "workflow.reassign_approval"},
    "ADMIN": {"workflow.edit_process", "workflow.publish_process", "workflow.view_process"},
    "AUDITOR": _WATCH,
}
# Writing to customers, by role.
_LETTERS = {"contact.send_message", "contact.view_messages", "contact.write_template"}
_MESSAGES: dict[str, set[str]] = {
    "MANAGER": _LETTERS,
    "LEADER": _LETTERS | {"contact.approve_template"},
    "BRANCH_HEAD": _LETTERS | {"contact.approve_template"},
    "RISK": _LETTERS,
    "SERVICE": _LETTERS | {"contact.review_replies"},
    "COMPLIANCE": {"contact.approve_template", "contact.view_messages"},
    "AUDITOR": {"contact.view_messages"},
}

RIGHTS: dict[str, frozenset[str]] = {
    role: frozenset(rights | _PROCESSES.get(role, set()) | _MESSAGES.get(role, set()))
    for role, rights in {
        "MANAGER": _STAFF | _FRONT | _CARE | _SELL | {"customers.handover", "customers.pool", "customers.take"},
        "LEADER": _STAFF | _FRONT | _CARE | _SELL | _LEAD,
        "BRANCH_HEAD": _STAFF | _FRONT | _CARE | _SELL | _LEAD,
        "RISK": _STAFF
        | _FRONT
        | {
            "contact.collect",
            "customers.audience",
            "customers.export",
            "imports.view",
            "objects.export",
            "workflow.export",
            "workflow.reassign_task",
        },
        "SERVICE": (_STAFF | _FRONT | _CARE | _GIVES_OUT) - {"risk.handle_alert"},
        "COMPLIANCE": _STAFF | _OVERSEE | {"contact.keep_recording"},
        "ADMIN": _STAFF | _RUN,
        "AUDITOR": _STAFF | _OVERSEE | {"org.view", "org.view_people", "queue.view"},
    }.items()
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
    if rights & {"org.manage", "audit.view_any", "customers.reveal", "customers.export", "workflow.export"}
)
