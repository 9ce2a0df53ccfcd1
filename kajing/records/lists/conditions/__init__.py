"""One language of conditions over a list: nested and, or, not, with relative days; for lists, audiences, rules, API.

Read a text or a JSON tree with `read`, ask the database with `compile`, `matching` or `matches`. Whoever calls narrows
what the person may see (`spec.base(user)`): a condition never widens it.
"""

from kajing.records.lists.conditions.compiler import compile, matches, matching, read  # noqa: A004
from kajing.records.lists.conditions.fields import field_of, fields
from kajing.records.lists.conditions.filter import Where
from kajing.records.lists.conditions.parser import parse
from kajing.records.lists.conditions.tree import (
    MOST_CONDITIONS,
    MOST_DEPTH,
    ConditionError,
    Group,
    Leaf,
    Node,
    Not,
    from_json,
    to_json,
    to_text,
)
from kajing.records.lists.conditions.words import parts, without, words

__all__ = [
    "MOST_CONDITIONS",
    "MOST_DEPTH",
    "ConditionError",
    "Group",
    "Leaf",
    "Node",
    "Not",
    "Where",
    "compile",
    "field_of",
    "fields",
    "from_json",
    "matches",
    "matching",
    "parse",
    "parts",
    "read",
    "to_json",
    "to_text",
    "without",
    "words",
]
