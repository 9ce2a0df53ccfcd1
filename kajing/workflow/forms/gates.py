"""What people type about state gates, and in the dialog that takes a record to its next state."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.records.selectors import fields_of
from kajing.records.states import StateKind
from kajing.workflow import gates
from kajing.workflow.selectors.gates import Next

EMPTY = "-"  # the empty state in forms and addresses


def shown(code: str) -> str:
    """A state as forms and addresses write it."""
    return code or EMPTY


def read(code: str) -> str:
    """The other way round."""
    return "" if code == EMPTY else code


class MoveForm(forms.Form):
    """One move. Without a target it means: no move."""

    to = forms.ChoiceField(label=pgettext_lazy("gate", "To"), required=False)
    sources = forms.MultipleChoiceField(
        label=pgettext_lazy("gate", "From"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing ticked: from every state."),
    )  # fmt: skip
    roles = forms.MultipleChoiceField(
        label=_("Open to"), required=False, widget=forms.CheckboxSelectMultiple, choices=list(gates.ROLES.items()),
        help_text=_("Nothing ticked: everybody whose rights allow it."),
    )  # fmt: skip
    facts = forms.MultipleChoiceField(label=_("Must be filled"), required=False, widget=forms.CheckboxSelectMultiple)
    own = forms.MultipleChoiceField(
        label=_("Own fields that must be filled"), required=False, widget=forms.CheckboxSelectMultiple
    )
    attached = forms.IntegerField(label=_("Attached files"), required=False, min_value=0, max_value=gates.MOST_FILES)
    note = forms.BooleanField(label=_("With a note"), required=False)
    approval = forms.BooleanField(label=_("With an approval"), required=False)

    def __init__(self, *args: Any, about: StateKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        states = [(shown(code), str(label)) for code, label in about.states()]
        fields["to"].choices = [("", "—"), *states]
        fields["sources"].choices = states
        fields["facts"].choices = [(name, str(fact.label)) for name, fact in about.facts.items()]
        own = fields_of(about.carrier_kind, None) if about.carrier_kind else []
        fields["own"].choices = [
            (one.definition.name, one.definition.label)
            for one in own
            if about.name != f"{about.carrier_kind}.{one.definition.name}"  # not the one that holds the state
        ]
        for name in ("facts", "own"):
            if not fields[name].choices:
                del fields[name]
        if not about.carrier_kind:
            del fields["attached"]

    def move(self) -> dict[str, Any] | None:
        """The move as data; None when no target was chosen."""
        data = self.cleaned_data
        if not data.get("to"):
            return None
        return {
            "from": [read(code) for code in data["sources"]], "to": read(data["to"]), "roles": data["roles"],
            "facts": data.get("facts") or [], "own": data.get("own") or [], "note": data["note"],
            "files": data.get("attached") or 0, "approval": data["approval"],
        }  # fmt: skip


class BaseMoves(forms.BaseFormSet[MoveForm]):
    """The moves of a version."""

    def moves(self) -> list[dict[str, Any]]:
        """Those that have a target."""
        return [move for form in self.forms if (move := form.move())]


Moves: Any = forms.formset_factory(MoveForm, formset=BaseMoves, extra=1, max_num=gates.MOST_MOVES)


class GateForm(forms.Form):
    """Time limits and ends of the states, and a word on the version."""

    ends = forms.MultipleChoiceField(
        label=_("End of the way"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("A record may stay there for good."),
    )  # fmt: skip
    note = forms.CharField(label=_("What changes with this version"), required=False, max_length=400)

    def __init__(self, *args: Any, about: StateKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about = about
        fields: Any = self.fields
        open_ = [(code, str(label)) for code, label in about.states() if code not in about.final]
        own = not any(about.final)  # the product knows the ends of its own kinds
        fields["ends"].choices = [(shown(code), label) for code, label in open_] if own else []
        for code, label in open_:
            fields[f"limit_{shown(code)}"] = forms.IntegerField(
                label=label, required=False, min_value=1, max_value=gates.MOST_HOURS
            )

    def limit_rows(self) -> list[Any]:
        """The controls of the time limits."""
        return [self[name] for name in self.fields if name.startswith("limit_")]

    def data_of(self) -> dict[str, Any]:
        """Limits, ends and note as the service takes them."""
        data = self.cleaned_data
        limits = {read(name.removeprefix("limit_")): hours for name, hours in data.items() if name[:6] == "limit_"}
        return {
            "limits": {code: hours for code, hours in limits.items() if hours},
            "ends": [read(code) for code in data["ends"]],
            "note": data["note"],
        }


def initial_moves(moves: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A version's moves as the form shows them."""
    return [
        {
            **move,
            "attached": move.get("files"),
            "to": shown(move["to"]),
            "sources": [shown(code) for code in move.get("from") or ()],
        }
        for move in moves
    ]


def initial_of(limits: dict[str, int], ends: list[str]) -> dict[str, Any]:
    """A version's limits and ends as the form shows them."""
    return {"ends": [shown(code) for code in ends], **{f"limit_{shown(code)}": hours for code, hours in limits.items()}}


class NextForm(forms.Form):
    """The dialog of a move: what the act asks, the note, missing files."""

    note = forms.CharField(label=_("Note"), required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, way: Next, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.way = way
        if way.note:
            self.fields["note"].required = True
        for one in way.inputs:
            choices = [("", "—"), *((code, str(words)) for code, words in one.choices)]
            self.fields[f"given_{one.name}"] = (
                forms.ChoiceField(label=str(one.label), choices=choices, required=one.required)
                if one.choices
                else forms.CharField(label=str(one.label), max_length=400, required=one.required)
            )
        for number in range(1, way.files + 1):
            self.fields[f"file_{number}"] = forms.FileField(label=_("File %(number)s") % {"number": number})
        self.order_fields([*[name for name in self.fields if name != "note"], "note"])

    def given(self) -> dict[str, str]:
        """What the act asked for."""
        return {one.name: self.cleaned_data[f"given_{one.name}"] for one in self.way.inputs}

    def uploads(self) -> list[tuple[str, bytes]]:
        """The files with their names."""
        found = [self.cleaned_data[f"file_{number}"] for number in range(1, self.way.files + 1)]
        return [(one.name, one.read()) for one in found]
