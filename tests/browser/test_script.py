"""The kit's own script in a real browser: keys, palette, peek, selection, toasts, dialogs, masks, theme, charts."""

import pytest

from tests.browser import urls

pytestmark = pytest.mark.urls("tests.browser.urls")


@pytest.fixture
def tab(open_tab, ana):
    ana.language, ana.theme = "en", "light"
    ana.save()
    tab = open_tab(ana)
    tab.open("/t/")
    yield tab
    assert tab.seen.take(tab.page) == []


def current(page):
    return page.evaluate("document.querySelector('[data-cur]')?.id ?? ''")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_j_and_k_move_and_enter_opens(tab):
    press(tab.page, "j", "j", "j", "k")
    assert current(tab.page) == "row-2"
    with tab.page.expect_navigation():
        tab.page.keyboard.press("Enter")
    assert tab.page.url.endswith("/t/opened/2/")


def test_x_selects_and_shift_x_selects_up_to_here(tab):
    press(tab.page, "j", "x", "j", "j", "Shift+X")
    assert tab.page.locator("[data-selected]").count() == 3
    assert tab.page.locator("[data-n]").inner_text() == "3"
    assert tab.page.locator(".bulk").is_visible()
    assert tab.axe() == []


def test_the_whole_page_then_all_that_match(tab):
    tab.page.locator("[data-select-page]").check()
    tab.page.locator("[data-all]").click()
    assert tab.page.locator("[data-n]").inner_text() == "1,284"
    assert tab.page.locator("input[name=all]").input_value() == "1"
    tab.page.locator("#row-3 input").uncheck()
    assert tab.page.locator("[data-n]").inner_text() == "5"
    assert tab.page.locator("input[name=all]").input_value() == ""
    tab.page.locator("[data-clear]").click()
    assert tab.page.locator(".bulk").is_hidden()


def test_space_peeks_j_moves_it_and_escape_gives_the_focus_back(tab):
    press(tab.page, "j", "Space")
    tab.page.wait_for_selector("#peek[open] h2")
    assert tab.page.locator("#peek h2").inner_text() == "Peek 1"
    assert tab.page.locator("#peek").get_attribute("aria-label") == "Peek 1"
    assert tab.axe() == []
    press(tab.page, "j", "j")
    tab.until("document.querySelector('#peek h2').textContent === 'Peek 3'")
    tab.page.keyboard.press("Escape")
    assert not tab.page.evaluate("document.querySelector('#peek').open")
    assert tab.page.evaluate("document.activeElement.closest('[data-row]')?.id") in ("row-1", "row-3")


def test_keys_are_left_alone_while_typing_and_composing(tab):
    tab.page.focus("#typing")
    press(tab.page, "j", "x", "?", "[")
    assert tab.page.input_value("#typing") == "jx?["
    assert current(tab.page) == ""
    tab.page.evaluate("document.activeElement.blur()")
    for options in ("{ key: 'j', isComposing: true }", "{ key: 'j', keyCode: 229 }", "{ key: 'j', altKey: true }"):
        tab.page.evaluate(
            f"document.body.dispatchEvent(new KeyboardEvent('keydown', {{ bubbles: true, ...{options} }}))"
        )
    assert current(tab.page) == ""
    tab.page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, key: 'j' }))")
    assert current(tab.page) == "row-1"


def test_the_palette_by_keyboard(tab):
    page = tab.page
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette[open]")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "combobox"
    assert tab.axe() == []
    options = page.locator("#pal-list [role=option]")
    press(page, "ArrowDown")
    assert options.nth(1).get_attribute("aria-selected") == "true"
    assert page.get_attribute("#palette input", "aria-activedescendant") == options.nth(1).get_attribute("id")
    press(page, "End")
    assert options.last.get_attribute("aria-selected") == "true"
    press(page, "ArrowDown")
    assert options.first.get_attribute("aria-selected") == "true"
    page.keyboard.type("light and dark")
    tab.until("document.querySelectorAll('#pal-list [role=option]').length === 1")
    page.keyboard.press("Enter")
    tab.until("document.documentElement.dataset.bsTheme === 'dark'")
    assert not page.evaluate("document.querySelector('#palette').open")


def test_enter_that_ends_composing_chinese_runs_nothing(tab):
    tab.page.keyboard.press("Control+k")
    tab.page.evaluate(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, key: 'Enter', isComposing: true }))",
    )
    assert tab.page.evaluate("document.querySelector('#palette').open")


def test_a_toast_undoes_by_button_and_by_z(tab):
    urls.undone.clear()
    tab.page.click("#do-done")
    tab.page.wait_for_selector(".toast")
    assert "Saved it" in tab.page.locator(".toast").inner_text()
    tab.until("document.querySelector('#list').textContent === 'new list'")
    assert tab.axe() == []
    tab.page.evaluate("document.activeElement.blur()")
    tab.page.keyboard.press("z")
    tab.until("document.querySelector('#list').textContent === 'undone'")
    assert urls.undone == ["POST"]
    assert tab.page.locator(".toast").count() == 0


def test_a_toast_stays_while_the_pointer_is_on_it(tab):
    tab.page.clock.install()
    tab.open("/t/")
    tab.page.click("#do-done")
    toast = tab.page.locator(".toast")
    toast.wait_for()
    tab.until("document.querySelector('#list').textContent === 'new list'")  # or its request ages with the clock
    toast.hover()
    tab.page.clock.run_for(20_000)
    assert toast.count() == 1
    tab.page.mouse.move(5, 5)
    tab.page.clock.run_for(9_000)
    assert toast.count() == 0


def test_a_failure_says_so_and_stays(tab):
    tab.page.click("#do-fail")
    toast = tab.page.locator(".toast.bad[role=alert]")
    toast.wait_for()
    assert "Nothing was changed" in toast.inner_text()
    assert any("500" in fault for fault in tab.seen.take(tab.page))


def test_an_optimistic_mark_is_taken_back_when_the_server_fails(tab):
    page = tab.page
    page.evaluate(
        "window.marks = []; new MutationObserver(() => marks.push(document.querySelector('#optimist').className)).observe(document.querySelector('#optimist'), { attributes: true })"
    )
    page.locator("#optimist input").click()
    page.locator(".toast.bad").wait_for()
    assert page.evaluate("marks")[0] == "done"
    assert page.evaluate("document.querySelector('#optimist').className") == ""
    assert not page.locator("#optimist input").is_checked()
    tab.seen.take(page)


def test_a_form_in_a_dialog_keeps_what_was_typed_and_takes_the_focus_to_its_errors(tab):
    page = tab.page
    page.click("#do-form")
    page.wait_for_selector("#dialog[open]")
    assert page.evaluate("document.activeElement.name") == "reason"
    page.fill("[name=note]", "kept")
    page.click("#dialog [type=submit]")
    page.wait_for_selector("#dialog .errs")
    assert page.evaluate("document.activeElement.className") == "errs"
    assert page.input_value("[name=note]") == "kept"
    assert page.get_attribute("[name=reason]", "aria-invalid") == "true"
    assert tab.axe() == []
    assert any("422" in fault for fault in tab.seen.take(page))
    page.fill("[name=reason]", "x")
    page.click("#dialog [type=submit]")
    tab.until("!document.querySelector('#dialog').open")
    assert "Form saved" in page.locator(".toast").inner_text()


def test_a_revealed_field_hides_again_after_30_seconds(tab):
    tab.page.clock.install()
    tab.open("/t/")
    assert "12912345521" not in tab.page.content()
    tab.page.click(".mask button")
    tab.page.wait_for_selector(".mask[data-clear]")
    assert "12912345521" in tab.page.locator(".mask").inner_text()
    tab.page.clock.run_for(29_000)
    assert "12912345521" in tab.page.locator(".mask").inner_text()
    tab.page.clock.run_for(2_000)
    assert "12912345521" not in tab.page.content()
    tab.page.click(".mask button")
    tab.page.wait_for_selector(".mask[data-clear]")


def test_a_revealed_field_hides_when_the_page_is_left(tab):
    tab.page.click(".mask button")
    tab.page.wait_for_selector(".mask[data-clear]")
    tab.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    assert "12912345521" not in tab.page.content()


def test_the_session_warns_before_it_ends(tab):
    tab.page.clock.install()
    tab.open("/t/")
    tab.page.clock.run_for(12 * 60_000)
    assert tab.page.locator("#idle").count() == 0
    tab.page.clock.run_for(2 * 60_000)
    tab.page.locator("#idle button").click()
    tab.until("!document.querySelector('#idle')")


def test_theme_density_sidebar_and_language_are_kept(tab, ana):
    page = tab.page
    for act, name, value in (("theme", "bsTheme", "dark"), ("density", "density", "cozy")):
        with page.expect_response("**/ui/preferences/"):
            page.locator(f"[data-act={act}]").first.click()
        assert page.evaluate(f"document.documentElement.dataset.{name}") == value
    with page.expect_response("**/ui/preferences/"):
        page.keyboard.press("[")
    assert page.evaluate("document.querySelector('.sb').offsetWidth") == 56
    tab.open("/t/")
    assert page.evaluate("({ ...document.documentElement.dataset })") == {
        "bsTheme": "dark",
        "density": "cozy",
        "sidebar": "folded",
    }
    with page.expect_navigation():
        page.locator("[data-act=language]").first.click()
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    ana.refresh_from_db()
    assert (ana.language, ana.theme, ana.density, ana.preferences["sidebar"]) == ("zh-hans", "dark", "cozy", "folded")


def test_menus_close_on_escape_and_on_a_click_elsewhere(tab):
    menu = tab.page.locator(".tb details.menu").last
    menu.locator("summary").click()
    assert menu.get_attribute("open") is not None
    tab.page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert tab.page.evaluate("document.activeElement.tagName") == "SUMMARY"
    menu.locator("summary").click()
    tab.page.locator("h1").click()
    assert menu.get_attribute("open") is None


def test_question_mark_shows_every_key_of_the_table(tab):
    tab.page.keyboard.press("?")
    tab.page.wait_for_selector("#keys[open] dt")
    assert tab.page.locator("#keys dt").count() == tab.page.evaluate(
        "JSON.parse(document.querySelector('#kj-data').textContent).keys.length"
    )
    assert tab.axe() == []


def test_charts_load_when_near_switch_to_tables_and_follow_the_theme(tab):
    page = tab.open("/ui/gallery/")
    assert not page.evaluate("performance.getEntriesByType('resource').some(e => e.name.includes('echarts'))")
    page.locator("[data-chart]").first.scroll_into_view_if_needed()
    page.wait_for_selector("[data-chart] canvas")
    box = page.locator("[data-chart-box]").first
    page.mouse.move(*center(box.locator("canvas").bounding_box()))
    box.locator("[data-chart-as=table]").click()
    assert box.locator("table").is_visible()
    assert box.locator("[data-chart]").is_hidden()
    assert tab.axe() == []
    box.locator("[data-chart-as=chart]").click()
    before = picture(page)
    page.locator("[data-act=theme]").first.click()
    tab.until(f"{PICTURE} !== {before!r}")


PICTURE = "document.querySelector('[data-chart] canvas').toDataURL().slice(-400)"


def picture(page):
    return page.evaluate(PICTURE)


def center(box):
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_board_without_drag_needs_no_library(tab):
    assert tab.page.evaluate("typeof Sortable") == "undefined"


def test_on_a_phone_tabs_replace_the_sidebar_and_the_drawer_has_it(open_tab, ana):
    tab = open_tab(ana, width=390)
    page = tab.open("/ui/gallery/")
    assert page.locator("body > .sb").is_hidden()
    assert page.locator(".ph .act .btn-pri").is_visible()
    assert page.locator(".ph .act .more").is_visible()
    page.locator("[data-act=nav]").click()
    page.wait_for_selector("#nav[open] nav a")
    assert tab.axe() == []
    tab.shoot("drawer.390")
    page.keyboard.press("Escape")


def test_printing_leaves_the_shell_out_and_repeats_table_heads(open_tab, ana):
    tab = open_tab(ana)
    page = tab.open("/ui/gallery/")
    page.emulate_media(media="print")
    assert all(page.locator(part).first.is_hidden() for part in (".sb", ".tb", ".ph .act", ".chips"))
    assert page.locator(".print-only").is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.dt thead')).display") == "table-header-group"
    assert len(page.pdf(format="A4")) > 20_000
