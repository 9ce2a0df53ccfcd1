"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import path

from kajing.risk import views

app_name = "risk"
urlpatterns = [
    path("", views.alert_list, name="list"),
    path("rows/", views.rows, name="rows"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/close/", views.close, name="close"),
]
