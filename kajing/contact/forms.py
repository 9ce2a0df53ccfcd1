"""What people type about contacts, cleaned; nothing is saved here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kajing.contact.choices import Channel, Direction, Outcome, Purpose
from kajing.contact.services import Place
from kajing.customers.forms import customer_field


def _moment(label: Any, **options: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
    return forms.DateTimeField(label=label, widget=widget, input_formats=formats, **options)


def _note(label: Any, rows: int = 2) -> forms.CharField:
    return forms.CharField(label=label, max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": rows}))


class LogForm(forms.Form):
    """A contact that happened already."""

    channel = forms.ChoiceField(label=_("How"), choices=Channel.choices)
    direction = forms.ChoiceField(label=_("Who began"), choices=Direction.choices)
    purpose = forms.ChoiceField(label=_("What for"), choices=Purpose.choices)
    began_at = _moment(_("When"))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=0, max_value=600, required=False)
    outcome = forms.ChoiceField(label=_("How it ended"), choices=Outcome.choices)
    note = _note(_("Note"))
    material_version = forms.CharField(
        label=_("Material used"), max_length=40, required=False, help_text=_("Number and version, such as M012 v3.")
    )


class PlanForm(forms.Form):
    """A call or visit to come."""

    channel = forms.ChoiceField(
        label=_("How"), choices=[(one.value, one.label) for one in (Channel.VISIT, Channel.PHONE, Channel.BRANCH)]
    )
    purpose = forms.ChoiceField(label=_("What for"), choices=Purpose.choices)
    planned_at = _moment(_("When"))
    subject = forms.CharField(label=_("About what"), max_length=200, required=False)
    place = forms.CharField(label=_("Where"), max_length=200, required=False)
    district = forms.CharField(
        label=_("District"), max_length=40, required=False, widget=forms.TextInput(attrs={"list": "districts"})
    )


class VisitForm(forms.Form):
    """A visit to come: whom, when, where, what for."""

    customer = customer_field()
    planned_at = _moment(_("When"))
    purpose = forms.ChoiceField(label=_("What for"), choices=Purpose.choices)
    place = forms.CharField(label=_("Where"), max_length=200)
    district = forms.CharField(
        label=_("District"), max_length=40, required=False,
        help_text=_("Visits of a day can be ordered by it."),
        widget=forms.TextInput(attrs={"list": "districts"}),
    )  # fmt: skip
    subject = forms.CharField(label=_("About what"), max_length=200, required=False)
    field_order = ("customer", "planned_at", "purpose", "place", "district", "subject")


class CallOffForm(forms.Form):
    """Why a plan is called off."""

    reason = forms.CharField(
        label=_("Reason"), min_length=2, max_length=200,
        error_messages=dict.fromkeys(("required", "min_length"), _("Say in a few words why the plan is called off.")),
    )  # fmt: skip


class MoveForm(forms.Form):
    """Another time."""

    planned_at = _moment(_("When"))


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), min_length=5, max_length=400, widget=forms.Textarea(attrs={"rows": 2}))


class OverrideForm(ReasonForm):
    """One contact a leader allows: whose, how, what for, and why."""

    person = forms.ChoiceField(label=_("Who may make it"))
    channel = forms.ChoiceField(label=_("How"), choices=Channel.choices)
    purpose = forms.ChoiceField(label=_("What for"), choices=Purpose.choices)
    field_order = ("person", "channel", "purpose", "reason")

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = people  # type: ignore[attr-defined]


class NoteForm(forms.Form):
    """The note of a contact, and the version of the material used."""

    note = _note(_("Note"), rows=4)
    material_version = forms.CharField(label=_("Material used"), max_length=40, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class CheckInForm(forms.Form):
    """Where somebody is at the door of a visit."""

    latitude = forms.DecimalField(min_value=Decimal(-90), max_value=Decimal(90), required=False)
    longitude = forms.DecimalField(min_value=Decimal(-180), max_value=Decimal(180), required=False)
    accuracy = forms.IntegerField(min_value=0, max_value=100_000, required=False)
    place = forms.CharField(label=_("Where you are"), max_length=200, required=False)

    def where(self) -> Place:
        """The cleaned place, degrees to six decimals (a hand's breadth)."""
        data = self.cleaned_data
        north, east = data["latitude"], data["longitude"]
        if north is None or east is None:
            return Place(words=data["place"])
        step = Decimal("0.000001")
        return Place(north.quantize(step), east.quantize(step), data["accuracy"], data["place"])


class PhotoForm(forms.Form):
    """A photo of a visit."""

    photo = forms.FileField(label=_("Photo"))
