"""What people say about their news, cleaned."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kajing.notifications.models import NotificationChoice


class SnoozeForm(forms.Form):
    """How long an item hides."""

    HOURS = {"1": _("An hour"), "4": _("Four hours"), "24": _("A day"), "168": _("A week")}
    hours = forms.ChoiceField(choices=list(HOURS.items()), label=_("Snooze for"))

    def until(self, at: datetime) -> datetime:
        """The moment it comes back."""
        return at + timedelta(hours=int(self.cleaned_data["hours"]))


class ChannelsForm(forms.Form):
    """One choice per kind of news."""

    def __init__(self, *args: Any, kinds: list[tuple[Any, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = NotificationChoice.Channel
        for kind, current in kinds:
            offered = [pair for pair in channels.choices if kind.can_be_off or pair[0] != channels.OFF]
            self.fields[kind.name] = forms.ChoiceField(label=kind.label, choices=offered, initial=current)
