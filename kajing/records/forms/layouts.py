"""The form of a layout: each field of a kind for one record type and role."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kajing.records.models import FieldDefinition, FieldPlace

PARTS = ("access", "section", "place", "required")
Access = FieldPlace.Access


class LayoutForm(forms.Form):
    """What is on the layout, in which section and order, and what must be filled."""

    def __init__(
        self,
        rows: Sequence[tuple[FieldDefinition, FieldPlace | None]],
        *,
        of_type: bool,
        of_role: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.rows = rows
        choices: list[tuple[str, Any]] = [
            (Access.HIDDEN.value, _("not on the layout")), (Access.READ.value, _("to read")),
            (Access.EDIT.value, _("to read and write")),
        ]  # fmt: skip
        if not of_type:
            choices = list(Access.choices)
        if of_type or of_role:
            choices = [("", _("as without this type or role")), *choices]
        for number, (field, row) in enumerate(rows, start=1):
            self._add(field, row, choices, number * 10)

    def _add(
        self, field: FieldDefinition, row: FieldPlace | None, choices: Sequence[tuple[str, Any]], place: int
    ) -> None:
        made: dict[str, forms.Field] = {
            "access": forms.ChoiceField(
                label=_("May"), choices=choices, required=bool(choices[0][0]), initial=row.access if row else ""
            ),
            "section": forms.CharField(
                label=_("Section of the form"), max_length=60, required=False, initial=row.section if row else ""
            ),
            "place": forms.IntegerField(
                label=_("Position"), min_value=1, max_value=9999, required=False, initial=row.place if row else place
            ),
            "required": forms.BooleanField(
                label=_("Must be filled"), required=False, initial=row.required if row else False
            ),
        }
        for part, control in made.items():
            self.fields[f"{part}__{field.name}"] = control

    def lines(self) -> Iterator[tuple[FieldDefinition, list[Any]]]:
        """Each field with its controls, in the order of `PARTS`."""
        for field, _row in self.rows:
            yield field, [self[f"{part}__{field.name}"] for part in PARTS]

    def given(self) -> list[dict[str, Any]]:
        """What the services take, one row a field."""
        data = self.cleaned_data
        return [
            {
                "name": field.name,
                **{part: data[f"{part}__{field.name}"] for part in PARTS},
                "place": data[f"place__{field.name}"] or 100,
            }
            for field, _row in self.rows
        ]
