"""Forms of the room: building a report, naming it, sending it, tiles of a dashboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.insights import pivot
from kajing.insights.models import Report, ReportSchedule
from kajing.insights.pivot import AxisChoice, Definition, MeasureChoice
from kajing.insights.pivot.measures import kind_words
from kajing.insights.pivot.shape import MOST_MEASURES, MOST_TOP
from kajing.org.models import Role
from kajing.records.lists import Context, ListSpec

NUMBERS = range(1, MOST_MEASURES + 1)


class BuildForm(forms.Form):
    """A question over one list, field by field; the address is its state."""

    r1 = forms.ChoiceField(label=_("Rows by"), required=False)
    r2 = forms.ChoiceField(label=_("Then by"), required=False)
    c = forms.ChoiceField(label=_("Columns by"), required=False)
    where = forms.CharField(
        label=_("Condition"), max_length=6000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    top = forms.IntegerField(label=_("Only the first"), min_value=1, max_value=MOST_TOP, required=False)
    sort = forms.ChoiceField(label=_("Sorted by"), required=False)
    chart = forms.ChoiceField(label=_("Chart"), required=False)

    def __init__(self, spec: ListSpec, context: Context, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spec = spec
        axes = [("", "—"), *((_code(axis), axis.label) for axis in pivot.axes_of(spec, context))]
        for name in ("r1", "r2", "c"):
            self._field(name).choices = axes
        self._measures([("", "—"), *((one.name, str(one.label)) for one in pivot.fields_for(spec, context))])
        self._field("sort").choices = [("", _("order of the rows")), *_sorts()]
        self._field("chart").choices = list(chart_words().items())

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def _measures(self, fields: list[tuple[str, Any]]) -> None:
        kinds = [("", "—"), *kind_words().items()]
        for n in NUMBERS:
            about = {"number": n}
            self.fields[f"m{n}"] = forms.ChoiceField(
                label=_("Measure %(number)s") % about, choices=kinds if n > 1 else kinds[1:], required=False
            )
            self.fields[f"f{n}"] = forms.ChoiceField(label=_("of the field"), choices=fields, required=False)
            self.fields[f"o{n}"] = forms.ChoiceField(label=_("over the field"), choices=fields, required=False)
            self.fields[f"w{n}"] = forms.CharField(label=_("share of"), max_length=600, required=False)
            self.fields[f"a{n}"] = forms.CharField(label=_("among those with"), max_length=600, required=False)
            self.fields[f"l{n}"] = forms.CharField(label=_("called"), max_length=60, required=False)

    @property
    def measures(self) -> Iterator[dict[str, Any]]:
        """The fields of each measure, and whether it is used."""
        for n in NUMBERS:
            names = {
                "kind": f"m{n}",
                "field": f"f{n}",
                "over": f"o{n}",
                "where": f"w{n}",
                "among": f"a{n}",
                "label": f"l{n}",
            }
            used = n == 1 or bool(self[f"m{n}"].value())
            yield {"number": n, "used": used, **{part: self[name] for part, name in names.items()}}

    def definition(self) -> Definition:
        """What was asked. Raises ReportRefused."""
        given = self.cleaned_data
        measures = [
            MeasureChoice(
                given[f"m{n}"], given[f"f{n}"] if given[f"m{n}"] not in {"count", "share"} else "",
                given[f"w{n}"].strip() if given[f"m{n}"] == "share" else "",
                given[f"o{n}"] if given[f"m{n}"] == "ratio" else "",
                given[f"a{n}"].strip() if given[f"m{n}"] == "share" else "", given[f"l{n}"].strip(),
            )
            for n in NUMBERS if given[f"m{n}"]
        ]  # fmt: skip
        made = Definition(
            list=self.spec.name, rows=tuple(AxisChoice.read(given[r], "rows") for r in ("r1", "r2") if given[r]),
            column=AxisChoice.read(given["c"], "column") if given["c"] else None,
            measures=tuple(measures) or (MeasureChoice("count"),), where=given["where"].strip(),
            top=given["top"] or 0, sort=given["sort"], chart=given["chart"] or "bar",
        )  # fmt: skip
        made.check()
        return made


def filled(definition: Definition) -> dict[str, Any]:
    """A definition as the form's own fields."""
    data: dict[str, Any] = {
        "where": definition.where, "top": definition.top or "", "sort": definition.sort, "chart": definition.chart,
        "c": definition.column.code if definition.column else "",
    }  # fmt: skip
    data |= {f"r{n}": axis.code for n, axis in enumerate(definition.rows, start=1)}
    for n, one in enumerate(definition.measures, start=1):
        names = {"m": one.kind, "f": one.field, "o": one.over, "w": one.where, "a": one.among, "l": one.label}
        parts = {f"{letter}{n}": value for letter, value in names.items()}
        data |= {name: value for name, value in parts.items() if value}
    return data


def _code(axis: pivot.Axis) -> str:
    return f"{axis.field.name}:{axis.by}" if axis.by else axis.field.name


def _sorts() -> Iterator[tuple[str, Any]]:
    for n in NUMBERS:
        yield f"-{n - 1}", _("measure %(number)s, largest first") % {"number": n}
        yield f"{n - 1}", _("measure %(number)s, smallest first") % {"number": n}


def chart_words() -> dict[str, Any]:
    """What charts are called."""
    return {
        "bar": pgettext_lazy("chart", "bars"), "stacked": pgettext_lazy("chart", "stacked bars"),
        "line": pgettext_lazy("chart", "line"), "heat": pgettext_lazy("chart", "heat map"),
        "none": pgettext_lazy("chart", "no chart"),
    }  # fmt: skip


class NameForm(forms.Form):
    """A report's name, what it is for, and who sees it."""

    name = forms.CharField(label=_("Name of the report"), max_length=80)
    note = forms.CharField(label=_("What it is for"), max_length=300, required=False)
    audience = forms.ChoiceField(
        label=_("Who sees it"), required=False, choices=[one for one in Report.Audience.choices if one[0] != "SYSTEM"]
    )
    roles = forms.MultipleChoiceField(
        label=_("Only these roles"), choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    def about(self) -> dict[str, Any]:
        """What the services take."""
        return {**self.cleaned_data, "audience": self.cleaned_data["audience"] or Report.Audience.MINE}


class ScheduleForm(forms.Form):
    """When a report goes out, to whom, or what is watched."""

    every = forms.ChoiceField(label=_("How often"), choices=ReportSchedule.Every.choices)
    weekday = forms.TypedChoiceField(label=_("On weekday"), coerce=int, required=False, empty_value="0")
    month_day = forms.IntegerField(label=_("On day of the month"), min_value=1, max_value=31, required=False)
    at_time = forms.TimeField(label=_("At"), widget=forms.TimeInput(attrs={"type": "time"}), initial="08:00")
    form = forms.ChoiceField(label=_("As file"), choices=ReportSchedule.Form.choices, required=False)
    people = forms.CharField(label=_("To people, by number"), max_length=400, required=False)
    roles = forms.MultipleChoiceField(
        label=_("To these roles of my unit"), choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    measure = forms.TypedChoiceField(label=_("Only when this figure"), coerce=int, required=False, empty_value=None)
    side = forms.ChoiceField(label=_("over or under"), choices=ReportSchedule.Side.choices, required=False)
    value = forms.DecimalField(label=_("the value"), max_digits=18, decimal_places=4, required=False)
    every_line = forms.BooleanField(label=_("in any line, not only in the total"), required=False)

    def __init__(self, measures: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
        weekday: Any = self.fields["weekday"]
        weekday.choices = list(enumerate(days))
        measure: Any = self.fields["measure"]
        measure.choices = [("", _("send it every time")), *enumerate(measures)]

    def about(self) -> dict[str, Any]:
        """What the services take."""
        given = dict(self.cleaned_data)
        given["people"] = [one for one in given["people"].replace("，", ",").replace(",", " ").split() if one]
        given["weekday"] = int(given["weekday"])
        given["month_day"] = given["month_day"] or 1
        given["side"] = given["side"] or ReportSchedule.Side.OVER
        return given
