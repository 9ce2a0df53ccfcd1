"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import path

from kajing.complaints.views import acting, many, pages

app_name = "complaints"
urlpatterns = [
    path("", pages.complaint_list, name="list"),
    path("rows/", pages.rows, name="rows"),
    path("strip/", pages.strip, name="strip"),
    path("new/", pages.new, name="new"),
    path("same/", pages.same, name="same"),
    path("many/assign/", many.assign, name="many_assign"),
    path("many/tag/", many.tag, name="many_tag"),
    path("many/task/", many.task, name="many_task"),
    path("export/", many.export, name="export"),
    path("<int:pk>/", pages.detail, name="detail"),
    path("<int:pk>/phone/", pages.reveal_phone, name="phone"),
    path("<int:pk>/extensions/<int:extension_id>/told/", acting.told, name="told"),
    path("<int:pk>/<slug:act>/", acting.act, name="act"),
]
