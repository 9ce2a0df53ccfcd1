"""Reads of what records carry: lists and their views, fields, tags, files."""

from kajing.records.selectors.builder import builder
from kajing.records.selectors.bulk import Refused, bulk_acts, failure_rows, job_of_act, name_rows, refused_rows
from kajing.records.selectors.fields import (
    TAGS,
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
    told_view,
    told_views,
    view_counts,
    views_of,
)
from kajing.records.selectors.selection import Selection, selection
from kajing.records.selectors.tags import PageTags, counted, tag_named, tag_use, tags, tags_of
from kajing.records.selectors.undo import may_undo, reversals, undoable

__all__ = [
    "STARRED",
    "TAGS",
    "Change",
    "Chip",
    "Header",
    "Listing",
    "PageTags",
    "PageValues",
    "Refused",
    "Section",
    "Selection",
    "builder",
    "bulk_acts",
    "counted",
    "definitions",
    "failure_rows",
    "fields_of",
    "file_of",
    "files_of",
    "history",
    "job_of_act",
    "listing",
    "may_undo",
    "name_rows",
    "people_choices",
    "refused_rows",
    "reversals",
    "saved_views",
    "selection",
    "sheet",
    "starred",
    "state_of_view",
    "tag_named",
    "tag_use",
    "tags",
    "tags_of",
    "told_view",
    "told_views",
    "undoable",
    "values_of",
    "view_counts",
    "views_of",
]
