"""The call sheet in a real browser: by keyboard alone at a desk, and with one thumb on a phone."""

import pytest
from django.utils import timezone

from kajing.contact.models import Interaction
from kajing.reference.services import load_reference
from kajing.workflow.models import Task


@pytest.fixture
def about(desk):
    """A customer whom the desk's manager may call at any hour for a service."""
    load_reference(actor="system", at=timezone.now())
    type(desk.manager).objects.filter(pk=desk.manager.pk).update(language="zh-hans", theme="light")
    return desk.customers[4]


def test_a_call_by_keyboard_alone(open_tab, desk, about):
    tab = open_tab(desk.manager)
    page = tab.open(f"/contact/call-sheet/{about.pk}/?purpose=SERVICE")
    assert page.locator("#call [data-key=c]").is_visible()
    assert tab.axe() == []
    page.keyboard.press("c")
    page.wait_for_selector("#call [data-key=r]")
    assert tab.axe() == []
    page.keyboard.press("t")
    page.wait_for_selector("#call-note:focus")
    page.keyboard.type("r 客户要电子账单")  # typing belongs to the field: the r ends nothing
    page.keyboard.press("Escape")
    assert Interaction.objects.get().state == "STARTED"
    tab.shoot("flow.call.running")
    page.keyboard.press("r")
    page.wait_for_selector("#call [data-key='3']")
    made = Interaction.objects.get()
    assert (made.outcome, made.note) == ("REACHED", "r 客户要电子账单")
    tab.shoot("flow.call.ended")
    page.keyboard.press("3")
    page.wait_for_selector("#call a[href='/']")
    assert Task.objects.get(source=f"interaction:{made.pk}").kind == "call_back"
    with page.expect_navigation():
        page.keyboard.press("t")
    assert tab.seen.take(page) == []


def test_the_last_outcome_is_taken_back_by_z(open_tab, desk, about):
    tab = open_tab(desk.manager)
    page = tab.open(f"/contact/call-sheet/{about.pk}/?purpose=SERVICE")
    page.keyboard.press("c")
    page.wait_for_selector("#call [data-key=w]")
    page.keyboard.press("w")
    page.wait_for_selector("#call [data-key='3']")
    page.keyboard.press("z")
    page.wait_for_selector("#call [data-key=r]")
    assert Interaction.objects.get().state == "STARTED"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_the_keys_lie_under_the_thumb(open_tab, desk, about, theme):
    type(desk.manager).objects.filter(pk=desk.manager.pk).update(theme=theme, language="en")
    tab = open_tab(desk.manager, width=390)
    page = tab.open(f"/contact/call-sheet/{about.pk}/?purpose=SERVICE")
    call = page.locator("#call [data-key=c]").bounding_box()
    assert call["y"] > 844 * 0.55
    assert call["height"] >= 44
    page.locator("#call [data-key=c]").click()
    page.wait_for_selector("#call [data-key=r]")
    keys = [one.bounding_box() for one in page.locator("#call .pick .btn").all()]
    assert all(844 * 0.4 < box["y"] < 790 and box["height"] >= 44 for box in keys)
    assert tab.overflow() == []
    assert tab.axe() == []
    tab.shoot(f"flow.call.phone.{theme}")
    page.locator("#call [data-key=r]").click()
    page.wait_for_selector("#call [data-key='0']")
    page.locator("#call [data-key='0']").click()
    page.wait_for_selector("#call a[href='/']")
    assert Interaction.objects.get().next_step == "none"
    assert tab.seen.take(page) == []
