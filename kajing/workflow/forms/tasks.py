"""What people type about tasks, cleaned; nothing is saved here."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kajing.customers.forms import TagForm, customer_field
from kajing.lib.periods import SHANGHAI
from kajing.workflow.models import Task
from kajing.workflow.rows import KIND_LABELS
from kajing.workflow.services import OUTCOMES, PastDay, must_not_have_passed

MORNING, AFTERNOON, EVENING = time(9, 0), time(14, 0), time(17, 30)
OWN_KINDS = ("follow_up", "call", "call_back", "care", "visit")


def _moment_field(label: Any, **options: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(
        label=label, widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **options
    )


def not_before_today(value: datetime) -> None:
    """What the service asks too, said at the field."""
    try:
        must_not_have_passed(value, timezone.now())
    except PastDay as past:
        raise ValidationError(str(past)) from past


class Versioned(forms.Form):
    """Carries the version that the page was drawn from."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class NewTaskForm(forms.Form):
    """A person's own task, about a customer or not."""

    title = forms.CharField(label=_("What to do"), max_length=200)
    customer = customer_field(required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[(name, KIND_LABELS[name]) for name in OWN_KINDS])
    due_at = _moment_field(_("Until"), validators=[not_before_today])
    owner = forms.ChoiceField(label=_("Done by"), required=False)
    reason = forms.CharField(label=_("Why"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    must_do = forms.BooleanField(label=_("Must do"), required=False)
    tags = forms.CharField(
        label=_("Tags"), max_length=200, required=False, help_text=_("Several with a comma between."),
        widget=forms.TextInput(attrs={"list": "known-tags"}),
    )  # fmt: skip

    def clean_tags(self) -> list[str]:
        """The names, each once."""
        parts = self.cleaned_data["tags"].replace("，", ",").replace("、", ",").split(",")
        return list(dict.fromkeys(part.strip() for part in parts if part.strip()))

    def __init__(self, *args: Any, owners: list[tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if owners:
            self.fields["owner"].choices = owners  # type: ignore[attr-defined]
        else:
            del self.fields["owner"]


class BulkTaskForm(forms.Form):
    """The same task about each of many customers."""

    title = forms.CharField(label=_("What to do"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=[(name, KIND_LABELS[name]) for name in OWN_KINDS])
    due_at = _moment_field(_("Until"), validators=[not_before_today])
    reason = forms.CharField(label=_("Why"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    must_do = forms.BooleanField(label=_("Must do"), required=False)
    holdout = forms.IntegerField(
        label=_("Hold back by lot, percent"), min_value=0, max_value=100, required=False,
        help_text=_(
            "They get no task and no offers for a time. Under Trials you see what the tasks achieved. Empty: nobody."
        ),
    )  # fmt: skip


class DoneForm(Versioned):
    """How a task ended."""

    outcome = forms.ChoiceField(label=_("How it ended"), choices=list(OUTCOMES.items()), initial="DONE", required=False)
    note = forms.CharField(label=_("Note"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_outcome(self) -> str:
        """A tick in the list says no more than done."""
        return str(self.cleaned_data["outcome"] or "DONE")


class SnoozeForm(Versioned):
    """Until when a task sleeps: a choice of the list, or a moment."""

    WAYS = {
        "hour": _("In an hour"),
        "afternoon": _("This afternoon"),
        "tomorrow": _("Tomorrow morning"),
        "week": _("Next Monday"),
        "wake": _("Wake it now"),
    }
    way = forms.ChoiceField(label=_("Until"), choices=list(WAYS.items()), required=False)
    until = _moment_field(_("or at"), required=False)

    def clean(self) -> dict[str, Any]:
        """One of the two must be given."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("way") and not cleaned.get("until"):
            raise forms.ValidationError(_("Choose until when."))
        return cleaned

    def moment(self, now: datetime) -> datetime | None:
        """The moment on the page's calendar, None to wake."""
        if self.cleaned_data.get("until"):
            found: datetime = self.cleaned_data["until"]
            return found
        way = self.cleaned_data["way"]
        if way == "wake":
            return None
        if way == "hour":
            return now + timedelta(hours=1)
        today = now.astimezone(SHANGHAI).date()
        days = {"afternoon": 0, "tomorrow": 1, "week": 7 - today.weekday()}[way]
        hour = AFTERNOON if way == "afternoon" else MORNING
        return datetime.combine(today + timedelta(days=days), hour, SHANGHAI)


class DueForm(Versioned):
    """Another due time."""

    due_at = _moment_field(_("Until"), validators=[not_before_today])


class ReassignForm(Versioned):
    """Who gets the task, and why."""

    owner = forms.ChoiceField(label=_("Done by"))
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)

    def __init__(self, *args: Any, owners: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = owners  # type: ignore[attr-defined]


class CancelForm(Versioned):
    """Why a task is called off."""

    reason = forms.CharField(label=_("Why"), max_length=200, min_length=2)


class CardForm(Versioned):
    """A card of the board and the column it was dropped into."""

    to = forms.ChoiceField(choices=Task.State.choices)


class ManyDoneForm(forms.Form):
    """How all chosen tasks ended."""

    outcome = forms.ChoiceField(label=_("How they ended"), choices=list(OUTCOMES.items()), initial="DONE")
    note = forms.CharField(label=_("Note"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class ManySnoozeForm(SnoozeForm):
    """Until when all chosen tasks sleep."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["version"]


class ManyReassignForm(ReassignForm):
    """Who gets all chosen tasks."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["version"]


class PriorityForm(Versioned):
    """Whether a task must be done."""

    must_do = forms.TypedChoiceField(
        label=_("Priority"), choices=[("1", _("must be done")), ("0", _("need not be done"))], initial="1",
        coerce=lambda text: text == "1", widget=forms.RadioSelect,
    )  # fmt: skip


class ManyPriorityForm(PriorityForm):
    """Whether the chosen tasks must be done."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["version"]


class ManyTagForm(TagForm):
    """A tag for the chosen tasks."""
