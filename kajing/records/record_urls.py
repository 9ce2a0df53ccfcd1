"""Addresses of single records' fields, tags and files, and of the pages that shape them."""

from __future__ import annotations

from django.urls import path, register_converter

from kajing.records.views import fields, files, layouts, tags, values


class RecordId:
    """The id of a record of any kind (platform R10)."""

    regex = "[A-Za-z0-9._-]{1,64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(RecordId, "recordid")

app_name = "record"
urlpatterns = [
    path("fields/", fields.fields, name="fields"),
    path("fields/new/", fields.new, name="new_field"),
    path("fields/<int:field_id>/", fields.field, name="field"),
    path("fields/<int:field_id>/archive/", fields.archive, name="archive_field"),
    path("layouts/<slug:kind>/", layouts.layouts, name="layouts"),
    path("tags/", tags.tags, name="tags"),
    path("tags/<int:tag_id>/", tags.shape, name="shape_tag"),
    path("tags/<int:tag_id>/merge/", tags.merge, name="merge_tag"),
    path("tags/<int:tag_id>/delete/", tags.delete, name="delete_tag"),
    path("on/<slug:kind>/<recordid:object_id>/panel/", values.panel, name="panel"),
    path("on/<slug:kind>/<recordid:object_id>/edit/", values.edit, name="edit"),
    path("on/<slug:kind>/<recordid:object_id>/history/", values.history, name="history"),
    path("on/<slug:kind>/<recordid:object_id>/show/<slug:name>/", values.show, name="show"),
    path("on/<slug:kind>/<recordid:object_id>/tag/", tags.put, name="tag"),
    path("on/<slug:kind>/<recordid:object_id>/untag/", tags.take, name="untag"),
    path("on/<slug:kind>/<recordid:object_id>/attach/", files.attach, name="attach"),
    path("on/<slug:kind>/<recordid:object_id>/files/", files.panel, name="files"),
    path("on/<slug:kind>/<recordid:object_id>/files/<int:pk>/", files.download, name="file"),
    path("on/<slug:kind>/<recordid:object_id>/files/<int:pk>/remove/", files.remove, name="remove_file"),
]
