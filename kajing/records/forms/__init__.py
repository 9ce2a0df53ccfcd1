"""Cleaning what people type about records: filters, columns, views, fields, files."""

from kajing.records.forms.fields import FieldForm, TagForm
from kajing.records.forms.lists import ColumnForm, FilterForm, ViewForm
from kajing.records.forms.values import FileForm, RevealForm, ValuesForm

__all__ = ["ColumnForm", "FieldForm", "FileForm", "FilterForm", "RevealForm", "TagForm", "ValuesForm", "ViewForm"]
