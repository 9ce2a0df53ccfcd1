"""What people type about templates and messages, cleaned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kajing.contact import channels
from kajing.contact.choices import Purpose
from kajing.contact.models import MessageTemplate, TemplateVersion
from kajing.customers.forms import customer_field

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class VersionForm(forms.Form):
    """One wording, with the days it is valid."""

    subject = forms.CharField(label=_("Subject"), max_length=200, required=False, help_text=_("Mails only."))
    body = forms.CharField(
        label=_("Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("Fields in braces are filled in for each customer, such as {customer.title}."),
    )  # fmt: skip
    valid_from = forms.DateField(label=_("Valid from"), widget=DAY)
    valid_to = forms.DateField(label=_("Last valid day"), widget=DAY, required=False)
    review_id = forms.CharField(
        label=_("Consumer-protection review"), max_length=60, required=False,
        help_text=_("The number of the review (消保审查); marketing needs one."),
    )  # fmt: skip


class TemplateForm(VersionForm):
    """A new template with its first wording."""

    name = forms.CharField(label=_("Template name"), max_length=100)
    kind = forms.ChoiceField(label=_("Kind"), choices=MessageTemplate.Kind.choices)
    channel = forms.ChoiceField(label=_("Channel"), choices=channels.choices)
    purpose = forms.ChoiceField(label=_("Purpose"), choices=Purpose.choices)
    language = forms.ChoiceField(label=_("Language"), choices=MessageTemplate.Language.choices)

    field_order = ("name", "kind", "channel", "purpose", "language", "subject", "body")


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), min_length=2, max_length=200)


class MessageForm(forms.Form):
    """One message: a template of the list, or own words by a channel."""

    customer = customer_field()
    template = forms.ModelChoiceField(
        label=_("Template"), queryset=TemplateVersion.objects.none(), required=False, empty_label=_("own words")
    )
    channel = forms.ChoiceField(label=_("Channel"), choices=channels.choices, required=False)
    subject = forms.CharField(label=_("Subject"), max_length=200, required=False, help_text=_("Mails only."))
    text = forms.CharField(
        label=_("Text"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Own words are for service; offers and reminders go by template."),
    )  # fmt: skip
    send_at = forms.DateTimeField(
        label=_("Not before"), required=False, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip

    def __init__(self, *args: Any, usable: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["template"]
        field.queryset = usable  # type: ignore[attr-defined]
        field.label_from_instance = _name  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A template, or a channel with a text."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("template") is None and not cleaned.get("channel"):
            self.add_error("channel", _("Choose a template, or a channel for your own words."))
        return cleaned


def _name(version: TemplateVersion) -> str:
    template = version.template
    return f"{template.name} ({channels.label_of(template.channel)}, {template.get_purpose_display()})"


class BulkForm(forms.Form):
    """The template for a whole selection."""

    template = forms.ModelChoiceField(label=_("Template"), queryset=TemplateVersion.objects.none())

    def __init__(self, *args: Any, usable: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["template"]
        field.queryset = usable  # type: ignore[attr-defined]
        field.label_from_instance = _name  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """An answer in a conversation."""

    text = forms.CharField(label=_("Your answer"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 3}))


class PreviewForm(forms.Form):
    """With whose values a template is shown."""

    customer = customer_field(_("Show with customer"), required=False)


class PlaceForm(forms.Form):
    """Whose a message is."""

    customer = customer_field()


def field_list() -> Iterable[tuple[str, Any]]:
    """The merge fields with their words, for the page."""
    from kajing.contact.merging import FIELDS

    return [(f"{{{field.name}}}", field.label) for field in FIELDS.values()]
