"""What people type about playbooks and plans."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kajing.workflow import playbooks
from kajing.workflow.models import Playbook
from kajing.workflow.rows import KIND_LABELS


class StartForm(forms.Form):
    """Which playbook, from which day."""

    playbook = forms.ChoiceField(label=_("Playbook"))
    day_zero = forms.DateField(label=_("Day zero"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, books: list[Playbook], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["playbook"].choices = [(one.code, one.label) for one in books]  # type: ignore[attr-defined]


class WhyForm(forms.Form):
    """Why a plan is stopped or a step skipped."""

    reason = forms.CharField(label=_("Why"), min_length=2, max_length=400)


class NewPlaybookForm(forms.Form):
    """A new playbook's code and name."""

    code = forms.SlugField(label=_("Code"), max_length=40, help_text=_("Letters, digits and hyphens."))
    name = forms.CharField(label=pgettext_lazy("process", "Name"), max_length=80)


class VersionForm(forms.Form):
    """What starts and ends a plan."""

    event = forms.ChoiceField(label=_("Started by"), required=False)
    days_before = forms.IntegerField(label=_("Days before the event"), min_value=0, max_value=90, initial=0)
    exits = forms.CharField(
        label=_("Ends early when"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One condition a line, in the words of the customers list, such as: status != ACTIVE"),
    )  # fmt: skip

    def __init__(self, *args: Any, events: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["event"].choices = [("", gettext("by hand only")), *events]  # type: ignore[attr-defined]

    def clean_exits(self) -> list[str]:
        """One condition a line."""
        return [line.strip() for line in self.cleaned_data["exits"].splitlines() if line.strip()]


class StepForm(forms.Form):
    """One step. An empty title means: no step."""

    title = forms.CharField(label=_("What to do"), max_length=200, required=False)
    day = forms.IntegerField(label=pgettext_lazy("playbook", "Day"), min_value=-90, max_value=730, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[(name, KIND_LABELS[name]) for name in playbooks.KINDS])
    required = forms.BooleanField(label=_("Required"), required=False)
    after = forms.CharField(
        label=_("After steps"), max_length=40, required=False, help_text=_("Numbers, separated by spaces.")
    )


class BaseSteps(forms.BaseFormSet[StepForm]):
    """The steps of a playbook, in order; a step's key is its number."""

    def steps(self) -> list[dict[str, Any]]:
        """Those that have a title."""
        found = []
        for number, form in enumerate(self.forms, start=1):
            data = form.cleaned_data
            if data.get("title", "").strip():
                found.append({
                    "key": str(number), "title": data["title"].strip(), "day": data["day"] or 0, "kind": data["kind"],
                    "required": data["required"], "after": data["after"].split(),
                })  # fmt: skip
        return found


Steps: Any = forms.formset_factory(StepForm, formset=BaseSteps, extra=2, max_num=playbooks.MOST_STEPS)


def initial_of(steps: list[dict[str, Any]], *, translated: bool) -> list[dict[str, Any]]:
    """Steps as the form shows them; numbers of steps follow their order."""
    number = {step["key"]: str(place) for place, step in enumerate(steps, start=1)}
    return [
        {**step, "title": gettext(title) if translated else title,
         "after": " ".join(number[key] for key in step.get("after", ()))}
        for step, title in ((step, step["title"]) for step in steps)
    ]  # fmt: skip
