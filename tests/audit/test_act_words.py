"""Every act that the code records, and what it is done to, has words: both are read from the code, through its helpers."""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from django.utils import translation

from kajing.audit import acts
from kajing.contact.models import Message
from kajing.customers.services.exports import EXPORTABLE
from kajing.sales.models import Suggestion
from kajing.sales.services.leads.owning import ACTS as LEAD_HANDS
from kajing.workflow.models import ApprovalEvent

ROOT = Path(acts.__file__).resolve().parents[1]
# What the reader below cannot follow, by how it is written in the code, with the codes it stands for.
KNOWN = {
    "contact.message_{state.lower()}": {f"contact.message_{one.lower()}" for one in Message.State.values},
    "sales.{ACTS[way]}": {f"sales.{one}" for one in LEAD_HANDS.values()},
    "sales.{state.lower()}": {f"sales.{one.lower()}" for one in Suggestion.State.values},
    "workflow.approval_{kind.lower()}": {f"workflow.approval_{one.lower()}" for one in ApprovalEvent.Kind.values},
    "{action}": {"records.tag_undone", "records.untag_undone"},  # undo of tagging, records/services/tags.py
    "{move.action}": {"customers.assign", "customers.take", "customers.give_back", "customers.recycle"},
    "{one.action}": {one.action for one in EXPORTABLE.values()} | {"objects.export"},
}


class Reader:
    """The codes that calls of `record(action=…)` name, where need be through the helpers that pass them on."""

    def __init__(self) -> None:
        paths = [path for path in ROOT.rglob("*.py") if "migrations" not in path.parts]
        self.trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}
        self.above: dict[ast.AST, ast.AST] = {}
        self.calls: defaultdict[str, list[tuple[Path, ast.Call]]] = defaultdict(list)
        self.named: defaultdict[str, list[tuple[Path, ast.expr]]] = defaultdict(list)
        for path, tree in self.trees.items():
            self._learn(path, tree)

    def _learn(self, path: Path, tree: ast.Module) -> None:
        for node in ast.walk(tree):
            self.above.update(dict.fromkeys(ast.iter_child_nodes(node), node))
            if isinstance(node, ast.Call):
                self.calls[getattr(node.func, "id", getattr(node.func, "attr", ""))].append((path, node))
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self.named[node.targets[0].id].append((path, node.value))
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
                values = getattr(node.value, "elts", [])
                for target, value in zip(node.targets[0].elts, values, strict=False):
                    self.named[getattr(target, "id", "")].append((path, value))

    def codes(self, of: str) -> set[str]:
        """Every code given for an argument of `record`, and in braces what could not be followed."""
        found: set[str] = set()
        for path, call in self.calls["record"]:
            given = [one.value for one in call.keywords if one.arg == of]
            found |= self.values(path, given[0]) if given and path.name != "recording.py" else set()
        return found

    def values(self, path: Path, node: ast.expr) -> set[str]:
        """What an expression may be."""
        if isinstance(node, ast.Constant):
            return {str(node.value)}
        if isinstance(node, ast.IfExp):
            return self.values(path, node.body) | self.values(path, node.orelse)
        if isinstance(node, ast.JoinedStr):
            found = {""}
            for part in node.values:
                inner = part.value if isinstance(part, ast.FormattedValue) else part
                found = {before + after for before in found for after in self.values(path, inner)}
            return found
        told = self._of_name(path, node) if isinstance(node, ast.Name) else None
        return {"{" + ast.unparse(node) + "}"} if told is None else told

    def _of_name(self, path: Path, node: ast.Name) -> set[str] | None:
        helper: ast.AST | None = node
        while helper is not None:
            helper = self.above.get(helper)
            if isinstance(helper, ast.FunctionDef) and (given := self._given(path, helper, node.id)) is not None:
                return given
        mine = [value for at, value in self.named[node.id] if at == path]
        room = [value for at, value in self.named[node.id] if room_of(at) == room_of(path)]
        found = mine or room or [value for _at, value in self.named[node.id]]
        return set().union(*(self.values(path, value) for value in found)) if found else None

    def _given(self, path: Path, helper: ast.FunctionDef, name: str) -> set[str] | None:
        """What callers give for a helper's argument: of the same file for a private one, else of the room."""
        args = helper.args
        places = [one.arg for one in (*args.posonlyargs, *args.args)]
        if name not in [*places, *(one.arg for one in args.kwonlyargs)]:
            return None
        found: set[str] = set()
        for at, call in self.calls[helper.name]:
            near = at == path if helper.name.startswith("_") else room_of(at) == room_of(path)
            given = [one.value for one in call.keywords if one.arg == name]
            if not given and name in places and places.index(name) < len(call.args):
                given = [call.args[places.index(name)]]
            found |= self.values(at, given[0]) if near and given else set()
        return found


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


@cache
def reader() -> Reader:
    return Reader()


@cache
def read(of: str = "action") -> frozenset[str]:
    return frozenset(reader().codes(of))


# Kinds that are given as those of `records.kinds`, of which each is recorded by name too, and of records of a bank's own.
GIVEN = {"{kind.name}", "{on.name}", "{row.object.kind}"}


def kinds() -> set[str]:
    """The kinds of objects that may stand in the trail, a bank's own aside."""
    return set(read("object_kind")) - GIVEN


def recorded() -> set[str]:
    """The codes that may stand in the trail."""
    return {code for code in read() if "{" not in code}.union(*(KNOWN.get(code, set()) for code in read()))


def test_the_reader_follows_every_act_of_the_code() -> None:
    assert len(read()) > 200
    assert {code for code in read() if "{" in code} == set(KNOWN)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_act_has_words_in_both_languages(language: str) -> None:
    with translation.override(language):
        bare = {code for code in recorded() if acts.words_of(code) in {"", code}}
        chinese = {code for code in recorded() if any("\u4e00" <= char <= "\u9fff" for char in acts.words_of(code))}
    assert bare == set()
    assert recorded() - chinese == (set() if language == "zh-hans" else recorded())


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_kind_of_object_has_words_in_both_languages(language: str) -> None:
    assert set(read("object_kind")) >= GIVEN
    assert len(kinds()) > 50
    with translation.override(language):
        told = {code: acts.kind_of(code) for code in kinds()}
    assert {code for code, words in told.items() if words in {"", code}} == set()
    chinese = {code for code, words in told.items() if any("\u4e00" <= char <= "\u9fff" for char in words)}
    assert kinds() - chinese == ({"webhook"} if language == "zh-hans" else kinds())
    assert acts.named_kinds() == kinds()


def test_no_words_for_acts_that_nothing_records() -> None:
    assert acts.named() - recorded() == frozenset()


def test_an_act_of_an_earlier_release_keeps_its_code() -> None:
    assert acts.words_of("gone.act") == "gone.act"
    assert acts.kind_of("gone") == "gone"
