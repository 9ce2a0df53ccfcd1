"""Every parameter that is delivered is told in both languages: name, topic, unit, word for a value, source."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from django.utils import translation

from kajing.reference import wording

DATA = Path(wording.__file__).parent / "data"
FILES = ("regulatory_parameters", "message_rules", "bank_policies")
ROWS = [
    row
    for name in FILES
    for row in csv.DictReader((DATA / f"{name}.csv").open(encoding="utf-8", newline=""))
]  # fmt: skip
HAN = re.compile(r"[\u4e00-\u9fff]")
NUMBERED = re.compile(r"\([一二三四五六七八九十]+\)$")  # the numbering of an article's paragraphs, as published


def test_every_parameter_has_a_name_of_its_own_in_both_languages():
    names = wording.names()
    assert set(names) == {row["parameter"] for row in ROWS}
    for place in (0, 1):
        told = [found[place] for found in names.values()]
        assert all(told)
        assert len(set(told)) == len(told)
    assert [key for key, (chinese, _english) in names.items() if not HAN.search(chinese)] == []
    assert [key for key, (_chinese, english) in names.items() if HAN.search(english) or not english[0].isupper()] == []


def test_what_is_ours_is_told_in_english_too():
    with translation.override("en"):
        topics = {wording.topic_of(row["topic"]) for row in ROWS}
        units = {wording.unit_of(row["unit"]) for row in ROWS}
        articles = {NUMBERED.sub("", wording.article_of(row["article"])) for row in ROWS}
        own = {wording.source_of(row["source"]) for row in ROWS if row["source"].startswith(wording.OWN)}
        days = {wording.source_of(row["source"]) for row in ROWS if row["source"].startswith("农历")}
    for told in (topics, units, articles, own, days):
        assert {one for one in told if HAN.search(one)} == set()
    assert own == {"bank policy, as delivered"}


def test_units_and_words_for_values_are_told_in_chinese_too():
    with translation.override("zh-hans"):
        units = {row["unit"]: wording.unit_of(row["unit"]) for row in ROWS if row["unit"]}
        assert set(units) <= set(wording.UNITS)
        assert {unit for unit, told in units.items() if not HAN.search(told)} <= {"MB", "mcc", "km", "km/h", "percent"}
        assert all(HAN.search(wording.value_of(value)) for value in wording.VALUES)
        assert wording.article_of("领域参考1.3") == "领域参考1.3"


@pytest.mark.parametrize(
    ("article", "told"),
    [
        ("第39条(五)", "Article 39 (五)"),
        ("第37至39条", "Articles 37 to 39"),
        ("领域参考4 C6", "domain reference 4 C6"),
        ("能力清单G1.3", "capability G1.3"),
        ("本行2026年第3号决定", "本行2026年第3号决定"),
    ],
)
def test_sections_keep_their_numbers(article, told):
    with translation.override("en"):
        assert wording.article_of(article) == told


def test_what_a_bank_wrote_itself_stays_as_it_is():
    with translation.override("en"):
        assert wording.name_of("own_key") == "own_key"
        assert wording.topic_of("本行专题") == "本行专题"
        assert wording.source_of("本行2026年第3号决定") == "本行2026年第3号决定"
        assert (wording.unit_of("bottle"), wording.value_of("12")) == ("bottle", "12")
