"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import URLPattern, path

from kajing.imports import views

app_name = "imports"
urlpatterns: list[URLPattern] = [
    path("", views.batches, name="list"),
    path("upload/", views.upload, name="upload"),
    path("mappings/", views.mappings, name="mappings"),
    path("mappings/new/", views.make_mapping, name="make_mapping"),
    path("mappings/<str:name>/", views.mapping, name="mapping"),
    path("<int:pk>/", views.batch, name="batch"),
    path("<int:pk>/rejects.csv", views.rejects, name="rejects"),
    path("<int:pk>/release/", views.decide, {"act": "release"}, name="release"),
    path("<int:pk>/refuse/", views.decide, {"act": "refuse"}, name="refuse"),
    path("<int:pk>/mend/", views.mend, name="mend"),
]
