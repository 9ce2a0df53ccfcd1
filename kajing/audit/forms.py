"""What the audit trail is searched by."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kajing.audit.acts import kind_of, named_kinds, words_of


def _labelled(code: str) -> str:
    """An act with its code beside it; the code alone where nobody named it."""
    words = words_of(code)
    return code if words == code else f"{words} · {code}"


class TrailFilter(forms.Form):
    """Every field narrows; what does not fit is left out."""

    actor = forms.CharField(label=_("Who (person number)"), required=False, max_length=64)
    action = forms.ChoiceField(label=_("Act"), required=False)
    object_kind = forms.ChoiceField(label=_("Kind of object"), required=False)
    object_id = forms.CharField(label=_("Object"), required=False, max_length=64)
    customer_id = forms.CharField(label=_("Customer number"), required=False, max_length=64)
    first_day = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    question = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, actions: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["action"].choices = [("", _("All acts")), *((one, _labelled(one)) for one in actions)]  # type: ignore[attr-defined]
        kinds = sorted((kind_of(code), code) for code in named_kinds())
        self.fields["object_kind"].choices = [("", _("All kinds")), *((code, words) for words, code in kinds)]  # type: ignore[attr-defined]

    @property
    def values(self) -> dict[str, Any]:
        """The filters that are in force."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
