"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import path

from kajing.queue import views

app_name = "queue"
urlpatterns = [
    path("", views.index, name="index"),
    path("<uuid:job_id>/", views.state, name="state"),
    path("<uuid:job_id>/retry/", views.retry, name="retry"),
    path("<uuid:job_id>/cancel/", views.cancel, name="cancel"),
    path("messages/<int:message_no>/again/", views.send_again, name="send_again"),
]
