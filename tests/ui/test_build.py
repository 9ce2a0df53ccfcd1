import gzip
import re
from pathlib import Path

import pytest

from kajing.records.selectors.builder import words as builder_words
from kajing.ui import bundling, catalogues, context, shortcuts, sprite
from kajing.ui.bundling import BuildFailed

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / bundling.DIST
SCRIPTS = sorted((ROOT / bundling.ASSETS / "js").glob("*.js"))


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_icons_are_found_wherever_they_are_named(tmp_path):
    write(
        tmp_path / "kajing/a/templates/a/x.html", """{% icon "phone" %}{% badge w icon='eye' %}{% empty "inbox" t %}"""
    )
    write(
        tmp_path / "kajing/a/apps.py",
        'TASK_ICONS = {"CALL": "phone-call"}\nrun(icon="home")\nrow = {"icon": "x" if a else "check", "name": "no"}\n',
    )
    found = sprite.icons_in_use(tmp_path / "kajing")
    assert set(found) == {"phone", "eye", "inbox", "phone-call", "home", "x", "check"}
    assert found["home"] == "kajing/a/apps.py"


def test_an_unknown_icon_is_named_with_its_place(tmp_path):
    write(tmp_path / "kajing/a/templates/a/x.html", '{% icon "no-such" %}')
    with pytest.raises(sprite.UnknownIcon, match=r"kajing/a/templates/a/x.html names the icon 'no-such'"):
        sprite.build_sprite(tmp_path, {"no-such"})


def test_the_sprite_keeps_the_shape_and_drops_the_frame(tmp_path):
    write(
        tmp_path / sprite.PACKAGE / "dot.svg",
        '<svg\n viewBox="0 0 24 24">\n  <path stroke="none" d="M0 0h24v24H0z" fill="none" />\n  <path d="M1 1" />\n</svg>',
    )
    made = sprite.build_sprite(tmp_path, {"dot"})
    assert '<symbol id="dot"' in made
    assert '<path d="M1 1" />' in made
    assert "M0 0h24v24H0z" not in made


def test_an_installed_copy_says_that_it_carries_its_assets(tmp_path):
    with pytest.raises(BuildFailed, match="carries its assets"):
        bundling.build_assets(tmp_path)


def test_every_icon_named_exists():
    if not (ROOT / "node_modules").exists():
        pytest.skip("front-end packages are not fetched: python -m kajing.ui.build assets")
    assert sprite.build_sprite(ROOT, set(sprite.icons_in_use(ROOT / "kajing")))


@pytest.mark.parametrize(
    ("name", "limit_kb"),
    [
        ("style.css", 16),
        ("kajing.js", 12),
        ("htmx.js", 15),
        ("icons.svg", 8),
        ("echarts.js", 240),
        ("sortable.js", 16),
        ("board.js", 3),
    ],
)
def test_weights(name, limit_kb):
    made = DIST / name
    if not made.exists():
        pytest.skip("not built: python -m kajing.ui.build assets")
    assert len(gzip.compress(made.read_bytes(), 9)) <= limit_kb * 1024


def test_a_second_build_has_nothing_to_do():
    if not (DIST / bundling.STAMP).exists():
        pytest.skip("not built: python -m kajing.ui.build assets")
    bundling.build_assets(ROOT)
    assert bundling.build_assets(ROOT) == "up to date"


def test_packages_are_pinned_and_the_lock_names_no_address():
    import json

    wanted = json.loads((ROOT / "package.json").read_text())
    versions = wanted["dependencies"] | wanted["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values())
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


def test_the_script_knows_every_act_of_the_table():
    known = set(re.findall(r'\bact\("([a-z-]+)"', "".join(path.read_text() for path in SCRIPTS)))
    wanted = {entry.act for entry in shortcuts.FIXED if not entry.act.startswith("do:")}
    assert wanted <= known


def test_the_script_gets_every_word_it_writes():
    used = set(re.findall(r"(?<!this\.)\bwords\.(\w+)", "".join(path.read_text() for path in SCRIPTS)))
    assert used == context.words().keys()


def test_the_condition_builder_gets_every_word_it_writes():
    text = next(path.read_text() for path in SCRIPTS if path.name == "conditions.js")
    used = set(re.findall(r"this\.words\.(\w+)", text))
    assert used <= builder_words().keys()


def test_the_script_keeps_to_the_policy():
    text = "".join(path.read_text() for path in SCRIPTS)
    assert not re.search(
        r'\beval\(|new Function|innerHTML\s*=|setAttribute\("style"|\.onclick\s*=|document\.write', text
    )


def test_texts_are_found_in_code_and_templates(tmp_path):
    room = tmp_path / "kajing/room"
    write(room / "__init__.py", "")
    write(
        room / "a.py",
        'from x import gettext as _\nA = _("One")\nB = ngettext("%(n)s day", "%(n)s days", 2)\nC = pgettext("ctx", "Two")\n',
    )
    write(
        room / "templates/room/x.html",
        '{% load i18n %}\n  <p>\n {% translate "Three" %}\n{% blocktranslate with n=a %}Hello {{ n }}{% endblocktranslate %}</p>',
    )
    found = catalogues.room_messages(room)
    assert set(found) == {(None, "One"), (None, "%(n)s day"), ("ctx", "Two"), (None, "Three"), (None, "Hello %(n)s")}
    assert catalogues.extract_catalogues(tmp_path) == "room +5 -0"
    assert len(catalogues.missing_translations(tmp_path)) == 5


def test_translations_stay_when_texts_come_and_go(tmp_path):
    room = tmp_path / "kajing/room"
    write(room / "__init__.py", "")
    write(room / "a.py", 'A = _("One")\nB = _("Two")\n')
    catalogues.extract_catalogues(tmp_path)
    po = room / catalogues.LANGUAGE
    po.write_text(po.read_text().replace('msgid "One"\nmsgstr ""', 'msgid "One"\nmsgstr "一"'))
    write(room / "a.py", 'A = _("One")\nB = _("Three")\n')
    assert catalogues.extract_catalogues(tmp_path) == "room +1 -1"
    assert 'msgid "One"\nmsgstr "一"' in po.read_text()
    assert catalogues.compile_catalogues(tmp_path) == "1 of 1 catalogues compiled"


@pytest.mark.parametrize(
    ("wording", "fault"),
    [("", "has no translation"), ("剩 %(days)s 天", "has other placeholders"), ("剩 %(count)s 天", "")],
)
def test_a_wording_must_keep_the_placeholders(tmp_path, wording, fault):
    room = tmp_path / "kajing/room"
    write(room / "__init__.py", "")
    write(room / "a.py", 'A = _("%(count)s d left")\n')
    write(
        room / catalogues.LANGUAGE,
        f'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "%(count)s d left"\nmsgstr "{wording}"\n',
    )
    lines = catalogues.missing_translations(tmp_path)
    assert ([fault in line for line in lines] or [fault == ""]) == [True]
