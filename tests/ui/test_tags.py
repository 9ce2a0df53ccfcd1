import re
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template
from django.utils import timezone
from django.utils.translation import override

FORBIDDEN = re.compile(r"\sstyle=|\son\w+=|hx-on|javascript:|\bjs:")


def draw(source, **context):
    with override("zh-hans"):
        return Template("{% load kajing %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{{ x|money }}", 100),
        ("{{ x|money_short }}", 100),
        ("{{ x|money_table }}", 100),
        ("{{ x|pct }}", Decimal("0.5")),
        ("{{ x|number }}", 5),
        ("{{ x|duration }}", 5),
        ("{{ x|when }}", timezone.now()),
        ("{{ x|clock_time }}", timezone.now()),
        ("{{ x|ago }}", timezone.now()),
        ("{% delta x %}", 0.1),
        ("{% util x %}", 0.5),
        ("{% risk x %}", "HIGH"),
        ("{% mask x %}", "138****1234"),
    ],
)
def test_a_missing_value_is_a_dash_that_says_why(source, value):
    assert "—" not in draw(source, x=value)
    missing = draw(source, x=None)
    assert 'title="' in missing
    assert "—" in missing


def test_full_amounts_for_what_a_customer_owes():
    assert draw("{{ x|money }}", x=3_268_000) == "¥32,680.00"


@pytest.mark.parametrize(("band", "word"), [("LOW", "低"), ("WATCH", "关注"), ("HIGH", "高"), ("SEVERE", "严重")])
def test_a_band_is_word_icon_and_colour(band, word):
    html = draw("{% risk x %}", x=band)
    assert f"risk-{band.lower()}" in html
    assert word in html
    assert "<use href=" in html


def test_text_is_escaped_everywhere():
    evil = "<script>alert(1)</script>"
    sources = [
        "{% badge x title=x %}", "{% kpi x x x percent=5 %}", "{% chip x x remove_url=x %}", "{% mask x url=x field=x label=x %}",
        "{% empty 'inbox' x x url=x action=x %}", "{% missing x %}", "{% avatar x %}", "{% progress 0.5 x %}", "{% ring 5 label=x %}",
        "{% hbar rows %}", "{% kbd x %}",
    ]  # fmt: skip
    for source in sources:
        assert "<script" not in draw(source, x=evil, rows=[{"label": evil, "value": 1, "url": evil}]), source


def test_no_inline_style_or_handler_in_any_component():
    html = draw(
        "{% ring 5 %}{% spark v %}{% util 0.9 %}{% progress 0.4 'x' %}{% hbar rows %}{% clock a b %}{% skeleton 2 %}",
        v=[1, 2, 3], rows=[{"label": "a", "value": 5}], a=timezone.now() + timedelta(days=2), b=timezone.now(),
    )  # fmt: skip
    assert not FORBIDDEN.search(html)


def test_high_use_of_the_limit_warns_from_80_percent():
    assert 'class="bar-v hi"' in draw("{% util 0.8 %}")
    assert 'class="bar-v hi"' not in draw("{% util 0.79 %}")


def test_a_ring_over_its_goal_is_full_and_still_says_so():
    html = draw("{% ring 130 label='x' %}")
    assert 'stroke-dasharray="169.6 169.6"' in html
    assert ">130<" in html


def test_an_empty_ring_draws_no_dot():
    assert "ring-v" not in draw("{% ring 0 %}")
    assert "—" in draw("{% ring None %}")


def test_a_trend_leaves_gaps_out_and_needs_two_points():
    assert draw("{% spark v %}", v=[None, 5]) == ""
    assert draw("{% spark v %}", v=[1, None, 3]).count(",") == 2
    assert "nan" not in draw("{% spark v %}", v=[4, 4, 4])


@pytest.mark.parametrize(
    ("colours", "value", "cls"),
    [
        ("neutral", 0.1, ""),
        ("red_up", 0.1, "dl-red"),
        ("red_up", -0.1, "dl-g"),
        ("green_up", 0.1, "dl-g"),
        ("green_up", -0.1, "dl-red"),
    ],
)
def test_rise_and_fall_have_colours_only_where_asked(colours, value, cls):
    request = SimpleNamespace(look=SimpleNamespace(colours=colours))
    assert f'class="dl num {cls}"' in draw("{% delta x market=True %}", x=value, request=request)
    assert 'class="dl num "' in draw("{% delta x %}", x=value, request=request)


def test_a_masked_value_has_a_button_only_with_the_right():
    assert "<button" not in draw("{% mask '138****1234' %}")
    html = draw("{% mask '138****1234' url='/r/' field='mobile' label='手机号' %}")
    assert 'hx-post="/r/"' in html
    assert "显示完整手机号（将记入审计）" in html


class Sample(forms.Form):
    name = forms.CharField(label="Name", help_text="as printed")
    agreed = forms.BooleanField(label="Agreed")


def test_a_form_row_ties_hint_and_error_to_its_control():
    form = Sample({})
    html = draw("{% form_errors form %}{% form_row form.name %}{% form_row form.agreed %}", form=form)
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name-hint id_name-err"' in html
    assert 'id="id_name-err"' in html
    assert 'href="#id_name"' in html
    assert html.index("id_agreed") < html.index('for="id_agreed"')


def test_the_summary_of_errors_is_punctuated_in_its_language():
    assert "</a>：" in draw("{% form_errors form %}", form=Sample({}))


def test_a_written_list_has_the_comma_of_the_language():
    source = (
        "{{ names|listed }}{% for name in names %}{{ name }}{% if not forloop.last %}{% comma %}{% endif %}{% endfor %}"
    )
    assert draw(source, names=["<甲>", "乙"]) == "&lt;甲&gt;、乙&lt;甲&gt;、乙"
    with override("en"):
        assert Template("{% load kajing %}" + source).render(Context({"names": ["A", "B"]})) == "A, BA, B"


def test_what_is_typed_at_a_terminal_is_code():
    assert draw("{{ x|commands }}", x="运行 `kajing <a>`。") == "运行 <code>kajing &lt;a&gt;</code>。"


def test_keys_are_shown_as_printed():
    assert draw("{% kbd 'g h' %}") == "<kbd>G</kbd> <kbd>H</kbd>"
    assert draw("{% kbd 'Mod+k' %}") == "<kbd data-mod>Ctrl K</kbd>"
    assert draw("{% kbd ' ' %}") == "<kbd>空格</kbd>"
    assert draw("{% kbd 'Shift+x' %}") == "<kbd>⇧ X</kbd>"
