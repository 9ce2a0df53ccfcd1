"""The form that defines a field, with what each role may do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kajing.org.models import Role
from kajing.records.kinds import KINDS
from kajing.records.models import FieldDefinition, FieldPlace

ROLES = [role for role in Role if role != Role.ADMIN]
ACCESS = "access__"
SECTION = "section__"
PLACE = "place__"


class FieldForm(forms.Form):
    """A field: what it is called, what it holds, who may do what."""

    kind = forms.ChoiceField(label=_("Kind of record"))
    name = forms.RegexField(
        r"^[a-z][a-z0-9_]{0,39}$",
        label=_("Name in conditions"),
        max_length=40,
        help_text=_("For conditions, files and the API: small letters, digits and _. It never changes."),
        error_messages={"invalid": _("Small letters, digits and _ only, with a letter first.")},
    )
    label = forms.CharField(label=_("Label"), max_length=60, help_text=_("What people read."))
    type = forms.ChoiceField(label=_("Type"), choices=FieldDefinition.Type.choices)
    hint = forms.CharField(label=_("Help for who fills it in"), max_length=200, required=False)
    options = forms.CharField(
        label=_("Choices"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line: code = word, such as vip = VIP customer. For the two types of choices."),
    )
    required = forms.BooleanField(label=_("Must be filled"), required=False)
    in_list = forms.BooleanField(label=_("A column of the list from the start"), required=False)
    is_type = forms.BooleanField(
        label=_("Its choices are record types"), required=False,
        help_text=_("For one choice of a kind: each of its words then has a layout of its own."),
    )  # fmt: skip
    least = forms.CharField(label=_("At least"), max_length=30, required=False, help_text=_("Number, yuan or day."))
    most = forms.CharField(label=_("At most"), max_length=30, required=False)
    longest = forms.IntegerField(label=_("Longest text"), min_value=1, max_value=400, initial=200)
    mask = forms.ChoiceField(
        label=_("A mask leaves"), choices=FieldDefinition.Mask.choices, initial=FieldDefinition.Mask.LAST4
    )

    def __init__(self, field: FieldDefinition | None = None, kind: str = "", **kwargs: Any) -> None:
        super().__init__(initial=_initial(field) if field else {"kind": kind}, **kwargs)
        self.fields["kind"].choices = [(kind.name, kind.label) for kind in KINDS.everything()]  # type: ignore[attr-defined]
        for name in ("kind", "name", "type") if field else ():
            self.fields[name].disabled = True
        places = {place.role: place for place in field.places.all()} if field else {}
        for role in ["", *ROLES]:
            self._add_role(str(role), places.get(str(role)))

    def _add_role(self, role: str, now: FieldPlace | None) -> None:
        label = Role(role).label if role else _("Every role")
        choices: list[tuple[str, Any]] = [*FieldPlace.Access.choices]
        choices = choices if not role else [("", _("as every role")), *choices]
        start = now.access if now else ("" if role else FieldPlace.Access.EDIT)
        self.fields[f"{ACCESS}{role}"] = forms.ChoiceField(
            label=label, choices=choices, required=not role, initial=start
        )
        section = forms.CharField(
            label=_("Section of the form"), max_length=60, required=False, initial=now.section if now else ""
        )
        self.fields[f"{SECTION}{role}"] = section
        place = forms.IntegerField(
            label=_("Position"), min_value=1, max_value=999, required=False, initial=now.place if now else 100
        )
        self.fields[f"{PLACE}{role}"] = place

    def roles(self) -> Iterator[tuple[Any, Any, Any]]:
        """Access, section and position of each role; the first row is every role's."""
        for role in ["", *ROLES]:
            yield self[f"{ACCESS}{role}"], self[f"{SECTION}{role}"], self[f"{PLACE}{role}"]

    def clean_options(self) -> list[list[str]]:
        """Choices line by line; a line without = is code and word at once."""
        found = []
        for line in self.cleaned_data["options"].splitlines():
            code, sign, label = line.replace("＝", "=").partition("=")
            if line.strip():
                found.append([code.strip(), (label if sign else code).strip()])
        return found

    def about(self) -> dict[str, Any]:
        """What the services take as the definition."""
        names = ("label", "hint", "options", "required", "least", "most", "longest", "mask", "in_list", "is_type")
        return {name: self.cleaned_data[name] for name in names}

    def places(self) -> Iterator[dict[str, Any]]:
        """Role, access, section and place of each role, as the services take them."""
        data = self.cleaned_data
        for role in ["", *map(str, ROLES)]:
            yield {
                "role": role,
                "access": data[f"{ACCESS}{role}"],
                "section": data[f"{SECTION}{role}"] or (data[SECTION] if role else ""),
                "place": data[f"{PLACE}{role}"] or 100,
            }


def _initial(field: FieldDefinition) -> dict[str, Any]:
    names = ("kind", "name", "label", "type", "hint", "required", "in_list", "is_type", "least", "most", "longest",
             "mask")  # fmt: skip
    return {name: getattr(field, name) for name in names} | {
        "options": "\n".join(f"{code} = {label}" for code, label in field.options)
    }


class TagForm(forms.Form):
    """A tag's name and colour."""

    name = forms.CharField(label=_("Tag name"), max_length=30)
    colour = forms.ChoiceField(label=_("Colour"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        from kajing.records.models import Tag

        super().__init__(*args, **kwargs)
        self.fields["colour"].choices = Tag.Colour.choices  # type: ignore[attr-defined]


class MergeForm(forms.Form):
    """The tag that another one goes into."""

    into = forms.ChoiceField(label=_("Merge into"), error_messages={"required": _("Choose another tag to merge into.")})

    def __init__(self, *args: Any, others: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].choices = [("", "—"), *others]  # type: ignore[attr-defined]
