"""What people type about complaints, cleaned; nothing is saved here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.complaints import choices, selectors
from kajing.complaints.models import Complaint
from kajing.customers.forms import TagForm, customer_field
from kajing.org.models import Person
from kajing.reference.models import ComplaintCode

Codes = Mapping[str, ComplaintCode]
Pairs = Sequence[tuple[str, Any]]
NOTHING: Pairs = [("", "—")]


def _moment(label: Any, **options: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(
        label=label, widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **options
    )


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def _words(label: Any, most: int, *, rows: int = 2, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, widget=forms.Textarea(attrs={"rows": rows}), **options)


class Versioned(forms.Form):
    """Carries the version that the page was drawn from."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class About(forms.Form):
    """What is known of a complaint: typed when it comes in, and corrected later."""

    kind = forms.ChoiceField(label=_("Kind"), choices=choices.Kind.choices)
    business = forms.ChoiceField(label=pgettext_lazy("complaint", "Business"))
    channel = forms.ChoiceField(label=pgettext_lazy("complaint", "Channel"))
    description = _words(_("What it is about"), 4000, rows=4, help_text=_("Write no card numbers."))
    demand = _words(_("What is wanted"), 1000, required=False)
    incident_on = _day(_("Day of the incident"))
    who = forms.ChoiceField(label=_("Who complains"), choices=choices.Who.choices)
    complainant = forms.CharField(
        label=_("Name of the complainant"), max_length=100, required=False,
        help_text=_("Empty when it is the customer."),
    )  # fmt: skip
    phone = forms.CharField(label=_("The complainant's number"), max_length=40, required=False)
    authority_seen = forms.BooleanField(label=_("Signed authority, or proof of being an heir, seen"), required=False)
    representatives = _words(_("Representatives of the group"), 600, required=False, help_text=_("One name a line."))
    people = forms.IntegerField(label=_("People in the group"), min_value=1, max_value=100_000, required=False)
    priority = forms.ChoiceField(label=_("Priority"), choices=[("", _("by the business")), *choices.Priority.choices],
                                 required=False)  # fmt: skip
    against = forms.CharField(
        label=_("Person complained of"), max_length=64, required=False, help_text=_("Person number or sign-in name.")
    )
    regulator_ref = forms.CharField(label=_("Regulator's number"), max_length=60, required=False)
    regulator_due_on = _day(_("Regulator's last day"))
    escalated = forms.BooleanField(label=_("Escalated"), required=False)
    regulatory = forms.BooleanField(label=_("In the regulator's report"), required=False, initial=True)

    def __init__(self, *args: Any, codes: Codes, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, dimension in (("business", "B"), ("channel", "A")):
            self.fields[name].choices = [*NOTHING, *selectors.code_choices(dimension, codes)]  # type: ignore[attr-defined]

    def clean_representatives(self) -> list[str]:
        """The names, one a line."""
        return [line.strip() for line in self.cleaned_data["representatives"].splitlines() if line.strip()]

    def clean_people(self) -> int:
        """One where nothing is said."""
        return int(self.cleaned_data["people"] or 1)

    def clean_against(self) -> Person | None:
        """The person, by number or sign-in name."""
        said = self.cleaned_data["against"].strip()
        found = selectors.person_named(said) if said else None
        if said and found is None:
            raise forms.ValidationError(_("There is no such person."))
        return found


class NewForm(About):
    """A complaint that comes in."""

    field_order = ("customer", "kind", "source", "received_at", "business", "channel", "description", "demand")
    customer = customer_field()
    source = forms.ChoiceField(label=pgettext_lazy("complaint", "Came in by"), choices=choices.Source.choices)
    received_at = _moment(pgettext_lazy("complaint", "Received"))
    handler = forms.ChoiceField(label=_("Handler"), required=False)
    tags = forms.CharField(
        label=_("Tags"), max_length=200, required=False, help_text=_("Several with a comma between."),
        widget=forms.TextInput(attrs={"list": "known-tags"}),
    )  # fmt: skip
    same = forms.ChoiceField(label=_("The customer has open complaints"), required=False, widget=forms.RadioSelect)

    OTHER = "other"

    def __init__(self, *args: Any, user: Any, alike: Sequence[Complaint] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {one.person_no: one for one in selectors.handlers(user)}
        if user.has_perm(selectors.ASSIGN):
            named = [(no, f"{one.name} {no}") for no, one in self.known.items()]
            self.fields["handler"].choices = [*NOTHING, *named]  # type: ignore[attr-defined]
        else:
            del self.fields["handler"]
        self.alike = {str(one.pk): one for one in alike}
        joins = [(key, _("the same as %(number)s: join them") % {"number": one}) for key, one in self.alike.items()]
        self.fields["same"].choices = [*joins, (self.OTHER, _("another matter"))]  # type: ignore[attr-defined]
        if not alike:
            del self.fields["same"]

    def clean_tags(self) -> list[str]:
        """The names, each once."""
        parts = self.cleaned_data["tags"].replace("，", ",").replace("、", ",").split(",")
        return list(dict.fromkeys(part.strip() for part in parts if part.strip()))

    def clean_handler(self) -> Person | None:
        """The person of the choice."""
        return self.known.get(self.cleaned_data.get("handler") or "")

    @property
    def join(self) -> Complaint | None:
        """The open complaint that this is the same as."""
        return self.alike.get(self.cleaned_data.get("same") or "")

    @property
    def despite(self) -> bool:
        """Whether the person said that it is another matter."""
        return self.cleaned_data.get("same") == self.OTHER

    def about(self) -> dict[str, Any]:
        """What the service takes."""
        left_out = {"customer", "tags", "same"}
        return {name: value for name, value in self.cleaned_data.items() if name not in left_out}


class ChangeForm(About, Versioned):
    """Corrections of what is known."""

    cause = forms.ChoiceField(label=pgettext_lazy("complaint", "Cause"), required=False)
    priority = forms.ChoiceField(label=_("Priority"), choices=choices.Priority.choices)

    def __init__(self, *args: Any, codes: Codes, **kwargs: Any) -> None:
        super().__init__(*args, codes=codes, **kwargs)
        self.fields["cause"].choices = [*NOTHING, *selectors.code_choices("C", codes)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The number is not shown in the form: left empty it stays."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("phone"):
            cleaned.pop("phone", None)
        return cleaned

    @staticmethod
    def initial_of(row: Complaint) -> dict[str, Any]:
        """What the form begins with."""
        names = ("kind", "business", "channel", "cause", "description", "demand", "incident_on", "who", "complainant",
                 "authority_seen", "people", "priority", "regulator_ref", "regulator_due_on", "escalated",
                 "regulatory", "version")  # fmt: skip
        found = {name: getattr(row, name) for name in names}
        return found | {"against": row.against_id or "", "representatives": "\n".join(row.representatives)}


class AcceptForm(Versioned):
    """Taking it up."""

    note = _words(_("Note"), 400, required=False)


class AssignForm(Versioned):
    """Who handles it."""

    handler = forms.ChoiceField(label=_("Handler"))
    reason = _words(_("Why"), 400, required=False)

    def __init__(self, *args: Any, people: Sequence[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {one.person_no: one for one in people}
        named = [(no, f"{one.name} {no} {one.unit.name}") for no, one in self.people.items()]
        self.fields["handler"].choices = named  # type: ignore[attr-defined]

    def clean_handler(self) -> Person:
        """The person of the choice."""
        return self.people[self.cleaned_data["handler"]]


class ExtendForm(Versioned):
    """More time."""

    reason = _words(_("Why it takes longer"), 400)
    notice = _words(_("What the complainant is told"), 1000, rows=3)


class ToldForm(Versioned):
    """How the complainant was told."""

    way = forms.ChoiceField(label=pgettext_lazy("complaint", "Told by"), choices=choices.Way.choices)


class AnswerForm(Versioned):
    """The decision."""

    text = _words(
        pgettext_lazy("complaint", "Answer"),
        4000,
        rows=6,
        help_text=_("What was found and why; that a review can be asked for; mediation, arbitration or a court."),
    )
    way = forms.ChoiceField(label=pgettext_lazy("complaint", "Told by"), choices=choices.Way.choices)


class CloseForm(Versioned):
    """Cause and redress."""

    cause = forms.ChoiceField(label=pgettext_lazy("complaint", "Cause"))
    fault = forms.ChoiceField(label=_("Fault"), choices=choices.Fault.choices)
    redress = _words(_("Redress"), 1000)
    compensation = forms.DecimalField(
        label=_("Compensation, yuan"), min_value=0, max_digits=12, decimal_places=2, required=False
    )

    def __init__(self, *args: Any, codes: Codes, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cause"].choices = [*NOTHING, *selectors.code_choices("C", codes)]  # type: ignore[attr-defined]

    def clean_compensation(self) -> int:
        """Fen."""
        return int((self.cleaned_data["compensation"] or 0) * 100)


class WithdrawForm(Versioned):
    """Taken back by the complainant."""

    reason = _words(_("How and why"), 400)


class RefuseForm(Versioned):
    """Not accepted."""

    ground = forms.ChoiceField(label=_("Why"), choices=choices.Ground.choices)
    reason = _words(_("What the filer was told"), 400)


class ReopenForm(Versioned):
    """Opened again."""

    reason = _words(_("Why"), 400)
    new_facts = forms.BooleanField(
        label=_("There are new facts: count as a new complaint, not as a review"), required=False
    )


class FactsForm(Versioned):
    """New material."""

    note = _words(_("What is new"), 1000, rows=3)
    received_at = _moment(pgettext_lazy("complaint", "Received"))


class MergeForm(Versioned):
    """The same as another."""

    into = forms.ChoiceField(label=_("Join with"))
    reason = _words(_("Why"), 400, required=False)

    def __init__(self, *args: Any, others: Sequence[Complaint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.others = {str(one.pk): one for one in others}
        self.fields["into"].choices = [(key, str(one)) for key, one in self.others.items()]  # type: ignore[attr-defined]

    def clean_into(self) -> Complaint:
        """The complaint of the choice."""
        return self.others[self.cleaned_data["into"]]


class RevealForm(forms.Form):
    """Why a number is shown in clear."""

    reason = forms.CharField(label=_("What you need it for"), max_length=200, min_length=2)


class ManyAssignForm(AssignForm):
    """Who handles all chosen complaints."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["version"]


class ManyTagForm(TagForm):
    """A tag for the chosen complaints."""


class ManyTaskForm(forms.Form):
    """The same task about each chosen complaint, for its handler."""

    title = forms.CharField(label=_("What to do"), max_length=200)
    due_at = _moment(_("Until"))
