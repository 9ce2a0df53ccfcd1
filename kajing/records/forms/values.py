"""The form of a record's own fields, made from their definitions; read by the same code as imports and the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kajing.records.fields import Field, Value
from kajing.records.models import Attachment, FieldDefinition
from kajing.records.selectors import people_choices

Type = FieldDefinition.Type
LONG = 80  # characters from which a text gets several lines
CLEAR = "clear__"  # before a masked field's name: the tick that empties it


@dataclass(frozen=True)
class Part:
    """A section of the form."""

    title: str
    rows: list[Any]


class ValuesForm(forms.Form):
    """A control for every field the person may write; what stands in it is checked by `services.check_values`."""

    def __init__(
        self, met: list[Field], values: Mapping[int, Value], user: Any, files: list[Attachment], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.met = [one for one in met if one.writable]
        for one in self.met:
            value = values.get(one.definition.pk)
            self.fields[one.definition.name] = control = _control(one.definition, value, user, files)
            if one.required:
                control.label = f"{one.definition.label} *"
            if one.definition.type == Type.MASKED and value is not None and not one.required:
                label = _("Empty: %(label)s") % {"label": one.definition.label}
                self.fields[f"{CLEAR}{one.definition.name}"] = forms.BooleanField(label=label, required=False)

    def parts(self) -> Iterator[Part]:
        """The controls by section, in the role's order."""
        sections: dict[str, list[Any]] = {}
        for one in self.met:
            rows = sections.setdefault(one.section, [])
            rows.append(self[one.definition.name])
            if f"{CLEAR}{one.definition.name}" in self.fields:
                rows.append(self[f"{CLEAR}{one.definition.name}"])
        for title, rows in sections.items():
            yield Part(title, rows)

    def typed(self) -> dict[str, Any]:
        """What was typed, by field; a masked field left empty stays as it is. Call after `is_valid`."""
        data = self.cleaned_data
        found = {}
        for one in self.met:
            name, masked = one.definition.name, one.definition.type == Type.MASKED
            if not masked or data[name]:
                found[name] = data[name]
            elif data.get(f"{CLEAR}{name}"):
                found[name] = None
        return found


def _control(field: FieldDefinition, value: Value | None, user: Any, files: list[Attachment]) -> forms.Field:
    typed = value.typed if value else ([] if field.type == Type.MULTI else "")
    about: dict[str, Any] = {"label": field.label, "help_text": field.hint, "required": False, "initial": typed}
    choices = [("", "—"), *[(code, label) for code, label in field.options]]
    if field.type == Type.MULTI:
        boxes = forms.CheckboxSelectMultiple if len(choices) <= 13 else forms.SelectMultiple
        return forms.MultipleChoiceField(choices=choices[1:], widget=boxes(), **about)
    if field.type == Type.CHOICE:
        return forms.CharField(widget=forms.Select(choices=choices), **about)
    if field.type == Type.PERSON:
        people = [("", "—"), *people_choices(user)]
        people += [(str(typed), value.words)] if value and typed not in dict(people) else []
        return forms.CharField(widget=forms.Select(choices=people), **about)
    if field.type == Type.FILE:
        names = [("", "—"), *[(str(file.pk), file.name) for file in files]]
        return forms.CharField(widget=forms.Select(choices=names), **about)
    return forms.CharField(widget=_widget(field, masked=bool(value)), **about)


def _widget(field: FieldDefinition, *, masked: bool) -> forms.Widget:
    if field.type == Type.DAY:
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    if field.type in {Type.NUMBER, Type.MONEY}:
        return forms.TextInput(attrs={"inputmode": "decimal", "maxlength": 30})
    if field.type == Type.MASKED:
        hint = str(_("unchanged")) if masked else ""
        return forms.TextInput(attrs={"autocomplete": "off", "maxlength": field.longest, "placeholder": hint})
    if field.longest > LONG:
        return forms.Textarea(attrs={"rows": 2, "maxlength": field.longest})
    return forms.TextInput(attrs={"maxlength": field.longest})


class RevealForm(forms.Form):
    """Why a masked value is shown."""

    reason = forms.CharField(label=_("Reason"), min_length=2, max_length=400)


class FileForm(forms.Form):
    """A file, a word about it, and who may see it."""

    file = forms.FileField(label=_("File"))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    roles = forms.MultipleChoiceField(
        label=_("Seen by"),
        required=False,
        widget=forms.CheckboxSelectMultiple(),
        help_text=_("Nothing ticked: everybody who sees the record."),
    )
    keep_place = forms.BooleanField(label=_("Photo proves a visit: keep its place and time"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        from kajing.org.models import Role

        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = Role.choices  # type: ignore[attr-defined]
