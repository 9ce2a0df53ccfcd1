"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import path

from kajing.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.trail, name="trail"),
    path("export/", views.export, name="export"),
    path("nights/", views.nights, name="nights"),
]
