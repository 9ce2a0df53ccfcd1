"""A state gate from writing to use: the administrator, who publishes it, and the manager who meets it."""

import pytest

from kajing.records.models import Attachment
from kajing.workflow.models import GateVersion, Task
from tests.factories.customers import customer
from tests.factories.records import field
from tests.factories.workflow import task

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\n%%EOF\n"


@pytest.fixture
def one(ana, units):
    field(units["T01"], "cause", kind="task", label="未达成原因")
    return task(ana, customer(ana, name="王小明"), title="回访客户")


def clean(tab):
    """The page has no fault, no axe violation and nothing that scrolls sideways."""
    assert [*tab.seen.take(tab.page), *tab.axe(), *tab.overflow()] == []


def test_a_gate_is_written_published_and_met(open_tab, admin, compliance, ana, one):
    editor = open_tab(admin)
    page = editor.open("/gates/task/")
    page.select_option("[name=form-0-to]", "DONE")
    page.check("[name=form-0-sources][value=OPEN]")
    page.check("[name=form-0-own][value=cause]")
    page.fill("[name=form-0-attached]", "1")
    page.check("[name=form-0-note]")
    page.fill("[name=limit_OPEN]", "48")
    with page.expect_navigation():
        page.locator("form:has([name=form-0-to]) [type=submit]").click()
    with page.expect_navigation():
        page.locator("form[action$='/test/'] button").click()
    assert "未达成原因" in page.locator("section:has(#test-h)").inner_text()
    clean(editor)
    editor.shoot("gate.tested")

    publisher = open_tab(compliance)
    page = publisher.open("/gates/task/")
    with page.expect_navigation():
        page.locator("form[action$='/publish/'] button").click()
    assert GateVersion.objects.get().state == "LIVE"
    clean(publisher)

    phone = open_tab(ana, width=390)
    page = phone.open(f"/tasks/{one.pk}/")
    buttons = page.locator("#task-dialog a[href*='/moves/']")
    assert buttons.count() == 1  # calling off is not open
    assert page.locator("#task-dialog form[action$='/done/']").count() == 0
    buttons.click()
    page.wait_for_selector("#dialog [name=note]")
    clean(phone)
    page.fill("#dialog [name=note]", "已电话联系")
    page.select_option("#dialog [name=given_outcome]", "REACHED")
    page.set_input_files("#dialog [name=file_1]", {"name": "bill.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.locator("#dialog [type=submit]").click()
    page.wait_for_selector("#dialog .err-t")
    phone.shoot("gate.missing")
    assert [fault for fault in phone.seen.take(page) if "422" not in fault] == []
    assert Task.objects.get(pk=one.pk).state == "OPEN"
    page.fill("#dialog [name=own-cause]", "客户出差")
    page.set_input_files("#dialog [name=file_1]", {"name": "bill.pdf", "mimeType": "application/pdf", "buffer": PDF})
    with page.expect_navigation():
        page.locator("#dialog [type=submit]").click()
    page.wait_for_load_state("networkidle")
    made = Task.objects.get(pk=one.pk)
    assert (made.state, made.outcome, made.outcome_note) == ("DONE", "REACHED", "已电话联系")
    assert Attachment.objects.get(kind="task", object_id=str(one.pk)).name == "bill.pdf"
    clean(phone)


def test_a_rule_form_shows_only_what_its_choices_need(open_tab, admin, at):
    from kajing.workflow.models import WorkflowRule

    WorkflowRule.objects.create(code="r1", name="r1", made_by="P-X", made_at=at)
    tab = open_tab(admin)
    page = tab.open("/rules/r1/")
    shown = {name: page.locator(f"[name={name}]") for name in ("action", "event", "times", "form-0-tag", "form-0-text")}
    assert [name for name, one in shown.items() if one.is_visible()] == ["action"]
    page.select_option("[name=trigger]", "schedule")
    page.select_option("[name=form-0-kind]", "tag")
    assert [name for name, one in shown.items() if one.is_visible()] == ["times", "form-0-tag"]
    clean(tab)
