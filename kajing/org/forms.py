"""Web input of the people pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kajing.org import selectors
from kajing.org.models import Person, Role, Unit
from kajing.org.services.rights import TOKEN_DAYS, TOKEN_DAYS_LIMIT


class Day(forms.DateInput):
    """The browser's own date field."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class PeopleFilter(forms.Form):
    """What the people list is narrowed by; what does not fit is left out."""

    search = forms.CharField(label=_("Name, initials or number"), required=False, max_length=60)
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("All roles")), *Role.choices])
    unit = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    @property
    def values(self) -> dict[str, str]:
        """The filters that are in force."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class SubstituteForm(forms.Form):
    """Who stands in, from when to when."""

    substitute = forms.CharField(label=_("Substitute (number or sign-in name)"), max_length=64)
    first_day = forms.DateField(label=_("First day"), widget=Day)
    last_day = forms.DateField(label=_("Last day"), widget=Day)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def __init__(self, *args: Any, asker: Person, **options: Any) -> None:
        super().__init__(*args, **options)
        self.asker = asker

    def clean_substitute(self) -> Person:
        """The colleague, from among the people the asker may look up."""
        word = self.cleaned_data["substitute"]
        found = selectors.people(self.asker).filter(person_no=word) | selectors.people(self.asker).filter(username=word)
        person = found.first()
        if person is None:
            raise forms.ValidationError(_("Nobody with this number or name."))
        return person


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(label=_("What it is for"), max_length=100)
    days = forms.IntegerField(
        label=_("Days until it ends"), min_value=1, max_value=TOKEN_DAYS_LIMIT, initial=TOKEN_DAYS
    )
    read_only = forms.BooleanField(label=_("May only read"), required=False, initial=True)


class LicenceForm(forms.Form):
    """A qualification."""

    code = forms.RegexField(r"^[A-Za-z0-9-]{1,10}$", label=_("Code, such as T01"))
    granted_on = forms.DateField(label=_("Granted on"), widget=Day)
    last_day = forms.DateField(label=_("Last day"), widget=Day, required=False)
    source = forms.CharField(label=_("Source"), max_length=200, required=False)


class RoleForm(forms.Form):
    """Another role, from a day on."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    on = forms.DateField(label=_("From"), widget=Day)


class PasswordForm(forms.Form):
    """A first or new password, handed over in person."""

    password = forms.CharField(label=_("New password"), max_length=200, strip=False, widget=forms.PasswordInput)


class LeaveForm(forms.Form):
    """The last day of work."""

    last_day = forms.DateField(label=_("Last day of work"), widget=Day)
    until = forms.TimeField(
        label=_("Access ends at"), required=False, initial="18:00", widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_("Hand the book over first: Customers, select, Assign. Empty: at the end of the day."),
    )  # fmt: skip


class UnitField(forms.ModelChoiceField):
    """A unit that exists on a day, shown as it stands in the tree."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=Unit.objects.none(), empty_label=_("Choose a unit"), **options)

    def label_from_instance(self, obj: Any) -> str:
        """The name behind as many em spaces as the unit lies deep, which no style sheet is needed for."""
        return "\u2003" * (obj.path.count("/") - 2) + f"{obj.name} ({obj.pk})"


class _AtUnit(forms.Form):
    """A form with a choice among the units of a day."""

    def __init__(self, *args: Any, on: date, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            if isinstance(field, UnitField):
                field.queryset = selectors.units_on(on)


class JoinForm(_AtUnit):
    """A new joiner."""

    person_no = forms.RegexField(
        r"^[A-Za-z0-9_.-]+$", max_length=64, label=_("Person number"),
        help_text=_("As the bank's staff register and the people feed have it."),
        error_messages={"invalid": _("Letters, digits, points, hyphens and underscores only.")},
    )  # fmt: skip
    username = forms.RegexField(
        r"^[^\s@]+$", max_length=64, label=_("Sign-in name"),
        error_messages={"invalid": _("A sign-in name has no spaces and no @.")},
    )  # fmt: skip
    name = forms.CharField(label=_("Name"), max_length=100)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    unit = UnitField(label=_("Unit"))
    hired_on = forms.DateField(label=_("First day of work"), widget=Day)
    email = forms.EmailField(label=_("E-mail"), required=False)
    password = forms.CharField(
        label=_("First password"), max_length=200, strip=False, required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Hand it over in person. Empty: nobody signs in until a password is set."),
    )  # fmt: skip


class MoveForm(_AtUnit):
    """Another unit, from a day on."""

    unit = UnitField(
        label=_("Unit"),
        help_text=_("The customers of their book stay with them; hand the book over first if it should not move."),
    )  # fmt: skip
    on = forms.DateField(label=_("From"), widget=Day)


class ReturnForm(forms.Form):
    """The first day back."""

    on = forms.DateField(label=_("From"), widget=Day)


class UnitForm(_AtUnit):
    """A new unit."""

    unit_code = forms.RegexField(
        r"^[A-Za-z0-9_.-]+$", max_length=64, label=_("Unit code"),
        error_messages={"invalid": _("Letters, digits, points, hyphens and underscores only.")},
    )  # fmt: skip
    name = forms.CharField(label=_("Name of the unit"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=Unit.Kind.choices, initial=Unit.Kind.TEAM)
    parent = UnitField(label=_("Belongs to"))
    valid_from = forms.DateField(label=_("From"), widget=Day)

    def clean(self) -> dict[str, Any]:
        """The service asks for the parent's code."""
        values = {**(super().clean() or {})}
        parent = values.pop("parent", None)
        return values | {"parent_code": parent.pk if parent else None}


class MergeForm(_AtUnit):
    """The unit that takes over, and from when."""

    into = UnitField(
        label=_("Merged into"),
        help_text=_("Whoever sees this unit sees the customers of the closed one too. History keeps the old name."),
    )  # fmt: skip
    on = forms.DateField(label=_("Closed from"), widget=Day)
