"""What people say about an alert, cleaned."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kajing.risk.models import Alert
from kajing.risk.services import OUTCOMES


class CloseForm(forms.Form):
    """Confirm or dismiss, what it turned out to be, and why."""

    state = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (Alert.State.CONFIRMED, _("Confirm: there is something to do")),
            (Alert.State.DISMISSED, _("Dismiss: nothing to do")),
        ],
        widget=forms.RadioSelect,
    )
    outcome = forms.ChoiceField(
        label=_("What it turned out to be"),
        choices=[("", "—"), *OUTCOMES.items()],
        help_text=_("Feeds the rule's precision."),
    )
    reason = forms.CharField(
        label=_("Why"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed to dismiss. Write no card numbers."),
    )  # fmt: skip
