"""What the pages of objects take in; nothing here saves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kajing.customers.forms import customer_field
from kajing.objects.choices import OBJECT_ICONS, ROLES, WRITERS
from kajing.objects.models import ObjectDefinition
from kajing.objects.services.records import LONGEST_TITLE

RIGHTS = ("sees", "creates", "edits")


class ObjectForm(forms.Form):
    """An object: what it is called, whose its records are, who may do what."""

    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=30)
    name_en = forms.CharField(label=_("Name in English"), max_length=40, help_text=_("One record, such as VIP event."))
    plural_en = forms.CharField(
        label=_("Plural in English"), max_length=40, required=False, help_text=_("Many records, such as VIP events.")
    )
    code = forms.CharField(
        label=_("Code"), max_length=14, help_text=_("For addresses and the API: small letters, digits, _. For good.")
    )
    belongs = forms.ChoiceField(
        label=_("Each record belongs to"), choices=ObjectDefinition.Belongs.choices,
        help_text=_("This decides who sees a record, for good."), widget=forms.RadioSelect,
    )  # fmt: skip
    pattern = forms.CharField(
        label=_("Numbers"), max_length=40, initial="{seq:5}",
        help_text=_("{seq} counts on, {seq:5} with zeros; {year} and {month} may stand beside it: GJ-{year}-{seq:4}."),
    )  # fmt: skip
    place = forms.IntegerField(label=_("Position"), min_value=1, max_value=999, initial=100)
    icon = forms.ChoiceField(label=_("Icon"), choices=[(name, name) for name in OBJECT_ICONS], widget=forms.RadioSelect)

    def __init__(self, about: ObjectDefinition | None = None, **kwargs: Any) -> None:
        super().__init__(initial=_initial(about), **kwargs)
        for name in ("code", "belongs") if about else ():
            self.fields[name].disabled = True
        for what in RIGHTS:
            roles = ROLES if what == "sees" else WRITERS
            given = getattr(about, what) if about else [str(role) for role in WRITERS]
            for role in roles:
                self.fields[f"{what}__{role}"] = forms.BooleanField(
                    label=role.label, required=False, initial=str(role) in given
                )

    def roles(self) -> Iterator[tuple[Any, list[Any]]]:
        """Each role with its ticks, None where it may never have the right."""
        for role in ROLES:
            yield role.label, [self[name] if (name := f"{what}__{role}") in self.fields else None for what in RIGHTS]

    def about(self) -> dict[str, Any]:
        """What the services take as the definition."""
        data = self.cleaned_data
        names = ("name_zh", "name_en", "plural_en", "icon", "pattern", "place")
        given = {what: [str(role) for role in ROLES if data.get(f"{what}__{role}")] for what in RIGHTS}
        return {name: data[name] for name in names} | given


def _initial(about: ObjectDefinition | None) -> dict[str, Any]:
    names = ("code", "name_zh", "name_en", "plural_en", "icon", "pattern", "belongs", "place")
    if about is None:
        return {"icon": OBJECT_ICONS[0], "belongs": ObjectDefinition.Belongs.CUSTOMER}
    return {name: getattr(about, name) for name in names}


class RecordForm(forms.Form):
    """A record's own columns; what the object asks beside them stands in the form of own fields."""

    title = forms.CharField(label=_("Title"), max_length=LONGEST_TITLE)
    customer = customer_field()
    owner = forms.ChoiceField(label=_("Owner"))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, of_customers: bool, owners: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = owners  # type: ignore[attr-defined]
        for name, wanted in (("customer", of_customers), ("owner", len(owners) > 1)):
            if not wanted:
                del self.fields[name]


class ManyFieldForm(forms.Form):
    """One own field of all chosen records."""

    field = forms.ChoiceField(label=_("Field"))
    value = forms.CharField(
        label=_("Becomes"), max_length=400, required=False,
        help_text=_("As in the form: text, number, yuan, day, code or word of a choice. Empty empties the field."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=400, required=False)

    def __init__(self, *args: Any, fields: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = fields  # type: ignore[attr-defined]


class ManyOwnerForm(forms.Form):
    """Who gets all chosen records."""

    owner = forms.ChoiceField(label=_("New owner"))
    reason = forms.CharField(label=_("Reason"), max_length=400, required=False)

    def __init__(self, *args: Any, owners: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = owners  # type: ignore[attr-defined]


class ManyTagForm(forms.Form):
    """A tag for all chosen records."""

    tag = forms.CharField(label=_("Tag"), max_length=30, widget=forms.TextInput(attrs={"list": "known-tags"}))
    off = forms.BooleanField(label=_("Take it off"), required=False)


class ReasonForm(forms.Form):
    """Why records are removed."""

    reason = forms.CharField(label=_("Reason"), min_length=2, max_length=400)
