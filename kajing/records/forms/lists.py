"""Cleaning the dialogs of a list: filters, columns, the name of a view."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kajing.records.lists import Choice, Context, Filter, ListSpec, Period, Range
from kajing.records.models import SavedView

SHORT = 12  # options shown as boxes; more become a select
PRESETS = [
    ("", _("any day")),
    ("-7d..", _("in the last 7 days")),
    ("-30d..", _("in the last 30 days")),
    ("..-30d", _("30 days ago or earlier")),
    ("..-90d", _("90 days ago or earlier")),
    ("0d..7d", _("in the next 7 days")),
    ("0d..92d", _("in the next 3 months")),
    ("none", _("never")),
    ("own", _("from … to …")),
]


@dataclass(frozen=True)
class Group:
    """The fields of one filter."""

    filter: Filter
    fields: list[Any]
    kind: str
    on: bool


class FilterForm(forms.Form):
    """One or two fields a filter, filled from the filters in force."""

    def __init__(self, spec: ListSpec, context: Context, query: Mapping[str, list[str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.filters = [one for one in spec.filters_for(context.user) if one.choosable]
        self.query = query
        for one in self.filters:
            self.fields.update(_fields(one, query.get(one.name, []), context))

    def groups(self) -> Iterator[Group]:
        """The fields, filter by filter."""
        for one in self.filters:
            names = [name for name in self.fields if name.partition("__")[0] == one.name]
            yield Group(one, [self[name] for name in names], one.kind, one.name in self.query)

    def chosen(self) -> dict[str, list[str]]:
        """The filter set as the address writes it; call after `is_valid`."""
        found = {one.name: self._values(one) for one in self.filters}
        return {name: values for name, values in found.items() if values}

    def _values(self, one: Filter) -> list[str]:
        data = self.cleaned_data
        if isinstance(one, Choice):
            return list(data[one.name])
        if isinstance(one, Range):
            return _span(_plain(data[f"{one.name}__from"]), _plain(data[f"{one.name}__to"]))
        if isinstance(one, Period):
            if data[f"{one.name}__span"] != "own":
                return [data[f"{one.name}__span"]] if data[f"{one.name}__span"] else []
            return _span(_plain(data[f"{one.name}__from"]), _plain(data[f"{one.name}__to"]))
        return [data[one.name]] if data[one.name] else []


def _fields(one: Filter, values: list[str], context: Context) -> dict[str, forms.Field]:
    if isinstance(one, Choice):
        return {one.name: _choice(one, values, context)}
    if isinstance(one, Range):
        low, high = one.bounds(values[0]) if values else (None, None)
        return {
            f"{one.name}__from": forms.DecimalField(label=_("from"), required=False, initial=low),
            f"{one.name}__to": forms.DecimalField(label=_("to"), required=False, initial=high),
        }
    if isinstance(one, Period):
        return _period(one, values)
    options = [("", _("any")), ("1", _("yes")), ("0", _("no"))]
    return {
        one.name: forms.ChoiceField(
            label=one.label, choices=options, required=False, initial=values[0] if values else ""
        )
    }


def _choice(one: Choice, values: list[str], context: Context) -> forms.Field:
    options = list(one.offered(context))
    options += [(value, value) for value in values if value not in dict(options)]
    widget = forms.CheckboxSelectMultiple if len(options) <= SHORT else forms.SelectMultiple
    return forms.MultipleChoiceField(label=one.label, choices=options, widget=widget(), required=False, initial=values)


def _period(one: Period, values: list[str]) -> dict[str, forms.Field]:
    value = values[0] if values else ""
    preset = value if value in dict(PRESETS) else "own"
    low, _dots, high = value.partition("..") if preset == "own" else ("", "", "")
    day = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return {
        f"{one.name}__span": forms.ChoiceField(label=one.label, choices=PRESETS, required=False, initial=preset),
        f"{one.name}__from": forms.DateField(label=_("from"), required=False, widget=day, initial=low),
        f"{one.name}__to": forms.DateField(label=_("to"), required=False, widget=day, initial=high),
    }


def _span(low: str, high: str) -> list[str]:
    return [f"{low}..{high}"] if low or high else []


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


class ColumnForm(forms.Form):
    """Which columns, in which order: a tick and a place for each."""

    def __init__(self, spec: ListSpec, user: Any, chosen: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        shown = [column.name for column in spec.columns_for(user, chosen)]
        every = {column.name: column for column in spec.offered(user)}
        self.order = shown + [name for name in every if name not in shown]
        self.defaults = [column.name for column in spec.columns_for(user)]
        for place, name in enumerate(self.order, 1):
            self.fields[f"{name}__on"] = forms.BooleanField(
                label=every[name].label, required=False, initial=name in shown
            )
            self.fields[f"{name}__place"] = forms.IntegerField(
                label=_("position"), min_value=1, max_value=99, required=False, initial=place
            )

    def rows(self) -> Iterator[tuple[Any, Any]]:
        """Tick and place of each column."""
        for name in self.order:
            yield self[f"{name}__on"], self[f"{name}__place"]

    def chosen(self) -> tuple[str, ...]:
        """The columns in their new order; empty when they are the defaults."""
        data = self.cleaned_data
        kept = [name for name in self.order if data[f"{name}__on"]]
        kept.sort(key=lambda name: data[f"{name}__place"] or 99)
        return () if kept == self.defaults else tuple(kept)


class ViewForm(forms.Form):
    """The name of a view and who sees it."""

    name = forms.CharField(label=_("View name"), max_length=60)
    audience = forms.ChoiceField(
        label=_("Seen by"),
        choices=[(SavedView.Audience.MINE, _("only me")), (SavedView.Audience.TEAM, _("my unit and below"))],
        initial=SavedView.Audience.MINE,
    )
