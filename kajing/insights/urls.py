"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import path

from kajing.insights.views import metrics as views

app_name = "insights"
urlpatterns = [
    path("", views.dictionary, name="list"),
    path("<slug:name>/", views.metric, name="metric"),
]
