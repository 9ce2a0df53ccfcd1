"""A manager's ways through the product in a real browser, by keyboard where there is a key."""

import pytest

from kajing.workflow.models import Task


@pytest.fixture
def tab(open_tab, desk):
    type(desk.manager).objects.filter(pk=desk.manager.pk).update(language="zh-hans", theme="light")
    tab = open_tab(desk.manager)
    yield tab
    assert tab.seen.take(tab.page) == []


def test_list_to_peek_to_page(tab):
    page = tab.open("/customers/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    name = page.locator("[data-cur] a.nm").inner_text()
    page.keyboard.press("Space")
    page.wait_for_selector("#peek[open] h2")
    assert name in page.locator("#peek").inner_text()
    assert tab.axe() == []
    tab.shoot("flow.peek")
    page.keyboard.press("Escape")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert name in page.locator("h1").inner_text()


def test_selection_shows_the_bulk_actions_of_a_leader(open_tab, desk, lee):
    tab = open_tab(lee)
    page = tab.open("/customers/")
    for key in ("j", "x", "j", "j", "Shift+X"):
        page.keyboard.press(key)
    assert page.locator(".bulk [data-n]").inner_text() == "3"
    assert page.locator(".bulk [formaction]").count() >= 1
    assert tab.axe() == []
    tab.shoot("flow.bulk")


def test_palette_finds_a_customer_and_opens_it(tab, desk):
    page = tab.open("/")
    wanted = desk.customers[3]
    page.keyboard.press("Control+k")
    page.keyboard.type(wanted.name)
    tab.until(
        f"[...document.querySelectorAll('#pal-list [role=option]')].some(o => o.textContent.includes('{wanted.name}'))"
    )
    tab.shoot("flow.palette")
    option = page.locator("#pal-list [role=option]", has_text=wanted.name).first
    for _ in range(30):
        if option.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("ArrowDown")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert wanted.name in page.locator("h1").inner_text()


def test_a_task_is_done_and_undone(tab):
    page = tab.open("/")  # the workbench's quick way
    row = page.locator(".tk > li").first
    key = int(row.get_attribute("id").removeprefix("task-"))
    row.locator("input[type=checkbox]").click()
    page.locator(".toast [data-undo]").wait_for()
    tab.shoot("flow.done")
    assert Task.objects.get(pk=key).state == "DONE"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("z")
    tab.until(f"document.querySelector('#task-{key} input[type=checkbox]')?.checked === false")
    assert Task.objects.get(pk=key).state == "OPEN"


def test_keys_lead_to_pages(tab):
    page = tab.open("/")
    with page.expect_navigation():
        page.keyboard.press("g")
        page.keyboard.press("c")
    page.wait_for_load_state("networkidle")
    assert page.url.endswith("/customers/")
    with page.expect_navigation():
        page.keyboard.press("g")
        page.keyboard.press("h")
    assert page.url == tab.base + "/"


def test_a_new_task_by_keyboard(tab):
    page = tab.open("/")
    page.keyboard.press("c")
    page.keyboard.press("t")
    page.wait_for_selector("#dialog[open] form")
    assert tab.axe() == []
    tab.shoot("flow.new-task")


def test_what_a_dialog_did_is_told_on_the_page_it_leads_to(open_tab, desk, lee):
    tab = open_tab(lee)
    page = tab.open("/customers/")
    for key in ("j", "x"):
        page.keyboard.press(key)
    page.locator(".bulk [formaction*=assign]").first.click()
    page.wait_for_selector("#dialog[open] form")
    person = page.locator("#dialog select[name=manager]")
    person.select_option(index=person.locator("option").count() - 1)
    page.locator("#dialog [name=reason]").fill("换岗")
    with page.expect_navigation():
        page.locator("#dialog [type=submit]").last.click()
    assert "1" in page.locator("#toasts .toast").inner_text()
    assert tab.seen.take(page) == []
