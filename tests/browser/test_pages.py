"""Every page in both languages, both themes and both widths: no console error, no policy violation, axe 0, no overflow.

Axe sees English in the light theme only: its contrasts are of the theme, its texts of the language.
"""

from itertools import product

import pytest

from kajing.ui.look import COOKIE
from tests.browser.pages import PAGES

LANGUAGES = ("zh-hans", "en")
THEMES = ("light", "dark")
WIDTHS = (1440, 390)


@pytest.fixture
def case(request):
    """The page with its person and its address; prepares what it shows."""
    page = request.param
    made = request.getfixturevalue(page.prepare) if page.prepare else None
    person = request.getfixturevalue(page.person) if page.person else None
    return page, person, page.path(made) if callable(page.path) else page.path


def pages(*names):
    chosen = [page for page in PAGES if not names or page.name in names]
    return pytest.mark.parametrize("case", chosen, ids=lambda page: page.name, indirect=True)


def dress(tab, person, language, theme):
    if person is not None:
        type(person).objects.filter(pk=person.pk).update(language=language, theme=theme)
    value = f"{language}.{theme}.compact.open.on.neutral"
    tab.page.context.add_cookies([{"name": COOKIE, "value": value, "url": tab.base}])


@pages()
def test_page_in_every_dress(case, open_tab):
    page, person, path = case
    faults = []
    for width in WIDTHS:
        tab = open_tab(person, width=width)
        for language, theme in product(LANGUAGES, THEMES):
            name = f"{page.name}.{language}.{theme}.{width}"
            dress(tab, person, language, theme)
            tab.open(path)
            tab.shoot(name)
            found = [*tab.seen.take(tab.page), *tab.overflow()]
            if (language, theme) != ("en", "dark"):
                found += tab.axe()
            if width == 390 and theme == "light":
                found += tab.small_targets()
            if language == "en":
                found += left_in_chinese(tab) if page.name == "settings" else []
            faults += [f"{name}: {fault}" for fault in found]
    assert not faults, "\n".join(faults)


def left_in_chinese(tab):
    """Chinese texts on an English page without data: a msgid nobody wrapped."""
    texts = tab.page.evaluate(
        "[...document.querySelectorAll('main h1, main legend, main .hint')].map(e => e.textContent)"
    )
    return [f"not English: {text}" for text in texts if any("\u4e00" <= char <= "\u9fff" for char in text)]


@pages()
def test_page_keeps_to_the_budget(case, open_tab, record_property):
    page, person, path = case
    tab = open_tab(person)
    tab.open(path)
    size, urls = tab.seen.weigh(tab.page)
    requests = len(urls)
    measured = tab.page.evaluate("({ nodes: document.querySelectorAll('*').length, cls: seen.cls, lcp: seen.lcp })")
    for name, value in {"kb": round(size, 1), "requests": requests, **measured}.items():
        record_property(name, value)
    print(f"{page.name}: {size:.1f} KB, {requests} requests, {measured['nodes']} nodes, LCP {measured['lcp']:.0f} ms")
    assert size <= page.max_kb
    assert requests <= page.max_requests, "\n".join(urls)
    assert measured["nodes"] <= page.max_nodes
    assert measured["cls"] <= 0.02


@pages("lead-board", "task-board")
def test_a_board_stands_still_while_it_comes_in(case, open_tab):
    """On a slow machine its columns are drawn one after the other: each has its width from the first on."""
    _page, person, path = case
    tab = open_tab(person)
    session = tab.page.context.new_cdp_session(tab.page)
    for times_slower in (2, 4, 8, 20, 20, 8, 4, 2):
        session.send("Emulation.setCPUThrottlingRate", {"rate": times_slower})
        tab.open(path)
        assert tab.page.evaluate("seen.cls") <= 0.02, times_slower
