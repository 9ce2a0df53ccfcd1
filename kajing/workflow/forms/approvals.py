"""What people type about approvals and their chains."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kajing.lib.money import fen, yuan
from kajing.org.models import Person, Role, Unit
from kajing.workflow import chains

_AREA = forms.Textarea(attrs={"rows": 2})


class ApproveForm(forms.Form):
    """Agreeing, with a word if one likes."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(label=_("Note"), max_length=400, required=False, widget=_AREA)


class ReturnForm(forms.Form):
    """Returning, always with a reason."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(label=_("Why do you return it?"), min_length=2, max_length=400, widget=_AREA)


class AgainForm(forms.Form):
    """Sending a returned request again."""

    reason = forms.CharField(label=_("Reason"), min_length=2, max_length=400, widget=_AREA)


class HandOnForm(forms.Form):
    """Who votes instead, and why."""

    to = forms.ChoiceField(label=_("Who votes instead"))
    reason = forms.CharField(label=_("Why"), min_length=2, max_length=400)

    def __init__(self, *args: Any, people: list[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.person_no, f"{one.name} {one.get_role_display()}") for one in people]
        self.fields["to"].choices = choices  # type: ignore[attr-defined]


WHO = {
    "leader": _("the leader of the place, else the next above"),
    **{
        f"role:{role}": role.label for role in (Role.LEADER, Role.BRANCH_HEAD, Role.RISK, Role.COMPLIANCE, Role.SERVICE)
    },
}
WAYS = {
    "ANY": _("one of them agrees"),
    "ALL": _("all of them agree"),
    "LEVELS": _("level by level, up to"),
}
TIMEOUTS = {"ESCALATE": _("goes one level up"), "RETURN": _("goes back to who asked")}


class StepForm(forms.Form):
    """One step of a chain. An empty name means: no step."""

    name = forms.CharField(label=pgettext_lazy("chain step", "Step"), max_length=60, required=False)
    way = forms.ChoiceField(label=_("Passes when"), choices=list(WAYS.items()))
    until = forms.ChoiceField(
        label=_("Highest level"), required=False, choices=[("", "—"), *Unit.Kind.choices],
        help_text=_("Only for level by level."),
    )  # fmt: skip
    who = forms.MultipleChoiceField(
        label=_("Who decides"), choices=list(WHO.items()), required=False, widget=forms.CheckboxSelectMultiple
    )
    people = forms.CharField(
        label=_("or these people"), required=False, max_length=400, help_text=_("Numbers, separated by spaces.")
    )
    from_amount = forms.DecimalField(label=_("From amount"), required=False, min_value=0, max_digits=16)
    below_amount = forms.DecimalField(label=_("Below amount"), required=False, min_value=0, max_digits=16)
    hours = forms.IntegerField(
        label=_("Working hours to vote"), required=False, min_value=1, max_value=2000,
        help_text=_("Empty: the bank's policy."),
    )  # fmt: skip
    on_timeout = forms.ChoiceField(label=_("Without a vote in time it"), choices=list(TIMEOUTS.items()))

    def step(self, *, money: bool) -> dict[str, Any] | None:
        """The step as data; None when no name was given."""
        data = self.cleaned_data
        if not data["name"].strip():
            return None
        step: dict[str, Any] = {"name": data["name"].strip(), "way": data["way"], "on_timeout": data["on_timeout"]}
        if data["way"] == "LEVELS":
            step["until"] = data["until"]
        else:
            step["who"] = _who(data["who"]) + [{"person": no} for no in data["people"].split()]
        for name in ("from_amount", "below_amount"):
            if data[name] is not None:
                step[name] = fen(str(data[name])) if money else int(data[name])
        if data["hours"]:
            step["hours"] = data["hours"]
        return step


def _who(chosen: list[str]) -> list[dict[str, Any]]:
    return [{"leader": True} if one == "leader" else {"role": one.removeprefix("role:")} for one in chosen]


class BaseSteps(forms.BaseFormSet[StepForm]):
    """The steps of a chain, in order."""

    def steps(self, *, money: bool) -> list[dict[str, Any]]:
        """Those that have a name."""
        return [step for form in self.forms if (step := form.step(money=money))]

    def clean(self) -> None:
        """A step needs somebody who decides; what else must hold is said by `chains.problems` when it is saved."""
        if any(self.errors):
            return
        if not any(form.cleaned_data.get("name", "").strip() for form in self.forms):
            raise forms.ValidationError(gettext("A chain needs at least one step."))


Steps: Any = forms.formset_factory(StepForm, formset=BaseSteps, extra=2, max_num=chains.MOST_STEPS)


def initial_of(steps: list[dict[str, Any]], *, money: bool) -> list[dict[str, Any]]:
    """Steps as the form shows them."""
    return [_initial(step, money=money) for step in steps]


def _initial(step: dict[str, Any], *, money: bool) -> dict[str, Any]:
    name, who = step["name"], step.get("who", [])
    amounts = {name: step.get(name) for name in ("from_amount", "below_amount")}
    return {
        "name": gettext(name), "way": step["way"], "until": step.get("until", ""),
        "who": ["leader" if "leader" in one else f"role:{one['role']}" for one in who if "person" not in one],
        "people": " ".join(one["person"] for one in who if "person" in one),
        **{name: yuan(value) if money and value is not None else value for name, value in amounts.items()},
        "hours": step.get("hours"), "on_timeout": step.get("on_timeout", "ESCALATE"),
    }  # fmt: skip
