"""What the audit trail calls this room's acts, and what they are done to."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from kajing.audit import acts

WORDS = {
    "workflow.open": pgettext_lazy("audit", "Task opened"),
    "workflow.done": pgettext_lazy("audit", "Task done"),
    "workflow.reopen": pgettext_lazy("audit", "Task opened again"),
    "workflow.cancel": pgettext_lazy("audit", "Task called off"),
    "workflow.snooze": pgettext_lazy("audit", "Task put off or woken"),
    "workflow.reassign": pgettext_lazy("audit", "Task handed on"),
    "workflow.change_due": pgettext_lazy("audit", "Due time of a task changed"),
    "workflow.set_priority": pgettext_lazy("audit", "Priority of a task changed"),
    "workflow.open_many": pgettext_lazy("audit", "Tasks opened for many"),
    "workflow.trial_start": pgettext_lazy("audit", "Trial begun"),
    "workflow.trial_end": pgettext_lazy("audit", "Trial ended early"),
    "workflow.cancel_many": pgettext_lazy("audit", "Tasks of many called off"),
    "workflow.sync_many": pgettext_lazy("audit", "Tasks of many brought up to date"),
    "workflow.export": pgettext_lazy("audit", "Tasks taken out as a file"),
    "workflow.arrange_day": pgettext_lazy("audit", "Order of the day changed"),
    "workflow.forget_order": pgettext_lazy("audit", "Order of the day given up"),
    "workflow.calendar_new": pgettext_lazy("audit", "Calendar address made"),
    "workflow.calendar_end": pgettext_lazy("audit", "Calendar address ended"),
    "workflow.moved": pgettext_lazy("audit", "Record passed its state gate"),
    "workflow.gate_draft": pgettext_lazy("audit", "State gate drafted"),
    "workflow.gate_test": pgettext_lazy("audit", "State gate tested"),
    "workflow.gate_publish": pgettext_lazy("audit", "State gate put in force"),
    "workflow.gate_retire": pgettext_lazy("audit", "State gate taken out of force"),
    "workflow.rule_new": pgettext_lazy("audit", "Rule made"),
    "workflow.rule_draft": pgettext_lazy("audit", "Rule drafted"),
    "workflow.rule_test": pgettext_lazy("audit", "Rule tested on 90 days"),
    "workflow.rule_shadow": pgettext_lazy("audit", "Rule run in shadow"),
    "workflow.rule_publish": pgettext_lazy("audit", "Rule put to work"),
    "workflow.rule_retire": pgettext_lazy("audit", "Rule taken out of work"),
    "workflow.rule_run": pgettext_lazy("audit", "Rule acted"),
    "workflow.chain_draft": pgettext_lazy("audit", "Approval chain drafted"),
    "workflow.chain_publish": pgettext_lazy("audit", "Approval chain put in force"),
    "workflow.approval_asked": pgettext_lazy("audit", "Approval asked for"),
    "workflow.approval_sent_again": pgettext_lazy("audit", "Approval asked for again"),
    "workflow.approval_approved": pgettext_lazy("audit", "Approval agreed"),
    "workflow.approval_merged": pgettext_lazy("audit", "Approval agreed by the signature before"),
    "workflow.approval_returned": pgettext_lazy("audit", "Approval returned"),
    "workflow.approval_taken_back": pgettext_lazy("audit", "Approval taken back"),
    "workflow.approval_handed_on": pgettext_lazy("audit", "Approval handed on"),
    "workflow.approval_escalated": pgettext_lazy("audit", "Approval went one level up"),
    "workflow.approval_timed_out": pgettext_lazy("audit", "Approval returned, no vote in time"),
    "workflow.approval_failed": pgettext_lazy("audit", "Approved act could not be carried out"),
    "workflow.approval_applied": pgettext_lazy("audit", "Approved act carried out"),
    "workflow.playbook_new": pgettext_lazy("audit", "Playbook made"),
    "workflow.playbook_draft": pgettext_lazy("audit", "Playbook drafted"),
    "workflow.playbook_publish": pgettext_lazy("audit", "Playbook put in force"),
    "workflow.playbook_switch": pgettext_lazy("audit", "Playbook switched on or off"),
    "workflow.plan_start": pgettext_lazy("audit", "Plan started"),
    "workflow.plan_skip": pgettext_lazy("audit", "Step of a plan skipped"),
    "workflow.plan_finish": pgettext_lazy("audit", "Plan finished"),
    "workflow.plan_stop": pgettext_lazy("audit", "Plan stopped"),
    "workflow.webhook_new": pgettext_lazy("audit", "Webhook address added"),
    "workflow.webhook_on": pgettext_lazy("audit", "Webhook address switched on"),
    "workflow.webhook_off": pgettext_lazy("audit", "Webhook address switched off"),
    "workflow.webhook_rotate": pgettext_lazy("audit", "Secret of a webhook changed"),
}

KINDS = {
    "approval": pgettext_lazy("audit object", "Approval"),
    "approval_chain": pgettext_lazy("audit object", "Approval chain"),
    "gate": pgettext_lazy("audit object", "State gate"),
    "plan": pgettext_lazy("audit object", "Plan"),
    "playbook": pgettext_lazy("audit object", "Playbook"),
    "rule": pgettext_lazy("audit object", "Rule"),
    "task": pgettext_lazy("audit object", "Task"),
    "tasks": pgettext_lazy("audit object", "Tasks"),
    "trial": pgettext_lazy("audit object", "Trial"),
    "webhook": pgettext_lazy("audit object", "Webhook"),
}


def register() -> None:
    """Name them to the trail."""
    acts.register(WORDS)
    acts.register_kinds(KINDS)
