"""The board of tasks in a browser: drag and keys finish a task, undo, a closed gate, the dialog of a move, the phone."""

from kajing.workflow.models import Task
from tests.browser.test_lead_board import card, drop
from tests.factories.workflow import task
from tests.workflow.test_gates import gate, move

ALL = "/tasks/board/?whose=mine&show=all"


def state_of(one):
    return Task.objects.get(pk=one.pk).state


def test_drag_keys_undo_and_a_closed_gate(open_tab, ana, at):
    one, two, must = task(ana, title="回访"), task(ana, title="致电"), task(ana, title="核实", must_do=True)
    tab = open_tab(ana)
    page = tab.open(ALL)
    drop(page, one, "DONE")
    page.wait_for_selector(f"[data-stage=DONE] [data-card='{one.pk}']")
    page.wait_for_selector("section:has(#col-DONE) header .bdg:text-is('1')")
    assert state_of(one) == "DONE"
    tab.shoot("task-board.done")

    # Undo brings the card back; by keys it goes again: j chooses, ] pushes.
    page.locator(".toast button", has_text="撤销").first.click()
    page.wait_for_selector(f"[data-stage=OPEN] [data-card='{one.pk}']")
    assert state_of(one) == "OPEN"
    page.keyboard.press("j")
    chosen = Task.objects.get(pk=page.locator("[data-cur]").get_attribute("data-card"))
    page.keyboard.press("]")
    page.wait_for_selector("section:has(#col-DONE) header .bdg:text-is('1')")  # drawn anew, not only moved by the key
    page.wait_for_selector(f"[data-stage=DONE] [data-card='{chosen.pk}'][data-cur]")
    assert state_of(chosen) == "DONE"
    page.keyboard.press("[")
    page.wait_for_selector("section:has(#col-DONE) header .bdg:text-is('0')")
    page.wait_for_selector(f"[data-stage=OPEN] [data-card='{chosen.pk}'][data-cur]")
    assert state_of(chosen) == "OPEN"
    assert [*tab.seen.take(page), *tab.axe(), *tab.overflow()] == []

    # A must-do task is called off by a leader only: told why, and the card goes back. Another one asks for the reason.
    drop(page, must, "CANCELLED")
    page.wait_for_selector(".toast.bad, .toast[role=alert]")
    page.wait_for_selector(f"[data-stage=OPEN] [data-card='{must.pk}']")
    drop(page, two, "CANCELLED")
    page.wait_for_selector("#dialog [name=reason]")
    page.wait_for_selector(f"[data-stage=OPEN] [data-card='{two.pk}']")
    page.fill("#dialog [name=reason]", "客户已销卡")
    page.locator("#dialog [type=submit]").click()
    page.wait_for_selector(f"[data-stage=CANCELLED] [data-card='{two.pk}']")
    assert [state_of(row) for row in (must, two)] == ["OPEN", "CANCELLED"]

    gate("task", move("DONE", note=True), at=at)
    page = tab.open(ALL)
    drop(page, one, "DONE")
    page.wait_for_selector("#dialog [name=note]")
    page.wait_for_selector(f"[data-stage=OPEN] [data-card='{one.pk}']")
    tab.shoot("task-board.asked")
    page.select_option("#dialog [name=given_outcome]", "REACHED")
    page.fill("#dialog [name=note]", "客户已还款")
    page.locator("#dialog [type=submit]").click()
    page.wait_for_selector(f"[data-stage=DONE] [data-card='{one.pk}']")
    assert Task.objects.get(pk=one.pk).outcome == "REACHED"


def test_on_a_phone_the_dots_do_the_same(open_tab, ana):
    one = task(ana, title="回访")
    tab = open_tab(ana, width=390)
    page = tab.open(ALL)
    card(page, one).locator("[data-do=move]").click()
    page.wait_for_selector("#task-dialog [name=outcome]")
    page.locator("#task-dialog form[action$='/done/'] [type=submit]").click()
    page.wait_for_selector(f"[data-stage=DONE] [data-card='{one.pk}']")
    assert state_of(one) == "DONE"
    assert [*tab.seen.take(page), *tab.axe(), *tab.overflow()] == []
