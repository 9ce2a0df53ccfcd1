"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import path

from kajing.workflow import views

app_name = "workflow"
urlpatterns = [
    path("", views.task_list, name="list"),
    path("rows/", views.rows, name="rows"),
    path("new/", views.new, name="new"),
    path("bulk/", views.bulk, name="bulk"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/done/", views.finish, name="done"),
    path("<int:pk>/reopen/", views.reopen, name="reopen"),
    path("<int:pk>/snooze/", views.snooze, name="snooze"),
    path("<int:pk>/wake/", views.wake, name="wake"),
    path("<int:pk>/due/", views.due, name="due"),
    path("<int:pk>/reassign/", views.reassign, name="reassign"),
    path("<int:pk>/cancel/", views.cancel, name="cancel"),
]
