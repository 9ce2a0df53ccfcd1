"""The addresses of undo."""

from __future__ import annotations

from django.urls import path

from kajing.records.undo import views

app_name = "undo"
urlpatterns = [
    path("", views.index, name="list"),
    path("<int:reversal_id>/", views.look, name="look"),
    path("<int:reversal_id>/do/", views.act, name="act"),
]
