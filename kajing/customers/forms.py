"""Cleaning what people type on the customers' pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.customers.models import Consent, Relation
from kajing.customers.selectors import assignable
from kajing.customers.selectors.merging import FIELDS
from kajing.org.models import Role

BANK_ID = r"^[A-Za-z0-9._-]{1,64}$"


class CustomerPicker(forms.TextInput):
    """A customer number; whoever does not know it types a name, initials or a phone and chooses."""

    template_name = "customers/parts/picker.html"


def customer_field(label: Any = None, **options: Any) -> forms.CharField:
    """Whom something is about, looked up while one types."""
    options.setdefault("help_text", _("Type a name, initials, a phone or customer number and choose."))
    return forms.RegexField(
        BANK_ID, label=label or _("Customer"), strip=True,
        widget=CustomerPicker(attrs={"maxlength": 64, "autocomplete": "off"}),
        error_messages={"invalid": _("Choose one of the customers found below the field, or type the number.")},
        **options,
    )  # fmt: skip


class ConsentForm(forms.Form):
    """One entry of the consent ledger."""

    purpose = forms.ChoiceField(label=_("Purpose"), choices=Consent.Purpose.choices)
    channel = forms.ChoiceField(label=_("Channel"), choices=Consent.Channel.choices)
    given = forms.ChoiceField(
        label=_("The customer"), choices=[("1", _("gives consent")), ("0", _("withdraws consent"))], initial="1"
    )
    text_version = forms.CharField(
        label=_("Version of the text"), max_length=40, required=False, help_text=_("The text the customer agreed to.")
    )
    reason = forms.CharField(label=_("Note"), max_length=200, required=False)


class RelationForm(forms.Form):
    """A tie to another customer."""

    other = customer_field(_("The other customer"))
    role = forms.ChoiceField(label=_("is this customer's"), choices=Relation.Role.choices)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class AssignForm(forms.Form):
    """Who takes the selected customers over."""

    manager = forms.ChoiceField(label=_("New manager"), required=False)
    unit = forms.ChoiceField(label=_("or into the pool of"), required=False)
    reason = forms.CharField(label=_("Reason"), min_length=2, max_length=200)

    def __init__(self, user: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        offered = assignable(user)
        self.fields["manager"].choices = [("", "—"), *offered.managers]  # type: ignore[attr-defined]
        self.fields["unit"].choices = [("", "—"), *offered.units]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Exactly one of manager and pool."""
        data: dict[str, Any] = super().clean() or {}
        if bool(data.get("manager")) == bool(data.get("unit")):
            self.add_error("manager", _("Choose a manager, or the unit whose pool takes the customers."))
        return data


class RevealForm(forms.Form):
    """Why a personal field is shown."""

    reason = forms.CharField(label=_("Reason"), min_length=2, max_length=400)


class ExportForm(forms.Form):
    """Why rows leave the system, and in what file."""

    form = forms.ChoiceField(
        label=_("File"), choices=[("xlsx", _("XLSX, with a page about the file")), ("csv", "CSV")], initial="xlsx",
        widget=forms.RadioSelect, required=False,
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), min_length=2, max_length=200)

    def clean_form(self) -> str:
        """Who does not say gets a CSV, as before there was a choice."""
        return str(self.cleaned_data["form"] or "csv")


class TakeForm(forms.Form):
    """The word that the dialog was read."""

    sure = forms.CharField(widget=forms.HiddenInput, initial="1", max_length=1)


class GiveBackForm(forms.Form):
    """Why customers go back to the public pool."""

    reason = forms.CharField(label=_("Reason"), min_length=2, max_length=200)


class PoolRaiseForm(forms.Form):
    """How many customers of the pool one would like to hold, until when, and why."""

    most = forms.IntegerField(label=_("Customers from the pool"), min_value=1, max_value=100_000)
    until = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    reason = forms.CharField(label=_("Reason"), min_length=2, max_length=400, widget=forms.Textarea(attrs={"rows": 2}))


class PoolAssignForm(forms.Form):
    """Who takes customers of the pool over."""

    manager = forms.ChoiceField(label=_("New manager"))
    reason = forms.CharField(label=_("Reason"), min_length=2, max_length=200)

    def __init__(self, user: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields["manager"].choices = [("", "—"), *assignable(user).managers]  # type: ignore[attr-defined]


class CheckForm(forms.Form):
    """What is known of somebody who may be new; two facts at least, so that nobody fishes with one."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=100, required=False)
    mobile = forms.CharField(label=_("Mobile number"), max_length=20, required=False)
    email = forms.CharField(label=_("E-mail address"), max_length=100, required=False)
    id_number = forms.CharField(label=_("ID number"), max_length=30, required=False)
    employer = forms.CharField(label=_("Employer"), max_length=60, required=False)
    birth_date = forms.DateField(
        label=pgettext_lazy("person", "Birthday"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean(self) -> dict[str, Any]:
        """At least two facts."""
        data: dict[str, Any] = super().clean() or {}
        if sum(bool(value) for value in data.values()) < 2 and not self.errors:
            raise forms.ValidationError(_("Give at least two of these, such as name and mobile number."))
        return data


class MergeForm(forms.Form):
    """Who stays, whose value each field keeps, and how one knows that they are one person."""

    survivor = forms.CharField(max_length=64)
    reason = forms.CharField(
        label=_("How do you know that they are one person?"), min_length=2, max_length=200,
        help_text=_("For example: the customer said so at the counter and showed the ID card."),
    )  # fmt: skip

    def __init__(self, data: Any, *, ids: Sequence[str]) -> None:
        super().__init__(data)
        self.ids = ids

    @property
    def left(self) -> str:
        """Who stays, as far as it is said."""
        return str(self.data.get("survivor", ""))

    @property
    def values(self) -> dict[str, Any]:
        """The arguments of the act."""
        survivor = self.cleaned_data["survivor"]
        chosen = {field: self.data[f"field-{field}"] for field in FIELDS if self.data.get(f"field-{field}")}
        return {
            "survivor": survivor,
            "losers": [pk for pk in self.ids if pk != survivor],
            "choices": chosen,
            "reason": self.cleaned_data["reason"],
        }


class TagForm(forms.Form):
    """A tag for the selected customers, put on or taken off."""

    tag = forms.CharField(label=_("Tag"), max_length=30, widget=forms.TextInput(attrs={"list": "known-tags"}))
    off = forms.TypedChoiceField(
        label=pgettext_lazy("tag", "What to do"), choices=[("0", _("put it on")), ("1", _("take it off"))], initial="0",
        coerce=lambda text: text == "1", widget=forms.RadioSelect,
    )  # fmt: skip


class AudienceForm(forms.Form):
    """An audience: its name, its condition, and who uses it."""

    name = forms.CharField(label=_("Name of the audience"), max_length=60)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    where = forms.CharField(label=_("Condition"), max_length=6000, widget=forms.Textarea(attrs={"rows": 3}))
    share = forms.BooleanField(label=_("Share with my unit and below"), required=False)
    roles = forms.MultipleChoiceField(
        label=_("Roles that use it"), choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, rule: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not rule:
            del self.fields["where"]

    def about(self) -> dict[str, Any]:
        """What the services take."""
        return {"where": "", **self.cleaned_data}


class LeaveForm(forms.Form):
    """Out of which fixed list."""

    audience: forms.ModelChoiceField[Any] = forms.ModelChoiceField(label=_("Fixed list"), queryset=None)

    def __init__(self, own: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields["audience"].queryset = own  # type: ignore[attr-defined]


class FreezeForm(forms.Form):
    """A new fixed list, or one that there is."""

    name = forms.CharField(label=_("Name of the new list"), max_length=60, required=False)
    into: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=_("or add to"), queryset=None, required=False, empty_label="—"
    )

    def __init__(self, own: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields["into"].queryset = own  # type: ignore[attr-defined]
