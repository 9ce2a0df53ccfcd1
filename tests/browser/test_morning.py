"""A manager's morning by keyboard alone: not one click. A trace with pictures of every step goes to test-artifacts."""

import pytest
from django.conf import settings
from django.utils import timezone

from kajing.contact.models import Interaction
from kajing.customers.models import ContactPoint
from kajing.customers.services import place_hold
from kajing.records.models import Reversal
from kajing.reference.services import load_reference
from kajing.workflow.models import Task
from tests.browser.conftest import ARTIFACTS
from tests.factories.workflow import task


@pytest.fixture
def morning(open_tab, desk):
    """Ana's desk with the bank's rules, phone numbers, and one customer nobody may contact."""
    now = timezone.now()
    load_reference(actor="system", at=now)
    for number, one in enumerate(desk.customers):
        value = settings.KAJING_KEYS.encrypt("customer.mobile", f"1295555{number:04d}")
        ContactPoint.objects.create(customer=one, kind="MOBILE", value_enc=value, value_idx=f"M{one.pk}")
    # A service call: no rule of hours binds it, so that the test may run at any time of day.
    task(desk.manager, desk.customers[0], kind="call_back", must_do=True, severity="L5", due_at=now, created_at=now)
    place_hold(actor="system", customer=desk.customers[1], kind="DECEASED", source="test", at=now)
    type(desk.manager).objects.filter(pk=desk.manager.pk).update(language="zh-hans", theme="light")
    tab = open_tab(desk.manager)
    tab.page.context.tracing.start(screenshots=True, snapshots=False)
    yield tab
    tab.page.context.tracing.stop(path=str(ARTIFACTS / "morning-trace.zip"))
    # A form with something to decide answers 422: that is told by the browser's console too.
    assert [fault for fault in tab.seen.take(tab.page) if "422" not in fault] == []


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def focused(page):
    return page.evaluate("document.activeElement?.outerHTML.slice(0, 200)")


def tab_to(page, selector, most=60):
    """Tab until the wanted control has the focus, as somebody without a mouse does."""
    for _ in range(most):
        if page.evaluate(f"document.activeElement?.matches({selector!r}) ?? false"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{selector} cannot be reached by Tab; the focus is on {focused(page)}")


def test_a_morning_without_a_mouse(morning, desk):
    page = morning.open("/")

    # The first task of the day: its call sheet, the call, the outcome, what follows.
    press(page, "j")
    with page.expect_navigation():
        press(page, "l")
    page.wait_for_load_state("networkidle")
    assert "/contact/call-sheet/" in page.url
    morning.shoot("morning.1-sheet")
    press(page, "c")
    page.wait_for_selector("#call a[href^='tel:']")
    morning.shoot("morning.2-call")
    press(page, "r")
    page.wait_for_selector("#call [name=step]")
    contact = Interaction.objects.get()
    assert (contact.state, contact.outcome) == ("DONE", "REACHED")
    press(page, "3")
    morning.until("!document.querySelector('#call [name=step]')")
    follow_up = Task.objects.order_by("-pk").first()
    assert follow_up.customer_id == contact.customer_id
    assert follow_up.due_at > timezone.now()
    morning.shoot("morning.3-logged")

    # A task is put off to tomorrow.
    with page.expect_navigation():
        press(page, "g", "t")
    page.wait_for_load_state("networkidle")
    press(page, "j")
    put_off = int(page.locator("[data-cur]").get_attribute("id").removeprefix("task-"))
    press(page, "s")
    page.wait_for_selector("#dialog[open] form")
    tab_to(page, "#dialog form[action*=snooze] [type=submit]")
    morning.shoot("morning.4-snooze")
    press(page, "Enter")
    morning.until("!document.querySelector('#dialog[open]')")
    assert Task.objects.get(pk=put_off).snoozed_until > timezone.now()

    # Another customer is found by name.
    wanted = desk.customers[7]
    press(page, "Control+k")
    page.keyboard.type(wanted.name)
    morning.until(
        f"[...document.querySelectorAll('#pal-list [role=option]')].some(o => o.textContent.includes('{wanted.name}'))"
    )
    option = page.locator("#pal-list [role=option]", has_text=wanted.name).first
    for _ in range(40):
        if option.get_attribute("aria-selected") == "true":
            break
        press(page, "ArrowDown")
    with page.expect_navigation():
        press(page, "Enter")
    assert wanted.name in page.locator("h1").inner_text()

    # Call tasks for every customer on the page: the list says whom nobody may contact, the others get theirs.
    morning.open("/customers/?order=customer_id")
    press(page, "j", "x")
    for _ in range(5):
        press(page, "j")
    press(page, "Shift+X")
    assert page.locator(".bulk [data-n]").inner_text() == "6"
    tab_to(page, ".bulk [formaction*='tasks/bulk']", most=400)
    press(page, "Enter")
    page.wait_for_selector("#dialog[open] [name=title]")
    tab_to(page, "#dialog [name=title]")
    page.keyboard.type("回访")
    tab_to(page, "#dialog [name=kind]")
    for _ in range(8):
        if page.evaluate("document.activeElement.value") == "call_back":
            break
        press(page, "ArrowDown")
    tab_to(page, "#dialog footer [type=submit]")
    press(page, "Enter")
    page.wait_for_selector("#dialog .note.warn")
    assert desk.customers[1].pk in page.locator("#dialog .note.warn").inner_text()
    morning.shoot("morning.5-blocked")
    before = Task.objects.count()
    tab_to(page, "#dialog [name=without]")
    press(page, "Enter")
    page.locator(".toast [data-undo]").wait_for()
    assert Task.objects.count() == before + 5
    assert not Task.objects.filter(customer=desk.customers[1], title="回访").exists()

    # And all of it taken back.
    page.evaluate("document.activeElement.blur()")
    press(page, "z")
    page.wait_for_timeout(200)
    page.wait_for_load_state("networkidle")
    for _ in range(50):
        if not Task.objects.filter(title="回访").exists():
            break
        page.wait_for_timeout(100)
    assert Task.objects.count() == before
    assert Reversal.objects.exclude(state="OPEN").exists()
    morning.shoot("morning.6-undone")
