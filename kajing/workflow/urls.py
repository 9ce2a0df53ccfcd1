"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import path

from kajing.workflow.views import approvals, tasks

app_name = "workflow"
urlpatterns = [
    path("tasks/", tasks.task_list, name="list"),
    path("tasks/rows/", tasks.rows, name="rows"),
    path("tasks/new/", tasks.new, name="new"),
    path("tasks/bulk/", tasks.bulk, name="bulk"),
    path("tasks/<int:pk>/", tasks.detail, name="detail"),
    path("tasks/<int:pk>/done/", tasks.finish, name="done"),
    path("tasks/<int:pk>/reopen/", tasks.reopen, name="reopen"),
    path("tasks/<int:pk>/snooze/", tasks.snooze, name="snooze"),
    path("tasks/<int:pk>/wake/", tasks.wake, name="wake"),
    path("tasks/<int:pk>/due/", tasks.due, name="due"),
    path("tasks/<int:pk>/reassign/", tasks.reassign, name="reassign"),
    path("tasks/<int:pk>/cancel/", tasks.cancel, name="cancel"),
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
