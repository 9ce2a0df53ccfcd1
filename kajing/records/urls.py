"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import path

from kajing.records import views

app_name = "records"
urlpatterns = [
    path("<slug:name>/tabs/", views.tabs, name="tabs"),
    path("<slug:name>/filters/", views.filters, name="filters"),
    path("<slug:name>/columns/", views.columns, name="columns"),
    path("<slug:name>/manage/", views.manage, name="manage"),
    path("view/<int:pk>/save/", views.overwrite, name="overwrite"),
    path("view/<int:pk>/rename/", views.rename, name="rename"),
    path("view/<int:pk>/delete/", views.delete, name="delete"),
    path("view/<int:pk>/star/", views.star, name="star"),
]
