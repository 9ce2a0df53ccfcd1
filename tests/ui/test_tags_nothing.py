"""A page of somebody without figures: every filter says so instead of failing."""

from __future__ import annotations

import pytest
from django.template import Context, Template


@pytest.mark.parametrize("name", ["money", "money_short", "money_table", "pct", "number", "when", "clock_time", "ago"])
def test_no_figures_yet_is_a_dash(name):
    text = Template(f"{{% load kajing %}}{{{{ figures.anything|{name} }}}}").render(Context({"figures": None}))
    assert "—" in text
