"""Reading the text form of a condition. Every error names the character and what was expected there.

or    := and ("or" and)*
and   := not ("and" not)*
not   := "not" not | "(" or ")" | test
test  := field [operator value]          a field alone means: yes
operator := = != < <= > >= | before | after | contains | [not] in "(" value, … ")" | is [not] empty
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kajing.records.lists.conditions.tree import MOST_DEPTH, MOST_TEXT, ConditionError, Group, Leaf, Node, Not

_TOKEN = re.compile(r'\s*(?:(<=|>=|!=|<>|==|[=<>≤≥≠(),])|"((?:[^"\\]|\\.)*)"|([\w.+%:/@-]+)|(\S))')
_WIDE = str.maketrans("（），＝＜＞“”、", '(),=<>"",')
_SIGNS = {"==": "=", "<>": "!=", "≤": "<=", "≥": ">=", "≠": "!=", "before": "<", "after": ">"}
_WORDS = {"且": "and", "并且": "and", "或": "or", "或者": "or", "非": "not"}
_COMPARE = frozenset({"=", "!=", "<", "<=", ">", ">="})


@dataclass(frozen=True)
class Token:
    """A piece of the text: a sign, a word, a quoted text, or the end; `place` is its first character, from 1."""

    kind: str
    text: str
    place: int

    @property
    def word(self) -> str:
        """The keyword this may be; empty for anything quoted or a sign."""
        return _WORDS.get(self.text, self.text.casefold()) if self.kind == "word" else ""

    @property
    def shown(self) -> str:
        """How an error names it."""
        return _("the end") if self.kind == "end" else f"“{self.text[:30]}”"


def parse(text: str) -> Node:
    """The condition that a text says; names and values are not looked up yet. Raises ConditionError."""
    if len(text) > MOST_TEXT:
        raise ConditionError(_("a condition has at most %(most)s characters.") % {"most": MOST_TEXT})
    reader = _Reader(_tokens(text))
    node = reader.any_of(1)
    if reader.now.kind != "end":
        reader.expected(_("and, or or the end"))
    return node


def _tokens(text: str) -> list[Token]:
    found, place = [], 0
    plain = text.translate(_WIDE)
    while plain[place:].strip():
        match = _TOKEN.match(plain, place)
        assert match is not None  # noqa: S101  the last alternative takes any character
        sign, quoted, word, stray = match.groups()
        start = match.start(match.lastindex or 0)
        if stray:
            said = (
                _("the text in quotation marks does not end.") if stray == '"' else _("this sign means nothing here.")
            )
            raise ConditionError(said, start + 1)
        if quoted is not None:
            # Wide commas and brackets inside quotation marks are the person's own words: take the original text.
            original = text[match.start(2) : match.end(2)]
            found.append(Token("quoted", re.sub(r"\\(.)", r"\1", original), start))
        else:
            found.append(Token("sign" if sign else "word", sign or word, start + 1))
        place = match.end()
    return [*found, Token("end", "", len(text) + 1)]


class _Reader:
    """Walks over the pieces."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.index = tokens, 0

    @property
    def now(self) -> Token:
        return self.tokens[self.index]

    def take(self) -> Token:
        token = self.now
        self.index += token.kind != "end"
        return token

    def expected(self, what: str) -> None:
        """Say what should stand here. Always raises ConditionError."""
        said = _("%(what)s expected, not %(found)s.") % {"what": what, "found": self.now.shown}
        raise ConditionError(said, self.now.place)

    def any_of(self, level: int) -> Node:
        """Conditions joined by or."""
        return self._joined("or", "any", level)

    def _joined(self, word: str, joint: str, level: int) -> Node:
        inner = (lambda: self._joined("and", "all", level)) if word == "or" else (lambda: self._single(level))
        parts = [inner()]
        while self.now.word == word:
            self.take()
            parts.append(inner())
        return parts[0] if len(parts) == 1 else Group(joint, tuple(parts))

    def _single(self, level: int) -> Node:
        if level > MOST_DEPTH:
            said = _("groups may nest %(most)s deep at most.") % {"most": MOST_DEPTH}
            raise ConditionError(said, self.now.place)
        if self.now.word == "not":
            self.take()
            return Not(self._single(level + 1))
        if self.now.text == "(" and self.now.kind == "sign":
            self.take()
            node = self.any_of(level + 1)
            self._sign(")", _("and, or or )"))
            return node
        return self._test()

    def _test(self) -> Leaf:
        if self.now.kind not in {"word", "quoted"} or self.now.word in {"and", "or", "in", "is"}:
            self.expected(_("the name of a field"))
        field, sign = self.take(), self.now
        if sign.word in {"is", "empty"}:
            return self._empty(field)
        if sign.word in {"in", "not"}:
            return self._list(field)
        op = _SIGNS.get(sign.word or sign.text, sign.word or sign.text)
        if op in _COMPARE or op == "contains":
            self.take()
            value = self._value()
            return Leaf(field.text, op, (value.text,), (field.place, sign.place, value.place))
        if sign.kind == "end" or sign.word in {"and", "or"} or sign.text == ")":
            return Leaf(field.text, "=", ("1",), (field.place, field.place, field.place))
        self.expected(_("a comparison such as =, <, in or before"))
        raise AssertionError  # pragma: no cover  `expected` always raises

    def _empty(self, field: Token) -> Leaf:
        sign = self.now
        if self.now.word == "is":
            self.take()
        negated = self.now.word == "not"
        if negated:
            self.take()
        if self.now.word != "empty":
            self.expected(_("empty or not empty"))
        self.take()
        return Leaf(field.text, "not empty" if negated else "empty", (), (field.place, sign.place, sign.place))

    def _list(self, field: Token) -> Leaf:
        sign = self.take()
        negated = sign.word == "not"
        if negated:
            if self.now.word == "empty":
                self.index -= 1
                return self._empty(field)
            if self.now.word != "in":
                self.expected(_("in"))
            self.take()
        self._sign("(", _("("))
        values = [self._value()]
        while self.now.text == "," and self.now.kind == "sign":
            self.take()
            values.append(self._value())
        self._sign(")", _(", or )"))
        found = tuple(value.text for value in values)
        return Leaf(field.text, "not in" if negated else "in", found, (field.place, sign.place, values[0].place))

    def _value(self) -> Token:
        if self.now.kind not in {"word", "quoted"} or not self.now.text:
            self.expected(_("a value"))
        return self.take()

    def _sign(self, text: str, what: str) -> None:
        if self.now.kind != "sign" or self.now.text != text:
            self.expected(what)
        self.take()
