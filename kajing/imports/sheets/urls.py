"""The addresses of sheets."""

from __future__ import annotations

from django.urls import path

from kajing.imports.sheets import views

app_name = "sheets"
urlpatterns = [
    path("", views.index, name="list"),
    path("<int:sheet_id>/", views.page, name="page"),
    path("<int:sheet_id>/check/", views.check, name="check"),
    path("<int:sheet_id>/run/", views.run, name="run"),
    path("<int:sheet_id>/stop/", views.stop, name="stop"),
    path("<int:sheet_id>/problems.<str:form>", views.problems, name="problems"),
]
