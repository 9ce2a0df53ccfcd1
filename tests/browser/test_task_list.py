"""The task list in a real browser: a tick and its undo, choosing rows by keyboard, acting on many, refusals, undo."""

import pytest

from kajing.records.models import BulkAct, FieldValue
from kajing.workflow.models import Task
from tests.factories.records import field
from tests.factories.workflow import task


@pytest.fixture
def tab(open_tab, desk):
    type(desk.manager).objects.filter(pk=desk.manager.pk).update(language="zh-hans", theme="light")
    tab = open_tab(desk.manager)
    yield tab
    assert tab.seen.take(tab.page) == []


def test_a_day_on_the_task_list(tab, desk, units):
    field(units["HQ"], "budget", "MONEY", kind="task", label="预算", in_list=True)
    over = task(desk.manager, title="早已完成", state="DONE", done_by=desk.manager.person_no)
    page = tab.open("/tasks/")
    assert tab.axe() == []

    # One tick in the row, taken back by the toast.
    row = page.locator("tr[data-row]").first
    key = int(row.get_attribute("id").removeprefix("task-"))
    row.locator(".acts button").click()
    page.locator(".toast [data-undo]").wait_for()
    tab.until(f"!document.querySelector('#task-{key}')")
    assert Task.objects.get(pk=key).state == "DONE"
    page.locator(".toast [data-undo]").click()
    page.locator(f"#task-{key}").wait_for()
    assert Task.objects.get(pk=key).state == "OPEN"

    # A condition in the address, rows chosen by keyboard, one of them refused and told before anything is done.
    page = tab.open("/tasks/?show=all&order=-id")
    page.evaluate("document.activeElement.blur()")
    for pressed in ("j", "x", "j", "j", "Shift+X"):
        page.keyboard.press(pressed)
    assert page.locator(".bulk [data-n]").inner_text() == "3"
    page.locator(".bulk [formaction*='many/done']").click()
    page.wait_for_selector("#dialog[open] form")
    page.locator("#dialog [type=submit]").last.click()
    page.locator("#dialog [role=alert]").wait_for()
    assert "早已完成" in page.locator("#dialog [role=alert]").inner_text()
    assert [one for one in tab.seen.take(page) if "422" not in one] == []  # the question again, with what is refused
    assert tab.axe() == []
    tab.shoot("flow.tasks-refused")
    with page.expect_navigation():
        page.locator("#dialog [name=without]").click()

    # The act's own page says what was left alone; undo brings the two back.
    act = BulkAct.objects.get()
    assert page.url.endswith(f"/bulk/{act.pk}/")
    assert (act.done, act.failed) == (2, 1)
    assert "早已完成" in page.locator("main").inner_text()
    assert tab.axe() == []
    tab.shoot("flow.tasks-bulk-act")
    with page.expect_navigation():
        page.locator(".toast [data-undo]").click()
    page.wait_for_load_state("networkidle")
    assert Task.objects.filter(state="DONE").count() == 1
    assert Task.objects.get(state="DONE").pk == over.pk

    # A new task with the bank's own field of tasks; its column is there at once.
    page = tab.open("/tasks/new/")
    page.locator("[name=title]").fill("带预算的任务")
    page.locator("[name=tags]").fill("急")
    page.locator("[name=own-budget]").fill("1,200")
    with page.expect_navigation():
        page.locator("main [type=submit]").last.click()
    assert FieldValue.objects.get().amount == 120_000
    page = tab.open("/tasks/?where=budget+%3E+1000+and+tag+%3D+急")
    assert page.locator("tr[data-row]").count() == 1
    assert "1,200.00" in page.locator("tr[data-row]").inner_text()
