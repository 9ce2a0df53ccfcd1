"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import path

from kajing.records.views import lists

app_name = "records"
urlpatterns = [
    path("<slug:name>/tabs/", lists.tabs, name="tabs"),
    path("<slug:name>/filters/", lists.filters, name="filters"),
    path("<slug:name>/where/", lists.where, name="where"),
    path("<slug:name>/columns/", lists.columns, name="columns"),
    path("<slug:name>/manage/", lists.manage, name="manage"),
    path("view/<int:pk>/save/", lists.overwrite, name="overwrite"),
    path("view/<int:pk>/rename/", lists.rename, name="rename"),
    path("view/<int:pk>/delete/", lists.delete, name="delete"),
    path("view/<int:pk>/star/", lists.star, name="star"),
]
