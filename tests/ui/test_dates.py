"""A browser's date field takes a day as 2026-11-30 and nothing else: any other writing leaves it empty."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils.translation import override

from kajing.workbench.forms import CloseDayForm

ROOT = Path(__file__).resolve().parents[2] / "kajing"


def test_every_date_field_says_how_it_writes_a_day():
    made = re.compile(r"DateInput\(((?:[^()]|\([^()]*\))*)\)")
    bare = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in ROOT.rglob("*.py")
        for found in made.finditer(path.read_text())
        if '"date"' in found[1] and "%Y-%m-%d" not in found[1]
    ]
    assert bare == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_day_to_move_to_stands_in_its_field(language: str):
    from datetime import date

    with override(language):
        assert 'value="2026-11-30"' in str(CloseDayForm(initial={"day": date(2026, 11, 30)})["day"])
