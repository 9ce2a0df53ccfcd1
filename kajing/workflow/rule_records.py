"""A rule writes on records: own fields and standard fields of the customer or of what the event is about, and tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kajing.lib.errors import DomainError
from kajing.lib.periods import SHANGHAI
from kajing.records import services as records
from kajing.records.kinds import KINDS, kind_of
from kajing.records.selectors import fields_of
from kajing.records.selectors.tags import tag_named, tags_of
from kajing.workflow.models import Task
from kajing.workflow.rule_people import OWNERS, person_for
from kajing.workflow.rules import Action, Occasion, register_action
from kajing.workflow.services.acts import change_due, reassign_task
from kajing.workflow.subjects import CUSTOMER

OWN = "cf_"  # before the name of an own field, as in conditions and addresses
EMPTY = "-"  # the value that empties an own field
MOST_DAYS = 365


class NoSuchRecord(DomainError):
    """The event is not about a record of the kind the action names."""


@dataclass(frozen=True, kw_only=True)
class Standard:
    """A field of the product's own that rules may set. `wrong(value)` checks; `set(id, value, occasion)` writes."""

    kind: str
    name: str
    title: str | Promise
    wrong: Callable[[str], list[str]]
    set: Callable[[str, str, Occasion], None]
    hint: str | Promise = ""


_STANDARD: dict[tuple[str, str], Standard] = {}


def register_standard(field: Standard) -> Standard:
    """Let rules set one more field; a room does so for its kinds of records."""
    _STANDARD[field.kind, field.name] = field
    return field


def choices() -> list[tuple[str, str]]:
    """What the form offers, as "kind:name" and words."""
    found = [(f"{one.kind}:{one.name}", f"{_label(one.kind)}: {one.title}") for one in _STANDARD.values()]
    for kind in KINDS.everything():
        found += [
            (f"{kind.name}:{OWN}{one.definition.name}", f"{kind.label}: {one.definition.label}")
            for one in fields_of(kind.name, None)
            if one.definition.type != "FILE"
        ]
    return found


def record_kinds() -> list[tuple[str, str]]:
    """Kinds of records that carry tags and fields."""
    return [(kind.name, str(kind.label)) for kind in KINDS.everything()]


def _label(kind: str) -> str:
    found = kind_of(kind)
    return str(found.label) if found else kind


def record_of(kind: str, occasion: Occasion) -> str:
    """The record an action is about: the rule's, its customer, or the event's own. Raises NoSuchRecord."""
    if kind == occasion.subject.kind:
        return occasion.subject.pk
    if kind == CUSTOMER and occasion.customer is not None:
        return str(occasion.customer.pk)
    if occasion.facts.get("object") != kind or not occasion.facts.get("object_id"):
        raise NoSuchRecord(_("The event is not about a record of the kind: %(kind)s.") % {"kind": _label(kind)})
    return str(occasion.facts["object_id"])


def _split(spec: Mapping[str, Any]) -> tuple[str, str, str]:
    kind, _colon, name = str(spec.get("field", "")).partition(":")
    return kind, name, str(spec.get("value", "")).strip()


def _wrong_field(spec: Mapping[str, Any]) -> list[str]:
    kind, name, value = _split(spec)
    if (kind, name) in _STANDARD:
        return _STANDARD[kind, name].wrong(value)
    if kind_of(kind) is None or not name.startswith(OWN):
        return [_("choose a field.")]
    if not value:
        return [_("say to which value; - empties the field.")]
    checked = records.check_values(actor=None, kind=kind, values={name.removeprefix(OWN): _raw(value)})
    return list(checked.errors.values())


def _raw(value: str) -> str | None:
    return None if value == EMPTY else value


def _plan_field(spec: Mapping[str, Any], occasion: Occasion) -> str:
    kind, name, value = _split(spec)
    record_of(kind, occasion)
    title = dict(choices()).get(f"{kind}:{name}", name)
    return _("%(field)s becomes %(value)s") % {"field": title, "value": _("empty") if value == EMPTY else value}


def _run_field(spec: Mapping[str, Any], occasion: Occasion) -> str:
    kind, name, value = _split(spec)
    pk = record_of(kind, occasion)
    if (kind, name) in _STANDARD:
        _STANDARD[kind, name].set(pk, value, occasion)
    else:
        records.set_values(
            actor=None, kind=kind, object_id=pk, values={name.removeprefix(OWN): _raw(value)}, at=occasion.at,
            reason=f"rule:{occasion.rule}",
        )  # fmt: skip
    return _plan_field(spec, occasion)


def _wrong_tag(spec: Mapping[str, Any]) -> list[str]:
    name = " ".join(str(spec.get("tag", "")).split())
    found = [] if spec.get("way") in {"add", "remove"} else [_("say whether the tag is put on or taken off.")]
    if kind_of(str(spec.get("on", ""))) is None:
        found.append(_("say which record."))
    if not 1 <= len(name) <= 30 or any(char in name for char in ",;!|"):
        found.append(_("name a tag of 1 to 30 characters, without commas, semicolons and exclamation marks."))
    return found


def _plan_tag(spec: Mapping[str, Any], occasion: Occasion) -> str:
    pk, word = record_of(spec["on"], occasion), tag_named(spec["tag"])
    has = word is not None and word in tags_of(spec["on"], [pk]).get(pk, [])
    told = {"tag": spec["tag"]}
    if spec["way"] == "add":
        return (_("has the tag %(tag)s already") if has else _("tag %(tag)s is put on")) % told
    return (_("tag %(tag)s is taken off") if has else _("does not carry the tag %(tag)s")) % told


def _run_tag(spec: Mapping[str, Any], occasion: Occasion) -> str:
    said = _plan_tag(spec, occasion)
    act = records.tag if spec["way"] == "add" else records.untag
    pk = record_of(spec["on"], occasion)
    act(actor=None, kind=spec["on"], ids=[pk], name=spec["tag"], at=occasion.at)
    return said


def _wrong_days(value: str) -> list[str]:
    good = value.isdecimal() and int(value) <= MOST_DAYS
    return [] if good else [_("write the days from the event, 0 to %(most)s.") % {"most": MOST_DAYS}]


def _task(pk: str) -> Task:
    found = Task.objects.filter(pk=pk).first()
    if found is None:
        raise NoSuchRecord(_("The task is not there any more."))
    return found


def _set_due(pk: str, value: str, occasion: Occasion) -> None:
    due = _task(pk).due_at.astimezone(SHANGHAI)
    day = occasion.on + timedelta(days=int(value))
    change_due(actor=None, task=_task(pk), due_at=datetime.combine(day, due.time(), SHANGHAI), at=occasion.at)


def _set_owner(pk: str, value: str, occasion: Occasion) -> None:
    owner = person_for(value, occasion)
    reassign_task(actor=None, task=_task(pk), owner=owner, at=occasion.at, reason=f"rule:{occasion.rule}")


def _wrong_owner(value: str) -> list[str]:
    return [] if value in OWNERS else [_("write manager or leader.")]


def register() -> None:
    """Say which actions there are, and which fields of tasks they reach."""
    register_action(
        Action(
            name="field", title=gettext_lazy("set a field"), plan=_plan_field, run=_run_field, wrong=_wrong_field,
            undoable=True, needs_customer=lambda spec: _split(spec)[0] == CUSTOMER,
        )
    )  # fmt: skip
    register_action(
        Action(
            name="tag", title=gettext_lazy("put a tag on or take it off"), plan=_plan_tag, run=_run_tag,
            wrong=_wrong_tag, undoable=True, needs_customer=lambda spec: spec.get("on") == CUSTOMER,
        )
    )  # fmt: skip
    register_standard(
        Standard(
            kind="task", name="due_days", title=gettext_lazy("due in days"), wrong=_wrong_days, set=_set_due,
            hint=gettext_lazy("days from the event"),
        )
    )  # fmt: skip
    register_standard(
        Standard(
            kind="task", name="owner", title=gettext_lazy("owner"), wrong=_wrong_owner, set=_set_owner,
            hint=gettext_lazy("manager or leader"),
        )
    )  # fmt: skip
