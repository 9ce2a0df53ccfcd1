"""A condition as a tree, its JSON form for storing and its text form for people and addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from kajing.records.lists.filters import NotUnderstood

MOST_DEPTH = 6
MOST_CONDITIONS = 60
MOST_VALUES = 200  # in one list of values
MOST_TEXT = 6000  # characters
LONGEST_VALUE = 200
UNARY = frozenset({"empty", "not empty"})
LISTS = frozenset({"in", "not in"})
OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "in", "not in", "contains", "empty", "not empty")
JOINTS = {"all": "and", "any": "or"}
_PLAIN = re.compile(r"[\w.+%-]+")
KEYWORDS = frozenset({"and", "or", "not", "in", "is", "empty", "before", "after", "contains", "且", "或", "非"})


class ConditionError(NotUnderstood):
    """A condition that cannot be read; `place` is the character (from 1) or the path in a tree, `said` the reason."""

    def __init__(self, said: str, place: int | str = "") -> None:
        super().__init__(said, place)
        self.said, self.place = said, place

    def __str__(self) -> str:
        if isinstance(self.place, int):
            return _("Condition, character %(place)s: %(said)s") % {"place": self.place, "said": self.said}
        place = f" ({self.place})" if self.place else ""
        return _("Condition%(place)s: %(said)s") % {"place": place, "said": self.said}


@dataclass(frozen=True)
class Leaf:
    """One comparison. `places` are where field, operator and first value stood, for the sentence about an error."""

    field: str
    op: str
    values: tuple[str, ...] = ()
    places: tuple[int | str, int | str, int | str] = ("", "", "")


@dataclass(frozen=True)
class Not:
    """The opposite of a condition."""

    part: Node


@dataclass(frozen=True)
class Group:
    """Conditions that must hold all, or any one of them."""

    joint: str  # all, any
    parts: tuple[Node, ...]


Node = Leaf | Not | Group


def depth(node: Node) -> int:
    """How deep groups and negations nest; a single comparison is 1."""
    if isinstance(node, Leaf):
        return 1
    inner = (node.part,) if isinstance(node, Not) else node.parts
    return 1 + max(map(depth, inner))


def leaves(node: Node) -> list[Leaf]:
    """Every comparison, from left to right."""
    if isinstance(node, Leaf):
        return [node]
    inner = (node.part,) if isinstance(node, Not) else node.parts
    return [leaf for part in inner for leaf in leaves(part)]


def check_size(node: Node) -> None:
    """Refuse what no person wrote and no page shows. Raises ConditionError."""
    if depth(node) > MOST_DEPTH:
        raise ConditionError(_("groups may nest %(most)s deep at most.") % {"most": MOST_DEPTH})
    if len(leaves(node)) > MOST_CONDITIONS:
        raise ConditionError(_("at most %(most)s comparisons fit into one condition.") % {"most": MOST_CONDITIONS})
    if any(len(leaf.values) > MOST_VALUES for leaf in leaves(node)):
        raise ConditionError(_("at most %(most)s values fit into one list.") % {"most": MOST_VALUES})


# -- JSON ------------------------------------------------------------------------------------------------------------
def to_json(node: Node) -> dict[str, Any]:
    """The tree for storing: {"all": […]}, {"any": […]}, {"not": …}, {"field": …, "op": …, "value": …}."""
    if isinstance(node, Group):
        return {node.joint: [to_json(part) for part in node.parts]}
    if isinstance(node, Not):
        return {"not": to_json(node.part)}
    if node.op in UNARY:
        return {"field": node.field, "op": node.op}
    return {"field": node.field, "op": node.op, "value": list(node.values) if node.op in LISTS else node.values[0]}


def from_json(tree: Any, place: str = "", level: int = 1) -> Node:
    """The condition that a stored or sent tree says. Raises ConditionError with the path of what is wrong."""
    if not isinstance(tree, Mapping):
        raise ConditionError(_("an object with field, op and value, or all, any, not is expected."), place or "tree")
    if level > MOST_DEPTH:
        raise ConditionError(_("groups may nest %(most)s deep at most.") % {"most": MOST_DEPTH}, place)
    for joint in JOINTS:
        if joint in tree:
            return _group_of(tree, joint, place, level)
    if "not" in tree:
        _only(tree, {"not"}, place)
        return Not(from_json(tree["not"], _path(place, "not"), level + 1))
    return _leaf_of(tree, place)


def _group_of(tree: Mapping[str, Any], joint: str, place: str, level: int) -> Node:
    _only(tree, {joint}, place)
    parts = tree[joint]
    if not isinstance(parts, Sequence) or isinstance(parts, str) or not parts:
        raise ConditionError(_("a list with at least one condition is expected."), _path(place, joint))
    if len(parts) > MOST_CONDITIONS:
        raise ConditionError(_("at most %(most)s comparisons fit into one condition.") % {"most": MOST_CONDITIONS})
    path = _path(place, joint)
    return Group(joint, tuple(from_json(one, f"{path}[{index}]", level + 1) for index, one in enumerate(parts)))


def _leaf_of(tree: Mapping[str, Any], place: str) -> Leaf:
    _only(tree, {"field", "op", "value"}, place)
    field, op = tree.get("field"), tree.get("op", "=")
    if not isinstance(field, str) or not field or len(field) > LONGEST_VALUE:
        raise ConditionError(_("the name of a field is expected."), _path(place, "field"))
    if op not in OPERATORS:
        raise ConditionError(
            _("one of %(operators)s is expected.") % {"operators": ", ".join(OPERATORS)}, _path(place, "op")
        )
    values = () if op in UNARY else _values(tree.get("value"), _path(place, "value"))
    return Leaf(field, op, values, (_path(place, "field"), _path(place, "op"), _path(place, "value")))


def _values(value: Any, place: str) -> tuple[str, ...]:
    found = tuple(value) if isinstance(value, list | tuple) else (value,)
    if not found:
        raise ConditionError(_("a value is expected."), place)
    return tuple(_value(one, place) for one in found)


def _value(one: Any, place: str) -> str:
    text = ("1" if one else "0") if isinstance(one, bool) else str(one) if isinstance(one, str | int | float) else ""
    if not text or len(text) > LONGEST_VALUE or "\0" in text:
        raise ConditionError(_("a text or a number is expected."), place)
    return text


def _only(tree: Mapping[str, Any], known: set[str], place: str) -> None:
    if unknown := set(tree) - known:
        raise ConditionError(_("%(name)s is not known here.") % {"name": min(map(str, unknown))[:40]}, place or "tree")


def _path(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


# -- text ------------------------------------------------------------------------------------------------------------
def to_text(node: Node, *, inner: bool = False) -> str:
    """The short form people type; `parse(to_text(node))` says the same."""
    if isinstance(node, Leaf):
        return _leaf_text(node)
    if isinstance(node, Not):
        text = to_text(node.part, inner=True)
        return f"not {text}"
    if len(node.parts) == 1:
        return to_text(node.parts[0], inner=inner)
    text = f" {JOINTS[node.joint]} ".join(to_text(part, inner=True) for part in node.parts)
    return f"({text})" if inner else text


def _leaf_text(leaf: Leaf) -> str:
    name = quoted(leaf.field)
    if leaf.op in UNARY:
        return f"{name} is {leaf.op}"
    if leaf.op in LISTS:
        return f"{name} {leaf.op} ({', '.join(map(quoted, leaf.values))})"
    return f"{name} {leaf.op} {quoted(leaf.values[0])}"


def quoted(value: str) -> str:
    """A value as the text form holds it: bare where that is clear, else in quotation marks."""
    if _PLAIN.fullmatch(value) and value.casefold() not in KEYWORDS:
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
