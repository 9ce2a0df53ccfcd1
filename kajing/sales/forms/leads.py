"""What people type about leads, cleaned; nothing is saved here. What is right is said by the service alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.customers.forms import customer_field
from kajing.lib.money import yuan
from kajing.products.selectors import product_names, products
from kajing.sales.models import Lead, LeadActivity
from kajing.sales.selectors.leads import Policy
from kajing.sales.services.leads import Facts
from kajing.sales.stages import BY_HAND
from kajing.workflow.rows import KIND_LABELS

Pairs = Sequence[tuple[str, str]]
NEXT_KINDS = ("call", "visit", "follow_up")


def _moment(label: Any, **options: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(
        label=label, widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **options
    )


class LeadForm(forms.Form):
    """A lead, new or changed. What only some sources need is shown for them alone."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=pgettext_lazy("lead", "Name"), max_length=100)
    phone = forms.CharField(
        label=_("Phone"), max_length=30, widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"})
    )
    source = forms.ChoiceField(label=_("Comes from"), choices=Lead.Source.choices)
    source_detail = forms.CharField(label=_("Code or activity"), max_length=100, required=False)
    code_owner_no = forms.CharField(label=_("Staff number of the code"), max_length=64, required=False)
    referrer_id = customer_field(_("Referring customer"), required=False)
    customer_id = customer_field(required=False)
    product_id = forms.ChoiceField(label=_("Product wanted"), required=False)
    expected_limit = forms.DecimalField(
        label=_("Expected limit (yuan)"), max_digits=12, decimal_places=2, required=False, min_value=0,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
    )  # fmt: skip
    id_number = forms.CharField(
        label=_("ID number"), max_length=18, required=False, help_text=_("Kept encrypted; needed for the application.")
    )
    employer = forms.CharField(label=_("Employer"), max_length=100, required=False)
    consent_version = forms.CharField(
        label=_("Version of the consent text"), max_length=40,
        help_text=_("The text the person agreed to; without consent nothing is kept."),
    )  # fmt: skip
    consent_at = _moment(_("Consent given at"))
    owner = forms.ChoiceField(label=pgettext_lazy("lead", "Owner"), required=False)

    def __init__(self, *args: Any, owners: Pairs = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = product_names({one.pk for one in products()})
        self.fields["product_id"].choices = [("", "—"), *names.items()]  # type: ignore[attr-defined]
        if len(owners) > 1:
            self.fields["owner"].choices = list(owners)  # type: ignore[attr-defined]
        else:
            del self.fields["owner"]

    @property
    def facts(self) -> Facts:
        """What was typed, as the service takes it."""
        data = self.cleaned_data
        limit = data["expected_limit"]
        plain = {
            name: data[name].strip()
            for name in ("name", "phone", "source", "source_detail", "code_owner_no", "referrer_id", "customer_id",
                         "product_id", "id_number", "employer", "consent_version")
        }  # fmt: skip
        return Facts(
            **plain, consent_at=data["consent_at"], expected_limit=int(limit * 100) if limit else None
        )  # fmt: skip


def initial_of(facts: Facts, version: int) -> dict[str, Any]:
    """A lead's facts as the form shows them to who knows the lead."""
    plain = {name: getattr(facts, name) for name in LeadForm.base_fields if hasattr(facts, name)}
    limit = yuan(facts.expected_limit) if facts.expected_limit else None
    return {**plain, "expected_limit": limit, "consent_at": timezone.localtime(facts.consent_at), "version": version}


class MoveForm(forms.Form):
    """Where a lead goes, and why where that is asked."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    to = forms.ChoiceField(label=pgettext_lazy("lead", "Stage"), choices=Lead.Stage.choices)
    note = forms.CharField(
        label=_("Note"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed where the lead goes back."),
    )  # fmt: skip

    def __init__(self, *args: Any, offered: Sequence[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if offered is not None:
            words = dict(Lead.Stage.choices)
            self.fields["to"].choices = [(code, words[code]) for code in offered]  # type: ignore[attr-defined]


class LoseForm(forms.Form):
    """Why a lead is lost; the rival and its card where the reason asks for them."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.ChoiceField(label=_("Why lost"))
    rival = forms.CharField(label=_("Rival bank"), max_length=60, required=False)
    rival_card = forms.CharField(label=_("Card of the rival"), max_length=60, required=False)
    note = forms.CharField(label=_("Note"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, rules: Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rival_reasons = " ".join(rules.rival_reasons)
        self.fields["reason"].choices = [("", "—"), *rules.losses]  # type: ignore[attr-defined]


class ReopenForm(forms.Form):
    """Where a lost lead goes on."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    to = forms.ChoiceField(
        label=pgettext_lazy("lead", "Stage"), choices=[(code, Lead.Stage(code).label) for code in BY_HAND[:4]]
    )
    note = forms.CharField(label=_("Note"), max_length=400, required=False)


class OwnerForm(forms.Form):
    """Who gets the lead, and why."""

    owner = forms.ChoiceField(label=pgettext_lazy("lead", "Owner"))
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)

    def __init__(self, *args: Any, owners: Pairs, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = list(owners)  # type: ignore[attr-defined]


class ReleaseForm(forms.Form):
    """Why a lead goes to the pool."""

    reason = forms.CharField(label=_("Why"), min_length=2, max_length=200)


class LinkForm(forms.Form):
    """Whom a lead became."""

    customer_id = customer_field()


class ActivityForm(forms.Form):
    """What was done about a lead, and what comes next."""

    kind = forms.ChoiceField(label=_("What has been done"), choices=LeadActivity.Kind.choices)
    outcome = forms.ChoiceField(label=_("What came of it"), choices=LeadActivity.Outcome.choices, required=False)
    note = forms.CharField(label=_("Note"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    next_step = forms.CharField(label=_("Next step"), max_length=120, required=False)
    next_kind = forms.ChoiceField(
        label=_("Kind"), choices=[(name, KIND_LABELS[name]) for name in NEXT_KINDS], required=False
    )
    next_at = _moment(_("Until"), required=False)

    def said(self) -> dict[str, Any]:
        """What was typed, as the service takes it."""
        data: dict[str, Any] = dict(self.cleaned_data)
        return {**data, "next_kind": data["next_kind"] or "follow_up"}


class ManyTagForm(forms.Form):
    """A tag for the chosen leads."""

    tag = forms.CharField(label=_("Tag"), max_length=30, widget=forms.TextInput(attrs={"list": "known-tags"}))
    off = forms.TypedChoiceField(
        label=pgettext_lazy("tag", "What to do"), choices=[("0", _("put it on")), ("1", _("take it off"))], initial="0",
        coerce=lambda text: text == "1", widget=forms.RadioSelect,
    )  # fmt: skip


def now() -> datetime:
    """The consent of somebody who stands there is given now."""
    return timezone.localtime()
