"""What the condition builder of a page needs: the fields a person may use, and the condition as a tree."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from kajing.records.lists import Context, ListSpec, NotUnderstood, conditions
from kajing.records.lists.conditions.compiler import operators

MOST_OPTIONS = 120  # of one field; more are typed


def builder(spec: ListSpec, where: str, context: Context) -> dict[str, Any]:
    """{"fields": […], "tree": …}: plain data for the page's script; no tree when the text cannot be read."""
    try:
        node = conditions.to_json(conditions.read(spec, where, context)) if where.strip() else None
    except NotUnderstood:
        node = None
    fields = [_field(one, context) for one in conditions.fields(spec, context.user)]
    return {"fields": fields, "tree": node, "words": words()}


def _field(one: Any, context: Context) -> dict[str, Any]:
    options = list(one.offered(context))[:MOST_OPTIONS] if hasattr(one, "offered") else []
    return {
        "name": one.name,
        "label": str(one.label),
        "kind": one.kind,
        "ops": list(operators(one)),
        "unit": str(getattr(one, "unit", "")).strip(),
        "options": [[str(code), str(label)] for code, label in options],
    }


def words() -> dict[str, Any]:
    """The texts the condition builder writes itself."""
    return {
        "all": _("all of these hold"), "any": _("any of these holds"), "joint": _("How the conditions are joined"),
        "add": _("Add a condition"), "group": _("Add a group"), "drop": _("Remove the condition"),
        "dropGroup": _("Remove the group"), "not": _("not"), "field": _("Field"), "comparison": _("Comparison"),
        "value": _("Value to compare with"), "yes": _("yes"), "no": _("no"),
        "typed": _("The condition below was typed by hand. Empty it to build one here."),
        "ops": {
            "=": _("is"), "!=": _("is not"), "in": _("is one of"), "not in": _("is none of"), "contains": _("contains"),
            "empty": _("has no value"), "not empty": _("has a value"), "period <": _("before"),
            "period >": _("after"), "period <=": _("until"), "period >=": _("since"), "<": "<", "<=": "≤", ">": ">",
            ">=": "≥",
        },
    }  # fmt: skip
