"""From a condition to the database's own."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from kajing.records.lists.conditions.fields import field_of, fields
from kajing.records.lists.conditions.parser import parse
from kajing.records.lists.conditions.tree import UNARY, ConditionError, Group, Leaf, Node, Not, check_size, from_json
from kajing.records.lists.filters import Context, Filter, NotUnderstood

if TYPE_CHECKING:
    from kajing.records.lists.spec import ListSpec

Source = str | Mapping[str, Any] | Node


def read(spec: ListSpec, source: Source, context: Context) -> Node:
    """A condition with its names and values looked up: text, JSON tree or node in, codes out. Raises ConditionError."""
    if isinstance(source, str):  # of an address: read by the list, its chips, its count and its form
        found: Node = context.once(("condition", spec.name, source), lambda: _read(spec, parse(source), context))
        return found
    return _read(spec, source if isinstance(source, Group | Not | Leaf) else from_json(source), context)


def _read(spec: ListSpec, node: Node, context: Context) -> Node:
    check_size(node)
    return _settled(spec, node, context)


def compile(spec: ListSpec, tree: Source, context: Context) -> Q:  # noqa: A001  the word for what it does
    """The condition as a Q over the list's model, to filter `spec.base(user)` by. Raises ConditionError.

    A row without a value fails every comparison; `not` and the negated operators hold for it.
    """
    return _q(spec, read(spec, tree, context), context)


def matching(spec: ListSpec, tree: Source, pks: Iterable[Any], context: Context) -> set[Any]:
    """Which of these rows the condition holds for, as far as the person sees them, in one query."""
    rows = spec.base(context.user).filter(pk__in=list(pks)).filter(compile(spec, tree, context))
    return set(rows.order_by().values_list("pk", flat=True))


def matches(spec: ListSpec, tree: Source, pk: Any, context: Context) -> bool:
    """Whether the condition holds for one row that the person sees: the same SQL as the list, so it cannot disagree."""
    return bool(matching(spec, tree, [pk], context))


def _settled(spec: ListSpec, node: Node, context: Context) -> Node:
    if isinstance(node, Group):
        return Group(node.joint, tuple(_settled(spec, part, context) for part in node.parts))
    if isinstance(node, Not):
        return Not(_settled(spec, node.part, context))
    field = _field(spec, node, context)
    _check_operator(field, node)
    with _placed(node, field, context):
        values = tuple(field.stored(node.values, context))
        field.test(node.op, values, context)
    return Leaf(field.name, node.op, values, node.places)


def _q(spec: ListSpec, node: Node, context: Context) -> Q:
    if isinstance(node, Not):
        return ~_q(spec, node.part, context)
    if isinstance(node, Leaf):
        return _field(spec, node, context).test(node.op, node.values, context)
    found = Q()
    for part in node.parts:
        one = _q(spec, part, context)
        found = found & one if node.joint == "all" else found | one
    return found


def _field(spec: ListSpec, leaf: Leaf, context: Context) -> Filter:
    found = field_of(spec, leaf.field, context.user)
    if found is None:
        known = {one.name for one in fields(spec, context.user)}
        near = difflib.get_close_matches(leaf.field, known, 1)
        said = _("there is no field %(name)s.") % {"name": leaf.field[:40]}
        hint = " " + _("Do you mean %(name)s?") % {"name": near[0]} if near else ""
        raise ConditionError(said + hint, leaf.places[0])
    return found


def _check_operator(field: Filter, leaf: Leaf) -> None:
    allowed = operators(field)
    if leaf.op not in allowed:
        said = _("%(field)s takes one of %(operators)s.") % {"field": field.label, "operators": ", ".join(allowed)}
        raise ConditionError(said, leaf.places[1])


def operators(field: Filter) -> tuple[str, ...]:
    """What may be said of a field; whether it is empty only where it stands in one column."""
    return (*field.ops, "empty", "not empty") if field.path else field.ops


@contextmanager
def _placed(leaf: Leaf, field: Filter, context: Context) -> Iterator[None]:
    """Give an error of a field's value its place and an example."""
    if leaf.op not in UNARY and not leaf.values:
        raise ConditionError(_("a value is expected."), leaf.places[2])
    try:
        yield
    except ConditionError:
        raise
    except NotUnderstood as error:
        example = field.example(context)
        words = {"field": field.label, "example": example}
        hint = " " + _("%(field)s takes a value such as %(example)s.") % words if example else ""
        raise ConditionError(f"{error}{hint}", leaf.places[2]) from None
