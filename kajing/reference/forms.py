"""What the pages of parameters take in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kajing.reference.wording import topic_of


class ParameterFilter(forms.Form):
    """Which parameters the list shows, and as of which day."""

    search = forms.CharField(label=_("Search"), required=False, max_length=80)
    topic = forms.ChoiceField(label=_("Topic"), required=False)
    on = forms.DateField(
        label=_("In force on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, topics: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["topic"].choices = [("", _("All topics")), *((one, topic_of(one)) for one in topics)]  # type: ignore[attr-defined]

    @property
    def values(self) -> dict[str, Any]:
        """The filters in force; what does not fit is left out."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class ChangeForm(forms.Form):
    """A new value from a day on."""

    value = forms.CharField(label=_("New value"), max_length=200)
    valid_from = forms.DateField(
        label=_("In force from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    source = forms.CharField(label=_("Source"), max_length=200, help_text=_("The rule or decision it comes from."))
    reason = forms.CharField(label=_("Reason"), min_length=2, max_length=400)
