"""The addresses of acts on many records."""

from __future__ import annotations

from django.urls import path

from kajing.records.views import bulk

app_name = "bulk"
urlpatterns = [
    path("", bulk.index, name="list"),
    path("<int:pk>/", bulk.look, name="look"),
    path("<int:pk>/refused.<str:form>", bulk.refused, name="refused"),
    path("<int:pk>/stop/", bulk.stop, name="stop"),
]
