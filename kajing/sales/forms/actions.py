"""What people say about actions, cleaned."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kajing.sales.services import REJECTIONS


class LaterForm(forms.Form):
    """Until when an action waits."""

    until = forms.DateField(label=_("Not before"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class RejectForm(forms.Form):
    """Why an action does not fit."""

    reason = forms.ChoiceField(
        label=_("Why it does not fit"), choices=list(REJECTIONS.items()), widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("In your words"), max_length=200, required=False, help_text=_("Write no card numbers."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class ShapeForm(forms.Form):
    """How the bank weighs an action."""

    enabled = forms.BooleanField(label=_("Suggest this action"), required=False)
    lever = forms.DecimalField(
        label=_("Lever"), min_value=0, max_value=5, max_digits=4, decimal_places=2,
        help_text=_("1 leaves the order alone, 2 doubles the score, 0 takes the action out."),
    )  # fmt: skip
    rest_days = forms.IntegerField(label=_('Days of rest after "not a fit"'), min_value=0, max_value=3650)
    reason = forms.CharField(label=_("Why"), max_length=200, min_length=2)

    @classmethod
    def of(cls, action: Any) -> ShapeForm:
        """The form as the action stands."""
        return cls(initial={"enabled": action.enabled, "lever": action.lever, "rest_days": action.rest_days})
