"""What no template of any room may contain (strict CSP, design ui.md §2 and §13)."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "kajing").glob("*/templates/**/*.html"))
RULES = {
    "inline style": re.compile(r"<[^>]*\sstyle\s*="),
    "inline handler": re.compile(r"<[^>]*\son[a-z]+\s*="),
    "hx-on": re.compile(r"hx-on"),
    "js: values": re.compile(r"""=["']\s*(?:js|javascript):"""),
    "inline script": re.compile(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)[^>]*>"),
    "style element": re.compile(r"<style"),
    "the separator ·": re.compile("·"),
    "an address elsewhere": re.compile(r"""(?:src|href)=["']https?://"""),
    "a trigger filter, which needs eval": re.compile(r"""hx-trigger=["'][^"']*\w\["""),
}
TAG = re.compile(r"\{%.*?%\}", re.DOTALL)
IN_TAGS_TOO = {"hx-on", "the separator ·"}
COMMENT = re.compile(r"\{% comment %\}.*?\{% endcomment %\}|\{#.*?#\}", re.DOTALL)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "kajing")))
def test_template_keeps_to_the_policy(path):
    text = COMMENT.sub("", path.read_text(encoding="utf-8"))
    bare = TAG.sub("", text)
    assert [name for name, rule in RULES.items() if rule.search(text if name in IN_TAGS_TOO else bare)] == []


def test_the_rules_catch_what_they_are_for():
    bad = [
        '<p style="x">', '<a onclick="x">', '<b hx-on:click="x">', '<i hx-vals="js:{}">', "<script>x</script>", "<style>", "a · b",
        '<img src="https://x.example">', '<i hx-trigger="click[ctrlKey]">',
    ]  # fmt: skip
    assert all(any(rule.search(text) for rule in RULES.values()) for text in bad)


def test_there_are_templates_to_check():
    assert len(TEMPLATES) > 20
