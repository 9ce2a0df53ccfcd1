"""Registrations of the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkflowConfig(AppConfig):
    """The room `workflow`."""

    name = "kajing.workflow"
    label = "workflow"

    def ready(self) -> None:
        from kajing.contact.extensions import register_facts
        from kajing.queue import registry as queue
        from kajing.records.undo import TABLE_WORDS
        from kajing.workflow import (  # noqa: F401  receivers connect the signals
            acts_below,
            acts_pool,
            acts_templates,
            audit_words,
            facts,
            jobs,
            on_customers,
            on_records,
            on_states,
            receivers,
            rule_actions,
            rule_approvals,
            rule_messages,
            rule_records,
            webhooks,
        )
        from kajing.workflow.services.sheets import register_sheets

        audit_words.register()

        register_sheets()
        TABLE_WORDS["workflow.task"] = _("tasks")
        TABLE_WORDS["workflow.trialmember"] = _("customers of a trial")

        _navigation()
        _offers()
        _news()
        queue.job("workflow.rules", jobs.rule_act, title=_("Run rules"))
        queue.job("workflow.rule_schedule", jobs.rule_schedule, title=_("Run a rule on its hour"), chunked=True)
        queue.chore("workflow.schedules", 60, jobs.schedules)
        queue.chore("workflow.gates", 600, jobs.gates)
        queue.channel("webhook", webhooks.send)
        queue.chore("workflow.overdue", 600, jobs.overdue)
        queue.chore("workflow.approvals", 60, jobs.approvals)
        on_customers.register()
        on_records.register()
        on_states.register()
        _gates()
        acts_below.register()
        _many()
        acts_pool.register()
        acts_templates.register()
        for actions in (rule_actions, rule_messages, rule_records, rule_approvals):
            actions.register()
        register_facts("tasks", facts.of_customer, permission="workflow.work_own_tasks")


def _many() -> None:
    """The list of tasks: acts on many of them, and the list as a file."""
    from kajing.customers.services import exports
    from kajing.ui import registry as ui
    from kajing.workflow import task_list  # noqa: F401  registers itself
    from kajing.workflow.services.for_each import register_for_each
    from kajing.workflow.services.many import register_many

    register_many()
    register_for_each()
    exports.register(exports.Exportable(list="tasks", right="workflow.export", file="tasks", action="workflow.export"))
    for place, (key, label, icon, right) in enumerate(MANY):
        ui.bulk_actions.register(
            ui.BulkAction(
                key=f"tasks-{key}", list="tasks", label=label, icon=icon, url_name=f"workflow:{key}", permission=right,
                order=place,
            )
        )  # fmt: skip


def _gates() -> None:
    """Records ask the gates before they change their state; pages show what is open next."""
    from kajing.records import states
    from kajing.ui import registry as ui
    from kajing.workflow import gate_panels
    from kajing.workflow.services.gates import guard, moving

    states.GUARDS.append(guard)
    moving.register()
    shown = {
        "task": gate_panels.of_fields("task"),
        "customer": gate_panels.of_fields("customer"),
        "handover": gate_panels.of_record("handover"),
        "template": gate_panels.of_record("template"),
    }
    for slot, data in shown.items():
        late = slot == "customer"  # a page with many panels, of which this one is mostly away
        ui.panels.register(
            ui.Panel(
                key=f"moves-{slot}", slot=slot, title=_("Next states"), template="workflow/moves_panel.html",
                icon="arrows-exchange", data=data, permission="org.sign_in", order=45 if late else 5, lazy=late,
                lines=0 if late else 3,
            )
        )  # fmt: skip


# Acts on many tasks, in the order of the bar: address, words, icon, right.
MANY = (
    ("many_done", _("Done"), "check", "workflow.work_own_tasks"),
    ("many_snooze", _("Snooze"), "clock-pause", "workflow.work_own_tasks"),
    ("many_reassign", _("Hand on"), "user-share", "workflow.reassign_task"),
    ("many_priority", _("Priority"), "alert-circle", "workflow.work_own_tasks"),
    ("many_tag", _("Tag"), "tag", "records.tag"),
    ("export", _("Export"), "download", "workflow.export"),
)


def _navigation() -> None:
    """Pages in the side bar."""
    from kajing.ui import registry as ui
    from kajing.workflow import panels

    ui.navigation.register(
        ui.NavItem(
            key="tasks", section="home", label=_("Tasks"), url_name="workflow:list", icon="checkbox",
            permission="workflow.work_own_tasks", order=20, phone=3, go="t",
        )
    )  # fmt: skip
    ui.navigation.register(
        ui.NavItem(
            key="calendar", section="home", label=_("Calendar"), url_name="workflow:calendar", icon="calendar",
            permission="workflow.work_own_tasks", order=22, go="d",
        )
    )  # fmt: skip
    ui.navigation.register(
        ui.NavItem(
            key="approvals", section="home", label=_("Approvals"), url_name="workflow:approvals",
            icon="rubber-stamp", permission="workflow.see_approvals", order=25, go="a",
            badge=panels.approvals_badge,
        )
    )  # fmt: skip
    ui.navigation.register(
        ui.NavItem(
            key="approval-chains", section="process", label=_("Approval chains"), url_name="workflow:chains",
            icon="hierarchy", permission="workflow.view_process", order=60,
        )
    )  # fmt: skip
    ui.navigation.register(
        ui.NavItem(
            key="plans", section="contact", label=_("Plans"), url_name="workflow:plans", icon="route",
            permission="workflow.run_playbook", order=40, go="y",
        )
    )  # fmt: skip
    ui.navigation.register(
        ui.NavItem(
            key="trials", section="contact", label=_("Trials"), url_name="workflow:trials", icon="test-pipe",
            permission="workflow.open_task", order=45,
        )
    )  # fmt: skip
    ui.navigation.register(
        ui.NavItem(
            key="playbooks", section="process", label=_("Playbooks"), url_name="workflow:playbooks",
            icon="list-check", permission="workflow.view_process", order=62,
        )
    )  # fmt: skip
    ui.navigation.register(
        ui.NavItem(
            key="gates", section="process", label=_("State gates"), url_name="workflow:gates", icon="arrows-exchange",
            permission="workflow.view_process", order=66,
        )
    )  # fmt: skip
    ui.navigation.register(
        ui.NavItem(
            key="rules", section="process", label=_("Rules"), url_name="workflow:rules", icon="bolt",
            permission="workflow.view_process", order=64,
        )
    )  # fmt: skip


def _offers() -> None:
    """What the room puts on pages of others."""
    from kajing.ui import registry as ui
    from kajing.workflow import acts_templates, panels

    ui.new_items.register(
        ui.NewItem(
            key="task", label=_("Task"), url_name="workflow:new", icon="checkbox",
            permission="workflow.open_task", order=10, shortcut="t",
        )
    )  # fmt: skip
    ui.bulk_actions.register(
        ui.BulkAction(
            key="customers-tasks", list="customers", label=_("Add tasks"), icon="checkbox",
            url_name="workflow:bulk", permission="workflow.open_task", order=10,
        )
    )  # fmt: skip
    ui.panels.register(
        ui.Panel(
            key="tasks", slot="customer", title=_("Tasks"), template="workflow/panel.html", icon="checkbox",
            data=panels.of_customer, permission="workflow.work_own_tasks", order=30,
        )
    )  # fmt: skip
    ui.bulk_actions.register(
        ui.BulkAction(
            key="customers-plans", list="customers", label=_("Start a playbook"), icon="route",
            url_name="workflow:start_plans", permission="workflow.run_playbook", order=20,
        )
    )  # fmt: skip
    ui.panels.register(
        ui.Panel(
            key="plans", slot="customer", title=_("Plans"), template="workflow/plans_panel.html", icon="route",
            data=panels.plans_of_customer, permission="workflow.run_playbook", order=35, lazy=True,
        )
    )  # fmt: skip

    ui.panels.register(
        ui.Panel(
            key="template-approval", slot="template", title=_("Approval"), template="workflow/template_panel.html",
            icon="rubber-stamp", data=acts_templates.of_version, permission="org.sign_in", order=1, lines=3,
        )
    )  # fmt: skip


def _news() -> None:
    """What the room tells people."""
    from kajing.notifications import kinds

    kinds.register(kinds.Kind("task.assigned", _("A task for you"), icon="checkbox"))
    kinds.register(
        kinds.Kind("approval.wanted", _("Your approval is wanted"), can_be_off=False, icon="rubber-stamp"),
        kinds.Kind("approval.decided", _("Your request was decided"), can_be_off=False, icon="rubber-stamp"),
    )
    kinds.register(
        kinds.Kind("gate.late", _("Records too long in a state"), can_be_off=False, icon="clock-exclamation"),
        kinds.Kind("rule.news", _("News of a rule"), icon="bolt"),
        kinds.Kind("rule.problem", _("A rule has problems"), icon="bolt"),
        kinds.Kind("trial.over", _("The days of a trial are over"), icon="test-pipe"),
        kinds.Kind("task.overdue", _("Overdue tasks of the team"), can_be_off=False, icon="clock-exclamation"),
    )
