"""Reads of what records carry: lists and their views, fields, tags, files."""

from kajing.records.selectors.builder import builder
from kajing.records.selectors.fields import (
    Change,
    PageValues,
    Section,
    definitions,
    fields_of,
    history,
    people_choices,
    sheet,
    values_of,
)
from kajing.records.selectors.files import file_of, files_of
from kajing.records.selectors.lists import (
    STARRED,
    Chip,
    Header,
    Listing,
    listing,
    saved_views,
    starred,
    state_of_view,
    view_counts,
    views_of,
)
from kajing.records.selectors.tags import PageTags, counted, tag_named, tags, tags_of
from kajing.records.selectors.undo import may_undo, reversals, undoable

__all__ = [
    "STARRED",
    "Change",
    "Chip",
    "Header",
    "Listing",
    "PageTags",
    "PageValues",
    "Section",
    "builder",
    "counted",
    "definitions",
    "fields_of",
    "file_of",
    "files_of",
    "history",
    "listing",
    "may_undo",
    "people_choices",
    "reversals",
    "saved_views",
    "sheet",
    "starred",
    "state_of_view",
    "tag_named",
    "tags",
    "tags_of",
    "undoable",
    "values_of",
    "view_counts",
    "views_of",
]
