"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import URLPattern, path

from kajing.reference import views

app_name = "reference"
urlpatterns: list[URLPattern] = [
    path("", views.parameters, name="list"),
    path("<slug:key>/", views.parameter, name="parameter"),
    path("<slug:key>/change/", views.change, name="change"),
]
