"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import path

import kajing.customers.urls  # noqa: F401  registers the converter of bank ids
from kajing.workflow.views import approvals, calendar, many, plans, rules, tasks

app_name = "workflow"
urlpatterns = [
    path("tasks/", tasks.task_list, name="list"),
    path("tasks/rows/", tasks.rows, name="rows"),
    path("tasks/new/", tasks.new, name="new"),
    path("tasks/bulk/", tasks.bulk, name="bulk"),
    path("tasks/many/done/", many.finish, name="many_done"),
    path("tasks/many/snooze/", many.snooze, name="many_snooze"),
    path("tasks/many/reassign/", many.reassign, name="many_reassign"),
    path("tasks/many/priority/", many.priority, name="many_priority"),
    path("tasks/many/tag/", many.tag, name="many_tag"),
    path("tasks/export/", many.export, name="export"),
    path("tasks/<int:pk>/", tasks.detail, name="detail"),
    path("tasks/<int:pk>/done/", tasks.finish, name="done"),
    path("tasks/<int:pk>/reopen/", tasks.reopen, name="reopen"),
    path("tasks/<int:pk>/snooze/", tasks.snooze, name="snooze"),
    path("tasks/<int:pk>/wake/", tasks.wake, name="wake"),
    path("tasks/<int:pk>/due/", tasks.due, name="due"),
    path("tasks/<int:pk>/reassign/", tasks.reassign, name="reassign"),
    path("tasks/<int:pk>/priority/", tasks.priority, name="priority"),
    path("tasks/<int:pk>/cancel/", tasks.cancel, name="cancel"),
    path("plans/", plans.plan_list, name="plans"),
    path("plans/start/", plans.start_many, name="start_plans"),
    path("plans/start/<bankid:customer_id>/", plans.start, name="start_plan"),
    path("plans/<int:plan_id>/stop/", plans.stop, name="stop_plan"),
    path("plans/steps/<int:step_id>/skip/", plans.skip, name="skip_step"),
    path("playbooks/", plans.playbook_list, name="playbooks"),
    path("playbooks/<slug:code>/", plans.playbook, name="playbook"),
    path("playbooks/<slug:code>/switch/", plans.switch, name="switch_playbook"),
    path("playbooks/<slug:code>/<int:version>/publish/", plans.publish, name="publish_playbook"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/address/", calendar.new_feed, name="new_feed"),
    path("calendar/address/end/", calendar.end_feed, name="end_feed"),
    path("calendar/<str:secret>.ics", calendar.feed, name="feed"),
    path("rules/", rules.rule_list, name="rules"),
    path("rules/webhooks/", rules.webhooks, name="webhooks"),
    path("rules/webhooks/<int:endpoint_id>/switch/", rules.switch, name="switch_webhook"),
    path("rules/<slug:code>/", rules.rule, name="rule"),
    path("rules/<slug:code>/<int:version>/test/", rules.try_out, name="try_rule"),
    path("rules/<slug:code>/<int:version>/shadow/", rules.shadow, name="shadow_rule"),
    path("rules/<slug:code>/<int:version>/publish/", rules.publish, name="publish_rule"),
    path("rules/<slug:code>/<int:version>/retire/", rules.retire, name="retire_rule"),
    path("approvals/", approvals.listing, name="approvals"),
    path("approvals/chains/", approvals.chain_list, name="chains"),
    path("approvals/chains/<str:act>/", approvals.chain, name="chain"),
    path("approvals/chains/<str:act>/<int:version>/publish/", approvals.publish_chain, name="publish_chain"),
    path("approvals/<int:pk>/", approvals.detail, name="approval"),
    path("approvals/<int:pk>/approve/", approvals.approve, name="approve"),
    path("approvals/<int:pk>/return/", approvals.send_back, name="return"),
    path("approvals/<int:pk>/hand-on/", approvals.hand_on, name="hand_on"),
    path("approvals/<int:pk>/seats/<int:seat_id>/reassign/", approvals.reassign, name="reassign_seat"),
    path("approvals/<int:pk>/take-back/", approvals.take_back, name="take_back"),
    path("approvals/<int:pk>/again/", approvals.again, name="again"),
]
