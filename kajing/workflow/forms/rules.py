"""What people type about rules and addresses of webhooks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.workflow import rules
from kajing.workflow.events import kinds
from kajing.workflow.playbooks import KINDS
from kajing.workflow.rows import KIND_LABELS
from kajing.workflow.rule_actions import OWNERS, WAYS

WEEKDAYS = (
    (1, _("Monday")), (2, _("Tuesday")), (3, _("Wednesday")), (4, _("Thursday")), (5, _("Friday")), (6, _("Saturday")),
    (7, _("Sunday")),
)  # fmt: skip


class NewRuleForm(forms.Form):
    """A new rule's code and name."""

    code = forms.SlugField(label=_("Code"), max_length=40, help_text=_("Letters, digits and hyphens."))
    name = forms.CharField(label=pgettext_lazy("process", "Name"), max_length=80)


class RuleForm(forms.Form):
    """Trigger and condition of a version."""

    TRIGGERS = {
        "act": _("something was done"),
        "event": _("a day in the customer's life"),
        "schedule": _("on days of the week"),
    }
    trigger = forms.ChoiceField(label=pgettext_lazy("rule", "Set off by"), choices=list(TRIGGERS.items()))
    action = forms.ChoiceField(label=_("What was done"), required=False)
    field = forms.CharField(label=_("Field that changed"), required=False, max_length=60)
    to = forms.CharField(label=_("to the value"), required=False, max_length=60)
    event = forms.ChoiceField(label=_("Which day"), required=False)
    days = forms.IntegerField(
        label=_("Days from it"), required=False, min_value=-90, max_value=90, help_text=_("−7 is a week before.")
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days of the week"), coerce=int, required=False, choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple
    )
    condition = forms.CharField(
        label=_("For customers"), required=False, max_length=6000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("In the words of the customers list, such as: bucket in (M1,M2) and spend_30d < 1000. Empty: all."),
    )  # fmt: skip
    priority = forms.IntegerField(label=_("Order"), min_value=1, max_value=999, initial=100)
    stops = forms.BooleanField(label=_("Later rules of the same event do not run"), required=False)
    hourly_limit = forms.IntegerField(label=_("At most an hour"), min_value=1, max_value=20_000, initial=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["action"].choices = [("", "—"), *((name, str(words)) for name, words in rules.ACTS.items())]
        fields["event"].choices = [("", "—"), *((one.name, str(one.title)) for one in kinds())]

    def trigger_data(self) -> dict[str, Any]:
        """The trigger as data."""
        data = self.cleaned_data
        kind = data["trigger"]
        if kind == "act":
            return {"kind": kind, "action": data["action"], "field": data["field"].strip(), "to": data["to"].strip()}
        if kind == "event":
            return {"kind": kind, "event": data["event"], "days": data["days"] or 0}
        return {"kind": kind, "weekdays": data["weekdays"]}


class ActionForm(forms.Form):
    """One action. Without a kind it means: no action."""

    kind = forms.ChoiceField(label=pgettext_lazy("rule", "Do"), required=False)
    text = forms.CharField(label=_("What to do, or the news"), required=False, max_length=200)
    task = forms.ChoiceField(label=_("Kind of task"), choices=[(name, KIND_LABELS[name]) for name in KINDS])
    owner = forms.ChoiceField(label=_("For"), choices=list(OWNERS.items()))
    days = forms.IntegerField(label=_("Due in days"), required=False, min_value=0, max_value=90)
    must_do = forms.BooleanField(label=_("Must do"), required=False)
    way = forms.ChoiceField(label=_("Pool customers go to"), choices=list(WAYS.items()))
    licence = forms.CharField(label=_("Licence"), required=False, max_length=10)
    endpoint = forms.TypedChoiceField(label=_("Webhook to"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, endpoints: list[tuple[int, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["kind"].choices = [("", "—"), *((one.name, str(one.title)) for one in rules.actions())]
        fields["endpoint"].choices = [("", "—"), *(endpoints or [])]

    def spec(self) -> dict[str, Any] | None:
        """The action as data; None when no kind was chosen."""
        data = self.cleaned_data
        common = {"kind": data.get("kind") or ""}
        if common["kind"] == "task":
            return {**common, "title": data["text"].strip(), "task": data["task"], "owner": data["owner"],
                    "days": data["days"] or 0, "must_do": data["must_do"]}  # fmt: skip
        if common["kind"] == "notify":
            return {**common, "text": data["text"].strip(), "to": data["owner"]}
        if common["kind"] == "assign":
            return {**common, "way": data["way"], "licence": data["licence"].strip()}
        return {**common, "endpoint": data["endpoint"]} if common["kind"] == "webhook" else None


class BaseActions(forms.BaseFormSet[ActionForm]):
    """The actions of a version, in order."""

    def specs(self) -> list[dict[str, Any]]:
        """Those that have a kind."""
        return [spec for form in self.forms if (spec := form.spec())]


Actions: Any = forms.formset_factory(ActionForm, formset=BaseActions, extra=1, max_num=rules.MOST_ACTIONS)


def initial_of(trigger: dict[str, Any], condition: str) -> dict[str, Any]:
    """A version's trigger and condition as the form shows them."""
    return {
        "trigger": trigger.get("kind", "act"),
        "condition": condition,
        **{k: v for k, v in trigger.items() if k != "kind"},
    }


def initial_actions(specs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A version's actions as the form shows them."""
    return [
        {**one, "text": one.get("title") or one.get("text", ""), "owner": one.get("owner") or one.get("to")}
        for one in specs
    ]


class WhyForm(forms.Form):
    """Why earlier than policy says, or why it ends."""

    reason = forms.CharField(label=_("Reason"), required=False, max_length=400)


class EndpointForm(forms.Form):
    """An address that webhooks may go to."""

    name = forms.CharField(label=pgettext_lazy("process", "Name"), max_length=60)
    url = forms.URLField(label=_("Address"), max_length=400, assume_scheme="https")
