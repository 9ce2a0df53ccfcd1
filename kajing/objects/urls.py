"""The room's table of capabilities."""

from __future__ import annotations

from django.urls import path

from kajing.objects.views import many, pages, shape

app_name = "objects"
urlpatterns = [
    path("", pages.index, name="index"),
    path("shape/", shape.index, name="shape"),
    path("shape/new/", shape.new, name="define"),
    path("shape/<slug:code>/", shape.one, name="definition"),
    path("shape/<slug:code>/switch/", shape.switch, name="switch"),
    path("<slug:code>/", pages.records, name="list"),
    path("<slug:code>/rows/", pages.rows, name="rows"),
    path("<slug:code>/new/", pages.new, name="new"),
    path("<slug:code>/export/", many.export, name="export"),
    path("<slug:code>/many/field/", many.field, name="many_field"),
    path("<slug:code>/many/owner/", many.owner, name="many_owner"),
    path("<slug:code>/many/tag/", many.tag, name="many_tag"),
    path("<slug:code>/many/remove/", many.remove, name="many_remove"),
    path("<slug:code>/<int:record_id>/", pages.record, name="record"),
    path("<slug:code>/<int:record_id>/edit/", pages.edit, name="edit"),
    path("<slug:code>/<int:record_id>/remove/", pages.remove, name="remove"),
    path("<slug:code>/<int:record_id>/restore/", pages.restore, name="restore"),
]
