"""What the imports pages take in; nothing here saves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from kajing.analytics.feeds import FEEDS
from kajing.analytics.ingest.mapping import date_columns
from kajing.imports.models import Batch

FEED_CHOICES = [(name, name) for name in FEEDS]
_EDIT = re.compile(r"(?P<kind>value|text)-(?P<line>\d{1,12})(?:-(?P<column>[a-z_0-9]{1,64}))?")


class BatchFilter(forms.Form):
    """Which files the list shows."""

    feed = forms.ChoiceField(label=_("Feed"), required=False, choices=[("", _("All feeds")), *FEED_CHOICES])
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All states")), *Batch.State.choices])

    @property
    def values(self) -> dict[str, Any]:
        """The filters in force; what does not fit is left out."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class ManyFiles(forms.ClearableFileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files as a list."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each file by Django's own rules."""
        files = data if isinstance(data, (list, tuple)) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files]


class UploadForm(forms.Form):
    """One file, or the files of a day with their manifest."""

    feed_files = FilesField(
        label=_("Files"),
        help_text=_(".csv, .csv.gz or .parquet, one per feed, named like the feed; add manifest.json if there is one."),
        widget=ManyFiles(attrs={"accept": ".csv,.gz,.parquet,.json"}),
    )
    feed = forms.ChoiceField(
        label=_("Feed"),
        required=False,
        choices=[("", _("By the file's name")), *FEED_CHOICES],
        help_text=_("Only for a single file with another name."),
    )
    business_date = forms.DateField(
        label=_("Business date"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Needed without a manifest."),
    )
    mapping = forms.ChoiceField(label=_("Mapping"), required=False)

    def __init__(self, *args: Any, mappings: Iterable[str], **options: Any) -> None:
        super().__init__(*args, **options)
        names = [(name, name) for name in mappings]
        self.fields["mapping"].choices = [("", _("None: the contract's columns")), *names]  # type: ignore[attr-defined]

    @property
    def values(self) -> dict[str, Any]:
        """What the service takes."""
        taken = dict(self.cleaned_data)
        return {"files": taken.pop("feed_files"), **taken}


class DecisionForm(forms.Form):
    """Why a held file is let in or refused."""

    reason = forms.CharField(label=_("Reason"), min_length=2, max_length=200)


def edits_of(data: QueryDict) -> dict[int, str | dict[str, str] | None]:
    """Chosen lines with what was typed: `line` boxes, `value-<line>-<column>` fields, `text-<line>` for whole lines."""
    chosen = {int(line) for line in data.getlist("line") if line.isdigit() and len(line) <= 12}
    edits: dict[int, str | dict[str, str] | None] = dict.fromkeys(chosen)
    for name, text in data.items():
        found = _EDIT.fullmatch(name)
        if not found or not str(text).strip() or int(found["line"]) not in chosen:
            continue
        line = int(found["line"])
        if found["kind"] == "text":
            edits[line] = str(text)
        elif found["column"] and not isinstance(edits[line], str):
            edits[line] = {**(edits[line] or {}), found["column"]: str(text).strip()}  # type: ignore[dict-item]
    return edits


class HeaderForm(forms.Form):
    """The first line of a bank's file, to begin a mapping."""

    feed = forms.ChoiceField(label=_("Feed"), choices=FEED_CHOICES)
    delimiter = forms.ChoiceField(
        label=_("Delimiter"), choices=[(",", ","), ("|", "|"), (";", ";"), ("tab", _("tab"))], required=False
    )
    header = forms.CharField(
        label=_("First line of the file"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Paste the column names as they stand in the bank's file; no rows with customers."),
    )

    @property
    def separator(self) -> str:
        """The delimiter as a character."""
        chosen = self.cleaned_data.get("delimiter") or ","
        return "\t" if chosen == "tab" else str(chosen)

    @property
    def sources(self) -> list[str]:
        """The names in the pasted line."""
        line = self.cleaned_data["header"].strip().splitlines()[0]
        return [name.strip().strip('"') for name in line.split(self.separator)][:200]


class MappingForm(forms.Form):
    """One row per contract column: from which source column, a constant, a date format, codes."""

    name = forms.CharField(label=_("Name of the mapping"), max_length=60)

    def __init__(self, *args: Any, feed: str, sources: Iterable[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.feed = FEEDS[feed]
        choices = [("", "—"), *((name, name) for name in sources)]
        dates = set(date_columns(feed))
        for column in self.feed.columns:
            self.fields[f"source-{column.name}"] = forms.ChoiceField(required=False, choices=choices)
            self.fields[f"constant-{column.name}"] = forms.CharField(required=False, max_length=100)
            if column.name in dates:
                self.fields[f"date-{column.name}"] = forms.CharField(required=False, max_length=40)
            if column.values:
                codes = forms.Textarea(attrs={"rows": 2})
                self.fields[f"values-{column.name}"] = forms.CharField(required=False, max_length=2000, widget=codes)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The fields of each contract column, for the page."""
        kinds = ("source", "constant", "date", "values")
        return [
            {"column": column, **{kind: self._field(kind, column.name) for kind in kinds}}
            for column in self.feed.columns
        ]

    def _field(self, kind: str, name: str) -> Any:
        key = f"{kind}-{name}"
        return self[key] if key in self.fields else None

    @property
    def parts(self) -> dict[str, dict[str, Any]]:
        """What was chosen, as the sections of a mapping."""
        data = self.cleaned_data
        columns = {data[f"source-{c.name}"]: c.name for c in self.feed.columns if data.get(f"source-{c.name}")}
        constants = {c.name: data[f"constant-{c.name}"] for c in self.feed.columns if data.get(f"constant-{c.name}")}
        dates = {c.name: data[f"date-{c.name}"] for c in self.feed.columns if data.get(f"date-{c.name}")}
        values = {c.name: _pairs(data[f"values-{c.name}"]) for c in self.feed.columns if data.get(f"values-{c.name}")}
        return {"columns": columns, "constants": constants, "dates": dates, "values": values}


def _pairs(text: str) -> dict[str, str]:
    """Lines such as 消费=PURCHASE."""
    split = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {source.strip(): target.strip() for source, _sign, target in split}
