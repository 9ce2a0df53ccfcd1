"""A condition in words, for chips, previews and audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from kajing.records.lists.conditions.fields import field_of
from kajing.records.lists.conditions.tree import Group, Leaf, Node, Not
from kajing.records.lists.filters import Context, Period, Range, day_words

if TYPE_CHECKING:
    from kajing.records.lists.spec import ListSpec


def words(spec: ListSpec, node: Node, context: Context, *, inner: bool = False) -> str:
    """The condition as a sentence in the reader's language, with the words of the page for codes."""
    if isinstance(node, Leaf):
        return _leaf(spec, node, context)
    if isinstance(node, Not):
        return _("not (%(condition)s)") % {"condition": words(spec, node.part, context)}
    joint = _(" and ") if node.joint == "all" else _(" or ")
    text = joint.join(words(spec, part, context, inner=True) for part in node.parts)
    return f"({text})" if inner and len(node.parts) > 1 else text


def parts(node: Node) -> list[Node]:
    """What a person may take away one by one: the conditions that must all hold."""
    return list(node.parts) if isinstance(node, Group) and node.joint == "all" else [node]


def without(node: Node, place: int) -> Node | None:
    """The condition with one of its `parts` taken away; None when nothing is left."""
    kept = [part for index, part in enumerate(parts(node)) if index != place]
    return (Group("all", tuple(kept)) if len(kept) > 1 else kept[0]) if kept else None


def _leaf(spec: ListSpec, leaf: Leaf, context: Context) -> str:
    field = field_of(spec, leaf.field, context.user)
    if field is None:
        return leaf.field
    if field.kind == "flag":
        yes = (leaf.values[0] == "1") == (leaf.op == "=")
        return str(field.label) if yes else _("not (%(condition)s)") % {"condition": field.label}
    named = {"empty": _("%(field)s: none"), "not empty": _("%(field)s: any")}
    if leaf.op in named:
        return named[leaf.op] % {"field": field.label}
    sentences = {
        "=": _("%(field)s %(value)s"), "!=": _("%(field)s not %(value)s"), "in": _("%(field)s %(value)s"),
        "not in": _("%(field)s not %(value)s"), "contains": _("%(field)s contains %(value)s"),
    }  # fmt: skip
    if field.kind == "period":
        sentences |= {
            "<": _("%(field)s before %(value)s"), "<=": _("%(field)s until %(value)s"),
            ">": _("%(field)s after %(value)s"), ">=": _("%(field)s since %(value)s"),
        }  # fmt: skip
    if leaf.op in sentences:
        return sentences[leaf.op] % {"field": field.label, "value": _value(leaf, field, context)}
    sign = {"<=": "≤", ">=": "≥"}.get(leaf.op, leaf.op)
    return f"{field.label} {sign} {_value(leaf, field, context)}"


def _value(leaf: Leaf, field: object, context: Context) -> str:
    if isinstance(field, Period) and ".." not in leaf.values[0]:
        return day_words(leaf.values[0])
    if isinstance(field, Range) and leaf.op not in {"=", "!="}:
        return f"{leaf.values[0]}{field.unit}"
    return field.words(leaf.values, context)  # type: ignore[attr-defined]
