"""What is chosen at the end of the day, cleaned."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class CloseDayForm(forms.Form):
    """The day that unfinished tasks go to."""

    day = forms.DateField(label=_("Move to"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
