"""What people type about rules and addresses of webhooks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.workflow import rules, schedules, subjects
from kajing.workflow.events import kinds
from kajing.workflow.playbooks import KINDS
from kajing.workflow.rows import KIND_LABELS
from kajing.workflow.rule_approvals import chain_choices
from kajing.workflow.rule_messages import template_choices
from kajing.workflow.rule_people import OWNERS, WAYS
from kajing.workflow.rule_records import choices as field_choices
from kajing.workflow.rule_records import record_kinds

_COMMA = re.compile(r"[,，、;；]")


class NewRuleForm(forms.Form):
    """A new rule's code and name."""

    code = forms.SlugField(label=_("Code"), max_length=40, help_text=_("Letters, digits and hyphens."))
    name = forms.CharField(label=pgettext_lazy("process", "Name"), max_length=80)


class RuleForm(forms.Form):
    """Trigger and condition of a version."""

    TRIGGERS = {
        "act": _("something was done"),
        "event": _("a day in their life"),
        "schedule": _("certain days and hours"),
    }
    subject = forms.ChoiceField(label=pgettext_lazy("rule", "It is about"), required=False)
    trigger = forms.ChoiceField(label=pgettext_lazy("rule", "Set off by"), choices=list(TRIGGERS.items()))
    action = forms.ChoiceField(label=_("What was done"), required=False)
    on = forms.ChoiceField(label=_("On records of the kind"), required=False)
    field = forms.CharField(label=_("Field that changed"), required=False, max_length=60)
    to = forms.CharField(label=_("to the value"), required=False, max_length=60)
    event = forms.ChoiceField(label=_("Which day"), required=False)
    days = forms.IntegerField(
        label=_("Days from it"), required=False, min_value=-90, max_value=90, help_text=_("−7 is a week before.")
    )
    where = forms.CharField(
        label=_("Only where"), required=False, max_length=200,
        help_text=_("Of alerts, such as: rule=missed_payment, severity=L4. Empty: all."),
    )  # fmt: skip
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days of the week"), coerce=int, required=False, choices=list(schedules.WEEKDAYS.items()),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    month_days = forms.CharField(
        label=_("Days of the month"), required=False, max_length=100, help_text=_("Such as 1, 15; −1 is the last day.")
    )
    times = forms.CharField(
        label=_("Hours"), required=False, max_length=200,
        help_text=_("Such as 09:00, 15:30. Empty: once, in the night before."),
    )  # fmt: skip
    off = forms.ChoiceField(
        label=_("On a day off it"), required=False, choices=list(schedules.OFF.items()),
        help_text=_("By the bank's calendar of workdays."),
    )  # fmt: skip
    condition = forms.CharField(
        label=_("For whom"), required=False, max_length=6000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "In the words of their list. Customers: bucket in (M1,M2) and spend_30d < 1000. "
            "Leads: stage in (LEAD,CONTACTED) and stuck. Empty: all."
        ),
    )  # fmt: skip
    priority = forms.IntegerField(label=_("Order"), min_value=1, max_value=999, initial=100)
    stops = forms.BooleanField(label=_("Later rules of the same event do not run"), required=False)
    hourly_limit = forms.IntegerField(label=_("At most an hour"), min_value=1, max_value=20_000, initial=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["subject"].choices = [(one.name, str(one.label)) for one in subjects.kinds()]
        fields["action"].choices = [("", "—"), *((name, str(words)) for name, words in rules.ACTS.items())]
        fields["on"].choices = [("", _("every kind")), *record_kinds()]
        fields["event"].choices = [("", "—"), *((one.name, str(one.title)) for one in kinds())]

    def clean_where(self) -> dict[str, str]:
        """Pairs of a name and its value."""
        pairs = [part.partition("=") for part in _parts(self.cleaned_data["where"])]
        if not all(name.strip() and sign and value.strip() for name, sign, value in pairs):
            raise forms.ValidationError(_("Write pairs such as rule=missed_payment, with commas between."))
        return {name.strip(): value.strip() for name, _sign, value in pairs}

    def clean_month_days(self) -> list[int]:
        """Numbers; a typed minus sign is a minus."""
        parts = [part.replace("−", "-") for part in _parts(self.cleaned_data["month_days"])]
        if not all(re.fullmatch(r"-?\d{1,2}", part) for part in parts):
            raise forms.ValidationError(_("Days of the month are numbers from 1 to 31; −1 is the last day."))
        return [int(part) for part in parts]

    def clean_times(self) -> list[str]:
        """Hours; 9:00 is 09:00."""
        return [part.replace("：", ":").zfill(5) for part in _parts(self.cleaned_data["times"])]

    def trigger_data(self) -> dict[str, Any]:
        """The trigger as data; customers are what a rule is about where nothing else is said."""
        about = self.cleaned_data.get("subject") or subjects.CUSTOMER
        told = self._trigger_data()
        return told if about == subjects.CUSTOMER else {**told, "subject": about}

    def _trigger_data(self) -> dict[str, Any]:
        data = self.cleaned_data
        kind = data["trigger"]
        if kind == "act":
            told = {"kind": kind, "action": data["action"], "field": data["field"].strip(), "to": data["to"].strip()}
            return {**told, "on": data["on"]} if data["on"] else told
        if kind == "event":
            trigger = {"kind": kind, "event": data["event"], "days": data["days"] or 0}
            return {**trigger, "where": data["where"]} if data["where"] else trigger
        return {"kind": kind, **{name: data[name] for name in ("weekdays", "month_days", "times", "off")}}


def _parts(text: str) -> list[str]:
    return [part.strip() for part in _COMMA.split(text) if part.strip()]


TAG_WAYS = {"add": _("put on"), "remove": _("take off")}


class ActionForm(forms.Form):
    """One action. Without a kind it means: no action."""

    kind = forms.ChoiceField(label=pgettext_lazy("rule", "Do"), required=False)
    text = forms.CharField(label=_("What to do, to tell or to ask"), required=False, max_length=200)
    task = forms.ChoiceField(label=_("Kind of task"), choices=[(name, KIND_LABELS[name]) for name in KINDS])
    owner = forms.ChoiceField(label=_("For, or in the name of"), choices=list(OWNERS.items()))
    days = forms.IntegerField(label=_("Due in days"), required=False, min_value=0, max_value=90)
    must_do = forms.BooleanField(label=_("Must do"), required=False)
    way = forms.ChoiceField(label=_("Out of the pool they go to"), choices=list(WAYS.items()))
    licence = forms.CharField(label=_("Licence"), required=False, max_length=10)
    endpoint = forms.TypedChoiceField(label=_("Webhook to"), required=False, coerce=int, empty_value=None)
    template = forms.TypedChoiceField(label=_("Template"), required=False, coerce=int, empty_value=None)
    field = forms.ChoiceField(label=_("Field to set"), required=False)
    value = forms.CharField(
        label=_("to the value"), required=False, max_length=200,
        help_text=_("A code or word of a choice, yuan, a day such as 2026-11-01; - empties the field."),
    )  # fmt: skip
    tag_way = forms.ChoiceField(label=_("The tag is"), required=False, choices=list(TAG_WAYS.items()))
    on = forms.ChoiceField(label=_("Record"), required=False)
    tag = forms.CharField(label=_("Name of the tag"), required=False, max_length=30)
    act = forms.ChoiceField(label=_("Decided by the chain of"), required=False)

    def __init__(self, *args: Any, endpoints: list[tuple[int, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["kind"].choices = [("", "—"), *((one.name, str(one.title)) for one in rules.actions())]
        fields["endpoint"].choices = [("", "—"), *(endpoints or [])]
        fields["template"].choices = [("", "—"), *template_choices()]
        fields["field"].choices = [("", "—"), *field_choices()]
        fields["on"].choices = record_kinds()
        fields["act"].choices = chain_choices()

    def spec(self) -> dict[str, Any] | None:
        """The action as data; None when no kind was chosen."""
        kind = self.cleaned_data.get("kind") or ""
        made = _SPECS.get(kind)
        return {"kind": kind, **made(self.cleaned_data)} if made else None


_SPECS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "task": lambda data: {
        "title": data["text"].strip(), "task": data["task"], "owner": data["owner"], "days": data["days"] or 0,
        "must_do": data["must_do"],
    },
    "notify": lambda data: {"text": data["text"].strip(), "to": data["owner"]},
    "assign": lambda data: {"way": data["way"], "licence": data["licence"].strip()},
    "webhook": lambda data: {"endpoint": data["endpoint"]},
    "message": lambda data: {"template": data["template"], "sender": data["owner"]},
    "field": lambda data: {"field": data["field"], "value": data["value"].strip()},
    "tag": lambda data: {"way": data["tag_way"], "on": data["on"], "tag": " ".join(data["tag"].split())},
    "approval": lambda data: {"text": data["text"].strip(), "asker": data["owner"], "act": data["act"]},
}  # fmt: skip


class BaseActions(forms.BaseFormSet[ActionForm]):
    """The actions of a version, in order."""

    def specs(self) -> list[dict[str, Any]]:
        """Those that have a kind."""
        return [spec for form in self.forms if (spec := form.spec())]


Actions: Any = forms.formset_factory(ActionForm, formset=BaseActions, extra=1, max_num=rules.MOST_ACTIONS)


def initial_of(trigger: dict[str, Any], condition: str) -> dict[str, Any]:
    """A version's trigger and condition as the form shows them."""
    told = {name: value for name, value in trigger.items() if name != "kind"}
    for name in ("month_days", "times"):
        told[name] = ", ".join(str(one) for one in trigger.get(name) or ())
    told["where"] = ", ".join(f"{name}={value}" for name, value in (trigger.get("where") or {}).items())
    return {"trigger": trigger.get("kind", "act"), "condition": condition, **told}


def initial_actions(specs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A version's actions as the form shows them."""
    return [
        {
            **one,
            "text": one.get("title") or one.get("text", ""),
            "owner": one.get("owner") or one.get("to") or one.get("sender") or one.get("asker"),
            "tag_way": one.get("way"),
        }
        for one in specs
    ]


class WhyForm(forms.Form):
    """Why earlier than policy says, or why it ends."""

    reason = forms.CharField(label=_("Reason"), required=False, max_length=400)


class EndpointForm(forms.Form):
    """An address that webhooks may go to."""

    name = forms.CharField(label=pgettext_lazy("process", "Name"), max_length=60)
    url = forms.URLField(label=_("Address"), max_length=400, assume_scheme="https")
