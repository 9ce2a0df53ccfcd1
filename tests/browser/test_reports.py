"""A report built by keyboard in a real browser, opened to its rows, kept; tiles moved by keyboard."""

import pytest

from kajing.insights.models import Dashboard, Report
from kajing.insights.services.reports import seed_reports


@pytest.fixture
def tab(open_tab, desk, at):
    seed_reports(at=at)
    type(desk.manager).objects.filter(pk=desk.manager.pk).update(language="en", theme="light")
    tab = open_tab(desk.manager)
    yield tab
    assert tab.seen.take(tab.page) == []


def test_a_report_is_built_and_kept_by_keyboard(tab, desk):
    page = tab.open("/reports/new/?list=customers")
    assert tab.axe() == []
    page.focus("#id_r1")
    page.keyboard.type("Risk")
    page.focus("#id_m1")
    page.keyboard.type("share")
    page.keyboard.press("Tab")
    page.wait_for_selector("#id_w1:visible")
    page.keyboard.type("dpd > 0")
    page.keyboard.press("Enter")
    page.wait_for_selector("#report-result table")
    assert "r1=risk_band" in page.url and "m1=share" in page.url
    assert tab.axe() == []
    tab.shoot("flow.report-built")

    # A number opens exactly its rows.
    link = page.locator("table.pivot tbody td a").first
    count = int(page.locator("table.pivot tbody td small").first.inner_text().rpartition("n=")[2])
    link.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "where=risk_band" in page.url
    assert page.locator("tr[data-row]").count() == min(count, 25)
    page.go_back()

    page.focus("#id_name")
    page.keyboard.type("按风险的逾期率")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    report = Report.objects.get(name="按风险的逾期率")
    assert page.url.endswith(f"/reports/{report.pk}/")
    assert tab.axe() == []


def test_tiles_are_moved_by_keyboard(tab, desk):
    page = tab.open("/dashboard/")
    page.locator(".tiles .tile").first.wait_for()
    tab.until("!document.querySelector('.tiles [aria-busy]')")
    assert tab.axe() == []
    tab.shoot("flow.dashboard")
    page = tab.open("/dashboard/?edit=1")
    assert tab.axe() == []
    first = page.locator("[data-tile] b").first.inner_text()
    page.locator("[data-tile] button[value=down]").first.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("[data-tile] b").nth(1).inner_text() == first
    assert Dashboard.objects.get().person_id == desk.manager.pk

    # The same with the mouse.
    page.locator("[data-tile]").nth(1).drag_to(page.locator("[data-tile]").first)
    tab.until(f"document.querySelector('[data-tile] b').textContent === {first!r}")
