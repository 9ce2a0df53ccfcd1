"""Cleaning what people type about records: filters, columns, views, fields, files."""

from kajing.records.forms.fields import ROLES, FieldForm, MergeForm, TagForm
from kajing.records.forms.layouts import LayoutForm
from kajing.records.forms.lists import ColumnForm, FilterForm, ViewForm
from kajing.records.forms.values import FileForm, RevealForm, ValuesForm

__all__ = [
    "ROLES",
    "ColumnForm",
    "FieldForm",
    "FileForm",
    "FilterForm",
    "LayoutForm",
    "MergeForm",
    "RevealForm",
    "TagForm",
    "ValuesForm",
    "ViewForm",
]
